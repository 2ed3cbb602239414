//! Suspicious orders (domain rules 3.7) and other networks' claims (N19): held for a person, refused,
//! or credited as if nothing were there, as the merchant wants it.

use serde_json::{Value, json};

use super::{
    builder::{Order, Scenario, day, later},
    harness::{Run, golden},
    outcome::Outcome,
};

golden![
    paid_traffic_follows_the_merchants_rule,
    links_on_social_networks_follow_a_rule_of_their_own,
    a_bought_click_is_held_and_a_shared_post_is_not_unless_the_merchant_says_otherwise,
    the_merchants_own_advertisements_hold_nobodys_order,
    n19_another_networks_click_refuses_what_an_advertisement_would_hold,
    a_banned_referrer_follows_the_merchants_rule,
    a_throw_away_address_is_held_unless_the_merchant_says_otherwise,
    a_sibling_who_buys_follows_the_merchants_rule,
    the_third_order_in_ten_minutes_is_too_fast,
    a_click_just_before_the_order_is_late,
    n19_another_networks_click_follows_the_merchants_rule,
    n19_the_merchant_names_further_parameters,
    n19_a_landing_page_without_an_affiliate_counts_as_well,
    n19_a_click_of_somebody_else_on_the_way_counts,
    n19_without_a_foreign_click_nothing_is_held,
    a_held_order_waits_beyond_its_hold,
    a_held_order_that_was_released_goes_its_way,
    a_held_order_may_be_approved_or_rejected,
    a_held_order_follows_its_refunds,
    a_held_order_holds_the_levels_above,
    a_merchants_own_choice_is_not_suspicious,
    of_several_suspicions_a_rejection_decides,
    an_order_of_nobody_is_not_held,
];

/// What became of the order: status and reason of the conversion.
fn standing(result: &Outcome, order: &Order) -> (String, Option<String>) {
    let played = result.order(order);
    (played.status().to_owned(), played.reason().map(str::to_owned))
}

/// The same story under the three rules: credited, held, refused.
#[track_caller]
fn follows_the_rule(
    run: &Run,
    reason: &str,
    rules: impl Fn(&str) -> Value,
    story: impl Fn(Scenario) -> (Scenario, Order),
) {
    for (rule, status) in [("credit", "pending"), ("hold", "on_hold"), ("reject", "rejected")] {
        let (told, order) = story(Scenario::golden().shop(json!({"fraud": rules(rule)})));
        let result = run.play(&told);
        let why = (status != "pending").then(|| reason.to_owned());
        assert_eq!(standing(&result, &order), (status.to_owned(), why.clone()), "{rule}");
        let booked = if status == "rejected" { vec![] } else { vec!["9.00"] };
        assert_eq!(result.order(&order).amounts(), booked, "{rule}");
        let refused = why.filter(|_| status == "rejected");
        assert_eq!(result.order(&order).no_credit_reason(), refused.as_deref(), "{rule}");
    }
}

/// An order of day 6 after a visit with this query on day 5.
fn visited(setting: Scenario, query: &str) -> (Scenario, Order) {
    let order = Order::reference().codes([]).placed_at(&day(6));
    (setting.click(&day(5), "v1", query).order_of("v1", &order), order)
}

fn paid_traffic_follows_the_merchants_rule(run: &Run) {
    let rules = |rule: &str| json!({"paid_traffic": rule});
    let queries = [
        "ref=ANNA&gclid=CjwKCAjw",
        "gbraid=0AA&ref=ANNA",
        "ref=ANNA&wbraid=1",
        "ref=ANNA&MSCLKID=1",
    ];
    for query in queries {
        follows_the_rule(run, "fraud:paid_traffic", rules, |setting| visited(setting, query));
    }
}

fn links_on_social_networks_follow_a_rule_of_their_own(run: &Run) {
    let rules = |rule: &str| json!({"social_traffic": rule});
    for query in ["fbclid=IwAR2&ref=ANNA", "ref=ANNA&ttclid=E.C.P"] {
        follows_the_rule(run, "fraud:social_traffic", rules, |setting| visited(setting, query));
    }
    let rules = |rule: &str| json!({"social_traffic": rule, "social_parameters": ["igshid"]});
    follows_the_rule(run, "fraud:social_traffic", rules, |setting| {
        visited(setting, "ref=ANNA&igshid=1")
    });
}

