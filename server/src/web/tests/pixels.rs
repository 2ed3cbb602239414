//! Affiliates' pixels over HTTP: who sees what, and which browser may tell which pixel what.

use serde_json::{Value, json};

use storefront::pixel::ENDPOINT;

use super::site::{Answer, Site};

const ANNAS: &str = "1111111111111111";
const BOBS: &str = "2222222222222222";
const PAGE: &str = "/portal/demo.myshopify.com/pixels";
const ORDER: u64 = 5_678_901_234_567;

impl Site {
    /// The merchant's switch (U9), with the rules that belong to it.
    pub(super) async fn pixel_settings(&self, fields: &[(&str, &str)]) {
        let mut merchant = self.merchant();
        let csrf = merchant.get("/admin/settings").await.csrf();
        let all = [&[("csrf", csrf.as_str()), ("postbacks", "on")], fields].concat();
        assert_eq!(merchant.post("/admin/settings", &all).await.status, 303);
    }

    pub(super) async fn switch_pixels_on(&self) {
        self.pixel_settings(&[("facebook_pixel", "on"), ("pixel_value", "on")]).await;
    }

    /// Anna and Bob have a pixel each.
    async fn with_two_pixels() -> Self {
        let site = Self::new().await;
        site.switch_pixels_on().await;
        for (mut browser, number) in [(site.anna().await, ANNAS), (site.bob().await, BOBS)] {
            assert_eq!(add(&mut browser, number, &[]).await.status, 303);
        }
        site
    }
}

async fn add(browser: &mut super::site::Browser, number: &str, more: &[(&str, &str)]) -> Answer {
    let csrf = browser.get(&format!("{PAGE}/new")).await.csrf();
    let fields = [
        ("csrf", csrf.as_str()),
        ("number", number),
        ("enabled", "on"),
        ("events", "PageView"),
        ("events", "Purchase"),
    ];
    browser.post(&format!("{PAGE}/new"), &[&fields[..], more].concat()).await
}

fn link(code: &str) -> String {
    format!("https://demo.myshopify.com/products/tea?ref={code}&fbclid=IwAR0&email=a%40b.example")
}

/// The pixels of an answer: to a purchase an object each, to a visit what its hits begin with.
fn heard(answer: &Value) -> Vec<&str> {
    let pixels = answer["pixels"].as_array().unwrap();
    pixels
        .iter()
        .map(|pixel| match pixel {
            Value::String(piece) => piece.split('&').next().unwrap(),
            pixel => pixel["id"].as_str().unwrap(),
        })
        .collect()
}

#[actix_web::test]
async fn u09_the_pixel_switch_and_the_postback_switch_work_without_each_other() {
    let site = Site::new().await;
    let mut anna = site.anna().await;
    let nav = anna.get("/portal/demo.myshopify.com").await.body;
    assert!(nav.contains("/postbacks\"") && !nav.contains("/pixels\""));
    site.switch_pixels_on().await;
    let nav = anna.get("/portal/demo.myshopify.com").await.body;
    assert!(nav.contains("/postbacks\"") && nav.contains("/pixels\""));
    let mut merchant = site.merchant();
    let csrf = merchant.get("/admin/settings").await.csrf();
    merchant.post("/admin/settings", &[("csrf", &csrf), ("facebook_pixel", "on")]).await;
    let nav = anna.get("/portal/demo.myshopify.com").await.body;
    assert!(!nav.contains("/postbacks\"") && nav.contains("/pixels\""));
}

#[actix_web::test]
async fn u10_the_pixel_page_is_there_only_while_on_and_the_value_survives_off_and_on() {
    let site = Site::new().await;
    let mut anna = site.anna().await;
    assert_eq!(anna.get(PAGE).await.status, 404);
    assert_eq!(anna.get(&format!("{PAGE}/new")).await.status, 404);
    site.switch_pixels_on().await;
    assert_eq!(add(&mut anna, ANNAS, &[("token", "EAAB-secret-token")]).await.status, 303);
    assert!(anna.get(PAGE).await.body.contains(ANNAS));
    site.pixel_settings(&[]).await;
    assert_eq!(anna.get(PAGE).await.status, 404);
    site.switch_pixels_on().await;
    let page = anna.get(PAGE).await.body;
    assert!(page.contains(ANNAS), "{page}");
    assert!(!page.contains("EAAB"), "the token is only ever written");
    let editor = editor_of(&page);
    let form = anna.get(&editor).await.body;
    assert!(form.contains("One is stored") && !form.contains("EAAB"), "{form}");
    let mut bob = site.bob().await;
    assert!(!bob.get(PAGE).await.body.contains(ANNAS));
    assert_eq!(bob.get(&editor).await.status, 404, "another's pixel is nobody's");
}

fn editor_of(page: &str) -> String {
    let (_, rest) = page.split_once("<a href=\"/portal/demo.myshopify.com/pixels/").unwrap();
    format!("{PAGE}/{}", rest.split('"').next().unwrap())
}

