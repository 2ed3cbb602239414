//! A reason for every order (N5): thirty situations, each with who is credited, by what, against whom,
//! or why nobody is.

use serde_json::{Value, json};

use super::{
    builder::{Order, Scenario, day, later},
    harness::{Database, Run},
    outcome::Played,
};

/// What the reference order's buyer is known as.
const BUYER: u64 = 207_119_551;
/// The product of a single line.
const PRODUCT: u64 = 632_910_392;

/// Anna, and Bob with the coupon `BOB10`.
fn both() -> Scenario {
    Scenario::golden().affiliate("bob", json!({"coupons": ["BOB10"]}))
}

/// The shop's programs with one more rule.
fn rule(rule: Value) -> Scenario {
    Scenario::golden().program(rule)
}

fn plain() -> Order {
    Order::reference().codes([])
}

/// Clicks of Anna and then of Bob, and an order a day later.
fn clicks(setting: Scenario, order: Order) -> (Scenario, Order) {
    let order = order.placed_at(&day(6));
    let clicked = setting.click(&day(0), "v1", "ref=ANNA").click(&day(5), "v1", "ref=BOB");
    (clicked.order_of("v1", &order), order)
}

fn ordered(setting: Scenario, order: Order) -> (Scenario, Order) {
    (setting.order(&order), order)
}

/// Anna's click on day 0, and an order at a time.
fn after_click(setting: Scenario, time: &str) -> (Scenario, Order) {
    let order = plain().placed_at(time);
    (setting.click(&day(0), "v1", "ref=ANNA").order_of("v1", &order), order)
}

/// The explanation in one line.
fn told(played: Played<'_>) -> String {
    let Some(affiliate) = played.affiliate() else {
        return format!("nobody: {}", played.no_credit_reason().unwrap_or("no reason"));
    };
    let lost: Vec<String> =
        played.losers().iter().map(|(who, method)| format!(" before {who} by {method}")).collect();
    let back = played.reason().map_or_else(String::new, |why| format!(", taken back: {why}"));
    format!("{affiliate} by {}{}{back}", played.method().unwrap_or("no method"), lost.concat())
}

