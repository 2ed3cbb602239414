//! A new affiliate, from its invitation to a test call that its tracker has accepted: within a minute
//! and few clicks, at a desk and on a phone.

use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::visitor::{Visitor, admin};
use crate::demo::running::Demo;

/// From the invitation to the accepted test call, typing apart: the password, the navigation, the
/// list, the editor, the test.
const CLICKS: usize = 5;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n3_a_new_affiliate_reaches_a_successful_test_call_in_five_clicks_within_a_minute() {
    let Some(merchant) = Visitor::arrive().await else { return };
    let folder = TempDir::new().unwrap();
    let demo = Demo::start(&folder, &[]).await;
    merchant.log_in_as_merchant(&demo).await;
    for (name, width, height, is_phone) in [("Dora", 1280, 800, false), ("Emil", 375, 700, true)] {
        let invitation = invite(&merchant, &demo, name).await;
        let new = Visitor::arrive().await.unwrap();
        new.page.set_viewport(width, height, is_phone).await;
        let started = Instant::now();
        let clicks = first_test_call(&new, &demo, &invitation, name).await;
        let took = started.elapsed();
        println!("{name} at {width}: {clicks} clicks, {took:?}");
        assert_eq!(clicks, CLICKS);
        assert!(took < Duration::from_secs(60), "{took:?}");
    }
}

/// The link that the merchant passes on.
async fn invite(merchant: &Visitor, demo: &Demo, name: &str) -> String {
    let page = &merchant.page;
    page.goto(&admin(demo, "/affiliates/new")).await;
    page.fill("#name", name).await;
    page.fill("#email", &format!("{name}@example.com")).await;
    page.fill("#code", name).await;
    page.click("main form .primary").await;
    page.wait_for(".banner.good").await;
    page.click("form[action$='/invite'] button").await;
    page.wait_for("#password-link").await;
    page.text("#password-link").await
}

/// Everything that the newcomer does, looked at on the way; how often it clicked.
async fn first_test_call(new: &Visitor, demo: &Demo, invitation: &str, name: &str) -> usize {
    let page = &new.page;
    let mut clicks = 0;
    let mut click = async |selector: &str, then: &str| {
        clicks += 1;
        page.click(selector).await;
        page.wait_until(then).await;
    };
    page.goto(invitation).await;
    page.fill("#password", "correct horse battery").await;
    page.fill("#repeated", "correct horse battery").await;
    click("form .primary", &heading("Overview")).await;
    new.inspect("newcomer-overview").await;
    click(".nav a[href$='/postbacks']", &heading("Postbacks")).await;
    new.inspect("newcomer-postbacks").await;
    click(".empty a.primary", &heading("New postback")).await;
    page.fill("#name", "My tracker").await;
    let url = format!("{}/demo/recorder/{name}?cid={{click_id}}", demo.origin());
    page.fill("#url", &url).await;
    page.wait_until("!!document.querySelector('#preview .request')").await;
    new.inspect("newcomer-editor").await;
    click("button[value=save_and_test]", &heading("Test call")).await;
    new.inspect("newcomer-test").await;
    click("main form .primary", "!!document.querySelector('#result')").await;
    let verdict = page.text(".verdict").await;
    assert!(verdict.contains("Accepted") && verdict.contains("200"), "{verdict}");
    new.inspect("newcomer-result").await;
    let arrived = demo.postbacks().await;
    assert!(arrived.iter().any(|target| target.contains(&format!("/{name}?cid="))), "{arrived:?}");
    clicks
}

/// A page with this heading has come.
fn heading(text: &str) -> String {
    format!(
        "document.readyState === 'complete' && document.querySelector('h1')?.textContent === '{text}'"
    )
}
