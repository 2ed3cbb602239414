//! N16: each pixel hears exactly its own events, and nobody hears of the visitor more than the page.

use serde_json::json;

use super::shop::{START, Shop, answer, piece};

const ANNA: &str = "123456789012345";
const ANNAS_SECOND: &str = "223456789012345";
const SHOPS_OWN: &str = "555555555555555";

/// The merchant's own pixel, as merchants put it there.
const MERCHANTS_CODE: &str = "
    const own = (event) => { new Image().src = `https://www.facebook.com/tr/?id=555555555555555&ev=${event}`; };
    window.fbq = (_, event) => own(event);
    fbq('track', 'PageView'); addEventListener('load', () => fbq('track', 'Purchase'));";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n16_three_pixels_on_one_page_each_get_their_own_events() {
    let Some(shop) = Shop::open().await else { return };
    shop.set(|setting| {
        setting.inline = MERCHANTS_CODE.to_owned();
        setting.click_answer = Some(answer(&[ANNA, ANNAS_SECOND]));
    });
    shop.visit("/?ref=ANNA").await;
    shop.visit("/products/mug").await;
    let of = |pixel: &str| -> Vec<String> {
        let own = shop.events().into_iter().filter(|[id, ..]| id == pixel);
        own.map(|[_, event, ..]| event).collect()
    };
    assert_eq!(of(ANNA), ["PageView", "PageView"]);
    assert_eq!(of(ANNAS_SECOND), ["PageView", "PageView"]);
    assert_eq!(of(SHOPS_OWN), ["PageView", "Purchase", "PageView", "Purchase"]);
    assert_eq!(shop.events().len(), 8);
    assert!(shop.page.eval::<bool>("document.scripts.length === 3").await, "no script was added");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n16_a_visit_of_nobody_calls_no_pixel() {
    let Some(shop) = Shop::open().await else { return };
    shop.set(|setting| setting.inline = MERCHANTS_CODE.to_owned());
    shop.visit("/").await;
    assert!(shop.events().iter().all(|[id, ..]| id == SHOPS_OWN));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n16_the_pixels_of_the_affiliate_before_hear_nothing_after_another_one_took_over() {
    let Some(shop) = Shop::open().await else { return };
    shop.visit("/?ref=ANNA").await;
    shop.set(|setting| {
        setting.now = START + 3_600;
        setting.click_answer = Some(answer(&[ANNAS_SECOND]));
    });
    shop.visit("/?ref=BOB").await;
    shop.visit("/products/mug").await;
    let ids: Vec<_> = shop.events().into_iter().map(|[id, ..]| id).collect();
    assert_eq!(ids, [ANNA, ANNAS_SECOND, ANNAS_SECOND]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n20_hits_carry_clean_addresses_and_ids_of_their_own() {
    let Some(shop) = Shop::open().await else { return };
    shop.visit("/?ref=ANNA").await;
    shop.visit("/account/orders/s3cr3t?key=s3cr3t&email=a@b.example&utm_source=ig").await;
    shop.set(|setting| setting.now = START + 60);
    shop.visit("/fr/products/mug?token=s3cr3t").await;
    assert!(shop.hits().iter().all(|url| !url.contains("s3cr3t") && !url.contains("ud[")));
    let [_, second, third] = &shop.events()[..] else { panic!("{:?}", shop.events()) };
    assert_eq!(second[2..], ["pv-77-1792649528000", "https://shop.example/?utm_source=ig"]);
    assert_eq!(third[2..], ["pv-77-1792649588000", "https://shop.example/fr/products/mug"]);
    assert!(shop.hits()[1].contains("&fbc=fb.1.1792649528000.IwAR&"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_can_call_nobody_but_meta() {
    let Some(shop) = Shop::open().await else { return };
    let elsewhere =
        shop.page.intercept("*://evil.example/*", |_| tests::browser::Answer::Refuse).await;
    let bad = [
        "https://evil.example/tr/?id=123456789012345&",
        "//evil.example/123456789012345&",
        "@evil.example/?123456789012345&",
        "12&",
        "1234567890x&",
        "123456789012345678901&",
        "123456789012345",
        "javascript:alert(1)",
    ];
    let many = (0..9).map(|n| piece(&format!("12345678901234{n}")));
    let pixels: Vec<_> = bad.into_iter().map(str::to_owned).chain(many).collect();
    shop.set(|setting| {
        let mut answer = answer(&[]);
        answer["pixels"] = json!(pixels);
        setting.click_answer = Some(answer);
    });
    shop.visit("/?ref=ANNA").await;
    assert_eq!(elsewhere.requests(), []);
    assert_eq!(shop.hits().len(), 5, "{:?}", shop.hits());
}