fn a_bought_click_is_held_and_a_shared_post_is_not_unless_the_merchant_says_otherwise(run: &Run) {
    let stands = [
        ("ref=ANNA&gclid=1", ("on_hold", Some("fraud:paid_traffic"))),
        ("ref=ANNA&fbclid=1", ("pending", None)),
        // An advertisement of Google's, shared on Facebook.
        ("ref=ANNA&fbclid=1&wbraid=1", ("on_hold", Some("fraud:paid_traffic"))),
        ("ref=ANNA&sub1=gclid", ("pending", None)),
    ];
    for (query, (status, reason)) in stands {
        let (told, order) = visited(Scenario::golden(), query);
        let expected = (status.to_owned(), reason.map(str::to_owned));
        assert_eq!(standing(&run.play(&told), &order), expected, "{query}");
    }
    // The affiliate's code does not wash its advertisement clean.
    let order = Order::reference().placed_at(&day(6));
    let told = Scenario::golden().click(&day(5), "v1", "ref=ANNA&gclid=1").order_of("v1", &order);
    assert_eq!(run.play(&told).order(&order).reason(), Some("fraud:paid_traffic"));
}

fn the_merchants_own_advertisements_hold_nobodys_order(run: &Run) {
    // A landing page without an affiliate, then the affiliate's code.
    let order = Order::reference();
    let mut payload = order.payload();
    payload["landing_site"] = json!("/products/a?gclid=Cj0&utm_source=google");
    let told = Scenario::golden().webhook(&order.created_at, "orders/create", payload);
    assert_eq!(run.play(&told).order(&order).status(), "pending");
    // Somebody else's advertisement on the way to the affiliate's link.
    let setting = Scenario::golden().affiliate("bob", json!({}));
    let (told, order) = visited(setting.click(&day(4), "v1", "ref=BOB&gclid=1"), "ref=ANNA");
    assert_eq!(run.play(&told).order(&order).status(), "pending");
}

fn n19_another_networks_click_refuses_what_an_advertisement_would_hold(run: &Run) {
    let rules = |rule: &str| json!({"fraud": {"other_network": rule}});
    let query = "ref=ANNA&gclid=1&awc=2";
    let (told, order) = visited(Scenario::golden().shop(rules("reject")), query);
    let result = run.play(&told);
    assert_eq!(result.order(&order).no_credit_reason(), Some("other_network"));
    // Both hold: the first reason is shown.
    let (told, order) = visited(Scenario::golden().shop(rules("hold")), query);
    let held = ("on_hold".to_owned(), Some("fraud:paid_traffic".to_owned()));
    assert_eq!(standing(&run.play(&told), &order), held);
}

fn a_banned_referrer_follows_the_merchants_rule(run: &Run) {
    let rules = |rule: &str| json!({"banned_referrer": rule, "banned_hosts": ["coupons.example"]});
    follows_the_rule(run, "fraud:banned_referrer", rules, |setting| {
        let order = Order::reference().codes([]).placed_at(&day(6));
        let click = json!({
            "visitor": "v1", "url": "https://demo.example/?ref=ANNA",
            "referrer": "https://www.coupons.example/codes",
        });
        (setting.event(&day(5), "click", click).order_of("v1", &order), order)
    });
}

fn a_throw_away_address_is_held_unless_the_merchant_says_otherwise(run: &Run) {
    let throw_away = || Order::reference().buyer(7, "someone@mailinator.com");
    let order = throw_away();
    let held = run.play(&Scenario::golden().order(&order));
    let reason = "fraud:disposable_email".to_owned();
    assert_eq!(standing(&held, &order), ("on_hold".to_owned(), Some(reason)));
    let rules = |rule: &str| json!({"disposable_email": rule});
    follows_the_rule(run, "fraud:disposable_email", rules, |setting| {
        (setting.order(&throw_away()), throw_away())
    });
}

