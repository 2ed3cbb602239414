//! A shop for the script to run in: its pages, its cart, the app behind its proxy, Meta's endpoint and
//! a consent tool, all answered by the harness. Nothing leaves the browser.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use tests::browser::{Answer, Browser, Interception, Page, Request};

/// Where the shop is.
pub(super) const ORIGIN: &str = "https://shop.example";
/// Its clock starts here, in seconds.
pub(super) const START: u64 = 1_792_649_528;
/// The token that the app signs for a visit.
pub(super) const TOKEN: &str = "v1.cGF5bG9hZA.bWFj";

/// What the browser runs; committed, and compared with its sources by `cargo xtask storefront --check`.
pub(super) const SCRIPT: &str =
    include_str!("../../../extensions/affiliate-embed/assets/tributary.js");

/// What it loads when the page calls.
const CALLS: &str = include_str!("../../../extensions/affiliate-embed/assets/tributary-calls.js");

/// What can be different about the shop. Changes count from the next page on.
#[derive(Debug, Clone)]
pub(super) struct Setting {
    /// Seconds on the page's clock.
    pub(super) now: u64,
    /// What the visitor allowed; `None` when there is no consent tool at all.
    pub(super) consent: Option<(bool, bool)>,
    /// The consent tool comes only when it is asked for.
    pub(super) is_consent_loaded_late: bool,
    /// Attributes of the script's element.
    pub(super) attributes: String,
    /// The element itself, where it is not the usual one.
    pub(super) script: Option<&'static str>,
    /// Runs before everything else on the page.
    pub(super) prelude: String,
    /// Runs after the script's element was read, before the script runs.
    pub(super) inline: String,
    /// A policy that the page is sent with.
    pub(super) policy: Option<&'static str>,
    /// The app's answer to a click; `None` when nobody is there.
    pub(super) click_answer: Option<Value>,
    /// The app's answer to a purchase.
    pub(super) purchase_answer: Value,
    /// Status of the cart's answer.
    pub(super) cart_status: u16,
}

/// One visitor's browser in the shop.
pub(super) struct Shop {
    pub(super) page: Page,
    browser: Browser,
    setting: Arc<Mutex<Setting>>,
    all: Interception,
    meta: Interception,
}

impl Shop {
    /// A visitor who allows everything; `None` where there is no Chromium and may be none.
    pub(super) async fn open() -> Option<Self> {
        let browser = Browser::launch().await?;
        let setting = Setting {
            now: START,
            consent: Some((true, true)),
            is_consent_loaded_late: false,
            attributes: String::new(),
            script: None,
            prelude: String::new(),
            inline: String::new(),
            policy: None,
            click_answer: Some(answer(&["123456789012345"])),
            purchase_answer: json!({"pixels": []}),
            cart_status: 200,
        };
        let setting = Arc::new(Mutex::new(setting));
        let page = browser.page().await;
        let (all, meta) = furnish(&page, &setting).await;
        Some(Self { page, browser, setting, all, meta })
    }

    /// Another tab of the same visitor.
    pub(super) async fn tab(&self) -> Page {
        let page = self.browser.page().await;
        furnish(&page, &self.setting).await;
        page
    }

    /// Changes something from the next page on.
    pub(super) fn set(&self, change: impl FnOnce(&mut Setting)) {
        change(&mut lock(&self.setting));
    }

    /// Opens a page and waits until everything that it started has come to rest.
    pub(super) async fn visit(&self, path: &str) {
        self.page.goto(&format!("{ORIGIN}{path}")).await;
        self.rest().await;
    }

    /// Waits until the page makes no more requests.
    pub(super) async fn rest(&self) {
        let count = || self.all.requests().len() + self.meta.requests().len();
        loop {
            let before = count();
            self.page.eval::<()>("new Promise(done => setTimeout(() => done(null), 60))").await;
            if count() == before {
                return;
            }
        }
    }

    /// The visitor answers the consent tool.
    pub(super) async fn choose(&self, marketing: bool, sale: bool) {
        self.set(|setting| setting.consent = Some((marketing, sale)));
        let choice = format!("window.allow({marketing}, {sale})");
        self.page.eval::<()>(&choice).await;
        self.rest().await;
    }

