//! A new affiliate, from its invitation to a test call that its tracker has accepted: within a minute
//! and few clicks, at a desk and on a phone.

use tempfile::TempDir;

use super::{
    person::{Effort, Person},
    visitor::{Visitor, admin},
};
use crate::demo::running::Demo;

/// From the invitation to the accepted test call: the password, the navigation, the list, the editor, the
/// test; and what has to be typed, the password twice, the name and the address.
const CLICKS: u64 = 5;
const FIELDS: u64 = 4;
const PAGES: u64 = 6;

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
        let effort = first_test_call(&new, &demo, &invitation, name).await;
        let steps = (effort.clicks, effort.fields, effort.pages);
        assert_eq!(steps, (CLICKS, FIELDS, PAGES));
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

/// Everything that the newcomer does, looked at on the way; what it took.
async fn first_test_call(new: &Visitor, demo: &Demo, invitation: &str, name: &str) -> Effort {
    let mut person = Person::at(&new.page);
    person.open(invitation).await;
    person.fill("#password", "correct horse battery").await;
    person.fill("#repeated", "correct horse battery").await;
    person.click_to("form .primary", &heading("Overview")).await;
    new.inspect("newcomer-overview").await;
    person.click_to(".nav a[href$='/postbacks']", &heading("Postbacks")).await;
    new.inspect("newcomer-postbacks").await;
    person.click_to(".empty a.primary", &heading("New postback")).await;
    person.fill("#name", "My tracker").await;
    let url = format!("{}/demo/recorder/{name}?cid={{click_id}}", demo.origin());
    person.fill("#url", &url).await;
    new.page.wait_until("!!document.querySelector('#preview .request')").await;
    new.inspect("newcomer-editor").await;
    person.click_to("button[value=save_and_test]", &heading("Test call")).await;
    new.inspect("newcomer-test").await;
    person.click_to("main form .primary", "!!document.querySelector('#result')").await;
    let verdict = new.page.text(".verdict").await;
    assert!(verdict.contains("Accepted") && verdict.contains("200"), "{verdict}");
    new.inspect("newcomer-result").await;
    let arrived = demo.postbacks().await;
    assert!(arrived.iter().any(|target| target.contains(&format!("/{name}?cid="))), "{arrived:?}");
    person.done_within_a_minute(name)
}

/// A page with this heading has come.
fn heading(text: &str) -> String {
    format!(
        "document.readyState === 'complete' && document.querySelector('h1')?.textContent === '{text}'"
    )
}