/// Thirty databases; the golden cases show the same rules on PostgreSQL.
#[test]
fn n5_thirty_orders_have_the_listed_reason() {
    let run = Run::on(Database::Sqlite).expect("SQLite is always there");
    let anna = |known: Value| Scenario::golden().affiliate("anna", known);
    let coupon_first = json!({"precedence": ["link", "coupon", "customer", "product"]});
    let cases: Vec<(&str, (Scenario, Order))> = vec![
        ("bob by link before anna by link", clicks(both(), plain())),
        (
            "anna by link before bob by link",
            clicks(both().shop(json!({"click_model": "first_click"})), plain()),
        ),
        ("anna by coupon before bob by link", {
            let order = Order::reference().placed_at(&day(6));
            (both().click(&day(5), "v1", "ref=BOB").order_of("v1", &order), order)
        }),
        ("bob by link before anna by coupon", {
            let order = Order::reference().placed_at(&day(6));
            let setting = both().shop(coupon_first);
            (setting.click(&day(5), "v1", "ref=BOB").order_of("v1", &order), order)
        }),
        ("anna by coupon", ordered(both(), Order::reference())),
        ("bob by coupon", ordered(both(), Order::reference().codes(["BOB10"]))),
        ("nobody: no_affiliate", ordered(both(), plain())),
        ("nobody: no_affiliate", ordered(both(), Order::reference().codes(["NOBODY5"]))),
        ("bob by coupon", ordered(both(), Order::reference().codes(["NOBODY5", "BOB10"]))),
        ("anna by link", after_click(Scenario::golden(), &later(&day(30), -1))),
        ("nobody: outside_window", after_click(Scenario::golden(), &day(30))),
        ("nobody: outside_window", after_click(rule(json!({"window_days": 7})), &day(8))),
        ("anna by link", after_click(rule(json!({"window_days": 7})), &later(&day(7), -1))),
        ("nobody: self_referral", {
            let order = Order::reference().buyer(BUYER, "J.Doe+x@gmail.com");
            ordered(anna(json!({"email": "jdoe@gmail.com"})), order)
        }),
        ("nobody: self_referral", {
            let order = Order::reference().buyer(BUYER, "else@example.net");
            ordered(anna(json!({"shopify_customer_id": BUYER})), order)
        }),
        ("anna by coupon", {
            let order = Order::reference().buyer(1, "else@example.net");
            ordered(anna(json!({"shopify_customer_id": BUYER})), order)
        }),
        ("nobody: not_new_customer", {
            let first = Order::reference().id(1_001).codes([]);
            let second = Order::reference().placed_at(&day(3));
            (rule(json!({"customers": "new_only"})).order(&first).order(&second), second)
        }),
        ("anna by coupon", ordered(rule(json!({"customers": "new_only"})), Order::reference())),
        ("nobody: minimum_order", {
            ordered(rule(json!({"minimum_order": "50.00"})), Order::single("49.99"))
        }),
        ("anna by coupon", {
            ordered(rule(json!({"minimum_order": "50.00"})), Order::single("50.00"))
        }),
        ("nobody: excluded_only", {
            let excluded = json!({"exclude": {"product_ids": [PRODUCT]}});
            ordered(rule(excluded), Order::single("50.00"))
        }),
        ("anna by customer", ordered(anna(json!({"customers": [BUYER]})), plain())),
        ("anna by product", {
            ordered(anna(json!({"products": [PRODUCT]})), Order::single("50.00").codes([]))
        }),
        ("bob by coupon before anna by customer", {
            let setting = both().affiliate("anna", json!({"customers": [BUYER]}));
            ordered(setting, Order::reference().codes(["BOB10"]))
        }),
        ("anna by customer before bob by product", {
            let setting = anna(json!({"customers": [BUYER]}));
            let setting = setting.affiliate("bob", json!({"products": [PRODUCT]}));
            ordered(setting, Order::single("50.00").codes([]))
        }),
        ("nobody: affiliate_inactive", {
            let order = plain().placed_at(&day(2));
            let clicked = Scenario::golden().click(&day(0), "v1", "ref=ANNA");
            let blocked = clicked.set_affiliate(&day(1), "anna", json!({"status": "blocked"}));
            (blocked.order_of("v1", &order), order)
        }),
        ("anna by link", {
            let order = plain().placed_at(&day(4));
            let clicked = Scenario::golden().click(&day(0), "v1", "ref=ANNA");
            let back = clicked
                .set_affiliate(&day(1), "anna", json!({"status": "blocked"}))
                .set_affiliate(&day(3), "anna", json!({"status": "active"}));
            (back.order_of("v1", &order), order)
        }),
        ("anna by coupon", {
            ordered(Scenario::golden(), Order::reference().source("shopify_draft_order").guest())
        }),
        ("anna by link", {
            let placed = plain().placed_at(&day(29)).unpaid();
            let paid = placed.paid(&day(36)).payload();
            let clicked = Scenario::golden().click(&day(0), "v1", "ref=ANNA");
            (clicked.order_of("v1", &placed).webhook(&day(36), "orders/paid", paid), placed)
        }),
        ("anna by coupon, taken back: refunded", {
            let order = Order::reference();
            (Scenario::golden().order(&order).refund(&order.full_refund(&day(1))), order)
        }),
    ];
    assert_eq!(cases.len(), 30);
    let played = cases.iter().map(|(_, (scenario, order))| told(run.play(scenario).order(order)));
    let played: Vec<String> = played.collect();
    let expected: Vec<&str> = cases.iter().map(|(expected, _)| *expected).collect();
    assert_eq!(played, expected);
}