    /// The kept state, in cookie and local storage: they are the same.
    pub(super) async fn state(&self) -> String {
        let stored = self.stored().await;
        let text = |name: &str| stored.get(name).and_then(Value::as_str).unwrap_or("").to_owned();
        assert_eq!(text("cookie _trb"), text("_trb"), "{stored}");
        text("_trb")
    }

    /// Everything that is on the device.
    pub(super) async fn stored(&self) -> Value {
        self.page.eval(STORED).await
    }

    /// Bodies of what was posted to an address of the shop, in order.
    pub(super) fn posted(&self, path: &str) -> Vec<Value> {
        let url = format!("{ORIGIN}{path}");
        let here = |request: &Request| request.url == url && request.method == "POST";
        let requests = self.all.requests().into_iter().filter(here);
        requests.map(|it| serde_json::from_str(&it.body.unwrap_or_default()).unwrap()).collect()
    }

    /// Waits for what is to be posted, which a script tells that has to be loaded first.
    pub(super) async fn wait_for_post(&self, path: &str) {
        let deadline = tokio::time::Instant::now() + tests::PATIENCE;
        while self.posted(path).is_empty() && tokio::time::Instant::now() < deadline {
            self.rest().await;
        }
        self.rest().await;
    }

    pub(super) fn clicks(&self) -> Vec<Value> {
        self.posted("/apps/tributary/click")
    }

    /// What was written to the cart, attribute by attribute.
    pub(super) fn cart_writes(&self) -> Vec<String> {
        let bodies = self.posted("/cart/update.js").into_iter();
        bodies
            .map(|body| {
                let attributes = body["attributes"].as_object().unwrap();
                assert_eq!(attributes.keys().collect::<Vec<_>>(), ["__rf"], "{body}");
                attributes["__rf"].as_str().unwrap().to_owned()
            })
            .collect()
    }

    /// Addresses of Meta's that were called, in order.
    pub(super) fn hits(&self) -> Vec<String> {
        self.meta.requests().into_iter().map(|request| request.url).collect()
    }

    /// Hits as `pixel id, event, event id, page`.
    pub(super) fn events(&self) -> Vec<[String; 4]> {
        let part = |url: &str, name: &str| {
            let url = url::Url::parse(url).unwrap();
            let found = url.query_pairs().find(|(key, _)| key == name);
            found.map(|(_, value)| value.into_owned()).unwrap_or_default()
        };
        self.hits()
            .iter()
            .map(|url| ["id", "ev", "eid", "dl"].map(|name| part(url, name)))
            .collect()
    }

    /// The visitor left no trace: nothing stored, nobody called but the shop for its page.
    pub(super) async fn assert_untouched(&self) {
        assert_eq!(self.stored().await, json!({}));
        assert_eq!(self.clicks(), Vec::<Value>::new());
        assert_eq!(self.cart_writes(), Vec::<String>::new());
        assert_eq!(self.hits(), Vec::<String>::new());
    }
}

/// The app's answer to a click that counts until a day later.
pub(super) fn answer(pixels: &[&str]) -> Value {
    let pixels: Vec<_> = pixels.iter().map(|id| piece(id)).collect();
    json!({"token": TOKEN, "expires": START + 86_400, "pixels": pixels, "events": ["PageView"]})
}

/// What a pixel's hits have in common, as the server writes it.
pub(super) fn piece(pixel: &str) -> String {
    format!("{pixel}&if=false&fbc=fb.1.1792649528000.IwAR&noscript=1&eid=pv-77-")
}

/// The first page view of a visit that starts at `page` when the shop opens.
pub(super) fn hit(pixel: &str, page: &str) -> String {
    let page = percent_encoded(page);
    format!(
        "https://www.facebook.com/tr/?id={}0&ev=PageView&dl={page}&rl=&ts={START}000",
        piece(pixel)
    )
}

fn percent_encoded(text: &str) -> String {
    text.replace(':', "%3A").replace('/', "%2F").replace('?', "%3F").replace('=', "%3D")
}

