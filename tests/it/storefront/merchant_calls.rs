//! What a merchant's own pages tell: goals, and orders of a thank-you page that is theirs.

use serde_json::{Value, json};

use super::shop::{Shop, TOKEN};

const GOAL: &str = "/apps/tributary/goal";
const PURCHASE: &str = "/apps/tributary/purchase";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_goal_is_told_once_with_the_visit_and_not_without_one() {
    let Some(shop) = Shop::open().await else { return };
    shop.visit("/pages/newsletter").await;
    shop.page.eval::<()>("tributary.goal('newsletter'), null").await;
    shop.rest().await;
    assert_eq!(shop.posted(GOAL), Vec::<Value>::new());

    shop.visit("/?ref=ANNA").await;
    shop.page.eval::<()>("tributary.goal('newsletter'), null").await;
    shop.wait_for_post(GOAL).await;
    let [goal] = &shop.posted(GOAL)[..] else { panic!("{:?}", shop.posted(GOAL)) };
    let state = shop.state().await;
    let expected =
        json!({"v": 1, "id": goal["id"], "token": state, "goal": "newsletter", "consent": 3});
    assert_eq!(*goal, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_goal_before_the_script_and_before_the_answer_is_told_when_the_visit_is_known() {
    let Some(shop) = Shop::open().await else { return };
    shop.set(|setting| {
        setting.inline =
            "(window.tributary = window.tributary || []).push(['goal', 'newsletter'])".to_owned();
    });
    shop.visit("/?ref=ANNA").await;
    shop.wait_for_post(GOAL).await;
    let goals = shop.posted(GOAL);
    assert_eq!(goals.len(), 1);
    assert_eq!(goals[0]["goal"], "newsletter");
    assert!(goals[0]["token"].as_str().unwrap().contains(TOKEN), "{goals:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n20_without_consent_no_goal_and_no_purchase_is_told() {
    let Some(shop) = Shop::open().await else { return };
    shop.visit("/?ref=ANNA").await;
    shop.choose(false, false).await;
    let hits = shop.hits().len();
    shop.page
        .eval::<()>(
            "tributary.goal('x'), tributary.purchase({id: 1, value: 2, currency: 'EUR'}), null",
        )
        .await;
    shop.rest().await;
    assert_eq!((shop.posted(GOAL), shop.posted(PURCHASE)), (vec![], vec![]));
    assert_eq!(shop.hits().len(), hits);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn u11_a_purchase_of_the_shops_own_thank_you_page_is_reported_and_told_to_whom_the_app_names()
{
    let Some(shop) = Shop::open().await else { return };
    let url = "https://www.facebook.com/tr/?id=123456789012345&eid=purchase-1001&ev=Purchase";
    shop.set(|setting| {
        let pixels = [url, "https://evil.example/tr/?id=123456789012345"];
        let pixels: Vec<_> = pixels.iter().map(|url| json!({"id": "1", "url": url})).collect();
        setting.purchase_answer = json!({"pixels": pixels});
    });
    shop.visit("/?ref=ANNA").await;
    shop.page.eval::<()>("document.cookie = '_fbp=fb.1.2.3;path=/', null").await;
    shop.visit("/pages/thank-you?order=1001&token=s3cr3t").await;
    let call = "tributary.purchase({id: 1001, value: '90.00', currency: 'EUR'}), null";
    shop.page.eval::<()>(call).await;
    shop.wait_for_post(PURCHASE).await;
    let [report] = &shop.posted(PURCHASE)[..] else { panic!("{:?}", shop.posted(PURCHASE)) };
    let expected = json!({
        "v": 1, "consent": 3, "token": shop.state().await, "order": "1001",
        "total": "90.00", "currency": "EUR", "fbp": "fb.1.2.3",
    });
    assert_eq!(*report, expected);
    assert_eq!(shop.hits().last().unwrap(), url);
    assert!(shop.hits().iter().all(|hit| !hit.contains("s3cr3t")));
    shop.page.assert_no_problems();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n09_a_purchase_without_a_visit_is_reported_too_for_its_coupon() {
    let Some(shop) = Shop::open().await else { return };
    shop.visit("/pages/thank-you").await;
    shop.page.eval::<()>("tributary.purchase({id: 1, value: '9', currency: 'EUR'}), null").await;
    shop.wait_for_post(PURCHASE).await;
    assert_eq!(shop.posted(PURCHASE)[0]["token"], "");
    shop.assert_untouched().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_that_make_no_sense_and_a_script_that_does_not_come_leave_the_page_alone() {
    let Some(shop) = Shop::open().await else { return };
    shop.visit("/?ref=ANNA").await;
    let calls = "tributary.purchase(), tributary.goal(), tributary.goal({}), null";
    shop.page.eval::<()>(calls).await;
    shop.rest().await;
    shop.set(|setting| setting.attributes = "data-calls=\"/missing.js\"".to_owned());
    shop.visit("/").await;
    shop.page.eval::<()>("tributary.goal('x'), tributary.goal('y'), null").await;
    shop.rest().await;
    assert!(shop.state().await.contains(TOKEN));
}