fn a_sibling_who_buys_follows_the_merchants_rule(run: &Run) {
    let rules = |rule: &str| json!({"sibling": rule});
    let siblings = [
        Order::reference().buyer(7, "B.ob+x@example.com"),
        Order::reference().buyer(4_711, "new@example.net"),
    ];
    for order in siblings {
        follows_the_rule(run, "fraud:sibling", rules, |setting| {
            let bob = json!({"email": "b.ob@example.com", "shopify_customer_id": 4_711});
            (setting.affiliate("bob", bob).order(&order), order.clone())
        });
    }
}

fn the_third_order_in_ten_minutes_is_too_fast(run: &Run) {
    let velocity = json!({"velocity": "hold", "velocity_orders": 2, "velocity_minutes": 10});
    let setting = Scenario::golden().shop(json!({"fraud": velocity}));
    let orders: Vec<Order> = [(1, 0), (2, 120), (3, 240), (4, 2_000)]
        .map(|(n, seconds)| {
            Order::nth(1, "90.00").id(1_000 + n).placed_at(&later(&day(1), seconds))
        })
        .into();
    let result = run.play(&orders.iter().fold(setting, Scenario::order));
    let statuses: Vec<_> = orders.iter().map(|order| result.order(order).status()).collect();
    assert_eq!(statuses, ["pending", "pending", "on_hold", "pending"]);
    assert_eq!(result.order(&orders[2]).reason(), Some("fraud:velocity"));
}

fn a_click_just_before_the_order_is_late(run: &Run) {
    let late = json!({"late_click": "hold", "late_click_seconds": 10});
    for (seconds, status) in [(9, "on_hold"), (10, "pending")] {
        let order = Order::reference().codes([]).placed_at(&later(&day(5), seconds));
        let setting = Scenario::golden().shop(json!({"fraud": late}));
        let told = setting.click(&day(5), "v1", "ref=ANNA").order_of("v1", &order);
        assert_eq!(run.play(&told).order(&order).status(), status, "{seconds} s");
    }
}

fn n19_another_networks_click_follows_the_merchants_rule(run: &Run) {
    let rules = |rule: &str| json!({"other_network": rule});
    for query in ["ref=ANNA&awc=1234_1700000000_ab", "irclickid=xyz&ref=ANNA"] {
        follows_the_rule(run, "other_network", rules, |setting| visited(setting, query));
    }
}

fn n19_the_merchant_names_further_parameters(run: &Run) {
    let rules = |rule: &str| json!({"other_network": rule, "network_parameters": ["zanpid"]});
    follows_the_rule(run, "other_network", rules, |setting| visited(setting, "ref=ANNA&zanpid=9"));
    let (told, order) =
        visited(Scenario::golden().shop(json!({"fraud": rules("reject")})), "ref=ANNA&awc=9");
    assert_eq!(run.play(&told).order(&order).status(), "pending");
}

fn n19_a_landing_page_without_an_affiliate_counts_as_well(run: &Run) {
    let rules = |rule: &str| json!({"other_network": rule});
    follows_the_rule(run, "other_network", rules, |setting| {
        let order = Order::reference();
        let mut payload = order.payload();
        payload["landing_site"] = json!("/products/a?awc=1234_5#top");
        (setting.webhook(&order.created_at, "orders/create", payload), order)
    });
}

fn n19_a_click_of_somebody_else_on_the_way_counts(run: &Run) {
    let rules = |rule: &str| json!({"other_network": rule});
    follows_the_rule(run, "other_network", rules, |setting| {
        let told = setting.affiliate("bob", json!({})).click(&day(4), "v1", "ref=BOB&awc=1");
        visited(told, "ref=ANNA")
    });
}

fn n19_without_a_foreign_click_nothing_is_held(run: &Run) {
    let setting = Scenario::golden().shop(json!({"fraud": {"other_network": "reject"}}));
    // Neither a value nor a part of a name is the parameter.
    let (told, order) = visited(setting, "ref=ANNA&sub1=awc&myawc=1&awcx=2");
    assert_eq!(run.play(&told).order(&order).status(), "pending");
}

