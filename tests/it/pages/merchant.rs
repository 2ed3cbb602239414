//! From nothing to a paid affiliate, by pages alone: a program, an affiliate, its password, an order,
//! the approval, the payout, the statement.

use tempfile::TempDir;

use super::visitor::{Visitor, admin, portal};
use crate::demo::running::Demo;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_merchant_goes_live_and_pays_its_first_affiliate_by_pages_alone() {
    let Some(merchant) = Visitor::arrive().await else {
        return;
    };
    let cleo = Visitor::arrive().await.expect("a second browser");
    let folder = TempDir::new().expect("a folder");
    let demo = Demo::start(&folder, &[]).await;
    merchant.log_in_as_merchant(&demo).await;
    make_program(&merchant, &demo).await;
    let link = make_affiliate(&merchant, &demo).await;
    choose_password(&cleo, &link).await;

    let fields = [("product", "linen-apron"), ("quantity", "9"), ("discount", "WELCOME5")];
    demo.order(&fields).await;
    approve(&merchant, &demo).await;
    let line = pay(&merchant, &demo).await;
    assert!(line.starts_with("cleo.pays@example.com,"), "{line}");
    assert!(line.trim_end().ends_with(",PAYPAL"), "{line}");

    cleo.look(&portal(&demo, "/payouts"), "journey-portal-payouts").await;
    let statement = cleo.link_in_row("Paid").await.expect("a statement");
    cleo.look(&statement, "journey-statement").await;
    let paid = line.split(',').nth(1).expect("an amount").to_owned();
    assert!(cleo.page.text("main").await.contains(&paid), "{paid}");
    cleo.look(&portal(&demo, "/account"), "journey-account").await;
    cleo.page.set_viewport(375, 700, true).await;
    for path in ["/payouts", "/account"] {
        cleo.look(&portal(&demo, path), "journey-phone").await;
    }
}

async fn make_program(merchant: &Visitor, demo: &Demo) {
    let page = &merchant.page;
    page.goto(&admin(demo, "/programs/new?template=percent")).await;
    merchant.inspect("journey-program-new").await;
    page.fill("#name", "Journey").await;
    page.fill("#commission_value", "20").await;
    // 20 % of 90.00, computed while typing.
    page.wait_until("document.querySelector('#preview .sum')?.textContent === '18.00 USD'").await;
    page.click("[data-add-row=rates]").await;
    page.wait_until("document.querySelectorAll('#rates [data-row]').length === 2").await;
    page.click("#rates [data-row]:last-child [data-remove-row]").await;
    page.wait_until("document.querySelectorAll('#rates [data-row]').length === 1").await;
    page.click("button[value=save]").await;
    page.wait_for(".banner.good").await;
    merchant.inspect("journey-program").await;
    merchant.look(&admin(demo, "/programs/2/history"), "journey-history").await;
    merchant.look(&admin(demo, "/attribution"), "journey-attribution").await;
}

/// Gives back the link that sets the affiliate's password.
async fn make_affiliate(merchant: &Visitor, demo: &Demo) -> String {
    let page = &merchant.page;
    page.goto(&admin(demo, "/affiliates/new?program=2")).await;
    page.fill("#name", "Cleo").await;
    page.fill("#email", "cleo@example.com").await;
    page.fill("#code", "CLEO").await;
    page.fill("#coupons", "WELCOME5").await;
    page.eval::<()>("document.querySelector('#payout_method').value = 'paypal', null").await;
    page.fill("#payout_address", "nowhere").await;
    page.click("main form .primary").await;
    page.wait_for_problem("HTTP 422").await;
    page.wait_for("#payout_address-error").await;
    page.forget_problems();
    merchant.inspect("journey-affiliate-refused").await;
    page.fill("#payout_address", "cleo.pays@example.com").await;
    page.click("main form .primary").await;
    page.wait_for(".banner.good").await;
    page.click("form[action$='/invite'] button").await;
    page.wait_for("#password-link").await;
    merchant.inspect("journey-affiliate").await;
    page.text("#password-link").await
}

async fn choose_password(cleo: &Visitor, link: &str) {
    let page = &cleo.page;
    page.goto(link).await;
    cleo.inspect("journey-password").await;
    page.fill("#password", "correct horse battery").await;
    page.fill("#repeated", "correct horse battery").await;
    page.click("form .primary").await;
    page.wait_until("document.querySelector('h1')?.textContent === 'Overview'").await;
}

async fn approve(merchant: &Visitor, demo: &Demo) {
    let page = &merchant.page;
    // The webhook is settled behind the page.
    loop {
        page.goto(&admin(demo, "/orders?status=pending")).await;
        if page.eval::<bool>("!!document.querySelector('[name=id]')").await {
            break;
        }
    }
    merchant.inspect("journey-orders").await;
    page.click("[name=id]").await;
    page.click("button[value=approve]").await;
    page.wait_for(".banner.good").await;
}

/// Makes, locks, exports and confirms a payout; its first line.
async fn pay(merchant: &Visitor, demo: &Demo) -> String {
    let page = &merchant.page;
    page.goto(&admin(demo, "/payouts")).await;
    merchant.inspect("journey-payouts").await;
    page.click("main form .primary").await;
    page.wait_for("button[value=lock]").await;
    merchant.inspect("journey-payout-draft").await;
    page.click("button[value=lock]").await;
    page.wait_for("a[download]").await;
    merchant.inspect("journey-payout-locked").await;
    let file = "fetch(document.querySelector('a[download]').href).then(file => file.text())";
    let before: String = page.eval(file).await;
    page.click("button[value=sent]").await;
    page.wait_until("!document.querySelector('button[value=sent]')").await;
    page.click("[name=all]").await;
    page.click("button[value=paid]").await;
    page.wait_until("document.querySelector('h1 .badge')?.textContent === 'Done'").await;
    assert_eq!(page.eval::<String>(file).await, before, "exporting twice gives the same bytes");
    merchant.page.set_viewport(375, 700, true).await;
    for (path, name) in [
        ("/programs/2", "phone-program"),
        ("/affiliates", "phone-affiliates"),
        ("/orders", "phone-orders"),
        ("/payouts", "phone-payouts"),
        ("/payouts/1", "phone-payout"),
    ] {
        merchant.look(&admin(demo, path), name).await;
    }
    before
}
