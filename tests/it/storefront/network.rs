//! The app or the cart does not answer.

use serde_json::json;

use super::shop::{START, Shop, TOKEN, answer};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_that_does_not_arrive_waits_in_the_cart_and_goes_out_again_on_the_next_page() {
    let Some(shop) = Shop::open().await else { return };
    shop.set(|setting| setting.click_answer = None);
    shop.visit("/products/mug?ref=ANNA&affclickid=w5f").await;
    let waiting = shop.state().await;
    assert!(waiting.ends_with("/products/mug?ref=ANNA&affclickid=w5f"), "{waiting}");
    assert_eq!(shop.cart_writes(), [waiting]);

    shop.set(|setting| setting.click_answer = Some(answer(&["123456789012345"])));
    shop.visit("/cart").await;
    let clicks = shop.clicks();
    assert_eq!(clicks.len(), 2);
    assert_eq!((&clicks[0]["id"], &clicks[0]["url"]), (&clicks[1]["id"], &clicks[1]["url"]));
    assert_eq!(shop.cart_writes().last().unwrap(), TOKEN);
    assert_eq!(shop.hits().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_network_coming_back_sends_the_report_without_another_page() {
    let Some(shop) = Shop::open().await else { return };
    shop.set(|setting| setting.click_answer = None);
    shop.visit("/?ref=ANNA").await;
    shop.set(|setting| setting.click_answer = Some(answer(&[])));
    shop.page.eval::<()>("dispatchEvent(new Event('online')), null").await;
    shop.rest().await;
    assert_eq!(shop.clicks().len(), 2);
    assert_eq!(shop.cart_writes().last().unwrap(), TOKEN);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_makes_no_sense_changes_nothing() {
    for nonsense in [json!("x"), json!([]), json!({"token": {}}), json!({"token": TOKEN})] {
        let Some(shop) = Shop::open().await else { return };
        shop.set(|setting| setting.click_answer = Some(nonsense));
        shop.visit("/?ref=ANNA").await;
        shop.page.assert_no_problems();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cart_that_refuses_is_tried_again_on_the_next_page_only() {
    let Some(shop) = Shop::open().await else { return };
    shop.set(|setting| setting.cart_status = 500);
    shop.visit("/?ref=ANNA").await;
    assert_eq!(shop.cart_writes().len(), 2, "the state, then the token");
    shop.set(|setting| setting.cart_status = 200);
    shop.visit("/cart").await;
    shop.visit("/cart").await;
    assert_eq!(shop.cart_writes().len(), 3);
    assert_eq!(shop.cart_writes().last().unwrap(), TOKEN);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_cart_after_an_order_gets_the_visit_too() {
    let Some(shop) = Shop::open().await else { return };
    shop.visit("/?ref=ANNA").await;
    let before = shop.cart_writes().len();
    shop.page.eval::<()>("document.cookie = 'cart=c2;path=/', null").await;
    shop.set(|setting| setting.now = START + 5);
    shop.visit("/").await;
    shop.visit("/products/mug").await;
    assert_eq!(shop.cart_writes().len(), before + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_theme_that_drops_our_attribute_gets_it_back() {
    let Some(shop) = Shop::open().await else { return };
    shop.visit("/?ref=ANNA").await;
    let before = shop.cart_writes().len();
    let dropped = "document.dispatchEvent(new CustomEvent('shopify:cart:attributes-update')), null";
    shop.page.eval::<()>(dropped).await;
    shop.rest().await;
    assert_eq!(shop.cart_writes().len(), before + 1);
    assert_eq!(shop.cart_writes().last().unwrap(), TOKEN);
}
