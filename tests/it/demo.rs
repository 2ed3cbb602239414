//! `tributary demo` as a stranger runs it: the real binary, from an affiliate's link to the postback
//! at the tracker and from a refund to the reversal; over HTTP, and in a browser as a visitor.

use std::path::PathBuf;
use std::time::Duration;

use tempfile::TempDir;
use tests::browser::{Browser, Page, assert_accessible};
use tests::companion::{Companion, Signal};
use tokio::time::{Instant, sleep};

const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_through_annas_link_pays_at_her_tracker_and_each_refund_takes_back_its_part() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(&folder, &[]).await;
    let token = demo.click("ref=ANNA&sub1=newsletter&affclickid=click-42").await;
    let order =
        demo.order(&[("product", "linen-apron"), ("quantity", "3"), ("attribution", &token)]).await;
    demo.wait_for_postback("cid=click-42&payout=12.00").await;
    demo.wait_for_postback("status=pending").await;

    let line = order.field("line");
    demo.change(&order.url, "refund", &line).await;
    demo.wait_for_postback("cid=click-42&payout=8.00").await;
    demo.change(&order.url, "refund", "all").await;
    demo.wait_for_postback("cid=click-42&payout=0.00").await;
    demo.wait_for_postback("status=reversed").await;
    assert_eq!(demo.postbacks().await.len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_names_nobody_and_a_code_of_nobody_credit_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(&folder, &[]).await;
    assert_eq!(demo.click("ref=NOBODY").await, "");
    demo.order(&[("product", "oak-board"), ("discount", "WELCOME5")]).await;
    // Annas comes after it: when hers has arrived, the other would have.
    demo.order(&[("product", "oak-board"), ("discount", "ANNA10")]).await;
    demo.wait_for_postback("payout=4.95").await;
    assert_eq!(demo.postbacks().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_order_is_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(&folder, &[]).await;
    let order = demo.order(&[("product", "oak-board"), ("discount", "ANNA10")]).await;
    demo.wait_for_postback("payout=4.95").await;
    demo.change(&order.url, "cancel", "").await;
    demo.wait_for_postback("payout=0.00").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kept_data_goes_on_with_its_tracker_on_another_port() {
    let folder = tempfile::tempdir().unwrap();
    let first = Demo::start(&folder, &[]).await;
    let order = first.order(&[("product", "oak-board"), ("discount", "ANNA10")]).await;
    first.wait_for_postback("payout=4.95").await;
    drop(first);
    let second = Demo::start(&folder, &["--keep"]).await;
    let other = second.order(&[("product", "linen-apron"), ("discount", "ANNA10")]).await;
    assert_ne!(path(&order.url), path(&other.url));
    second.wait_for_postback("payout=3.60").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_from_another_site_orders_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(&folder, &[]).await;
    let form = [("csrf", "guessed"), ("product", "oak-board"), ("email", "v@example.com")];
    let answer = demo.http.post(demo.at("/checkout")).form(&form).send().await.unwrap();
    assert_eq!(answer.status(), 403);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visitor_clicks_through_the_shop_at_a_desk_and_on_a_phone() {
    let Some(browser) = Browser::launch().await else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(&folder, &[]).await;
    let page = browser.page().await;
    for (width, height, is_phone, click) in
        [(1280, 800, false, "desk-1"), (375, 700, true, "phone-1")]
    {
        page.set_viewport(width, height, is_phone).await;
        page.goto(&demo.at(&format!("?ref=ANNA&affclickid={click}"))).await;
        page.wait_until("!!localStorage['tributary.token'] && !localStorage['tributary.waiting']")
            .await;
        buy(&page).await;
        demo.wait_for_postback(&format!("cid={click}&payout=9.00")).await;
        page.goto(&demo.at("/recorder")).await;
        assert!(page.text("main").await.contains(click));
        assert_accessible(&page).await;
    }
    page.assert_no_problems();
}

/// From the store's first page to a refunded order.
async fn buy(page: &Page) {
    assert_accessible(page).await;
    page.click("a[href$='/river-stone-mug']").await;
    page.wait_for("#quantity").await;
    assert_accessible(page).await;
    page.fill("#quantity", "3").await;
    page.click("form button").await;
    page.wait_for("#email").await;
    assert_accessible(page).await;
    page.click("main form button").await;
    page.wait_until("document.querySelector('h1')?.textContent.includes('Thank you')").await;
    assert_accessible(page).await;
    page.click("button[value=all]").await;
    page.wait_until("document.querySelector('h1')?.textContent.includes('Refunded')").await;
    assert_accessible(page).await;
}

/// A running demo; gone when dropped.
struct Demo {
    url: String,
    http: reqwest::Client,
    _process: Companion,
}

/// A page that was shown.
struct Shown {
    url: String,
    html: String,
}

impl Shown {
    /// The value of the first field or button of this name.
    fn field(&self, name: &str) -> String {
        let (_, after) = self.html.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
        after.split('"').next().unwrap().to_owned()
    }
}

impl Demo {
    async fn start(folder: &TempDir, more: &[&str]) -> Self {
        let data = folder.path().join("data").display().to_string();
        let mut arguments: Vec<String> =
            ["demo", "--port", "0", "--data", &data].map(str::to_owned).to_vec();
        arguments.extend(more.iter().map(|argument| (*argument).to_owned()));
        // The companion removes its own folder when it ends; the data stays.
        let home = tempfile::tempdir().unwrap().keep();
        let process = Companion::start(home, None, Signal::Kill, &binary(), &arguments).unwrap();
        let deadline = Instant::now() + PATIENCE;
        let url = loop {
            let log = process.log_tail();
            if let Some((_, after)) = log.split_once("Store ").filter(|_| log.contains("Ctrl-C")) {
                break after.split_whitespace().next().unwrap().to_owned();
            }
            assert!(Instant::now() < deadline, "the demo does not start:\n{log}");
            sleep(Duration::from_millis(20)).await;
        };
        tributary::delivery::http::install_crypto_provider();
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        Self { url, http, _process: process }
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// Reports a visit as the storefront does; the token, or nothing when the link named nobody.
    async fn click(&self, query: &str) -> String {
        let report = serde_json::json!({"url": self.at(&format!("?{query}")), "token": null});
        let url = self.at("/apps/aff/click");
        let answer = self.http.post(url).json(&report).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let answer: serde_json::Value = answer.json().await.unwrap();
        answer["token"].as_str().unwrap_or_default().to_owned()
    }

    async fn order(&self, fields: &[(&str, &str)]) -> Shown {
        let checkout = self.get(&self.at("/checkout?product=oak-board")).await;
        let csrf = checkout.field("csrf");
        let mut form = vec![("csrf", csrf.as_str()), ("email", "visitor@example.com")];
        if !fields.iter().any(|(name, _)| *name == "quantity") {
            form.push(("quantity", "1"));
        }
        form.extend_from_slice(fields);
        let shown = self.post(&self.at("/checkout"), &form).await;
        assert!(shown.html.contains("Thank you"), "{}", shown.html);
        shown
    }

    async fn change(&self, order: &str, what: &str, line: &str) {
        let csrf = self.get(order).await.field("csrf");
        let form = [("csrf", csrf.as_str()), ("line", line)];
        let shown = self.post(&format!("{order}/{what}"), &form).await;
        assert!(shown.html.contains("banner good"), "{}", shown.html);
    }

    /// Targets of the requests at the tracker, newest first.
    async fn postbacks(&self) -> Vec<String> {
        let page = self.get(&self.at("/recorder")).await;
        let targets = page.html.split("<pre class=\"request\">").skip(1);
        targets.map(|rest| rest.split('<').next().unwrap().replace("&#38;", "&")).collect()
    }

    async fn wait_for_postback(&self, part: &str) {
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

    async fn get(&self, url: &str) -> Shown {
        let answer = self.http.get(url).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{url}");
        shown(answer).await
    }

    async fn post(&self, url: &str, form: &[(&str, &str)]) -> Shown {
        shown(self.http.post(url).form(form).send().await.unwrap()).await
    }
}

async fn shown(answer: reqwest::Response) -> Shown {
    Shown { url: answer.url().to_string(), html: answer.text().await.unwrap() }
}

fn path(url: &str) -> String {
    url::Url::parse(url).unwrap().path().to_owned()
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
