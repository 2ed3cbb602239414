//! Who is credited, and why not: G12, G51–G65, G79, G85, G86.

use serde_json::json;

use super::{
    builder::{Order, Scenario, day, later},
    harness::{Run, golden},
};

golden![
    g12_a_connected_product_that_is_excluded_credits_nobody,
    g51_the_last_click_wins,
    g52_the_first_click_wins_in_that_model,
    g53_a_coupon_beats_a_later_click,
    g54_the_merchant_may_put_the_link_before_the_coupon,
    g55_a_coupon_needs_no_click,
    g56_of_two_codes_only_the_first_earns,
    g57_the_window_ends_at_its_last_second,
    g58_every_click_restarts_the_window,
    g59_a_window_of_zero_leaves_only_coupons,
    g60_the_time_of_the_order_counts_not_of_its_payment,
    g61_the_same_mailbox_is_a_self_referral,
    g62_the_same_customer_is_a_self_referral,
    g64_returning_buyers_do_not_count_where_only_new_ones_do,
    g65_new_buyers_count_where_only_new_ones_do,
    g79_a_bound_customer_needs_neither_link_nor_coupon,
    g85_a_draft_order_is_credited_by_its_coupon,
    g86_an_affiliate_blocked_since_the_click_earns_nothing,
];

/// Anna and Bob, who has coupon `BOB10`.
fn two_affiliates() -> Scenario {
    Scenario::golden().affiliate("bob", json!({"coupons": ["BOB10"]}))
}

/// An order that credits nobody because its winner may not earn it.
#[track_caller]
fn assert_disqualified(run: &Run, scenario: &Scenario, order: &Order, reason: &str) {
    let result = run.play(scenario);
    let played = result.order(order);
    assert_eq!(played.affiliate(), None);
    assert_eq!(played.no_credit_reason(), Some(reason));
    assert_eq!(played.status(), "rejected");
    assert_eq!(played.reason(), Some(reason));
    assert_eq!(played.commission(), "0.00");
    assert!(played.amounts().is_empty());
}

fn g12_a_connected_product_that_is_excluded_credits_nobody(run: &Run) {
    let order = Order::single("50.00").codes([]);
    let scenario = Scenario::golden()
        .program(json!({"exclude": {"product_ids": [632_910_392]}}))
        .affiliate("anna", json!({"products": [632_910_392]}))
        .order(&order);
    let result = run.play(&scenario);
    let played = result.order(&order);
    assert_eq!(played.affiliate(), None);
    assert!(played.has_no_conversion());
    assert!(played.amounts().is_empty());
}

/// Clicks of Anna on day 0 and of Bob on day 5, an order without a code on day 6.
fn anna_then_bob(setting: Scenario) -> (Scenario, Order) {
    let order = Order::reference().codes([]).placed_at(&day(6));
    let scenario = setting
        .click(&day(0), "v1", "ref=ANNA")
        .click(&day(5), "v1", "ref=BOB")
        .order_of("v1", &order);
    (scenario, order)
}

fn g51_the_last_click_wins(run: &Run) {
    let (scenario, order) = anna_then_bob(two_affiliates());
    let result = run.play(&scenario);
    let played = result.order(&order);
    assert_eq!(played.affiliate(), Some("bob"));
    assert_eq!(played.method(), Some("link"));
    assert_eq!(played.losers(), [("anna", "link")]);
    assert_eq!(played.earned_minor("bob"), 900);
}

fn g52_the_first_click_wins_in_that_model(run: &Run) {
    let (scenario, order) =
        anna_then_bob(two_affiliates().shop(json!({"click_model": "first_click"})));
    let result = run.play(&scenario);
    assert_eq!(result.order(&order).affiliate(), Some("anna"));
    assert_eq!(result.order(&order).losers(), [("bob", "link")]);
}

fn g53_a_coupon_beats_a_later_click(run: &Run) {
    let order = Order::reference().placed_at(&day(6));
    let scenario = two_affiliates().click(&day(5), "v1", "ref=BOB").order_of("v1", &order);
    let result = run.play(&scenario);
    let played = result.order(&order);
    assert_eq!(played.affiliate(), Some("anna"));
    assert_eq!(played.method(), Some("coupon"));
    assert_eq!(played.losers(), [("bob", "link")]);
}

fn g54_the_merchant_may_put_the_link_before_the_coupon(run: &Run) {
    let order = Order::reference().placed_at(&day(6));
    let scenario = two_affiliates()
        .shop(json!({"precedence": ["link", "coupon", "customer", "product"]}))
        .click(&day(5), "v1", "ref=BOB")
        .order_of("v1", &order);
    let result = run.play(&scenario);
    assert_eq!(result.order(&order).affiliate(), Some("bob"));
    assert_eq!(result.order(&order).losers(), [("anna", "coupon")]);
}

fn g55_a_coupon_needs_no_click(run: &Run) {
    let order = Order::reference();
    let result = run.play(&two_affiliates().order(&order));
    assert_eq!(result.order(&order).affiliate(), Some("anna"));
    assert_eq!(result.order(&order).losers(), []);
}

fn g56_of_two_codes_only_the_first_earns(run: &Run) {
    let order = Order::reference().codes(["ANNA10", "BOB10"]);
    let result = run.play(&two_affiliates().order(&order));
    let played = result.order(&order);
    assert_eq!(played.affiliate(), Some("anna"));
    assert_eq!(played.losers(), [("bob", "coupon")]);
    assert_eq!(played.amounts(), ["9.00"]);
    assert_eq!(played.earned_minor("bob"), 0);
}

