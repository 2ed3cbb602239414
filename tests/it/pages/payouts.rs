//! A round by PayPal, one by Wise and one paid by hand, by pages alone: files that are the same bytes again, results with a
//! row that failed and returns, what the affiliate reads, on a desk and on a phone.

use tempfile::TempDir;

use super::visitor::{Visitor, admin, portal};
use crate::demo::running::Demo;

/// The whole text of the first file, as it is downloaded.
const FILE: &str =
    "fetch(document.querySelector('a[download]').href).then(answer => answer.text())";
/// Under which name a browser keeps it.
const FILE_NAME: &str = "fetch(document.querySelector('a[download]').href)
    .then(answer => answer.headers.get('content-disposition'))";
const WISE_FORM: &str = "recipientId,name,recipientEmail,sourceCurrency,targetCurrency,amount,\
                         amountCurrency,paymentReference";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g39_rounds_by_paypal_and_wise_are_exported_twice_and_what_failed_returns() {
    let Some(merchant) = Visitor::arrive().await else {
        return;
    };
    let anna = Visitor::arrive().await.expect("a second browser");
    let folder = TempDir::new().expect("a folder");
    let demo = Demo::start(&folder, &[]).await;
    merchant.log_in_as_merchant(&demo).await;
    anna.log_in_as_anna(&demo).await;
    anna.page.goto(&portal(&demo, "/account")).await;
    choose(&anna, "paypal", "anna.pays@example.com").await;
    pay_bob_by_wise(&merchant, &demo).await;
    for code in ["ANNA", "BOB"] {
        let token = demo.click(&format!("ref={code}")).await;
        demo.order(&[("product", "linen-apron"), ("quantity", "3"), ("attribution", &token)]).await;
    }
    approve_two(&merchant, &demo).await;

    let page = &merchant.page;
    both_widths(&merchant, &admin(&demo, "/payouts"), "round-due").await;
    make_and_lock(&merchant, &demo, "paypal").await;
    both_widths(&merchant, &admin(&demo, "/payouts/1"), "round-locked").await;
    let paypal: String = page.eval(FILE).await;
    assert_eq!(paypal.matches("anna.pays@example.com,12.00,USD,AFF-1001,").count(), 1, "{paypal}");

    // PayPal says that it did not arrive: the amount is due again, and comes with the next round.
    page.fill(
        "#results",
        "Recipient,Status,Error\nanna.pays@example.com,Returned,account closed\n",
    )
    .await;
    page.click("form[action$='/results'] button").await;
    page.wait_until("document.querySelector('h1 .badge')?.textContent === 'Done'").await;
    assert!(page.text("main").await.contains("account closed"));
    assert_eq!(page.eval::<String>(FILE).await, paypal, "the file of what was asked for stays");
    both_widths(&merchant, &admin(&demo, "/payouts/1"), "round-failed").await;
    make_and_lock(&merchant, &demo, "paypal").await;
    let again: String = page.eval(FILE).await;
    assert!(again.starts_with("anna.pays@example.com,12.00,USD,AFF-1001,"), "{again}");
    page.click("button[value=sent]").await;
    page.wait_until("!document.querySelector('button[value=sent]')").await;
    page.fill(
        "#results",
        "Recipient;Status;Transaction ID\nanna.pays@example.com;Completed;T-77\n",
    )
    .await;
    page.click("form[action$='/results'] button").await;
    page.wait_until("document.querySelector('h1 .badge')?.textContent === 'Done'").await;
    assert!(page.text("main").await.contains("T-77"));

    // Wise: the empty form first, which fixes the columns.
    make_and_lock(&merchant, &demo, "wise").await;
    both_widths(&merchant, &admin(&demo, "/payouts/3"), "round-wise-form").await;
    page.fill("#form", WISE_FORM).await;
    page.click("form[action$='/form'] button").await;
    page.wait_for("a[download]").await;
    let wise: String = page.eval(FILE).await;
    let lines: Vec<&str> = wise.lines().collect();
    assert_eq!(lines[0], WISE_FORM);
    assert!(lines[1].contains("Bob") && lines[1].contains(",12.00,"), "{wise}");
    assert_eq!(page.eval::<String>(FILE).await, wise);

    pay_bob_by_hand(&merchant, &demo).await;
    let plain: String = page.eval(FILE).await;
    let mut lines = plain.lines();
    assert_eq!(lines.next(), Some("affiliate,name,pay_to,amount,currency,note,reference"));
    let line = lines.next().expect("Bob's payment");
    // An account that a spreadsheet would take for a formula stays text.
    let begin = "1002,Bob,\"'=DE02, 1203 0000\",5.00,USD,Commission 20";
    assert!(line.starts_with(begin) && lines.next().is_none(), "{plain}");
    assert_eq!(page.eval::<String>(FILE).await, plain, "the same bytes again");
    let name: String = page.eval(FILE_NAME).await;
    assert!(name.starts_with("attachment") && name.contains(".csv"), "{name}");

    // What Anna reads: one payment that failed, one that arrived, and its statement.
    both_widths(&anna, &portal(&demo, "/payouts"), "round-portal-payouts").await;
    assert!(anna.link_in_row("Failed").await.is_some());
    let statement = anna.link_in_row("Paid").await.expect("a statement");
    both_widths(&anna, &statement, "round-statement").await;
    let shown = anna.page.text("main").await;
    assert!(shown.contains("12.00 USD") && shown.contains("T-77"), "{shown}");
    both_widths(&anna, &portal(&demo, "/account"), "round-account").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pages_about_rules_and_records_are_in_order_at_a_desk_and_on_a_phone() {
    let Some(merchant) = Visitor::arrive().await else {
        return;
    };
    let demo = Demo::shared().await;
    merchant.log_in_as_merchant(&demo).await;
    for (path, name) in [
        ("/protection", "admin-protection"),
        ("/codes", "admin-codes"),
        ("/programs/1", "admin-program"),
        ("/programs/1/history", "admin-history"),
        ("/activity", "admin-activity"),
        ("/jobs", "admin-jobs"),
        ("/mails", "admin-mails"),
        ("/mails/payout_failed", "admin-mail"),
        ("/affiliates/import", "admin-import"),
        ("/orders?status=on_hold", "admin-held"),
    ] {
        both_widths(&merchant, &admin(&demo, path), name).await;
    }
}

/// A desk's width, then a phone's; the desk's stays.
async fn both_widths(who: &Visitor, url: &str, name: &str) {
    for (width, height, is_phone) in [(375, 700, true), (1280, 800, false)] {
        who.page.set_viewport(width, height, is_phone).await;
        who.look(url, name).await;
    }
}

/// Fills the form about how somebody is paid, and sends it.
async fn choose(who: &Visitor, method: &str, address: &str) {
    who.page.fill("#payout_method", method).await;
    who.page.fill("#payout_address", address).await;
    who.page.click("button[value=payout]").await;
    who.page.wait_for(".banner.good").await;
}

async fn pay_bob_by_wise(merchant: &Visitor, demo: &Demo) {
    let page = &merchant.page;
    page.goto(&admin(demo, "/affiliates?q=BOB")).await;
    let bob = merchant.link_in_row("BOB").await.expect("Bob");
    page.goto(&format!("{bob}/edit")).await;
    page.fill("#payout_method", "wise").await;
    page.fill("#payout_address", "bob.pays@example.com").await;
    page.click("main form .primary").await;
    page.wait_for(".banner.good").await;
}

/// Bob has a bank account now, and something due that no order brought.
async fn pay_bob_by_hand(merchant: &Visitor, demo: &Demo) {
    let page = &merchant.page;
    page.goto(&admin(demo, "/affiliates?q=BOB")).await;
    let bob = merchant.link_in_row("BOB").await.expect("Bob");
    page.goto(&format!("{bob}/edit")).await;
    page.fill("#payout_method", "other").await;
    page.fill("#payout_address", "=DE02, 1203 0000").await;
    page.click("main form .primary").await;
    page.wait_for(".banner.good").await;
    page.click("#adjust-title + details summary").await;
    page.fill("#amount", "5.00").await;
    page.fill("#reason", "A photograph").await;
    page.click("form[action$='/adjust'] button").await;
    page.wait_until("location.search === '?done=adjusted'").await;
    make_and_lock(merchant, demo, "other").await;
    both_widths(merchant, &admin(demo, "/payouts/4"), "round-by-hand").await;
}

async fn approve_two(merchant: &Visitor, demo: &Demo) {
    let page = &merchant.page;
    // The webhooks are settled behind the page.
    loop {
        page.goto(&admin(demo, "/orders?status=pending")).await;
        if page.eval::<usize>("document.querySelectorAll('[name=id]').length").await == 2 {
            break;
        }
    }
    page.eval::<()>("document.querySelectorAll('[name=id]').forEach(one => one.click()), null")
        .await;
    page.click("button[value=approve]").await;
    page.wait_for(".banner.good").await;
}

async fn make_and_lock(merchant: &Visitor, demo: &Demo, method: &str) {
    let page = &merchant.page;
    page.goto(&admin(demo, "/payouts")).await;
    page.click(&format!("form:has([name=method][value={method}]) .primary")).await;
    page.wait_for("button[value=lock]").await;
    page.click("button[value=lock]").await;
    page.wait_for("button[value=sent]").await;
}