async fn furnish(page: &Page, setting: &Arc<Mutex<Setting>>) -> (Interception, Interception) {
    let meta = page.intercept("*://*.facebook.com/*", |_| Answer::tracking_pixel()).await;
    let setting = Arc::clone(setting);
    let all = page.intercept(&format!("{ORIGIN}/*"), move |it| shop(it, &lock(&setting))).await;
    (all, meta)
}

fn shop(request: &Request, setting: &Setting) -> Answer {
    let path = request.url.strip_prefix(ORIGIN).unwrap_or_default();
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let json_reply =
        |status, body: Value| Answer::reply(status, "application/json", body.to_string());
    match path {
        "/tributary.js" => Answer::reply(200, "text/javascript", SCRIPT),
        "/tributary-calls.js" => Answer::reply(200, "text/javascript", CALLS),
        "/plain.js" => {
            let headers = [("content-type", "text/plain"), ("x-content-type-options", "nosniff")];
            let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
            Answer::Reply { status: 200, headers, body: SCRIPT.into() }
        }
        "/missing.js" => Answer::reply(404, "text/html", "gone"),
        "/favicon.ico" => Answer::reply(204, "image/x-icon", ""),
        "/cart/update.js" => json_reply(setting.cart_status, json!({"token": "c1"})),
        "/apps/tributary/click" => match &setting.click_answer {
            Some(answer) => json_reply(200, answer.clone()),
            None => Answer::Refuse,
        },
        "/apps/tributary/goal" => Answer::reply(204, "text/plain", ""),
        "/apps/tributary/purchase" => json_reply(200, setting.purchase_answer.clone()),
        _ => {
            let mut headers =
                vec![("content-type".to_owned(), "text/html; charset=utf-8".to_owned())];
            if let Some(policy) = setting.policy {
                headers.push(("content-security-policy".to_owned(), policy.to_owned()));
            }
            Answer::Reply { status: 200, headers, body: html(setting).into_bytes() }
        }
    }
}

fn html(setting: &Setting) -> String {
    let (marketing, sale) = setting.consent.unwrap_or_default();
    let tool = if setting.consent.is_some() { CONSENT_TOOL } else { "" };
    let script = setting.script.map_or_else(
        || {
            let attributes = &setting.attributes;
            format!(
                r#"<script src="/tributary.js" defer data-proxy="/apps/tributary" data-flags="0"
                data-window="2592000" data-calls="/tributary-calls.js" {attributes}></script>"#
            )
        },
        str::to_owned,
    );
    format!(
        "<!doctype html><html lang=\"en\"><title>Shop</title><link rel=\"icon\" href=\"data:,\">
        <script>Date.now = () => {}000; let marketing = {marketing}, sale = {sale}, isLate = {};
        {}; {tool}</script>{script}<h1>Shop</h1><script>{}</script>",
        setting.now, setting.is_consent_loaded_late, setting.prelude, setting.inline,
    )
}

/// Shopify's Customer Privacy API, as far as the script uses it.
const CONSENT_TOOL: &str = "
    const tool = {
        marketingAllowed: () => marketing,
        saleOfDataAllowed: () => sale,
        currentVisitorConsent: () => ({marketing: marketing ? 'yes' : '', sale_of_data: sale ? 'yes' : ''}),
    };
    window.Shopify = {
        routes: {root: '/'},
        loadFeatures(features, done) {
            if (features[0].name !== 'consent-tracking-api') throw new Error('no such feature');
            Shopify.customerPrivacy = tool;
            setTimeout(done, 20);
        },
    };
    if (!isLate) Shopify.customerPrivacy = tool;
    window.allow = (newMarketing, newSale) => {
        [marketing, sale] = [newMarketing, newSale];
        document.dispatchEvent(new CustomEvent('visitorConsentCollected', {detail: {}}));
        return null;
    };";

const STORED: &str = "Object.fromEntries([
    ...document.cookie.split('; ').filter(Boolean).map(pair => {
        const at = pair.indexOf('=');
        return [`cookie ${pair.slice(0, at)}`, pair.slice(at + 1)];
    }),
    ...Object.entries(localStorage), ...Object.entries(sessionStorage),
])";

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
