//! The web pixel's script, in a worker as at Shopify's checkout.

use serde_json::{Value, json};
use tests::browser::{Answer, Browser, Interception, Page};

use super::shop::hit;

const SOURCE: &str = include_str!("../../../extensions/checkout-pixel/src/index.js");

/// What Shopify gives to a web pixel, and what the test plays: `order` is called by the page.
const SANDBOX: &str = "
    const register = (run) => {
        let completed, collected;
        run({
            analytics: { subscribe: (name, call) => { if (name === 'checkout_completed') completed = call; } },
            browser: {
                cookie: { get: async (name) => name === '_trb' ? state : '' },
                localStorage: { getItem: async () => null },
            },
            init: { data: { shop: { myshopifyDomain: 'shop.myshopify.com' } }, customerPrivacy: consent },
            settings: { app_url: 'https://app.example' },
            customerPrivacy: { subscribe: (name, call) => { collected = call; } },
        });
        onmessage = async ({ data }) => {
            if (data.consent) collected({ customerPrivacy: data.consent });
            await Promise.resolve(data.checkout && completed({ context: {}, data })).catch(() => {});
            postMessage('done');
        };
    };";

struct Checkout {
    page: Page,
    _browser: Browser,
    app: Interception,
    meta: Interception,
}

impl Checkout {
    async fn open(state: &str, consent: Value, answer: Value) -> Option<Self> {
        let browser = Browser::launch().await?;
        let page = browser.page().await;
        let meta = page.intercept("*://*.facebook.com/*", |_| Answer::tracking_pixel()).await;
        page.intercept("https://shop.example/*", |_| {
            Answer::reply(200, "text/html", "<title>x</title>")
        })
        .await;
        let body = answer.to_string();
        let app = page
            .intercept("https://app.example/*", move |_| {
                Answer::reply(200, "application/json", body.clone())
            })
            .await;
        page.goto("https://shop.example/checkouts/cn/s3cr3t").await;
        let script =
            SOURCE.replace("import { register } from \"@shopify/web-pixels-extension\";", SANDBOX);
        assert!(!script.contains("import "), "the sandbox has replaced the only import");
        let code = format!("const state = {}, consent = {consent};\n{script}", json!(state));
        let start = format!(
            "window.pixel = new Worker(URL.createObjectURL(new Blob([{}]))), null",
            json!(code)
        );
        page.eval::<()>(&start).await;
        Some(Self { page, _browser: browser, app, meta })
    }

    async fn tell(&self, message: Value) {
        let call = format!(
            "new Promise(done => {{ pixel.onmessage = () => setTimeout(() => done(null), 60); pixel.postMessage({message}); }})"
        );
        self.page.eval::<()>(&call).await;
    }
}

fn allowed(marketing: bool, sale: bool) -> Value {
    json!({"marketingAllowed": marketing, "saleOfDataAllowed": sale, "analyticsProcessingAllowed": true})
}

fn order() -> Value {
    json!({"checkout": {
        "token": "c0ffee", "order": {"id": "gid://shopify/OrderIdentity/450789469"},
        "email": "buyer@example.com", "totalPrice": {"amount": 90.0, "currencyCode": "EUR"},
    }})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn u11_an_order_is_told_to_the_pixels_that_the_app_names_and_the_buyer_to_nobody() {
    let urls = [hit("123456789012345"), "https://evil.example/".to_owned()];
    let pixels: Vec<_> = urls.iter().map(|url| json!({"id": "1", "url": url})).collect();
    let Some(it) =
        Checkout::open("v1~9~v1.a.b~", allowed(true, true), json!({"pixels": pixels})).await
    else {
        return;
    };
    it.tell(order()).await;
    let [request] = &it.app.requests()[..] else { panic!() };
    assert_eq!(
        (request.method.as_str(), request.url.as_str()),
        ("POST", "https://app.example/pixel/purchase")
    );
    let body: Value = serde_json::from_str(request.body.as_deref().unwrap()).unwrap();
    let expected = json!({
        "v": 1, "shop": "shop.myshopify.com", "token": "v1~9~v1.a.b~",
        "order": "450789469", "checkout": "c0ffee", "total": "90", "currency": "EUR", "consent": 3,
    });
    assert_eq!(body, expected);
    let hits: Vec<_> = it.meta.requests().into_iter().map(|request| request.url).collect();
    assert_eq!(hits, urls[..1]);
    it.page.assert_no_problems();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n20_no_consent_or_no_visit_tells_nothing_and_later_consent_counts() {
    for (state, marketing, sale) in
        [("v1~9~v1.a.b~", true, false), ("v1~9~v1.a.b~", false, true), ("", true, true)]
    {
        let Some(it) = Checkout::open(state, allowed(marketing, sale), json!({"pixels": []})).await
        else {
            return;
        };
        it.tell(order()).await;
        assert_eq!((it.app.requests().len(), it.meta.requests().len()), (0, 0));
        if !state.is_empty() {
            it.tell(json!({"consent": allowed(true, true)})).await;
            it.tell(order()).await;
            assert_eq!(it.app.requests().len(), 1);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_without_id_is_told_by_its_checkout() {
    let Some(it) = Checkout::open("v1.a.b", allowed(true, true), json!({"pixels": []})).await
    else {
        return;
    };
    it.tell(json!({"checkout": {"token": "c0ffee", "order": null}})).await;
    let body: Value = serde_json::from_str(it.app.requests()[0].body.as_deref().unwrap()).unwrap();
    assert_eq!((&body["order"], &body["checkout"]), (&json!(""), &json!("c0ffee")));
}
