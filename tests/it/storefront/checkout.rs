//! The web pixel's script, in a worker as at Shopify's checkout.

use serde_json::{Value, json};
use tests::browser::{Answer, Browser, Interception, Page};

use super::shop::{hit, piece};

const SOURCE: &str = include_str!("../../../extensions/checkout-pixel/src/index.js");

/// What Shopify gives to a web pixel, and what the test plays: events come from the page.
const SANDBOX: &str = "
    const register = (run) => {
        let collected, happened;
        run({
            analytics: { subscribe: (name, call) => { if (name === 'all_standard_events') happened = call; } },
            browser: {
                cookie: { get: async (name) => name === '_trb' ? state : name === '_fbp' ? 'fb.1.2.3' : '' },
                localStorage: { getItem: async (name) => name === '_trbp' ? pixels : null },
            },
            init: { data: { shop: { myshopifyDomain: 'shop.myshopify.com' } }, customerPrivacy: consent },
            settings: { app_url: 'https://app.example' },
            customerPrivacy: { subscribe: (name, call) => { collected = call; } },
        });
        const context = { document: { location: { origin: 'https://shop.example', href: 'https://shop.example/checkouts/cn/s3cr3t' } } };
        onmessage = async ({ data }) => {
            if (data.consent) collected({ customerPrivacy: data.consent });
            for (const name in data.events || {}) await happened({ id: 'sh-' + name, name, context, data: data.events[name] });
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
        Self::with_pixels(state, "", consent, answer).await
    }

    async fn with_pixels(state: &str, pixels: &str, consent: Value, answer: Value) -> Option<Self> {
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
        let code = format!(
            "const state = {}, pixels = {}, consent = {consent};\n{script}",
            json!(state),
            json!(pixels)
        );
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
    json!({"events": {"checkout_completed": {"checkout": {
        "token": "c0ffee", "order": {"id": "gid://shopify/OrderIdentity/450789469"},
        "email": "buyer@example.com",
        "totalPrice": {"amount": 90.5, "currencyCode": "EUR"},
    }}}})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn u11_an_order_is_told_to_the_pixels_that_the_app_names_and_the_buyer_to_nobody() {
    let urls =
        [hit("123456789012345", "https://shop.example/"), "https://evil.example/".to_owned()];
    let pixels: Vec<_> = urls.iter().map(|url| json!({"id": "1", "url": url})).collect();
    let Some(it) =
        Checkout::open("9999999999~v1.a.b~", allowed(true, true), json!({"pixels": pixels})).await
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
        "shop": "shop.myshopify.com", "token": "9999999999~v1.a.b~",
        "order": "gid://shopify/OrderIdentity/450789469", "total": {"amount": 90.5, "currencyCode": "EUR"}, "consent": 3,
        "fbp": "fb.1.2.3",
    });
    assert_eq!(body, expected);
    let hits: Vec<_> = it.meta.requests().into_iter().map(|request| request.url).collect();
    assert_eq!(hits, urls[..1]);
    it.page.assert_no_problems();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n20_no_consent_or_no_visit_tells_nothing_and_later_consent_counts() {
    for (state, marketing, sale) in
        [("9999999999~v1.a.b~", true, false), ("9999999999~v1.a.b~", false, true), ("", true, true)]
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
async fn an_order_without_id_is_told_by_its_visit() {
    let Some(it) = Checkout::open("v1.a.b", allowed(true, true), json!({"pixels": []})).await
    else {
        return;
    };
    let checkout = json!({"checkout": {"token": "c0ffee", "order": null}});
    it.tell(json!({"events": {"checkout_completed": checkout}})).await;
    let body: Value = serde_json::from_str(it.app.requests()[0].body.as_deref().unwrap()).unwrap();
    assert_eq!((&body["token"], body.get("order")), (&json!("v1.a.b"), None));
}

/// Something in the basket, on its way to the checkout.
fn shopping() -> Value {
    let variant = json!({"id": "4", "product": {"id": "632910392", "title": "Mug"}});
    json!({"events": {
        "product_viewed": {"productVariant": variant},
        "product_added_to_cart": {"cartLine": {"merchandise": variant}},
        "checkout_started": {"checkout": {"email": "buyer@example.com", "lineItems": [{"variant": variant}, {"variant": variant}]}},
    }})
}

const PIXEL: &str = "123456789012345";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn u11_the_optional_events_are_told_to_the_visits_pixels_where_they_are_switched_on() {
    let pixels = |events: &str| format!("9999999999 {} {events}", piece(PIXEL));
    for (events, expected) in [
        (
            "product_viewed=ViewContent,product_added_to_cart=AddToCart,checkout_started=InitiateCheckout",
            &["InitiateCheckout", "AddToCart", "ViewContent"][..],
        ),
        ("product_added_to_cart=AddToCart", &["AddToCart"]),
        ("", &[]),
    ] {
        let pixels = pixels(events);
        let open =
            Checkout::with_pixels("9999999999~v1.a.b~", &pixels, allowed(true, true), json!({}));
        let Some(it) = open.await else { return };
        it.tell(shopping()).await;
        let hits: Vec<_> = it.meta.requests().into_iter().map(|request| request.url).collect();
        let told: Vec<_> = hits
            .iter()
            .map(|hit| hit.split("&ev=").nth(1).unwrap().split('&').next().unwrap())
            .collect();
        assert_eq!(told, expected);
        for hit in &hits {
            assert!(
                hit.starts_with(&format!("https://www.facebook.com/tr/?id={PIXEL}&if=false&fbc=")),
                "{hit}"
            );
            assert!(
                hit.contains("&eid=sh-") && hit.contains("&dl=https://shop.example/&"),
                "{hit}"
            );
            assert!(hit.contains("&cd[content_type]=product&cd[content_ids]=[632910392"), "{hit}");
            assert!(!hit.contains("s3cr3t") && !hit.contains("buyer"), "{hit}");
        }
        it.page.assert_no_problems();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n16_optional_events_need_consent_a_visit_that_counts_and_an_owner_nobody_displaced() {
    let live = format!("9999999999 {} product_added_to_cart=AddToCart", piece(PIXEL));
    let over = format!("1 {} product_added_to_cart=AddToCart", piece(PIXEL));
    let elsewhere =
        "9999999999 https://evil.example/ //evil.example/123456& 12& product_added_to_cart=AddToCart".to_owned();
    let state = "9999999999~v1.a.b~";
    for (state, pixels, marketing, sale) in [
        (state, &live, true, false),
        (state, &live, false, true),
        ("", &live, true, true),
        (state, &over, true, true),
        (state, &elsewhere, true, true),
        (state, &String::new(), true, true),
        ("9999999999~v1.a.b~@r1/?ref=BOB", &live, true, true),
    ] {
        let open = Checkout::with_pixels(state, pixels, allowed(marketing, sale), json!({}));
        let Some(it) = open.await else { return };
        it.tell(shopping()).await;
        assert_eq!((it.app.requests().len(), it.meta.requests().len()), (0, 0), "{state} {pixels}");
        it.page.assert_no_problems();
    }
}
