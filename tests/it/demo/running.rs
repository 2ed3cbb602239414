//! A running demo and what a test does with it over HTTP. Not here: what is checked.

use std::path::PathBuf;
use std::time::Duration;

use tempfile::TempDir;
use tests::PATIENCE;
use tests::companion::{Companion, Signal};
use tokio::sync::OnceCell;
use tokio::time::{Instant, sleep};

/// A running demo; gone when dropped, the shared one when the tests are through.
pub(crate) struct Demo {
    /// Scheme, host and port.
    pub(crate) url: String,
    password: String,
    /// For what the methods do not do.
    pub(crate) http: reqwest::Client,
    _process: Option<Companion>,
}

/// A page that was shown.
pub(crate) struct Shown {
    pub(crate) url: String,
    pub(crate) html: String,
}

impl Shown {
    /// The value of the first field or button of this name.
    pub(crate) fn field(&self, name: &str) -> String {
        let (_, after) = self.html.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
        after.split('"').next().unwrap().to_owned()
    }
}

/// The demo's merchant, logged in.
pub(crate) struct Merchant<'a> {
    demo: &'a Demo,
    cookie: String,
}

impl Merchant<'_> {
    /// A page of the admin.
    pub(crate) async fn page(&self, path: &str) -> String {
        let request = self.demo.http.get(format!("{}{path}", self.demo.origin()));
        let answer = request.header("cookie", &self.cookie).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.text().await.unwrap()
    }

    /// Sends a form that stands on a page; the page that follows.
    pub(crate) async fn send(&self, path: &str, page: &str, fields: &[(&str, &str)]) -> String {
        let shown = Shown { url: String::new(), html: page.to_owned() };
        let csrf = shown.field("csrf");
        let form: Vec<(&str, &str)> =
            [("csrf", csrf.as_str())].into_iter().chain(fields.iter().copied()).collect();
        let url = format!("{}{path}", self.demo.origin());
        let request = self.demo.http.post(url).header("cookie", &self.cookie);
        let answer =
            request.header("sec-fetch-site", "same-origin").form(&form).send().await.unwrap();
        assert!(answer.status().is_redirection() || answer.status() == 200, "{path}");
        match answer.headers().get("location") {
            Some(location) => self.page(location.to_str().unwrap()).await,
            None => answer.text().await.unwrap(),
        }
    }

    pub(crate) async fn wait_for(&self, path: &str, part: &str) {
        self.wait(path, |html| html.contains(part)).await;
    }

    pub(crate) async fn wait_until_gone(&self, path: &str, part: &str) {
        self.wait(path, |html| !html.contains(part)).await;
    }

    async fn wait(&self, path: &str, is_so: impl Fn(&str) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let html = self.page(path).await;
            if is_so(&html) {
                return;
            }
            assert!(Instant::now() < deadline, "{html}");
            sleep(Duration::from_millis(100)).await;
        }
    }
}