fn g57_the_window_ends_at_its_last_second(run: &Run) {
    let clicked = Scenario::golden().click(&day(0), "v1", "ref=ANNA");

    let inside = Order::reference().codes([]).placed_at(&later(&day(30), -1));
    let result = run.play(&clicked.clone().order_of("v1", &inside));
    assert_eq!(result.order(&inside).affiliate(), Some("anna"));

    let outside = Order::reference().codes([]).placed_at(&day(30));
    let result = run.play(&clicked.order_of("v1", &outside));
    let played = result.order(&outside);
    assert_eq!(played.affiliate(), None);
    assert_eq!(played.no_credit_reason(), Some("outside_window"));
    assert!(played.has_no_conversion());
}

fn g58_every_click_restarts_the_window(run: &Run) {
    let order = Order::reference().codes([]).placed_at(&day(45));
    let scenario = Scenario::golden()
        .click(&day(0), "v1", "ref=ANNA")
        .click(&day(20), "v1", "ref=ANNA")
        .order_of("v1", &order);
    assert_eq!(run.play(&scenario).order(&order).affiliate(), Some("anna"));
}

fn g59_a_window_of_zero_leaves_only_coupons(run: &Run) {
    let off = || Scenario::golden().program(json!({"window_days": 0}));
    let clicked = || off().click(&later(&day(0), -60), "v1", "ref=ANNA");

    let by_link = Order::reference().codes([]);
    let result = run.play(&clicked().order_of("v1", &by_link));
    assert_eq!(result.order(&by_link).affiliate(), None);
    assert!(result.order(&by_link).has_no_conversion());

    let by_coupon = Order::reference();
    let result = run.play(&clicked().order_of("v1", &by_coupon));
    assert_eq!(result.order(&by_coupon).affiliate(), Some("anna"));
    assert_eq!(result.order(&by_coupon).method(), Some("coupon"));
}

fn g60_the_time_of_the_order_counts_not_of_its_payment(run: &Run) {
    let placed = Order::reference().codes([]).placed_at(&day(29)).unpaid();
    let paid = placed.paid(&day(36));
    let scenario = Scenario::golden()
        .click(&day(0), "v1", "ref=ANNA")
        .order_of("v1", &placed)
        .webhook(&day(36), "orders/paid", paid.payload());
    let result = run.play(&scenario);
    assert_eq!(result.order(&placed).affiliate(), Some("anna"));
    assert_eq!(result.order(&placed).amounts(), ["9.00"]);
}

fn g61_the_same_mailbox_is_a_self_referral(run: &Run) {
    let order = Order::reference().buyer(207_119_551, "J.Doe+x@gmail.com");
    let anna = json!({"email": "jdoe@gmail.com"});
    let scenario = Scenario::golden().affiliate("anna", anna).order(&order);
    assert_disqualified(run, &scenario, &order, "self_referral");
}

fn g62_the_same_customer_is_a_self_referral(run: &Run) {
    let order = Order::reference().buyer(207_119_551, "somebody.else@example.net");
    let anna = json!({"shopify_customer_id": 207_119_551});
    let scenario = Scenario::golden().affiliate("anna", anna).order(&order);
    assert_disqualified(run, &scenario, &order, "self_referral");
}

fn g64_returning_buyers_do_not_count_where_only_new_ones_do(run: &Run) {
    let first = Order::reference().id(1_001).codes([]);
    let second = Order::reference().placed_at(&day(3));
    let scenario =
        Scenario::golden().program(json!({"customers": "new_only"})).order(&first).order(&second);
    assert_disqualified(run, &scenario, &second, "not_new_customer");
}

fn g65_new_buyers_count_where_only_new_ones_do(run: &Run) {
    let other = Order::reference().id(1_001).buyer(1, "other@example.net");
    let order = Order::reference().placed_at(&day(3));
    let guest = Order::reference().id(1_002).guest().placed_at(&day(4));
    let scenario = Scenario::golden()
        .program(json!({"customers": "new_only"}))
        .order(&other)
        .order(&order)
        .order(&guest);
    let result = run.play(&scenario);
    assert_eq!(result.order(&order).commission(), "9.00");
    assert_eq!(result.order(&guest).commission(), "9.00");
}

fn g79_a_bound_customer_needs_neither_link_nor_coupon(run: &Run) {
    let order = Order::reference().codes([]);
    let anna = json!({"customers": [207_119_551]});
    let result = run.play(&Scenario::golden().affiliate("anna", anna).order(&order));
    assert_eq!(result.order(&order).affiliate(), Some("anna"));
    assert_eq!(result.order(&order).method(), Some("customer"));
    assert_eq!(result.order(&order).commission(), "9.00");
}

fn g85_a_draft_order_is_credited_by_its_coupon(run: &Run) {
    let order = Order::reference().source("shopify_draft_order").guest();
    let result = run.play(&Scenario::golden().order(&order));
    assert_eq!(result.order(&order).affiliate(), Some("anna"));
    assert_eq!(result.order(&order).method(), Some("coupon"));
    assert_eq!(result.order(&order).commission(), "9.00");
}

fn g86_an_affiliate_blocked_since_the_click_earns_nothing(run: &Run) {
    let order = Order::reference().codes([]).placed_at(&day(2));
    let blocked = Scenario::golden()
        .click(&day(0), "v1", "ref=ANNA")
        .set_affiliate(&day(1), "anna", json!({"status": "blocked"}))
        .order_of("v1", &order);
    assert_disqualified(run, &blocked, &order, "affiliate_inactive");

    // The click stays: once the affiliate is back, it earns again.
    let next = Order::reference().id(1_002).codes([]).placed_at(&day(4));
    let back =
        blocked.set_affiliate(&day(3), "anna", json!({"status": "active"})).order_of("v1", &next);
    assert_eq!(run.play(&back).order(&next).affiliate(), Some("anna"));
}
