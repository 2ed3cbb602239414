//! When a postback fires, for whom, and when it must not: U1–U3, T1, A5–A9, P4–P13, I1–I7, I12, C7,
//! G83. Delays, refunds and rejections are in `postback_reversals`.

use serde_json::json;

use super::{
    builder::{Order, Scenario, day, line},
    harness::{Run, golden},
    outcome::Outcome,
};

golden![
    u1_with_the_switch_off_no_request_leaves,
    u3_only_the_credited_affiliate_is_told,
    a6_any_fires_on_creation_and_on_every_change,
    a6_by_creating_fires_once,
    a6_each_status_fires_once,
    a6_hold_fires_only_for_a_hold,
    p11_a_conversion_that_meets_all_conditions_fires_once,
    p12_the_conditions_are_checked_at_every_change,
    p13_all_that_match_are_fired,
    c7_the_same_url_is_sent_once_per_event,
    a8_a_filter_on_the_method_works,
    i4_scopes_of_programs_and_affiliates_combine,
    i7_reasons_filter_only_what_has_a_reason,
    i12_the_merchant_has_postbacks_too,
    i1_a_click_fires,
    i1_a_payout_fires_for_each_order_that_it_pays,
    an_unpaid_order_fires_when_it_is_paid,
    a_repeated_webhook_fires_nothing,
    g83_a_free_order_fires_nothing_by_default,
    g84_a_free_order_fires_where_the_program_wants_it,
    the_end_of_the_hold_fires_an_approval,
];

/// A template that can express every status.
const TRACKER: &str = "https://trk.example.com/postback?status={status}&payout={total_commission}";

/// Created (pending), approved on day 1, declined on day 2.
fn chain(setting: Scenario) -> Scenario {
    let order = Order::reference();
    setting.order(&order).review(&day(1), &order, "approved", None).review(
        &day(2),
        &order,
        "rejected",
        Some("fraud:velocity"),
    )
}

/// The statuses that a postback told, in order.
fn told<'a>(result: &'a Outcome, postback: &str) -> Vec<&'a str> {
    result.sent(postback).iter().map(|fired| fired.status()).collect()
}

fn u1_with_the_switch_off_no_request_leaves(run: &Run) {
    let setting = Scenario::golden().postback("t1", TRACKER, json!({}));
    let off = setting.clone().shop(json!({"postbacks_enabled": false}));
    let result = run.play(&chain(off));
    assert!(result.sent("t1").is_empty());
    assert!(result.not_sent("t1").iter().all(|why| *why == "postbacks are switched off"));
    assert_eq!(run.play(&chain(setting)).sent("t1").len(), 3);
}

fn u3_only_the_credited_affiliate_is_told(run: &Run) {
    let scenario = Scenario::golden()
        .affiliate("bob", json!({"coupons": ["BOB10"]}))
        .postback("annas", "https://anna.example.com/?s={status}", json!({}))
        .postback(
            "bobs",
            "https://bob.example.com/?s={status}",
            json!({"owner": {"affiliate": "bob"}}),
        );
    let result = run.play(&scenario.order(&Order::reference()));
    assert_eq!(result.sent("annas").len(), 1);
    assert!(result.sent("annas")[0].url().starts_with("https://anna.example.com/"));
    assert!(result.sent("bobs").is_empty());
}

fn a6_any_fires_on_creation_and_on_every_change(run: &Run) {
    let result = run.play(&chain(Scenario::golden().postback("t1", TRACKER, json!({}))));
    assert_eq!(told(&result, "t1"), ["pending", "approved", "rejected"]);
    let payouts: Vec<_> = result.sent("t1").iter().map(|fired| fired.parameter("payout")).collect();
    assert_eq!(payouts, ["9.00", "9.00", "0.00"]);
}

fn a6_by_creating_fires_once(run: &Run) {
    let on = json!({"on": ["conversion"]});
    let result = run.play(&chain(Scenario::golden().postback("t1", TRACKER, on)));
    assert_eq!(told(&result, "t1"), ["pending"]);
}

fn a6_each_status_fires_once(run: &Run) {
    let scenario =
        ["pending", "approved", "rejected"].iter().fold(Scenario::golden(), |scenario, status| {
            let url = format!("https://trk.example.com/{status}?s={{status}}");
            scenario.postback(status, &url, json!({"statuses": [status]}))
        });
    let result = run.play(&chain(scenario));
    for status in ["pending", "approved", "rejected"] {
        assert_eq!(told(&result, status), [status]);
    }
}

