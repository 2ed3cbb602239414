//! Nothing is stored, reported or told before the visitor allows it.

use serde_json::{Value, json};

use super::shop::{Shop, TOKEN};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n20_without_a_consent_tool_nothing_happens() {
    let Some(shop) = Shop::open().await else { return };
    shop.set(|setting| setting.consent = None);
    shop.visit("/?ref=ANNA").await;
    shop.assert_untouched().await;
    shop.page.assert_no_problems();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n20_a_refusal_leaves_the_device_empty_and_is_counted_when_the_visitor_leaves() {
    for (marketing, sale) in [(false, false), (false, true)] {
        let Some(shop) = Shop::open().await else { return };
        shop.set(|setting| setting.consent = Some((marketing, sale)));
        shop.visit("/products/mug?ref=ANNA&sub1=private").await;
        shop.assert_untouched().await;
        shop.visit("/cart").await;
        assert_eq!(shop.stored().await, json!({}));
        let [loss] = &shop.clicks()[..] else { panic!("{:?}", shop.clicks()) };
        let url = "https://shop.example/?ref=ANNA";
        assert_eq!(*loss, json!({"v": 1, "url": url, "consent": 0}));
        assert_eq!((shop.cart_writes().len(), shop.hits().len()), (0, 0));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn consent_given_later_on_the_page_counts_the_link_it_was_opened_with() {
    let Some(shop) = Shop::open().await else { return };
    shop.set(|setting| setting.consent = Some((false, false)));
    shop.visit("/products/mug?ref=ANNA").await;
    shop.assert_untouched().await;
    shop.choose(true, true).await;
    assert_eq!(shop.clicks()[0]["url"], "https://shop.example/products/mug?ref=ANNA");
    assert!(shop.state().await.contains(TOKEN));
    assert_eq!(shop.hits().len(), 1);
    shop.visit("/cart").await;
    assert_eq!(shop.clicks().len(), 1, "no loss is reported after that");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consent_tool_that_comes_late_is_waited_for() {
    let Some(shop) = Shop::open().await else { return };
    shop.set(|setting| setting.is_consent_loaded_late = true);
    shop.visit("/?ref=ANNA").await;
    shop.page.wait_until("!!localStorage._trb").await;
    shop.rest().await;
    assert_eq!(shop.clicks().len(), 1);
    assert!(shop.state().await.contains(TOKEN));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_consent_tool_is_not_loaded_for_a_page_without_link_and_visit() {
    let Some(shop) = Shop::open().await else { return };
    shop.set(|setting| setting.is_consent_loaded_late = true);
    shop.visit("/products/mug").await;
    assert!(shop.page.eval::<bool>("Shopify.customerPrivacy === undefined").await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n20_withdrawn_consent_erases_everything_in_the_cart_too() {
    let Some(shop) = Shop::open().await else { return };
    shop.visit("/?ref=ANNA").await;
    shop.visit("/products/mug").await;
    shop.choose(false, false).await;
    assert_eq!(shop.stored().await, json!({}));
    assert_eq!(shop.cart_writes().last().unwrap(), "");
    let before = (shop.clicks().len(), shop.hits().len());
    shop.visit("/cart").await;
    assert_eq!((shop.clicks().len(), shop.hits().len()), before);
    assert_eq!(shop.stored().await, json!({}));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n20_marketing_without_sale_of_data_is_attributed_and_told_to_no_pixel() {
    let Some(shop) = Shop::open().await else { return };
    shop.set(|setting| setting.consent = Some((true, false)));
    shop.visit("/?ref=ANNA").await;
    shop.visit("/products/mug").await;
    assert_eq!(shop.clicks()[0]["consent"], 1);
    assert_eq!(shop.cart_writes().last().unwrap(), TOKEN);
    // The app would have sent no pixels; this one did, and still none is told.
    assert_eq!(shop.hits(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_merchants_mode_can_ask_for_an_explicit_yes_or_leave_consent_to_another_tool() {
    let Some(shop) = Shop::open().await else { return };
    shop.set(|setting| {
        setting.attributes = r#"data-consent="required""#.to_owned();
        // Allowed because of the region, but nobody said yes.
        setting.inline =
            "tool.currentVisitorConsent = () => ({marketing: '', sale_of_data: ''})".to_owned();
    });
    shop.visit("/?ref=ANNA").await;
    shop.assert_untouched().await;

    let Some(shop) = Shop::open().await else { return };
    shop.set(|setting| {
        setting.attributes = r#"data-consent="off""#.to_owned();
        setting.consent = None;
    });
    shop.visit("/?ref=ANNA").await;
    assert_eq!(shop.clicks()[0]["consent"], 3);
    assert_ne!(shop.stored().await, Value::Null);
}
