//! What a merchant's own pages tell: goals, and orders of a thank-you page that is theirs.

use serde_json::{Value, json};

use super::shop::{Shop, TOKEN, answer};

const GOAL: &str = "/apps/tributary/goal";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_goal_is_told_once_with_the_visit_and_not_without_one() {
    let Some(shop) = Shop::open().await else { return };
    shop.visit("/pages/newsletter").await;
    shop.page.eval::<()>("tributary.goal('newsletter'), null").await;
    shop.rest().await;
    assert_eq!(shop.posted(GOAL), Vec::<Value>::new());

    shop.visit("/?ref=ANNA").await;
    shop.page.eval::<()>("tributary.goal('newsletter'), null").await;
    shop.rest().await;
    let [goal] = &shop.posted(GOAL)[..] else { panic!("{:?}", shop.posted(GOAL)) };
    let expected =
        json!({"v": 1, "id": goal["id"], "token": TOKEN, "goal": "newsletter", "consent": 3});
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
    let goals = shop.posted(GOAL);
    assert_eq!(goals.len(), 1);
    assert_eq!((&goals[0]["token"], &goals[0]["goal"]), (&json!(TOKEN), &json!("newsletter")));
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
    assert_eq!(shop.posted(GOAL), Vec::<Value>::new());
    assert_eq!(shop.hits().len(), hits);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn u11_a_purchase_of_the_shops_own_thank_you_page_is_told_with_the_shared_event_id() {
    for (events, value) in [
        (json!(["PageView"]), ""),
        (json!(["PageView", "value"]), "&cd[value]=90.00&cd[currency]=EUR"),
    ] {
        let Some(shop) = Shop::open().await else { return };
        shop.set(|setting| {
            let mut answer = answer(&["123456789012345"]);
            answer["events"] = events;
            setting.click_answer = Some(answer);
        });
        shop.visit("/?ref=ANNA").await;
        shop.visit("/pages/thank-you?order=1001&token=s3cr3t").await;
        let call =
            "tributary.purchase({id: '1001&ud[em]=x', value: '90.00', currency: 'EUR'}), null";
        shop.page.eval::<()>(call).await;
        shop.rest().await;
        let hit = shop.hits().pop().unwrap();
        let order = "1001%26ud%5Bem%5D%3Dx";
        let expected = format!(
            "https://www.facebook.com/tr/?id=123456789012345&if=false&noscript=1\
            &fbc=fb.1.1792649528000.IwAR&eid=purchase-{order}{value}&cd[order_id]={order}\
            &ev=Purchase&ts=1792649528000&dl=https%3A%2F%2Fshop.example%2Fpages%2Fthank-you&rl="
        );
        assert_eq!(hit, expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn u11_a_purchase_of_a_visit_of_nobody_is_told_to_nobody() {
    let Some(shop) = Shop::open().await else { return };
    shop.visit("/pages/thank-you").await;
    shop.page.eval::<()>("tributary.purchase({id: 1, value: '9', currency: 'EUR'}), null").await;
    shop.rest().await;
    shop.assert_untouched().await;
}