#[actix_web::test]
async fn a_refused_pixel_keeps_what_was_typed_and_says_why() {
    let site = Site::new().await;
    site.switch_pixels_on().await;
    let mut anna = site.anna().await;
    let code = add(&mut anna, "<script>fbq('init')</script>", &[]).await;
    assert_eq!(code.status, 422);
    assert!(code.body.contains("A pixel ID is a number of 5 to 20 digits"), "{}", code.body);
    let short = add(&mut anna, "12345", &[]).await;
    assert!(short.body.contains("name=\"confirmed\""), "{}", short.body);
    assert_eq!(add(&mut anna, "12345", &[("confirmed", "on")]).await.status, 303);
    assert!(add(&mut anna, "12345", &[("confirmed", "on")]).await.body.contains("already"));
    for number in 0..4 {
        assert_eq!(add(&mut anna, &format!("111111111111111{number}"), &[]).await.status, 303);
    }
    let sixth = add(&mut anna, "1111111111111119", &[]).await;
    assert!(sixth.body.contains("No more than 5 pixels"), "{}", sixth.body);
}

#[actix_web::test]
async fn u11_a_visit_tells_only_the_pixel_of_its_affiliate_and_an_unattributed_one_nobody() {
    let site = Site::with_two_pixels().await;
    let shopper = site.shopper("203.0.113.30");
    let answer = shopper.visit("report-0123456789", &link("ANNA"), "").await;
    assert_eq!(heard(&answer), [ANNAS]);
    let piece = answer["pixels"][0].as_str().unwrap();
    assert!(storefront::pixel::is_hit(format!("{ENDPOINT}{piece}0").as_bytes()), "{piece}");
    assert!(piece.starts_with(&format!("{ANNAS}&if=false&fbc=fb.1.")), "{piece}");
    let (_, click) = piece.rsplit_once("&noscript=1&eid=pv-").unwrap();
    assert!(click.strip_suffix('-').unwrap().parse::<i64>().is_ok(), "{piece}");
    assert!(!piece.contains("ANNA") && !piece.contains("email"), "{piece}");
    assert_eq!(answer["events"], json!([]));
    assert!(answer["expires"].as_i64().unwrap() > site.app.clock.now().unix_seconds());
    let nobody = "https://demo.myshopify.com/products/tea?ref=NOBODY";
    let stranger = site.shopper("203.0.113.31").visit("stranger-012345678", nobody, "").await;
    assert_eq!(stranger, json!({"token": null, "pixels": [], "events": []}));
}

#[actix_web::test]
async fn n16_the_pixel_follows_the_attribution_and_never_two_affiliates_hear_one_visit() {
    let site = Site::with_two_pixels().await;
    let shopper = site.shopper("203.0.113.32");
    let first = shopper.visit("report-0123456789", &link("ANNA"), "").await;
    let token = first["token"].as_str().unwrap();
    site.app.clock.set(site.app.clock.now().plus_seconds(120));
    let second = shopper.visit("second-0123456789", &link("BOB"), token).await;
    assert_eq!(heard(&second), [BOBS], "the last click earns, so Anna's pixel is silent now");
    // A purchase of that visitor, before and after the order is known.
    for _ in 0..2 {
        let purchase = report(&shopper, token, 3).await;
        assert_eq!(heard(&purchase), [BOBS]);
        let url = purchase["pixels"][0]["url"].as_str().unwrap();
        assert!(url.contains("&eid=purchase-5678901234567&ev=Purchase&"), "{url}");
        assert!(storefront::pixel::is_hit(url.as_bytes()), "{url}");
    }
}

#[actix_web::test]
async fn u11_a_purchase_goes_to_whom_the_order_is_credited_and_not_to_the_last_click() {
    let site = Site::with_two_pixels().await;
    let shopper = site.shopper("203.0.113.33");
    let visit = shopper.visit("report-0123456789", &link("BOB"), "").await;
    let token = visit["token"].as_str().unwrap();
    assert_eq!(heard(&report(&shopper, token, 3).await), [BOBS], "all that is known so far");
    // The coupon is Anna's, and coupons come before links.
    site.coupon_order().await;
    let purchase = report(&shopper, token, 3).await;
    assert_eq!(heard(&purchase), [ANNAS]);
    let url = purchase["pixels"][0]["url"].as_str().unwrap();
    assert!(url.contains("cd%5Bvalue%5D=90.00&cd%5Bcurrency%5D=USD"), "{url}");
}

#[actix_web::test]
async fn n20_without_both_bits_of_consent_no_pixel_hears_anything() {
    let site = Site::with_two_pixels().await;
    let shopper = site.shopper("203.0.113.34");
    for consent in [json!(0), json!(1), json!(2), json!(null)] {
        let body = json!({"v": 1, "url": link("ANNA"), "consent": consent});
        let answer = shopper.report("click", &body).await.json();
        assert_eq!(heard(&answer), [""; 0], "{consent}");
    }
    let visit = shopper.visit("report-0123456789", &link("ANNA"), "").await;
    let token = visit["token"].as_str().unwrap();
    for consent in 0..3 {
        assert_eq!(heard(&report(&shopper, token, consent).await), [""; 0], "{consent}");
    }
    site.pixel_settings(&[("facebook_pixel", "on"), ("pixel_limited", "on")]).await;
    let limited = report(&shopper, token, 1).await;
    let url = limited["pixels"][0]["url"].as_str().unwrap();
    assert!(url.contains("&dpo=LDU&dpoco=0&dpost=0&"), "{url}");
}

