//! A draft tried on past orders in a browser: nothing to try it on, orders that change with their steps,
//! a draft that cannot be tried; at a desk and on a phone.

use tempfile::TempDir;

use super::visitor::{Visitor, admin};
use crate::demo::running::Demo;

/// Orders of the past.
const ORDERS: usize = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n10_a_merchant_tries_a_draft_on_past_orders_by_pages_alone() {
    let Some(merchant) = Visitor::arrive().await else {
        return;
    };
    let folder = TempDir::new().expect("a folder");
    let demo = Demo::start(&folder, &[]).await;
    merchant.log_in_as_merchant(&demo).await;
    let page = &merchant.page;

    draft(&merchant, &demo, "20").await;
    run(&merchant).await;
    both_widths(&merchant, "dry-run-empty").await;
    assert!(page.text("main").await.contains("No order of these days"));

    let token = demo.click("ref=ANNA").await;
    for quantity in 1..=ORDERS {
        let quantity = quantity.to_string();
        let cart = [("product", "linen-apron"), ("quantity", &quantity), ("attribution", &token)];
        demo.order(&cart).await;
    }
    wait_for_orders(&merchant, &demo).await;
    draft(&merchant, &demo, "20").await;
    run(&merchant).await;
    let rows: usize =
        page.eval("document.querySelectorAll('table')[1].tBodies[0].rows.length").await;
    assert_eq!(rows, ORDERS);
    both_widths(&merchant, "dry-run").await;
    page.eval::<()>("document.querySelectorAll('details').forEach(one => one.open = true), null")
        .await;
    both_widths(&merchant, "dry-run-steps").await;
    let file: String = page
        .eval("fetch(document.querySelector('a[download]').href).then(file => file.text())")
        .await;
    assert_eq!(file.lines().count(), ORDERS + 1, "{file}");

    // Days that are none, then a draft that could not be published: both say why and keep the draft.
    page.fill("#days", "soon").await;
    page.click("form[action$='/dry-run'] .primary").await;
    refused(&merchant, "The days are a whole number from 1 to 3652.").await;
    both_widths(&merchant, "dry-run-days").await;
    draft(&merchant, &demo, "110").await;
    refused(&merchant, "between 0 and 100").await;
    both_widths(&merchant, "dry-run-refused").await;
    page.click("button[value=edit]").await;
    page.wait_for("#commission_value").await;
    let kept: String = page.eval("document.querySelector('#commission_value').value").await;
    assert_eq!(kept, "110");
}

/// Changes the program's rate in the editor and has the draft tried.
async fn draft(merchant: &Visitor, demo: &Demo, percent: &str) {
    let page = &merchant.page;
    page.goto(&admin(demo, "/programs/1")).await;
    page.fill("#commission_value", percent).await;
    page.click("button[value=dry_run]").await;
}

/// Waits for the work and opens its result.
async fn run(merchant: &Visitor) {
    let page = &merchant.page;
    page.wait_for("#job a.primary").await;
    merchant.inspect("dry-run-job-done").await;
    page.click("#job a.primary").await;
    page.wait_for("#days").await;
}

async fn refused(merchant: &Visitor, why: &str) {
    let page = &merchant.page;
    page.wait_for_problem("HTTP 422").await;
    page.wait_for(".banner.bad").await;
    let shown = page.text(".banner.bad").await;
    assert!(shown.contains(why), "{shown}");
    page.forget_problems();
}

/// The page that is shown, as it is.
async fn both_widths(who: &Visitor, name: &str) {
    for (width, height, is_phone) in [(375, 700, true), (1280, 800, false)] {
        who.page.set_viewport(width, height, is_phone).await;
        who.inspect(name).await;
    }
}

async fn wait_for_orders(merchant: &Visitor, demo: &Demo) {
    let page = &merchant.page;
    // The webhooks are settled behind the page.
    loop {
        page.goto(&admin(demo, "/orders?status=pending")).await;
        let count: usize = page.eval("document.querySelectorAll('[name=id]').length").await;
        if count == ORDERS {
            return;
        }
    }
}
