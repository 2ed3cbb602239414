//! Browsers that keep only some of it, or nothing; and two tabs.

use super::shop::{ORIGIN, Shop, TOKEN};

const NO_LOCAL_STORAGE: &str = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('blocked', 'SecurityError'); } })";
const NO_COOKIES: &str = "Object.defineProperty(document, 'cookie', {
    get() { throw new DOMException('blocked', 'SecurityError'); }, set() { throw new DOMException('blocked', 'SecurityError'); } })";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_local_storage_the_cookie_carries_the_visit() {
    let Some(shop) = Shop::open().await else { return };
    shop.set(|setting| setting.prelude = NO_LOCAL_STORAGE.to_owned());
    shop.visit("/?ref=ANNA").await;
    shop.visit("/products/mug").await;
    assert!(shop.page.eval::<bool>(&format!("document.cookie.includes('{TOKEN}')")).await);
    assert_eq!(shop.clicks().len(), 1);
    assert_eq!(shop.cart_writes().last().unwrap(), TOKEN);
    shop.page.assert_no_problems();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_cookies_local_storage_carries_the_visit() {
    let Some(shop) = Shop::open().await else { return };
    shop.set(|setting| setting.prelude = NO_COOKIES.to_owned());
    shop.visit("/?ref=ANNA").await;
    shop.visit("/products/mug").await;
    assert!(shop.page.eval::<bool>(&format!("localStorage._trb.includes('{TOKEN}')")).await);
    assert_eq!(shop.clicks().len(), 1);
    assert_eq!(shop.hits().len(), 2);
    shop.page.assert_no_problems();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_both_the_cart_still_carries_the_visit() {
    let Some(shop) = Shop::open().await else { return };
    shop.set(|setting| setting.prelude = format!("{NO_LOCAL_STORAGE}; {NO_COOKIES}"));
    shop.visit("/?ref=ANNA").await;
    assert_eq!(shop.cart_writes().last().unwrap(), TOKEN);
    assert_eq!((shop.clicks().len(), shop.hits().len()), (1, 1));
    shop.page.assert_no_problems();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_tabs_share_the_visit_and_report_it_once() {
    let Some(shop) = Shop::open().await else { return };
    shop.visit("/?ref=ANNA").await;
    let other = shop.tab().await;
    let calls =
        other.intercept(&format!("{ORIGIN}/apps/*"), |_| tests::browser::Answer::Refuse).await;
    other.goto(&format!("{ORIGIN}/products/mug")).await;
    other.goto(&format!("{ORIGIN}/?ref=ANNA")).await;
    assert_eq!(calls.requests(), []);
    assert_eq!(other.eval::<String>("localStorage._trb").await, shop.state().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_program_left_in_our_place_is_thrown_away() {
    let Some(shop) = Shop::open().await else { return };
    shop.visit("/").await;
    shop.page.eval::<()>("localStorage._trb = '9999999999~\\n\\nC~~@', localStorage._trbp = '\\nHhttps://evil.example', null").await;
    shop.visit("/products/mug").await;
    assert_eq!(shop.stored().await, serde_json::json!({}));
    shop.page.assert_no_problems();
}
