//! From an order to the money: review, a round of payouts, its files and results, the statement.

use domain::ids::OrderId;

use super::site::{Browser, Site};

/// Anna is paid by PayPal and has 9.00 approved.
pub(super) async fn with_nine_due(site: &Site) -> (Browser, String, OrderId) {
    let mut merchant = site.merchant();
    let order = site.coupon_order().await;
    let csrf = merchant.get("/admin/settings").await.csrf();
    let mut anna = site.anna().await;
    let own = anna.get("/portal/demo.myshopify.com/account").await.csrf();
    let payout = [
        ("csrf", own.as_str()),
        ("part", "payout"),
        ("payout_method", "paypal"),
        ("payout_address", "anna.pay@example.com"),
    ];
    assert_eq!(anna.post("/portal/demo.myshopify.com/account", &payout).await.status, 303);
    let approve = [("csrf", csrf.as_str()), ("action", "approve"), ("id", &order.to_string())];
    let reviewed = merchant.post("/admin/orders/review", &approve).await;
    assert_eq!(reviewed.location, "/admin/orders?reviewed=1&left=0");
    (merchant, csrf, order)
}

pub(super) fn first_payment(html: &str) -> String {
    let (_, rest) = html.split_once("name=\"payment\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[actix_web::test]
async fn a_round_is_drawn_up_locked_exported_and_paid_and_the_affiliate_reads_the_statement() {
    let site = Site::new().await;
    let (mut merchant, csrf, _) = with_nine_due(&site).await;
    let due = merchant.get("/admin/payouts").await;
    assert!(due.body.contains("9.00 USD to pay now"), "{}", due.body);
    let draft = [("csrf", csrf.as_str()), ("method", "paypal"), ("note", "Commission 2026-03")];
    let drafted = merchant.post("/admin/payouts", &draft).await;
    assert_eq!(drafted.location, "/admin/payouts/1?done=drafted");
    assert_eq!(merchant.get("/admin/payouts/1/files/USD/1").await.status, 404, "not locked yet");

    let step = |action: &'static str| [("csrf", csrf.clone()), ("action", action.to_owned())];
    for (action, done) in [("lock", "locked"), ("sent", "sent")] {
        let fields = step(action);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(a, b)| (*a, b.as_str())).collect();
        let answer = merchant.post("/admin/payouts/1", &fields).await;
        assert_eq!(answer.location, format!("/admin/payouts/1?done={done}"));
    }
    let file = merchant.get("/admin/payouts/1/files/USD/1").await;
    let line = "anna.pay@example.com,9.00,USD,AFF-1001,Commission 2026-03,PAYPAL\r\n";
    assert_eq!(file.body, line);
    assert!(file.header("content-disposition").contains("payout-1-USD.csv"));

    let page = merchant.get("/admin/payouts/1").await;
    let payment = first_payment(&page.body);
    let paid = [("csrf", csrf.as_str()), ("action", "paid"), ("payment", &payment)];
    assert_eq!(merchant.post("/admin/payouts/1", &paid).await.status, 303);
    assert_eq!(merchant.get("/admin/payouts/1/files/USD/1").await.body, line, "the same bytes");
    assert!(merchant.get("/admin/payouts/1").await.body.contains("Payout 1 is done."));

    let mut anna = site.anna().await;
    let own = anna.get("/portal/demo.myshopify.com/payouts").await;
    assert!(own.body.contains("9.00 USD") && own.body.contains(">Paid<"), "{}", own.body);
    let statement = format!("/portal/demo.myshopify.com/payouts/{payment}");
    let shown = anna.get(&statement).await;
    assert!(shown.body.contains("#1001") && shown.body.contains("Commission"), "{}", shown.body);
    let csv = anna.get(&format!("{statement}/csv")).await;
    assert!(csv.body.ends_with("Commission,#1001,9.00,USD\r\n"), "{}", csv.body);
    let mut bob = site.bob().await;
    assert_eq!(bob.get(&statement).await.status, 404, "somebody else's");
    assert_eq!(bob.get(&format!("{statement}/csv")).await.status, 404);
}

#[actix_web::test]
async fn results_are_taken_in_and_what_failed_is_payable_again() {
    let site = Site::new().await;
    let (mut merchant, csrf, order) = with_nine_due(&site).await;
    let draft = [("csrf", csrf.as_str()), ("method", "paypal"), ("note", "March")];
    merchant.post("/admin/payouts", &draft).await;
    let lock = [("csrf", csrf.as_str()), ("action", "lock")];
    merchant.post("/admin/payouts/1", &lock).await;
    assert!(merchant.get("/admin/payouts").await.body.contains("Nothing is due"));

    let table = "Customer ID;Status;Error\nAFF-1001;Denied;account closed\nAFF-9999;Success;\n";
    let results = [("csrf", csrf.as_str()), ("results", table)];
    let taken = merchant.post("/admin/payouts/1/results", &results).await;
    assert_eq!(taken.status, 200);
    assert!(taken.body.contains("1 payment is up to date."), "{}", taken.body);
    assert!(taken.body.contains("Line 3 names no payment of this payout."), "{}", taken.body);
    assert!(taken.body.contains("account closed") && taken.body.contains(">Failed<"));
    let again = merchant.post("/admin/payouts/1/results", &results).await;
    assert!(again.body.contains("0 payments are up to date; 1 were already"), "{}", again.body);
    let nonsense = [("csrf", csrf.as_str()), ("results", "a,b\n1,2\n")];
    assert_eq!(merchant.post("/admin/payouts/1/results", &nonsense).await.status, 422);

    // Its 9.00 come with the next round, under another key.
    assert!(merchant.get("/admin/payouts").await.body.contains("9.00 USD to pay now"));
    let next = merchant.post("/admin/payouts", &draft).await;
    assert_eq!(next.location, "/admin/payouts/2?done=drafted");
    let status = merchant.get(&format!("/admin/orders/{order}")).await;
    assert!(status.body.contains(">Approved<"), "{}", status.body);
}

#[actix_web::test]
async fn a_draft_is_thrown_away_and_follows_what_happened_before_it_is_locked() {
    let site = Site::new().await;
    let (mut merchant, csrf, order) = with_nine_due(&site).await;
    let draft = [("csrf", csrf.as_str()), ("method", "paypal"), ("note", "March")];
    merchant.post("/admin/payouts", &draft).await;
    let away = [("csrf", csrf.as_str()), ("action", "throw_away")];
    assert_eq!(
        merchant.post("/admin/payouts/1", &away).await.location,
        "/admin/payouts?done=thrown_away"
    );
    merchant.post("/admin/payouts", &draft).await;
    let refuse = [
        ("csrf", csrf.as_str()),
        ("action", "reject"),
        ("reason", "other"),
        ("words", "wrong item"),
    ];
    let refused = merchant.post(&format!("/admin/orders/{order}/review"), &refuse).await;
    assert_eq!(refused.location, format!("/admin/orders/{order}?done=reviewed"));
    let lock = [("csrf", csrf.as_str()), ("action", "lock")];
    let locked = merchant.post("/admin/payouts/1", &lock).await;
    assert_eq!(locked.location, "/admin/payouts/1?done=changed");
    assert_eq!(merchant.get("/admin/payouts/1/files/USD/1").await.status, 404, "nothing to pay");
    let page = merchant.get(&format!("/admin/orders/{order}")).await;
    assert!(page.body.contains("Refused: wrong item."), "{}", page.body);
}

#[actix_web::test]
async fn an_order_is_assigned_and_the_list_is_exported() {
    let site = Site::new().await;
    let mut merchant = site.merchant();
    let order = site.coupon_order().await;
    let csrf = merchant.get("/admin/settings").await.csrf();
    let to = |code: &'static str| [("csrf", csrf.clone()), ("code", code.to_owned())];
    for (code, done) in [("NOBODY", "nobody"), ("bob", "assigned")] {
        let fields = to(code);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(a, b)| (*a, b.as_str())).collect();
        let answer = merchant.post(&format!("/admin/orders/{order}/assign"), &fields).await;
        assert_eq!(answer.location, format!("/admin/orders/{order}?done={done}"));
    }
    let page = merchant.get(&format!("/admin/orders/{order}")).await;
    assert!(page.body.contains("Assigned to Bob (1002)."), "{}", page.body);
    let file = merchant.get("/admin/orders/export?method=manual").await;
    assert!(file.body.contains("#1001,2026-03-01"), "{}", file.body);
    assert!(file.body.contains("Bob,1002,"), "{}", file.body);
    assert!(!merchant.get("/admin/orders/export?method=link").await.body.contains("#1001"));
}