/// A shop that holds throw-away addresses, and an order with one.
fn held() -> (Scenario, Order) {
    let order = Order::reference().buyer(7, "someone@mailinator.com");
    (Scenario::golden().order(&order), order)
}

fn a_held_order_waits_beyond_its_hold(run: &Run) {
    let (told, order) = held();
    let result = run.play(&told.advance(&day(60)));
    assert_eq!(result.order(&order).status(), "on_hold");
    assert_eq!(result.balance("anna"), ("9.00", "0.00", "0.00"));
}

fn a_held_order_that_was_released_goes_its_way(run: &Run) {
    let (told, order) = held();
    let told = told
        .review(&day(1), &order, "pending", None)
        // Further news do not hold it again.
        .refund(&order.refund(&day(2)).units("A", 1));
    assert_eq!(run.play(&told).order(&order).status(), "pending");
    let result = run.play(&told.advance(&day(31)));
    assert_eq!(result.order(&order).status(), "approved");
    assert_eq!(result.balance("anna"), ("0.00", "6.30", "0.00"));
}

fn a_held_order_may_be_approved_or_rejected(run: &Run) {
    let (told, order) = held();
    let approved = run.play(&told.clone().review(&day(1), &order, "approved", None));
    assert_eq!(approved.balance("anna"), ("0.00", "9.00", "0.00"));
    let reason = Some("fraud:disposable_email");
    let rejected = run.play(&told.review(&day(1), &order, "rejected", reason));
    assert_eq!(rejected.order(&order).amounts(), ["9.00", "-9.00"]);
    assert_eq!(rejected.order(&order).entry_reasons(), [None, reason]);
}

fn a_held_order_follows_its_refunds(run: &Run) {
    let (told, order) = held();
    let result = run.play(&told.refund(&order.refund(&day(1)).units("A", 1)));
    assert_eq!(result.order(&order).amounts(), ["9.00", "-2.70"]);
    assert_eq!(result.order(&order).status(), "on_hold");
}

fn a_held_order_holds_the_levels_above(run: &Run) {
    let order = Order::reference().buyer(7, "someone@mailinator.com");
    let told = Scenario::golden()
        .program(json!({"levels": [{"percent": "10"}]}))
        .affiliate("bob", json!({}))
        .affiliate("anna", json!({"upline": "bob"}))
        .order(&order);
    let result = run.play(&told.clone().advance(&day(60)));
    assert_eq!(result.balance("bob"), ("0.90", "0.00", "0.00"));
    let result = run.play(&told.review(&day(1), &order, "approved", None));
    assert_eq!(result.balance("bob"), ("0.00", "0.90", "0.00"));
}

fn a_merchants_own_choice_is_not_suspicious(run: &Run) {
    let (told, order) = held();
    let told = told.affiliate("bob", json!({})).assign(&day(1), &order, "bob");
    let result = run.play(&told);
    assert_eq!(result.order(&order).affiliate(), Some("bob"));
    assert_eq!(result.order(&order).status(), "pending");
    assert_eq!(result.balance("anna"), ("0.00", "0.00", "0.00"));
}

fn of_several_suspicions_a_rejection_decides(run: &Run) {
    let fraud = json!({"paid_traffic": "hold", "other_network": "reject"});
    let setting = Scenario::golden().shop(json!({"fraud": fraud}));
    let (told, order) = visited(setting, "ref=ANNA&gclid=1&awc=2");
    let result = run.play(&told);
    assert_eq!(result.order(&order).no_credit_reason(), Some("other_network"));
}

fn an_order_of_nobody_is_not_held(run: &Run) {
    let order = Order::reference().codes([]).buyer(7, "someone@mailinator.com");
    let result = run.play(&Scenario::golden().order(&order));
    assert!(result.order(&order).has_no_conversion());
    assert_eq!(result.order(&order).no_credit_reason(), Some("no_affiliate"));
}