fn a6_hold_fires_only_for_a_hold(run: &Run) {
    let setting = Scenario::golden().postback("t1", TRACKER, json!({"statuses": ["on_hold"]}));
    assert!(run.play(&chain(setting.clone())).sent("t1").is_empty());

    let order = Order::reference();
    let held = setting.order(&order).review(&day(1), &order, "on_hold", Some("fraud:velocity"));
    assert_eq!(told(&run.play(&held), "t1"), ["on_hold"]);
}

fn p11_a_conversion_that_meets_all_conditions_fires_once(run: &Run) {
    let all = json!({
        "scope": {"programs": ["main"], "affiliates": "all"},
        "statuses": ["pending"], "goals": "any", "methods": ["coupon"],
    });
    let result = run.play(&chain(Scenario::golden().postback("t1", TRACKER, all)));
    assert_eq!(result.sent("t1").len(), 1);
    assert_eq!(result.sent("t1")[0].event(), "conversion");
    assert_eq!(result.sent("t1")[0].at(), day(0));
}

fn p12_the_conditions_are_checked_at_every_change(run: &Run) {
    let done = json!({"statuses": ["approved"]});
    let result = run.play(&chain(Scenario::golden().postback("t1", TRACKER, done)));
    assert_eq!(told(&result, "t1"), ["approved"]);
    assert_eq!(result.sent("t1")[0].event(), "status_change");
    assert_eq!(result.sent("t1")[0].at(), day(1));
}

fn p13_all_that_match_are_fired(run: &Run) {
    let scenario = ["t1", "t2", "t3"].iter().fold(Scenario::golden(), |scenario, key| {
        scenario.postback(key, &format!("https://{key}.example.com/?s={{status}}"), json!({}))
    });
    let result = run.play(&scenario.order(&Order::reference()));
    for key in ["t1", "t2", "t3"] {
        assert_eq!(result.sent(key).len(), 1, "{key}");
    }
}

fn c7_the_same_url_is_sent_once_per_event(run: &Run) {
    let scenario = Scenario::golden()
        .postback("everywhere", TRACKER, json!({}))
        .postback(
            "main-only",
            TRACKER,
            json!({"scope": {"programs": ["main"], "affiliates": "all"}}),
        )
        .postback("other-url", &format!("{TRACKER}&from=shop"), json!({}));
    let result = run.play(&chain(scenario));
    assert_eq!(result.sent("everywhere").len() + result.sent("main-only").len(), 3);
    assert_eq!(result.sent("other-url").len(), 3);
}

fn a8_a_filter_on_the_method_works(run: &Run) {
    let by_coupon = Order::reference().placed_at(&day(1));
    let by_link = Order::reference().id(1_002).codes([]).placed_at(&day(2));
    let scenario = Scenario::golden()
        .postback("links", &format!("{TRACKER}&m=link"), json!({"methods": ["link"]}))
        .postback("coupons", &format!("{TRACKER}&m=coupon"), json!({"methods": ["coupon"]}))
        .click(&day(0), "v1", "ref=ANNA")
        .order(&by_coupon)
        .order_of("v1", &by_link);
    let result = run.play(&scenario);
    assert_eq!(result.sent("coupons").iter().map(|fired| fired.at()).collect::<Vec<_>>(), [day(1)]);
    assert_eq!(result.sent("links").iter().map(|fired| fired.at()).collect::<Vec<_>>(), [day(2)]);
}

fn i4_scopes_of_programs_and_affiliates_combine(run: &Run) {
    let annas = Order::reference();
    let bobs = Order::reference().id(1_002).codes(["BOB10"]);
    let setting = Scenario::golden()
        .another_program("other", json!({}))
        .affiliate("bob", json!({"program": "other", "coupons": ["BOB10"]}));
    let cases = [
        ("all-all", json!("all"), json!("all"), 2),
        ("main-all", json!(["main"]), json!("all"), 1),
        ("all-bob", json!("all"), json!(["bob"]), 1),
        ("other-bob", json!(["other"]), json!(["bob"]), 1),
        ("main-bob", json!(["main"]), json!(["bob"]), 0),
        ("both-both", json!(["main", "other"]), json!(["anna", "bob"]), 2),
    ];
    let scenario = cases.iter().fold(setting, |scenario, (key, programs, affiliates, _)| {
        let scope = json!({"programs": programs, "affiliates": affiliates});
        let url = format!("{TRACKER}&k={key}");
        scenario.postback(key, &url, json!({"owner": {"merchant": true}, "scope": scope}))
    });
    let result = run.play(&scenario.order(&annas).order(&bobs));
    for (key, _, _, fired) in cases {
        assert_eq!(result.sent(key).len(), fired, "{key}");
    }
}

