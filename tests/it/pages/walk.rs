//! Every page at a desk's width and at a phone's, with one order in it.

use super::visitor::{Visitor, admin, portal};
use crate::demo::running::Demo;

/// Width, height, and whether it is a phone.
const WINDOWS: [(u32, u32, bool); 2] = [(1280, 800, false), (375, 700, true)];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_of_the_merchant_is_in_order_at_a_desk_and_on_a_phone() {
    let Some(merchant) = Visitor::arrive().await else {
        return;
    };
    let demo = Demo::shared().await;
    order_by_click(&demo, "walk-merchant").await;
    for (width, height, is_phone) in WINDOWS {
        merchant.page.set_viewport(width, height, is_phone).await;
        merchant.log_in_as_merchant(&demo).await;
        merchant.inspect("admin-home").await;
        merchant.look(&admin(&demo, "/orders"), "admin-orders").await;
        let order = merchant.link_in_row("#").await.unwrap();
        merchant.look(&order, "admin-order").await;
        merchant.look(&admin(&demo, "/affiliates"), "admin-affiliates").await;
        merchant.look(&admin(&demo, "/affiliates?q=nobody"), "admin-affiliates-none").await;
        merchant.look(&admin(&demo, "/programs"), "admin-programs").await;
        merchant.look(&admin(&demo, "/postbacks"), "admin-postbacks").await;
        merchant.look(&admin(&demo, "/postbacks/new"), "admin-postback-new").await;
        merchant.look(&admin(&demo, "/postbacks/signing"), "admin-signing").await;
        merchant.look(&admin(&demo, "/help"), "admin-help").await;
        merchant.look(&admin(&demo, "/log/replay"), "admin-replay").await;
        merchant.look(&admin(&demo, "/log"), "admin-log").await;
        let call = merchant.link_in_row("walk-merchant").await.unwrap();
        merchant.look(&call, "admin-log-detail").await;
        merchant.look(&admin(&demo, "/settings"), "admin-settings").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_of_the_affiliate_is_in_order_at_a_desk_and_on_a_phone() {
    let Some(anna) = Visitor::arrive().await else {
        return;
    };
    let demo = Demo::shared().await;
    order_by_click(&demo, "walk-affiliate").await;
    anna.look(&portal(&demo, "/login"), "portal-login").await;
    anna.log_in_as_anna(&demo).await;
    for (width, height, is_phone) in WINDOWS {
        anna.page.set_viewport(width, height, is_phone).await;
        for (path, name) in [
            ("", "portal-overview"),
            ("/links", "portal-links"),
            ("/orders", "portal-orders"),
            ("/orders?status=paid", "portal-orders-none"),
            ("/postbacks", "portal-postbacks"),
            ("/postbacks/new", "portal-new"),
            ("/postbacks/signing", "portal-signing"),
            ("/help", "portal-help"),
            ("/log/replay", "portal-replay"),
            ("/log", "portal-log"),
        ] {
            anna.look(&portal(&demo, path), name).await;
        }
        let call = anna.link_in_row("walk-affiliate").await.unwrap();
        anna.look(&call, "portal-log-detail").await;

        anna.page.goto(&portal(&demo, "/postbacks")).await;
        let postback = anna.link_in_row("Demo tracker").await.unwrap();
        anna.look(&postback, "portal-edit").await;
        anna.page.fill("#url", "https://trk.example.com/?cid={clik_id}").await;
        anna.page.click("details:has(#delay_seconds) > summary").await;
        anna.page.fill("#delay_seconds", "soon").await;
        anna.page.click("button[value=save]").await;
        anna.page.wait_for_problem("HTTP 422").await;
        anna.page.wait_for("#url-error").await;
        anna.page.wait_for("#delay_seconds-error").await;
        anna.page.forget_problems();
        anna.inspect("portal-edit-errors").await;

        anna.look(&format!("{postback}/test"), "portal-test").await;
        anna.page.click("main form .primary").await;
        anna.page.wait_for("#result").await;
        anna.inspect("portal-test-result").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_in_page_is_in_order_on_a_phone() {
    let Some(stranger) = Visitor::arrive().await else {
        return;
    };
    let demo = Demo::shared().await;
    stranger.page.set_viewport(375, 700, true).await;
    stranger.look(&portal(&demo, "/login"), "portal-login").await;
}

/// One order through the affiliate's link, with its postback at the tracker.
async fn order_by_click(demo: &Demo, click: &str) {
    let token = demo.click(&format!("ref=ANNA&sub1=newsletter&affclickid={click}")).await;
    demo.order(&[("product", "linen-apron"), ("quantity", "3"), ("attribution", &token)]).await;
    demo.wait_for_postback(&format!("cid={click}&payout=12.00")).await;
}
