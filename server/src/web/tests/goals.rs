//! The merchant's goals: defined on a page, reached from the storefront and by orders, told to
//! postbacks, and paid once the merchant agrees.

use domain::ids::GoalConversionId;
use serde_json::json;
use storage::{
    firings::{FiringFilter, firing_page},
    goals::{GoalConversion, GoalState, goal_conversion_page},
    ledger::balances_of,
};

use super::site::Site;

const LINK: &str = "https://demo.myshopify.com/?ref=ANNA&affclickid=w5f";

async fn define(site: &Site, slug: &str, kind: &str, more: &[(&str, &str)]) -> u16 {
    let mut merchant = site.merchant();
    let csrf = merchant.get("/admin/goals").await.csrf();
    let fields = [("csrf", csrf.as_str()), ("name", slug), ("slug", slug), ("kind", kind)];
    merchant.post("/admin/goals", &[&fields[..], more].concat()).await.status
}

async fn reached(site: &Site) -> Vec<GoalConversion> {
    let shop = site.shop.id;
    site.app.storage.read(move |conn| goal_conversion_page(conn, shop, None, 50)).await.unwrap()
}

#[actix_web::test]
async fn a_called_goal_counts_once_per_visitor_and_needs_a_link_and_consent() {
    let site = Site::new().await;
    assert_eq!(define(&site, "newsletter", "call", &[]).await, 303);
    let shopper = site.shopper("203.0.113.50");
    let visit = shopper.visit("report-0123456789", LINK, "").await;
    let token = visit["token"].as_str().unwrap();
    let call = async |token: &str, goal: &str, consent: i64| {
        let body = json!({"v": 1, "id": "x", "token": token, "goal": goal, "consent": consent});
        assert_eq!(shopper.report("goal", &body).await.status, 204);
    };
    call(token, "newsletter", 0).await;
    call("v1.forged.token", "newsletter", 3).await;
    call(token, "no-such-goal", 3).await;
    assert_eq!(reached(&site).await, []);
    for goal in ["newsletter", "Newsletter", "newsletter"] {
        call(token, goal, 3).await;
    }
    let found = reached(&site).await;
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].affiliate_id, found[0].status), (site.anna.id, GoalState::Approved));
    assert!(found[0].click_id.is_some());
}

#[actix_web::test]
async fn affiliates_see_what_the_goals_earn_and_only_what_they_reached_themselves() {
    let site = Site::new().await;
    let page = "/portal/demo.myshopify.com/goals";
    assert!(site.anna().await.get(page).await.body.contains("no goal at the moment"));
    define(&site, "lead", "call", &[("commission", "2.50")]).await;
    let shopper = site.shopper("203.0.113.52");
    let visit = shopper.visit("report-0123456789", LINK, "").await;
    shopper.report("goal", &json!({"token": visit["token"], "goal": "lead", "consent": 1})).await;
    let mut anna = site.anna().await;
    let shown = anna.get(page).await.body;
    for part in ["2.50 USD", "Waits for the shop", "Reached through you"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(anna.get("/portal/demo.myshopify.com/orders").await.body.contains(page));
    let other = site.bob().await.get(page).await.body;
    assert!(other.contains("2.50 USD") && !other.contains("Waits for the shop"), "{other}");
}

#[actix_web::test]
async fn a_goal_that_earns_waits_for_the_merchant_and_is_booked_once() {
    let site = Site::new().await;
    define(&site, "lead", "call", &[("commission", "2.50")]).await;
    let shopper = site.shopper("203.0.113.51");
    let visit = shopper.visit("report-0123456789", LINK, "").await;
    let body = json!({"token": visit["token"], "goal": "lead", "consent": 1});
    shopper.report("goal", &body).await;
    let found = reached(&site).await;
    assert_eq!(found[0].status, GoalState::Pending);
    assert_eq!(payable(&site).await, 0);
    let approve = async |id: GoalConversionId| {
        let mut merchant = site.merchant();
        let csrf = merchant.get("/admin/goals").await.csrf();
        let address = format!("/admin/goals/reached/{id}");
        merchant.post(&address, &[("csrf", &csrf), ("verdict", "approve")]).await.status
    };
    assert_eq!(approve(found[0].id).await, 303);
    assert_eq!(payable(&site).await, 250);
    assert_eq!(approve(found[0].id).await, 404, "it waits no more");
    assert_eq!(payable(&site).await, 250);
}

#[actix_web::test]
async fn orders_reach_goals_and_postbacks_are_told_with_the_goals_name() {
    let site = Site::new().await;
    define(&site, "red-kettle", "product", &[("product", "2")]).await;
    define(&site, "other-kettle", "product", &[("product", "3")]).await;
    let mut anna = site.anna().await;
    let address = "/portal/demo.myshopify.com/postbacks/new";
    let csrf = anna.get(address).await.csrf();
    let url = "https://t.example.com/?g={goal}&t={transaction_id}";
    let saved = anna
        .post(
            address,
            &[
                ("csrf", &csrf),
                ("name", "K"),
                ("url", url),
                ("events", "goal"),
                ("scope", "all"),
                ("method", "GET"),
            ],
        )
        .await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    site.coupon_order().await;
    site.coupon_order().await;
    let found = reached(&site).await;
    assert_eq!(found.len(), 1, "settled twice, reached once");
    let shop = site.shop.id;
    let firings = site
        .app
        .storage
        .read(move |conn| firing_page(conn, shop, &FiringFilter::default(), None, 10))
        .await
        .unwrap();
    let told: Vec<&str> = firings.iter().map(|firing| firing.event.as_str()).collect();
    assert_eq!(told, ["goal"]);
    assert!(firings[0].record.contains("\"red-kettle\""), "{}", firings[0].record);
}

#[actix_web::test]
async fn a_refused_goal_says_why_at_its_field() {
    let site = Site::new().await;
    for (slug, kind, more) in [
        ("two words", "call", ("commission", "")),
        ("purchase", "call", ("commission", "")),
        ("ok", "nothing", ("commission", "")),
        ("ok", "product", ("product", "tea")),
        ("ok", "call", ("commission", "a lot")),
        ("ok", "call", ("commission", "-1")),
    ] {
        assert_eq!(define(&site, slug, kind, &[more]).await, 422, "{slug} {kind} {more:?}");
    }
    assert_eq!(define(&site, "ok", "call", &[]).await, 303);
    assert_eq!(define(&site, "OK", "call", &[]).await, 422, "taken");
}

async fn payable(site: &Site) -> i64 {
    let (shop, anna) = (site.shop.id, site.anna.id);
    let found = site.app.storage.read(move |conn| balances_of(conn, shop, anna)).await.unwrap();
    found.iter().map(|balance| balance.payable_minor).sum()
}