#[actix_web::test]
async fn u11_a_pixel_that_waits_is_refused_or_is_off_hears_nothing() {
    let site = Site::new().await;
    site.pixel_settings(&[("facebook_pixel", "on"), ("pixel_approval", "on")]).await;
    let (mut anna, mut merchant) = (site.anna().await, site.merchant());
    add(&mut anna, ANNAS, &[]).await;
    let shopper = site.shopper("203.0.113.35");
    let mut turn = 0;
    let mut visit = async || {
        turn += 1;
        let id = format!("report-01234567{turn:02}");
        let url = format!("{}&turn={turn}", link("ANNA"));
        heard(&shopper.visit(&id, &url, "").await).len()
    };
    assert_eq!(visit().await, 0, "waits");
    assert!(anna.get(PAGE).await.body.contains("Waits for the shop"));
    let list = merchant.get("/admin/pixels").await;
    let id = list.body.split("/admin/pixels/").nth(1).unwrap().split('"').next().unwrap();
    let address = format!("/admin/pixels/{id}");
    for (approval, heard) in [("approved", 1), ("rejected", 0), ("approved", 1)] {
        let fields = [("csrf", list.csrf()), ("approval", approval.to_owned())];
        let fields: Vec<(&str, &str)> = fields.iter().map(|(a, b)| (*a, b.as_str())).collect();
        assert_eq!(merchant.post(&address, &fields).await.status, 303);
        assert_eq!(visit().await, heard, "{approval}");
    }
    let editor = editor_of(&anna.get(PAGE).await.body);
    let csrf = anna.get(&editor).await.csrf();
    anna.post(&editor, &[("csrf", &csrf), ("events", "PageView")]).await;
    assert_eq!(visit().await, 0, "off");
    let csrf = anna.get(&editor).await.csrf();
    anna.post(&format!("{editor}/remove"), &[("csrf", &csrf)]).await;
    assert!(anna.get(PAGE).await.body.contains("No pixel yet"));
}

#[actix_web::test]
async fn n16_the_sandbox_gets_an_answer_only_for_a_token_of_that_shop() {
    let site = Site::with_two_pixels().await;
    let shopper = site.shopper("203.0.113.36");
    let visit = shopper.visit("report-0123456789", &link("ANNA"), "").await;
    let token = visit["token"].as_str().unwrap();
    let ask = async |shop: &str, token: &str| {
        let body = json!({
            "v": 1, "shop": shop, "token": token, "order": ORDER.to_string(),
            "checkout": "c1", "consent": 3, "fbp": "fb.1.1.2",
        });
        shopper.post("/pixel/purchase", &body).await
    };
    let good = ask("demo.myshopify.com", token).await;
    assert_eq!((good.status, good.allow_origin.as_deref()), (200, Some("*")));
    assert_eq!(heard(&good.json()), [ANNAS]);
    let mut forged = token.to_owned();
    forged.pop();
    assert_eq!(heard(&ask("demo.myshopify.com", &forged).await.json()), [""; 0]);
    assert_eq!(ask("other.myshopify.com", token).await.status, 404);
    assert_eq!(ask("not a shop", token).await.status, 404);
    let preflight = actix_web::test::TestRequest::default()
        .method(actix_web::http::Method::OPTIONS)
        .uri("/pixel/purchase");
    let preflight = shopper.send(preflight).await;
    assert_eq!((preflight.status, preflight.allow_origin.as_deref()), (204, Some("*")));
}

#[actix_web::test]
async fn a_test_event_needs_a_token_and_a_test_code() {
    let site = Site::new().await;
    site.switch_pixels_on().await;
    let mut anna = site.anna().await;
    add(&mut anna, ANNAS, &[]).await;
    let editor = editor_of(&anna.get(PAGE).await.body);
    let csrf = anna.get(&editor).await.csrf();
    let sent = anna.post(&format!("{editor}/test"), &[("csrf", &csrf)]).await;
    assert!(sent.body.contains("Store an access token first."), "{}", sent.body);
    anna.post(&editor, &[("csrf", &csrf), ("token", "EAAB")]).await;
    let sent = anna.post(&format!("{editor}/test"), &[("csrf", &csrf)]).await;
    assert!(sent.body.contains("Enter the test event code first"), "{}", sent.body);
}

async fn report(shopper: &super::storefront::Shopper<'_>, token: &str, consent: i64) -> Value {
    let body = json!({"v": 1, "token": token, "order": ORDER, "consent": consent});
    let reply = shopper.report("purchase", &body).await;
    assert_eq!(reply.status, 200);
    reply.json()
}