impl Demo {
    /// Its merchant.
    pub(crate) async fn merchant(&self) -> Merchant<'_> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([])
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let answer = http.get(self.at("/admin")).send().await.unwrap();
        let cookie = answer.headers().get("set-cookie").unwrap().to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        Merchant { demo: self, cookie }
    }

    /// One of its own, with the data in `folder`.
    pub(crate) async fn start(folder: &TempDir, more: &[&str]) -> Self {
        let data = folder.path().join("data").display().to_string();
        let (process, url, password) = launch(&data, more).await;
        Self::at_address(url, password, Some(process))
    }

    /// The one that tests share which leave its settings alone.
    pub(crate) async fn shared() -> Self {
        static SHARED: OnceCell<(Companion, String, String)> = OnceCell::const_new();
        let (_, url, password) = SHARED.get_or_init(|| launch("data", &[])).await;
        Self::at_address(url.clone(), password.clone(), None)
    }

    fn at_address(url: String, password: String, process: Option<Companion>) -> Self {
        tributary::delivery::http::install_crypto_provider();
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        Self { url, password, http, _process: process }
    }

    /// Where the pages are that are not the store's.
    pub(crate) fn origin(&self) -> &str {
        self.url.strip_suffix("/demo").unwrap()
    }

    /// The password of the affiliate of the tour.
    pub(crate) fn password(&self) -> &str {
        &self.password
    }

    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// Reports a visit as the storefront does; the token, or nothing when the link named nobody.
    pub(crate) async fn click(&self, query: &str) -> String {
        let report = serde_json::json!({"url": self.at(&format!("?{query}")), "token": null});
        let url = self.at("/apps/aff/click");
        let answer = self.http.post(url).json(&report).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let answer: serde_json::Value = answer.json().await.unwrap();
        answer["token"].as_str().unwrap_or_default().to_owned()
    }

    /// Orders something; `attribution` is what the storefront wrote into the cart.
    pub(crate) async fn order(&self, fields: &[(&str, &str)]) -> Shown {
        let checkout = self.get(&self.at("/checkout?product=oak-board")).await;
        let csrf = checkout.field("csrf");
        let mut form = vec![("csrf", csrf.as_str()), ("email", "visitor@example.com")];
        if !fields.iter().any(|(name, _)| *name == "quantity") {
            form.push(("quantity", "1"));
        }
        let attribution = fields.iter().find(|(name, _)| *name == "attribution");
        let cart = self.cart(attribution.map_or("", |(_, value)| value)).await;
        form.extend(fields.iter().filter(|(name, _)| *name != "attribution"));
        let request = self.http.post(self.at("/checkout")).header("cookie", cart).form(&form);
        let placed = request.send().await.unwrap();
        let shown = shown(placed).await;
        assert!(shown.html.contains("Thank you"), "{}", shown.html);
        shown
    }

    /// A cart with what the storefront wrote into it; its cookie.
    async fn cart(&self, attribution: &str) -> String {
        let update = serde_json::json!({"attributes": {"__rf": attribution}});
        let url = self.at("/cart/update.js");
        let answer = self.http.post(url).json(&update).send().await.unwrap();
        let answer: serde_json::Value = answer.json().await.unwrap();
        format!("cart={}", answer["token"].as_str().unwrap())
    }

    pub(crate) async fn change(&self, order: &str, what: &str, line: &str) {
        let csrf = self.get(order).await.field("csrf");
        let form = [("csrf", csrf.as_str()), ("line", line)];
        let shown = self.post(&format!("{order}/{what}"), &form).await;
        assert!(shown.html.contains("banner good"), "{}", shown.html);
    }

    /// Targets of the requests at the tracker, newest first.
    pub(crate) async fn postbacks(&self) -> Vec<String> {
        let page = self.get(&self.at("/recorder")).await;
        let targets = page.html.split("<pre class=\"request\">").skip(1);
        targets.map(|rest| rest.split('<').next().unwrap().replace("&#38;", "&")).collect()
    }

    pub(crate) async fn wait_for_postback(&self, part: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let arrived = self.postbacks().await;
            if arrived.iter().any(|target| target.contains(part)) {
                return;
            }
            assert!(Instant::now() < deadline, "no {part} among {arrived:#?}");
            sleep(Duration::from_millis(50)).await;
        }
    }

    pub(crate) async fn get(&self, url: &str) -> Shown {
        let answer = self.http.get(url).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{url}");
        shown(answer).await
    }

    pub(crate) async fn post(&self, url: &str, form: &[(&str, &str)]) -> Shown {
        shown(self.http.post(url).form(form).send().await.unwrap()).await
    }
}

async fn shown(answer: reqwest::Response) -> Shown {
    Shown { url: answer.url().to_string(), html: answer.text().await.unwrap() }
}

/// Starts the program; its address and the password that it prints.
async fn launch(data: &str, more: &[&str]) -> (Companion, String, String) {
    let mut arguments: Vec<String> =
        ["demo", "--port", "0", "--data", data].map(str::to_owned).to_vec();
    arguments.extend(more.iter().map(|argument| (*argument).to_owned()));
    // The companion removes its own folder when it ends; data elsewhere stays.
    let home = tempfile::tempdir().unwrap().keep();
    let process = Companion::start(home, None, Signal::Kill, &binary(), &arguments).unwrap();
    let deadline = Instant::now() + PATIENCE;
    loop {
        let log = process.log_tail();
        if log.contains("Ctrl-C") {
            return (process, word_after(&log, "Store "), word_after(&log, "password "));
        }
        assert!(Instant::now() < deadline, "the demo does not start:\n{log}");
        sleep(Duration::from_millis(20)).await;
    }
}

fn word_after(log: &str, label: &str) -> String {
    let (_, after) = log.split_once(label).unwrap();
    after.split_whitespace().next().unwrap().to_owned()
}

/// The program under test: named by `TRIBUTARY_BIN`, or beside this test in the target folder.
fn binary() -> PathBuf {
    if let Some(named) = std::env::var_os("TRIBUTARY_BIN") {
        return named.into();
    }
    let own = std::env::current_exe().unwrap();
    let found = own.ancestors().skip(1).take(2).map(|folder| folder.join("tributary"));
    found.into_iter().find(|file| file.is_file()).expect("cargo build -p tributary comes first")
}
