//! The pages about postbacks in the states that people meet: while typing, refused, paused, failing,
//! empty, sent again; at a desk's width and at a phone's.

use tempfile::TempDir;
use tests::PATIENCE;
use tests::browser::Page;

use super::visitor::{Visitor, admin, portal};
use crate::demo::running::Demo;

/// Width, height, and whether it is a phone.
const WINDOWS: [(u32, u32, bool); 2] = [(1280, 800, false), (375, 700, true)];

/// Nobody listens there.
const NOBODY: &str = "http://127.0.0.1:1/postback?cid={click_id}&status={status}";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n13_t4_i2_the_editor_warns_and_converts_while_one_types() {
    let Some(anna) = Visitor::arrive().await else { return };
    let demo = Demo::shared().await;
    anna.log_in_as_anna(&demo).await;
    let page = &anna.page;
    for (width, height, is_phone) in WINDOWS {
        page.set_viewport(width, height, is_phone).await;
        anna.look(&portal(&demo, "/postbacks/new?template=X06"), "postback-template").await;

        page.goto(&portal(&demo, "/postbacks/new")).await;
        page.fill("#name", "Typed").await;
        page.fill("#url", "http://trk.example.com/pb?a={affiliate_id}").await;
        page.wait_until(&preview_says("which conversion this is")).await;
        page.fill("#url", "http://trk.example.com/pb?a={sub9}¤cy={currency}").await;
        page.wait_until(&preview_says("has carried “sub9” yet")).await;
        let warnings = page.text("#preview").await;
        for part in ["http:// sends", "&curren"] {
            assert!(warnings.contains(part), "{part} in {warnings}");
        }
        anna.inspect("postback-warnings").await;

        page.fill("#url", "https://trk.example.com/pb?subid=[subid]&payout=##CPA_AMOUNT##").await;
        page.wait_until(&preview_says("another system")).await;
        anna.inspect("postback-foreign").await;
        page.click("button[value=convert]").await;
        let ours = "https://trk.example.com/pb?subid={click_id}&payout={total_commission}";
        page.wait_until(&format!("document.querySelector('#url')?.value === '{ours}'")).await;

        page.fill("#method", "POST_JSON").await;
        page.fill("[name=param_name]", "amount").await;
        page.fill("[name=param_value]", "{total_commission}").await;
        page.fill("[name=param_type]", "json").await;
        page.wait_until(&preview_says("\"amount\":9.00")).await;
        page.click("[data-add-row=params]").await;
        let types: Vec<String> = page
            .eval("[...document.querySelectorAll('[name=param_type]')].map(one => one.value)")
            .await;
        assert_eq!(types.last().map(String::as_str), Some("text"), "a new row is text: {types:?}");
        anna.inspect("postback-json").await;
        leave_unsaved(page, &portal(&demo, "/postbacks")).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n6_n7_n15_a_failing_and_a_paused_postback_say_so_on_every_page() {
    let Some(anna) = Visitor::arrive().await else { return };
    let merchant = Visitor::arrive().await.unwrap();
    let folder = TempDir::new().unwrap();
    let demo = Demo::start(&folder, &[]).await;
    anna.log_in_as_anna(&demo).await;
    merchant.log_in_as_merchant(&demo).await;
    anna.look(&portal(&demo, "/log"), "log-nothing-yet").await;

    let page = &anna.page;
    let failing = make(&anna, &portal(&demo, "/postbacks"), "Nobody's tracker", NOBODY).await;
    make(&merchant, &admin(&demo, "/postbacks"), "Our CRM", NOBODY).await;
    let recorder = format!("{}/demo/recorder/paused?cid={{click_id}}", demo.origin());
    let paused = make(&anna, &portal(&demo, "/postbacks"), "Paused tracker", &recorder).await;
    page.click("details:has(form[action$='/pause']) > summary").await;
    page.click("form[action$='/pause'] button").await;
    page.wait_for("form[action$='/resume']").await;
    let token = demo.click("ref=ANNA&sub1=mail&affclickid=states-1").await;
    demo.order(&[("product", "oak-board"), ("attribution", &token)]).await;

    let failed = row_with(&anna, &portal(&demo, "/log"), "127.0.0.1:1").await;
    for (width, height, is_phone) in WINDOWS {
        for visitor in [&anna, &merchant] {
            visitor.page.set_viewport(width, height, is_phone).await;
        }
        anna.look(&portal(&demo, "/log"), "log-states").await;
        anna.look(&failed, "log-failed").await;
        anna.look(&portal(&demo, "/log?outcome=held"), "log-held").await;
        assert!(page.text("main tbody").await.contains("Held"));
        anna.look(&portal(&demo, "/log?code=5xx&event=refund"), "log-no-match").await;
        anna.look(&paused, "postback-paused").await;
        let ends_pause = "!!document.querySelector('form[action$=\"/resume\"]')";
        assert!(page.eval::<bool>(ends_pause).await);
        page.goto(&failing).await;
        page.wait_for("#state-title").await;
        assert!(!page.eval::<bool>(ends_pause).await, "it is not paused");
        anna.look(&portal(&demo, "/postbacks"), "postbacks-states").await;
        assert!(page.text("main tbody").await.contains("Paused"));

        page.goto(&format!("{failing}/test")).await;
        page.click("main form .primary").await;
        page.wait_for("#result").await;
        assert!(page.text(".verdict").await.contains("No answer"));
        anna.inspect("test-failed").await;

        page.goto(&portal(&demo, "/log/replay")).await;
        page.click("button[value=count]").await;
        page.wait_for("[role=status]").await;
        anna.inspect("replay-counted").await;

        merchant.look(&admin(&demo, "/postbacks"), "merchant-postbacks").await;
        merchant.look(&admin(&demo, "/programs/1/postbacks"), "merchant-program-postbacks").await;
        merchant.look(&admin(&demo, "/log?affiliate=1001"), "merchant-log").await;
        merchant.page.goto(&admin(&demo, "/postbacks/new")).await;
        merchant.page.click("#affiliates-scope [value=except]").await;
        merchant.inspect("merchant-postback-new").await;
        leave_unsaved(&merchant.page, &admin(&demo, "/postbacks")).await;
    }

    // Two secrets are live, and one is shown.
    page.goto(&portal(&demo, "/postbacks/signing")).await;
    page.click("form[action$='/signing'] button").await;
    page.wait_for("form[action$='/retire']").await;
    page.click("form[action$='/show'] button").await;
    page.wait_for("[data-copy^='secret-']").await;
    anna.inspect("signing-two").await;
    // The pause ends, and what was kept goes out.
    page.goto(&paused).await;
    page.click("form[action$='/resume'] button").await;
    demo.wait_for_postback("paused?cid=states-1").await;
}

/// Makes a postback by its form; the address of its page.
async fn make(visitor: &Visitor, list: &str, name: &str, url: &str) -> String {
    let page = &visitor.page;
    page.goto(&format!("{list}/new")).await;
    page.fill("#name", name).await;
    page.fill("#url", url).await;
    page.click("button[value=save]").await;
    page.wait_for(".banner.good").await;
    page.eval("location.origin + location.pathname").await
}

/// The row of a list that holds `part`, as soon as it is there.
async fn row_with(visitor: &Visitor, list: &str, part: &str) -> String {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        visitor.page.goto(list).await;
        if let Some(link) = visitor.link_in_row(part).await {
            return link;
        }
        assert!(tokio::time::Instant::now() < deadline, "no row with {part} at {list}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

/// Leaves a form with changes: the browser asks whether that is meant, and it is.
async fn leave_unsaved(page: &Page, to: &str) {
    page.goto(to).await;
    page.wait_for_problem("dialog").await;
    page.forget_problems();
}

/// The preview has come to this.
fn preview_says(part: &str) -> String {
    let part = serde_json::json!(part);
    format!("document.querySelector('#preview').textContent.includes({part})")
}
