//! What the merchant's switches do to the affiliate's pages. A demo of its own: switches are for the
//! whole shop.

use tests::PATIENCE;
use tokio::time::Instant;

use super::visitor::{Visitor, admin, portal};
use crate::demo::running::Demo;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn u1_without_the_switch_there_are_no_postback_pages_and_no_call_and_with_it_there_are() {
    let (Some(merchant), Some(anna)) = (Visitor::arrive().await, Visitor::arrive().await) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(&folder, &[]).await;
    merchant.log_in_as_merchant(&demo).await;
    anna.log_in_as_anna(&demo).await;
    assert_eq!(postback_links(&anna).await, 2);

    switch_postbacks(&merchant, &demo, false).await;
    anna.page.goto(&portal(&demo, "")).await;
    assert_eq!(postback_links(&anna).await, 0);
    anna.inspect("portal-overview-off").await;
    for path in ["/postbacks", "/postbacks/new", "/log"] {
        anna.page.goto(&portal(&demo, path)).await;
        anna.page.wait_for_problem("HTTP 404").await;
        assert_eq!(anna.page.text("h1").await, "Not found");
        anna.page.forget_problems();
    }
    demo.order(&[("product", "oak-board"), ("discount", "ANNA10")]).await;
    // Only when it is worked off: a webhook that waits is judged by the switch of its later moment.
    let deadline = Instant::now() + PATIENCE;
    while merchant.link_in_row("Anna").await.is_none() {
        assert!(Instant::now() < deadline, "the order does not arrive");
        merchant.page.goto(&admin(&demo, "/orders")).await;
    }

    switch_postbacks(&merchant, &demo, true).await;
    anna.page.goto(&portal(&demo, "/postbacks")).await;
    assert!(anna.page.text("main table").await.contains("Demo tracker"), "the entry is kept");
    demo.order(&[("product", "linen-apron"), ("discount", "ANNA10")]).await;
    demo.wait_for_postback("payout=3.60").await;
    // The call of the first order would be there too.
    assert_eq!(demo.postbacks().await.len(), 1);
    merchant.page.assert_no_problems();
    anna.page.assert_no_problems();
}

async fn switch_postbacks(merchant: &Visitor, demo: &Demo, is_on: bool) {
    let page = &merchant.page;
    page.goto(&admin(demo, "/settings")).await;
    page.click("[name=postbacks]").await;
    page.click("main form .primary").await;
    page.wait_for(".banner.good").await;
    let shown: bool = page.eval("document.querySelector('[name=postbacks]').checked").await;
    assert_eq!(shown, is_on);
}

async fn postback_links(anna: &Visitor) -> u32 {
    anna.page
        .eval(
            "[...document.querySelectorAll('nav a')]
                .filter(link => /^Postback/.test(link.textContent)).length",
        )
        .await
}
