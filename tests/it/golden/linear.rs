//! Several affiliates share an order (domain rules 3.1, linear model): equal parts, the odd cents to
//! who came first, and after every refund the rest is shared anew.

use serde_json::json;

use super::{
    builder::{Order, Scenario, day, line},
    harness::{Run, golden},
    outcome::Outcome,
};

golden![
    the_odd_cent_goes_to_who_came_first,
    after_a_refund_the_rest_is_shared_anew,
    parts_of_a_full_refund_in_steps_end_at_zero,
    a_single_cent_has_one_owner,
    yen_are_shared_without_fractions,
    somebody_inactive_has_no_part,
    the_part_of_the_buyer_goes_to_nobody,
    a_capped_order_shares_the_cap,
    several_clicks_of_one_affiliate_are_one_part,
    a_click_outside_its_window_has_no_part,
    affiliates_of_different_programs_have_their_own_rates,
    a_coupon_takes_the_whole,
    parts_are_paid_in_their_own_currencies,
    a_rejection_takes_every_part,
];

/// Anna, Bob and Cleo, clicked by visitor `v1` on days 1, 2 and 3.
fn three_clicks() -> Scenario {
    Scenario::golden()
        .affiliate("bob", json!({}))
        .affiliate("cleo", json!({}))
        .shop(json!({"click_model": "linear"}))
        .click(&day(1), "v1", "ref=ANNA")
        .click(&day(2), "v1", "ref=BOB")
        .click(&day(3), "v1", "ref=CLEO")
}

/// An order of day 6 without a code.
fn placed(order: Order) -> Order {
    order.codes([]).placed_at(&day(6))
}

fn parts(result: &Outcome, order: &Order) -> [i64; 3] {
    ["anna", "bob", "cleo"].map(|key| result.order(order).earned_minor(key))
}

fn shared(run: &Run, told: Scenario, order: &Order) -> [i64; 3] {
    parts(&run.play(&told.order_of("v1", order)), order)
}

fn the_odd_cent_goes_to_who_came_first(run: &Run) {
    let order = placed(Order::single("100.00"));
    assert_eq!(shared(run, three_clicks(), &order), [334, 333, 333]);
    let order = placed(Order::single("110.00"));
    assert_eq!(shared(run, three_clicks(), &order), [367, 367, 366]);
}

fn after_a_refund_the_rest_is_shared_anew(run: &Run) {
    let order = placed(Order::of([line("A", 2, "50.00")]));
    let told = three_clicks().order_of("v1", &order).refund(&order.refund(&day(7)).units("A", 1));
    let result = run.play(&told);
    assert_eq!(parts(&result, &order), [167, 167, 166]);
    assert_eq!(result.order(&order).commission(), "5.00");
}

fn parts_of_a_full_refund_in_steps_end_at_zero(run: &Run) {
    let order = placed(Order::of([line("A", 7, "3.33")]));
    let mut told = three_clicks().order_of("v1", &order);
    let mut now = order.clone();
    for n in 7..14 {
        let refund = now.refund(&day(n)).units("A", 1);
        now = now.refunded(&refund);
        told = told.refund(&refund);
    }
    assert_eq!(parts(&run.play(&told), &order), [0; 3]);
}

fn a_single_cent_has_one_owner(run: &Run) {
    for (price, expected) in [("0.10", [1, 0, 0]), ("0.20", [1, 1, 0]), ("0.04", [0, 0, 0])] {
        let order = placed(Order::single(price));
        assert_eq!(shared(run, three_clicks(), &order), expected, "{price}");
    }
}

fn yen_are_shared_without_fractions(run: &Run) {
    let order = placed(Order::single("100").currency("JPY"));
    assert_eq!(shared(run, three_clicks().shop(json!({"currency": "JPY"})), &order), [4, 3, 3]);
}

fn somebody_inactive_has_no_part(run: &Run) {
    let order = placed(Order::single("100.00"));
    let told = three_clicks().set_affiliate(&day(4), "bob", json!({"status": "blocked"}));
    assert_eq!(shared(run, told, &order), [500, 0, 500]);
}

fn the_part_of_the_buyer_goes_to_nobody(run: &Run) {
    let order = placed(Order::single("100.00")).buyer(7, "bob@example.com");
    assert_eq!(shared(run, three_clicks(), &order), [334, 0, 333]);
}

fn a_capped_order_shares_the_cap(run: &Run) {
    let order = placed(Order::single("800.00"));
    let told = three_clicks().program(json!({"cap_per_order": "5.00"}));
    assert_eq!(shared(run, told, &order), [167, 167, 166]);
}

fn several_clicks_of_one_affiliate_are_one_part(run: &Run) {
    let order = placed(Order::single("100.00"));
    let told = three_clicks().click(&day(4), "v1", "ref=ANNA").click(&day(5), "v1", "ref=ANNA");
    assert_eq!(shared(run, told, &order), [334, 333, 333]);
}

fn a_click_outside_its_window_has_no_part(run: &Run) {
    let order = placed(Order::single("100.00"));
    // Day 1 is five days before the order.
    let told = three_clicks().program(json!({"window_days": 5}));
    assert_eq!(shared(run, told, &order), [0, 500, 500]);
}

fn affiliates_of_different_programs_have_their_own_rates(run: &Run) {
    let order = placed(Order::single("100.00"));
    let told = Scenario::golden()
        .another_program("double", json!({"commission": {"type": "percent", "value": "20"}}))
        .affiliate("bob", json!({"program": "double"}))
        .shop(json!({"click_model": "linear"}))
        .click(&day(1), "v1", "ref=ANNA")
        .click(&day(2), "v1", "ref=BOB");
    assert_eq!(shared(run, told, &order), [500, 1_000, 0]);
}

fn a_coupon_takes_the_whole(run: &Run) {
    let order = placed(Order::single("100.00")).codes(["CLEO10"]);
    let told = three_clicks().affiliate("cleo", json!({"coupons": ["CLEO10"]}));
    assert_eq!(shared(run, told, &order), [0, 0, 1_000]);
}

fn parts_are_paid_in_their_own_currencies(run: &Run) {
    let order = placed(Order::of([line("A", 2, "50.00")]));
    let told = three_clicks()
        .affiliate("bob", json!({"payout_currency": "JPY", "payout_rate": "150"}))
        .order_of("v1", &order);
    let result = run.play(&told);
    assert_eq!(result.order(&order).paid_out_minor_of("bob"), 500);
    let result = run.play(&told.refund(&order.full_refund(&day(8))));
    assert_eq!(result.order(&order).paid_out_minor_of("bob"), 0);
}

fn a_rejection_takes_every_part(run: &Run) {
    let order = placed(Order::single("100.00"));
    let told = three_clicks().order_of("v1", &order);
    let told = told.review(&day(7), &order, "rejected", Some("out_of_stock"));
    assert_eq!(parts(&run.play(&told), &order), [0; 3]);
}
