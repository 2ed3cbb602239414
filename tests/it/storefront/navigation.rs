//! Reloading, going back, and themes that change pages without loading them.

use serde_json::json;

use super::shop::{ORIGIN, START, Shop, TOKEN};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_link_within_a_minute_is_one_click_and_later_another() {
    let Some(shop) = Shop::open().await else { return };
    shop.visit("/?ref=ANNA").await;
    shop.set(|setting| setting.now = START + 59);
    shop.visit("/?ref=ANNA").await;
    assert_eq!(shop.clicks().len(), 1);
    shop.set(|setting| setting.now = START + 61);
    shop.visit("/?ref=ANNA").await;
    assert_eq!(shop.clicks().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reloading_and_going_back_are_no_clicks_however_late() {
    let Some(shop) = Shop::open().await else { return };
    shop.visit("/?ref=ANNA").await;
    shop.visit("/products/mug").await;
    shop.set(|setting| setting.now = START + 3_600);
    shop.page.eval::<()>("history.back(), null").await;
    shop.page
        .wait_until("location.search === '?ref=ANNA' && document.readyState === 'complete'")
        .await;
    shop.rest().await;
    shop.page.command("Page.reload", json!({})).await;
    shop.page.wait_until("performance.getEntriesByType('navigation')[0].type === 'reload' && document.readyState === 'complete'").await;
    shop.rest().await;
    assert_eq!(shop.clicks().len(), 1);
    assert_eq!(shop.cart_writes().last().unwrap(), TOKEN);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_the_theme_opens_without_loading_is_a_page_view_once() {
    let Some(shop) = Shop::open().await else { return };
    shop.visit("/?ref=ANNA").await;
    shop.page.eval::<()>("history.pushState(null, '', '/products/mug'), null").await;
    shop.rest().await;
    shop.page.eval::<()>("history.replaceState(null, '', '/products/mug'), null").await;
    shop.rest().await;
    shop.page.eval::<()>("history.back(), null").await;
    shop.page.wait_until("location.pathname === '/'").await;
    shop.rest().await;
    let pages: Vec<_> = shop.events().into_iter().map(|[.., page]| page).collect();
    let (home, mug) = (format!("{ORIGIN}/"), format!("{ORIGIN}/products/mug"));
    assert_eq!(pages, [home.clone(), mug.clone(), home.clone()]);
    assert!(shop.hits()[2].contains("&rl=https%3A%2F%2Fshop.example%2Fproducts%2Fmug"));
    assert_eq!(shop.clicks().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_the_theme_opens_without_loading_counts() {
    let Some(shop) = Shop::open().await else { return };
    shop.visit("/").await;
    shop.page.eval::<()>("history.pushState(null, '', '/pages/friends?ref=ANNA'), null").await;
    shop.rest().await;
    assert_eq!(shop.clicks()[0]["url"], "https://shop.example/pages/friends?ref=ANNA");
}
