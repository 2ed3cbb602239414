//! Pixels, banners, goals and the link's QR code at a desk's width and at a phone's. A demo of its own:
//! the pixel switch is for the whole shop.

use std::time::Duration;

use tests::PATIENCE;
use tokio::time::{Instant, sleep};

use super::visitor::{Visitor, admin, portal};
use crate::demo::running::Demo;

const WINDOWS: [(u32, u32, bool); 2] = [(1280, 800, false), (375, 700, true)];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn u10_pixels_banners_and_goals_are_in_order_at_a_desk_and_on_a_phone() {
    let (Some(merchant), Some(anna)) = (Visitor::arrive().await, Visitor::arrive().await) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(&folder, &[]).await;
    merchant.log_in_as_merchant(&demo).await;
    anna.log_in_as_anna(&demo).await;
    switch_on(&merchant, &demo).await;
    define_a_goal(&merchant, &demo).await;
    link_a_banner(&merchant, &demo).await;
    reach_the_goal(&anna, &demo).await;
    for (width, height, is_phone) in WINDOWS {
        for visitor in [&merchant, &anna] {
            visitor.page.set_viewport(width, height, is_phone).await;
        }
        if !is_phone {
            anna.look(&portal(&demo, "/pixels"), "portal-pixels-none").await;
            enter_a_pixel(&anna, &demo).await;
        }
        anna.look(&portal(&demo, "/pixels"), "portal-pixels").await;
        anna.look(&portal(&demo, "/pixels/new"), "portal-pixels-new").await;
        anna.page.goto(&portal(&demo, "/pixels")).await;
        let pixel = anna.link_in_row("1234567890123456").await.unwrap();
        anna.look(&pixel, "portal-pixel").await;
        anna.look(&portal(&demo, "/creatives"), "portal-creatives").await;
        anna.look(&portal(&demo, "/links?sub1=zone"), "portal-links-qr").await;
        anna.look(&portal(&demo, "/goals"), "portal-goals").await;
        for page in ["settings", "pixels", "creatives", "goals"] {
            merchant.look(&admin(&demo, &format!("/{page}")), &format!("admin-{page}-on")).await;
        }
    }
    merchant.page.assert_no_problems();
    anna.page.assert_no_problems();
}

async fn switch_on(merchant: &Visitor, demo: &Demo) {
    let page = &merchant.page;
    page.goto(&admin(demo, "/settings")).await;
    page.click("[name=facebook_pixel]").await;
    page.click("[name=pixel_approval]").await;
    page.click("main form .primary").await;
    page.wait_for(".banner.good").await;
}

async fn define_a_goal(merchant: &Visitor, demo: &Demo) {
    let page = &merchant.page;
    page.goto(&admin(demo, "/goals")).await;
    page.fill("#name", "Newsletter").await;
    page.fill("#slug", "newsletter").await;
    page.fill("#commission", "2.50").await;
    page.click("main form .primary").await;
    page.wait_for(".banner.good").await;
}

/// A visitor of Anna's does in the store what the merchant's script calls a goal; Anna sees it.
async fn reach_the_goal(anna: &Visitor, demo: &Demo) {
    let shopper = Visitor::arrive().await.expect("a third browser");
    shopper.page.goto(&demo.at("?ref=ANNA")).await;
    shopper.page.wait_until("/ v1\\./.test(localStorage._trbc)").await;
    shopper.page.eval::<()>("tributary.goal('newsletter'), null").await;
    let deadline = Instant::now() + PATIENCE;
    loop {
        anna.page.goto(&portal(demo, "/goals")).await;
        let reached = anna.page.text("section[aria-labelledby=reached-title]").await;
        if reached.contains("Waits for the shop") {
            return;
        }
        assert!(Instant::now() < deadline, "the goal is not reached: {reached}");
        sleep(Duration::from_millis(100)).await;
    }
}

async fn link_a_banner(merchant: &Visitor, demo: &Demo) {
    let page = &merchant.page;
    page.goto(&admin(demo, "/creatives")).await;
    page.fill("#name", "Spring tea").await;
    page.click("details:has(#image_url) > summary").await;
    page.fill("#image_url", "https://pictures.example/tea.png").await;
    page.fill("#width", "300").await;
    page.fill("#height", "250").await;
    page.click("main form .primary").await;
    page.wait_for(".banner.good").await;
}

async fn enter_a_pixel(anna: &Visitor, demo: &Demo) {
    let page = &anna.page;
    page.goto(&portal(demo, "/pixels/new")).await;
    page.fill("#number", "1234567890123456").await;
    page.fill("#token", "EAABtoken").await;
    page.click("main form .primary").await;
    page.wait_for(".banner.good").await;
}
