//! From page to page inside the frame: by links, by the admin's own navigation, and back.

use super::{Merchant, wait_for_heading};

/// True as long as the document has not been replaced.
const MARK: &str = "window.marked = true";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s11_09_the_admin_shows_the_app_without_any_cookie() {
    let Some(merchant) = Merchant::arrive().await else { return };
    let frame = merchant.open("").await;
    wait_for_heading(&frame, "Home").await;
    let kept: String = frame
        .eval("document.cookie = 'probe=1; SameSite=None; Secure; Path=/', document.cookie")
        .await;
    assert_eq!(kept, "", "this browser blocks cookies of other sites in frames");
    // No token stays in the history.
    frame.wait_until("location.search === ''").await;
    assert!(frame.eval::<bool>("document.body.classList.contains('embedded')").await);
    merchant.page.assert_no_problems();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s11_09_an_ended_token_of_a_document_is_replaced_by_the_bounce_page() {
    let Some(merchant) = Merchant::arrive().await else { return };
    merchant.fake.with(|state| state.stale_tokens = 1);
    let frame = merchant.open("/admin/orders?status=pending").await;
    wait_for_heading(&frame, "Orders").await;
    frame.wait_until("location.search === '?status=pending'").await;
    assert_eq!(merchant.fake.with(|state| state.tokens_given), 2);
    merchant.page.assert_no_problems();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn links_swap_the_page_and_keep_history_focus_title_and_scroll() {
    let Some(merchant) = Merchant::arrive().await else { return };
    let frame = merchant.open("").await;
    frame.eval::<bool>(MARK).await;
    let title: String = frame.eval("document.title").await;
    // Something below the fold, to come back to.
    frame.eval::<String>("document.body.style.paddingBottom = '3000px'").await;
    frame.eval::<()>("(scrollTo(0, 120), null)").await;
    frame.wait_until("scrollY === 120").await;
    let lengths: u32 = frame.eval("history.length").await;

    frame.eval::<()>("(document.querySelector('main a[href$=\"/orders\"]').click(), null)").await;
    wait_for_heading(&frame, "Orders").await;
    frame.wait_until("document.activeElement === document.querySelector('h1')").await;
    assert_eq!(frame.eval::<u32>("scrollY").await, 0);
    assert_eq!(frame.eval::<String>("location.pathname").await, "/admin/orders");
    assert_eq!(frame.eval::<u32>("history.length").await, lengths + 1);
    assert_eq!(frame.eval::<String>("document.title").await, "Orders · Tributary");
    assert_eq!(frame.eval::<String>("announcement.textContent").await, "Orders");

    frame.eval::<()>("(history.back(), null)").await;
    wait_for_heading(&frame, "Home").await;
    frame.wait_until("scrollY === 120").await;
    assert_eq!(frame.eval::<String>("document.title").await, title);
    assert!(frame.eval::<bool>("window.marked === true").await, "one document all the time");
    merchant.page.assert_no_problems();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_admins_navigation_and_a_token_that_ends_midway_are_not_noticed() {
    let Some(merchant) = Merchant::arrive().await else { return };
    let frame = merchant.open("").await;
    frame.eval::<bool>(MARK).await;
    for (label, heading) in
        [("Orders", "Orders"), ("Affiliates", "Affiliates"), ("Postback log", "Postback log")]
    {
        merchant.navigate(label).await;
        wait_for_heading(&frame, heading).await;
    }
    merchant.page.assert_no_problems();

    merchant.fake.with(|state| state.stale_tokens = 1);
    merchant.navigate("Settings").await;
    wait_for_heading(&frame, "Settings").await;
    merchant.page.wait_for_problem("HTTP 401").await;
    assert!(frame.eval::<bool>("window.marked === true").await, "asked again, unseen");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_cannot_be_fetched_is_loaded_as_a_document() {
    let Some(merchant) = Merchant::arrive().await else { return };
    let frame = merchant.open("").await;
    frame.eval::<bool>(MARK).await;
    frame.eval::<()>("(window.fetch = () => Promise.reject(new Error('offline')), null)").await;
    merchant.navigate("Orders").await;
    frame.wait_until("window.marked === undefined").await;
    let frame = merchant.page.frame().await;
    wait_for_heading(&frame, "Orders").await;
    merchant.page.assert_no_problems();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_for_a_new_tab_leads_back_into_the_admin() {
    let Some(merchant) = Merchant::arrive().await else { return };
    let frame = merchant.open("").await;
    let address: String = frame
        .eval(
            "(() => { const link = document.querySelector('main a[href$=\"/orders\"]');
                link.dispatchEvent(new MouseEvent('contextmenu', {bubbles: true}));
                return link.href; })()",
        )
        .await;
    merchant.page.goto(&address).await;
    let shown: String = merchant.page.eval("location.href").await;
    assert_eq!(shown, merchant.fake.admin_address(super::SHOP, "/admin/orders"));
    wait_for_heading(&merchant.page.frame().await, "Orders").await;
}
