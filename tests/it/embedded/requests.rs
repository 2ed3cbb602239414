//! Forms and downloads inside the frame: the save bar, toasts, refused forms, files.

use domain::{
    ids::{FiringId, PostbackId, ShopId},
    time::UtcTime,
};
use serde_json::json;
use storage::{
    Storage, StorageError, StorageOptions,
    firings::{Firing, FiringState, firing_enqueue_batch},
    postbacks::{Postback, postback_insert},
    shops::shop_by_domain,
};
use tests::browser::Answer;

use super::{Merchant, SHOP, wait_for_heading};

const PIXEL_SWITCH: &str = "input[name=facebook_pixel]";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_form_brings_the_save_bar_and_saving_it_a_toast() {
    let Some(merchant) = Merchant::arrive().await else { return };
    let frame = merchant.open("/admin/settings").await;
    let is_on = format!("document.querySelector('{PIXEL_SWITCH}').checked");
    frame.click(PIXEL_SWITCH).await;
    merchant.page.wait_until("!document.getElementById('save-bar').hidden").await;
    merchant.page.click("#discard").await;
    merchant.page.wait_until("document.getElementById('save-bar').hidden").await;
    assert!(!frame.eval::<bool>(&is_on).await, "discarded");

    frame.click(PIXEL_SWITCH).await;
    merchant.navigate("Orders").await;
    merchant.page.wait_until("!document.getElementById('leaving').hidden").await;
    merchant.page.click("#stay").await;
    assert_eq!(frame.text("h1").await, "Settings");
    assert!(frame.eval::<bool>(&is_on).await, "what was changed is still there");

    merchant.page.click("#save").await;
    merchant.wait_for_toast("Saved.").await;
    assert_eq!(
        frame.eval::<String>("location.pathname + location.search").await,
        "/admin/settings"
    );
    assert!(!frame.eval::<bool>("!!document.querySelector('.banner')").await, "said once");
    assert!(frame.eval::<bool>(&is_on).await);

    frame.click(PIXEL_SWITCH).await;
    merchant.navigate("Orders").await;
    merchant.page.wait_until("!document.getElementById('leaving').hidden").await;
    merchant.page.click("#leave").await;
    wait_for_heading(&frame, "Orders").await;
    let frame = merchant.open("/admin/settings").await;
    assert!(frame.eval::<bool>(&is_on).await, "left without saving");
    merchant.page.assert_no_problems();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_is_sent_once_however_often_it_is_submitted() {
    let Some(merchant) = Merchant::arrive().await else { return };
    let sent = merchant.page.intercept("http://127.0.0.1*/admin/settings", |_| Answer::Pass).await;
    let frame = merchant.open("/admin/settings").await;
    frame
        .eval::<()>(
            "(() => { const form = document.querySelector('main form');
                for (let i = 0; i < 5; i++) form.requestSubmit(); return null; })()",
        )
        .await;
    merchant.wait_for_toast("Saved.").await;
    let posts: Vec<_> = sent.requests().into_iter().filter(|it| it.method == "POST").collect();
    assert_eq!(posts.len(), 1);
    merchant.page.assert_no_problems();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_that_cannot_be_sent_keeps_what_was_typed() {
    let Some(merchant) = Merchant::arrive().await else { return };
    let frame = merchant.open("/admin/settings").await;
    frame.eval::<()>("(window.fetch = () => Promise.reject(new Error('offline')), null)").await;
    frame.click(PIXEL_SWITCH).await;
    frame.click("main form .primary").await;
    merchant
        .wait_for_toast("Error: That could not be sent. Nothing was changed: please try again.")
        .await;
    assert!(frame.eval::<bool>(&format!("document.querySelector('{PIXEL_SWITCH}').checked")).await);
    assert!(!frame.eval::<bool>("document.querySelector('main form').ariaBusy === 'true'").await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_form_has_the_focus_at_its_first_error_even_in_a_fold() {
    let Some(merchant) = Merchant::arrive().await else { return };
    let refused =
        "<!doctype html><title>Settings · Tributary</title><main id=\"main\"><h1>Settings</h1>
        <form method=\"post\"><input name=\"fine\"><details><summary>More</summary>
        <input name=\"wrong\" aria-invalid=\"true\"></details></form></main>";
    merchant
        .page
        .intercept("http://127.0.0.1*/admin/settings", move |request| {
            if request.method == "POST" {
                Answer::reply(422, "text/html; charset=utf-8", refused)
            } else {
                Answer::Pass
            }
        })
        .await;
    let frame = merchant.open("/admin/settings").await;
    let length: u32 = frame.eval("history.length").await;
    frame.click("main form .primary").await;
    frame.wait_until("document.activeElement?.name === 'wrong'").await;
    assert!(frame.eval::<bool>("document.querySelector('details').open").await);
    assert_eq!(frame.eval::<u32>("history.length").await, length, "still the same page");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_come_and_go_with_the_bearer_token() {
    let Some(merchant) = Merchant::arrive().await else { return };
    let export = merchant
        .page
        .intercept("http://127.0.0.1*/admin/export", |_| Answer::Reply {
            status: 200,
            headers: vec![
                ("content-type".to_owned(), "text/csv".to_owned()),
                (
                    "content-disposition".to_owned(),
                    "attachment; filename=\"orders.csv\"".to_owned(),
                ),
            ],
            body: b"order,amount\n".to_vec(),
        })
        .await;
    let import = merchant
        .page
        .intercept("http://127.0.0.1*/admin/import", |_| Answer::reply(404, "text/html", ""))
        .await;
    let frame = merchant.open("/admin/settings").await;
    let forms = json!(
        "<a id=\"export\" href=\"/admin/export\" download>Export</a>
         <form id=\"import\" method=\"post\" action=\"/admin/import\" enctype=\"multipart/form-data\">
         <input name=\"action\" value=\"read\"><input type=\"file\" name=\"file\"><button>Go</button></form>"
    );
    frame.eval::<()>(&format!("(main.insertAdjacentHTML('afterbegin', {forms}), null)")).await;
    frame
        .eval::<()>(
            "(() => { const make = URL.createObjectURL;
                URL.createObjectURL = blob => { window.kept = blob; return make(blob); };
                return null; })()",
        )
        .await;
    frame.eval::<()>("(document.getElementById('export').click(), null)").await;
    frame.wait_until("!!window.kept").await;
    assert_eq!(frame.eval::<String>("kept.text()").await, "order,amount\n");
    assert_eq!(frame.text("h1").await, "Settings", "the page stays");

    frame.eval::<()>("(document.getElementById('import').requestSubmit(), null)").await;
    merchant.page.wait_for_problem("HTTP 404").await;
    let header = |request: &tests::browser::Request, name: &str| {
        let found = request.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let (export, import) = (&export.requests()[0], &import.requests()[0]);
    assert!(header(export, "authorization").starts_with("Bearer "), "{export:?}");
    assert!(header(import, "authorization").starts_with("Bearer "), "{import:?}");
    assert!(header(import, "content-type").starts_with("multipart/form-data"), "{import:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n6_the_log_is_exported_inside_the_frame() {
    let Some(merchant) = Merchant::arrive().await else { return };
    let storage = Storage::connect(&merchant.db.url, StorageOptions::default()).unwrap();
    // The first page makes the shop known.
    merchant.open("").await;
    let shop = storage.read(|conn| shop_by_domain(conn, SHOP)).await.unwrap().unwrap();
    let call = firing_of_nobodys_postback(shop.id);
    let written = storage.write::<_, StorageError, _>(move |tx| {
        let rows = [call.clone()];
        postback_insert(tx, &crm(&rows[0]))?;
        firing_enqueue_batch(tx, &rows).map(drop)
    });
    written.await.unwrap();

    let frame = merchant.open("/admin/log").await;
    frame
        .eval::<()>(
            "(() => { const make = URL.createObjectURL;
                window.kept = [];
                URL.createObjectURL = blob => { kept.push(blob); return make(blob); };
                return null; })()",
        )
        .await;
    for (format, count, part) in [("csv", 1, "'=HYPERLINK("), ("json", 2, "\"=HYPERLINK(")] {
        let link = format!("main a[href*=\"/log/export?format={format}\"]");
        frame.eval::<()>(&format!("(document.querySelector('{link}').click(), null)")).await;
        frame.wait_until(&format!("kept.length === {count}")).await;
        let file: String = frame.eval(&format!("kept[{count} - 1].text()")).await;
        assert!(file.contains(part), "{file}");
        wait_for_heading(&frame, "Postback log").await;
    }
    merchant.page.assert_no_problems();
}

/// What a hostile order could leave in the log.
fn firing_of_nobodys_postback(shop: ShopId) -> Firing {
    let at = UtcTime::parse("2026-03-01T10:00:00Z").unwrap();
    Firing {
        id: FiringId(7),
        shop_id: shop,
        postback_id: PostbackId(8),
        affiliate_id: None,
        program_id: None,
        conversion_id: None,
        click_id: None,
        event_key: "conversion:7:1".to_owned(),
        event: "conversion".to_owned(),
        status: Some("pending".to_owned()),
        transaction_id: Some("=HYPERLINK(\"https://evil.example\")".to_owned()),
        record: "{}".to_owned(),
        state: FiringState::Failed,
        reason: None,
        run_at: at,
        attempts: 8,
        last_status_code: Some(503),
        is_replay: false,
        created_at: at,
        finished_at: Some(at),
    }
}

fn crm(firing: &Firing) -> Postback {
    let settings = r#"{"name":"CRM","url":"https://crm.example.com/?t={transaction_id}"}"#;
    Postback {
        id: firing.postback_id,
        shop_id: firing.shop_id,
        affiliate_id: None,
        name: "CRM".to_owned(),
        settings: settings.to_owned(),
        credentials: None,
        author: "Merchant".to_owned(),
        approved_url: None,
        paused_at: None,
        pause_reason: None,
        backlog_since: None,
        failures_in_row: 0,
        failing_since: None,
        created_at: firing.created_at,
        updated_at: firing.created_at,
        deleted_at: None,
    }
}