fn i7_reasons_filter_only_what_has_a_reason(run: &Run) {
    let vpn = Order::reference();
    let other = Order::reference().id(1_002);
    let scenario = Scenario::golden()
        .postback("t1", TRACKER, json!({"on": ["status_change"], "reasons": ["VPN Proxy"]}))
        .order(&vpn)
        .order(&other)
        .review(&day(1), &vpn, "approved", None)
        .review(&day(1), &other, "approved", None)
        .review(&day(2), &vpn, "rejected", Some("VPN Proxy"))
        .review(&day(2), &other, "rejected", Some("out of stock"));
    assert_eq!(told(&run.play(&scenario), "t1"), ["approved", "approved", "rejected"]);
}

fn i12_the_merchant_has_postbacks_too(run: &Run) {
    let by_anna = Order::reference();
    let by_nobody = Order::reference().id(1_002).codes([]);
    let scenario = Scenario::golden()
        .postback("crm", TRACKER, json!({"owner": {"merchant": true}}))
        .order(&by_anna)
        .order(&by_nobody);
    assert_eq!(run.play(&scenario).sent("crm").len(), 1);
}

fn i1_a_click_fires(run: &Run) {
    let scenario = Scenario::golden()
        .postback("t1", "https://trk.example.com/click?c={click_id}", json!({"on": ["click"]}))
        .click(&day(0), "v1", "ref=ANNA&affclickid=w5f")
        .click(&day(1), "v1", "utm_source=mail");
    let result = run.play(&scenario);
    assert_eq!(result.sent("t1").len(), 1);
    assert_eq!(result.sent("t1")[0].event(), "click");
    assert_eq!(result.sent("t1")[0].url(), "https://trk.example.com/click?c=w5f");
}

fn i1_a_payout_fires_for_each_order_that_it_pays(run: &Run) {
    let order = Order::reference();
    let scenario = Scenario::golden()
        .postback("t1", TRACKER, json!({"on": ["payout"]}))
        .approved(&order)
        .event(&day(40), "payout", json!({"affiliate": "anna"}))
        .event(&day(41), "payout", json!({"affiliate": "anna"}));
    let result = run.play(&scenario);
    assert_eq!(told(&result, "t1"), ["paid"], "once, not with the next payout");
    assert_eq!(result.sent("t1")[0].event(), "payout");
    assert_eq!(result.sent("t1")[0].parameter("payout"), "9.00");
}

fn an_unpaid_order_fires_when_it_is_paid(run: &Run) {
    let placed = Order::reference().unpaid();
    let setting = Scenario::golden().postback("t1", TRACKER, json!({})).order(&placed);
    assert!(run.play(&setting).sent("t1").is_empty());

    let paid = setting.webhook(&day(2), "orders/paid", placed.paid(&day(2)).payload());
    let result = run.play(&paid);
    assert_eq!(told(&result, "t1"), ["pending"]);
    assert_eq!(result.sent("t1")[0].at(), day(2));
}

fn a_repeated_webhook_fires_nothing(run: &Run) {
    let order = Order::reference();
    let scenario = Scenario::golden()
        .postback("t1", TRACKER, json!({}))
        .delivery(&day(0), "orders/create", "wh-1", order.payload())
        .delivery(&day(0), "orders/create", "wh-1", order.payload())
        .delivery(&day(1), "orders/paid", "wh-2", order.payload());
    assert_eq!(run.play(&scenario).sent("t1").len(), 1);
}

/// An order whose discount took everything.
fn free_order() -> Order {
    Order::of([line("A", 1, "50.00").discount("50.00")])
}

fn g83_a_free_order_fires_nothing_by_default(run: &Run) {
    let setting = Scenario::golden().postback("t1", TRACKER, json!({}));
    assert!(run.play(&setting.order(&free_order())).sent("t1").is_empty());
}

fn g84_a_free_order_fires_where_the_program_wants_it(run: &Run) {
    let setting = Scenario::golden().program(json!({"fire_on_zero": true})).postback(
        "t1",
        TRACKER,
        json!({}),
    );
    let result = run.play(&setting.order(&free_order()));
    assert_eq!(told(&result, "t1"), ["pending"]);
    assert_eq!(result.sent("t1")[0].parameter("payout"), "0.00");
}

fn the_end_of_the_hold_fires_an_approval(run: &Run) {
    let setting = Scenario::golden().postback("t1", TRACKER, json!({"statuses": ["approved"]}));
    let result = run.play(&setting.order(&Order::reference()).advance(&day(30)));
    assert_eq!(told(&result, "t1"), ["approved"]);
    assert_eq!(result.sent("t1")[0].at(), day(30));
}
