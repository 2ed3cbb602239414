//! What an affiliate does with the portal, page after page.

use std::time::Duration;

use tests::PATIENCE;
use tests::browser::Page;
use tokio::time::{Instant, sleep};

use super::{
    person::Person,
    visitor::{Visitor, portal},
};
use crate::demo::running::Demo;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n3_t18_a_postback_is_built_previewed_saved_tested_and_found_in_the_log_within_a_minute() {
    let Some(anna) = Visitor::arrive().await else {
        return;
    };
    let demo = Demo::shared().await;
    anna.log_in_as_anna(&demo).await;
    let page = &anna.page;
    let mut person = Person::at(page);
    let base = format!("{}/demo/recorder/journey", demo.origin());

    person.open(&portal(&demo, "/postbacks")).await;
    let editor = "!!document.querySelector('#name') && document.readyState === 'complete'";
    person.click_to(".page-head a.primary", editor).await;
    person.fill("#name", "Journey").await;
    person.fill("#url", &format!("{base}?source=tributary&cid=")).await;
    person.click("[data-insert='{click_id}']").await;
    person.go_on_typing("&payout=").await;
    person.click("[data-insert='{total_commission}']").await;
    let template = format!("{base}?source=tributary&cid={{click_id}}&payout={{total_commission}}");
    assert_eq!(page.eval::<String>("document.querySelector('#url').value").await, template);
    page.wait_until(
        "/payout=[0-9]/.test(document.querySelector('#preview .request')?.textContent)",
    )
    .await;
    let previewed = shown_url(page, "#preview .request").await;
    assert!(previewed.starts_with(&format!("{base}?source=tributary&cid=")), "{previewed}");
    assert!(!previewed.contains(['{', '}']), "{previewed}");
    anna.inspect("journey-editor").await;

    person.click_to("button[value=save]", &there_is(".banner.good")).await;
    person.click_to(".page-head .actions a", &there_is("#source")).await;
    person.click_to("main form .primary", &there_is("#result")).await;
    let verdict = page.text(".verdict").await;
    assert!(verdict.contains("Accepted") && verdict.contains("200"), "{verdict}");
    let effort = person.done_within_a_minute("Anna");
    assert_eq!((effort.clicks, effort.fields, effort.pages), (6, 2, 5));
    // The first line of what was sent is what arrived, to the byte.
    let target = request_target(page).await;
    let previewed_target = previewed.strip_prefix(demo.origin()).unwrap();
    assert_eq!(target, previewed_target);
    assert!(demo.postbacks().await.contains(&target), "{target} did not arrive");

    let query = "ref=ANNA&sub1=journey&affclickid=journey-1";
    let token = demo.click(query).await;
    demo.order(&[("product", "linen-apron"), ("quantity", "3"), ("attribution", &token)]).await;
    demo.wait_for_postback("journey?source=tributary&cid=journey-1&payout=12.00").await;
    page.goto(&row_of_log(&anna, &demo, "journey?source=tributary&cid=journey-1").await).await;
    assert_eq!(page.text("#entry-url").await, demo.at(&format!("?{query}")));
    assert_eq!(page.text("#template-url").await, template);
    let sent = format!("{base}?source=tributary&cid=journey-1&payout=12.00");
    assert_eq!(page.text("#final-url").await, sent);
    page.assert_no_problems();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_is_told_at_the_form_and_the_address_is_kept() {
    let Some(stranger) = Visitor::arrive().await else {
        return;
    };
    let demo = Demo::shared().await;
    let page = &stranger.page;
    page.goto(&portal(&demo, "/login")).await;
    stranger.submit_login("guessed").await;
    page.wait_for_problem("HTTP 401").await;
    page.wait_for("form [role=alert]").await;
    assert!(page.text("form [role=alert]").await.contains("password is wrong"));
    assert_eq!(value(page, "#email").await, "anna@example.com");
    assert_eq!(value(page, "#password").await, "");
    page.forget_problems();
    stranger.inspect("portal-login-wrong").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e05_an_unknown_macro_is_told_at_the_field_with_the_nearest_name_and_the_input_kept() {
    let Some(anna) = Visitor::arrive().await else {
        return;
    };
    let demo = Demo::shared().await;
    anna.log_in_as_anna(&demo).await;
    let page = &anna.page;
    let template = "https://trk.example.com/?cid={click_id}&sum={total_comission}";
    page.goto(&portal(&demo, "/postbacks/new")).await;
    page.fill("#name", "Misspelt").await;
    page.fill("#url", template).await;
    page.fill("[name=param_name]", "source").await;
    page.fill("[name=param_value]", "Zoë & Co").await;
    page.click("#events input[value=refund]").await;
    page.click("button[value=save]").await;
    page.wait_for_problem("HTTP 422").await;
    page.wait_for("#url-error").await;
    let error = page.text("#url-error").await;
    assert!(error.contains("total_comission") && error.contains("total_commission"), "{error}");
    assert_eq!(attribute(page, "#url", "aria-invalid").await, "true");
    assert!(attribute(page, "#url", "aria-describedby").await.contains("url-error"));
    assert_eq!(value(page, "#url").await, template);
    assert_eq!(value(page, "#name").await, "Misspelt");
    assert_eq!(value(page, "[name=param_value]").await, "Zoë & Co");
    assert!(page.eval::<bool>("document.querySelector('#events [value=refund]').checked").await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c4_a_template_with_currency_survives_saving_editing_and_copying_byte_for_byte() {
    let Some(anna) = Visitor::arrive().await else {
        return;
    };
    let demo = Demo::shared().await;
    anna.log_in_as_anna(&demo).await;
    let page = &anna.page;
    // &currency, &copy, &reg and &sect are references to HTML, closed or not.
    let template = format!(
        "{}/demo/recorder/c4?cid={{click_id}}&currency={{currency}}&copy=1&reg=2&section=3&amp;=4",
        demo.origin()
    );
    page.goto(&portal(&demo, "/postbacks/new")).await;
    page.fill("#name", "Currency").await;
    page.fill("#url", &template).await;
    page.click("button[value=save]").await;
    page.wait_for(".banner.good").await;
    assert_eq!(value(page, "#url").await, template);
    // Saved once more as it was shown.
    page.eval::<()>("window.isBefore = true, null").await;
    page.click("button[value=save]").await;
    page.wait_until("!window.isBefore && !!document.querySelector('.banner.good')").await;
    assert_eq!(value(page, "#url").await, template);
    page.goto(&portal(&demo, "/postbacks")).await;
    let listed = "[...document.querySelectorAll('td.url code')].map(code => code.textContent)";
    assert!(page.eval::<Vec<String>>(listed).await.contains(&template));

    let token = demo.click("ref=ANNA&affclickid=c4-1").await;
    demo.order(&[("product", "oak-board"), ("attribution", &token)]).await;
    demo.wait_for_postback("c4?cid=c4-1&currency=USD&copy=1&reg=2&section=3&amp;=4").await;
    page.goto(&row_of_log(&anna, &demo, "c4?cid=c4-1").await).await;
    page.eval::<()>(CATCH_COPY).await;
    page.click("[data-copy=template-url]").await;
    page.wait_until("typeof window.copied === 'string'").await;
    assert_eq!(page.eval::<String>("window.copied").await, template);
    page.assert_no_problems();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a3_the_link_follows_every_key_in_the_builder() {
    let Some(anna) = Visitor::arrive().await else {
        return;
    };
    let demo = Demo::shared().await;
    anna.log_in_as_anna(&demo).await;
    let page = &anna.page;
    page.goto(&portal(&demo, "/links")).await;
    let shop: String =
        page.eval("document.querySelector('[data-link-builder]').dataset.shop").await;
    page.click("form details summary").await;
    page.fill("#page", &format!("{shop}/products/mug?variant=7#top")).await;
    page.fill("#affclickid", "{clickid}").await;
    let link = format!("{shop}/products/mug?variant=7&ref=ANNA&affclickid={{clickid}}");
    assert_eq!(page.text("#link").await, format!("{link}#top"));
    page.click("#sub1").await;
    for (typed, so_far) in [("a", "a"), ("&", "a%26"), ("é", "a%26%C3%A9")] {
        type_text(page, typed).await;
        assert_eq!(page.text("#link").await, format!("{link}&sub1={so_far}#top"));
    }
    page.fill("#page", "https://elsewhere.example/").await;
    assert!(page.text("#page-error").await.contains("not on"), "the other host is not refused");
    page.assert_no_problems();
}

/// A page with this on it has come.
fn there_is(selector: &str) -> String {
    format!("!!document.querySelector('{selector}')")
}

/// The row of the log that holds `part`, as soon as it is there.
async fn row_of_log(anna: &Visitor, demo: &Demo, part: &str) -> String {
    let deadline = Instant::now() + PATIENCE;
    loop {
        anna.page.goto(&portal(demo, "/log")).await;
        if let Some(link) = anna.link_in_row(part).await {
            return link;
        }
        assert!(Instant::now() < deadline, "{part} is not in the log");
        sleep(Duration::from_millis(50)).await;
    }
}

/// Types where the focus is.
async fn type_text(page: &Page, text: &str) {
    page.command("Input.insertText", serde_json::json!({"text": text})).await;
}

/// `GET https://…` without the verb.
async fn shown_url(page: &Page, selector: &str) -> String {
    let shown = page.text(selector).await;
    let (_, rest) = shown.split_once(' ').unwrap();
    rest.lines().next().unwrap().to_owned()
}

/// From the request line of a test call.
async fn request_target(page: &Page) -> String {
    let sent: String = page.eval("document.querySelector('#sent-bytes').textContent").await;
    let line = sent.lines().next().unwrap();
    line.strip_prefix("GET ").and_then(|rest| rest.strip_suffix(" HTTP/1.1")).unwrap().to_owned()
}

async fn value(page: &Page, selector: &str) -> String {
    page.eval(&format!("document.querySelector({}).value", serde_json::json!(selector))).await
}

async fn attribute(page: &Page, selector: &str, name: &str) -> String {
    let (selector, name) = (serde_json::json!(selector), serde_json::json!(name));
    page.eval(&format!("document.querySelector({selector}).getAttribute({name}) ?? ''")).await
}

/// A headless browser keeps no clipboard: what a page puts there goes into `copied`.
const CATCH_COPY: &str =
    "navigator.clipboard.writeText = async text => { window.copied = text }, null";
