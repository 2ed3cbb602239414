//! From unpaid to approved: hold, review, and money that comes late (domain rules 3.6): G80, G83.

use serde_json::json;

use super::{
    builder::{Order, Scenario, day, later, line},
    harness::{Run, golden},
};

golden![
    g80_the_hold_ends_thirty_days_after_payment,
    g83_a_free_order_is_recorded_with_zero,
    the_hold_starts_at_payment_not_at_the_order,
    an_unpaid_order_is_recorded_and_earns_nothing_yet,
    a_voided_payment_earns_nothing,
    an_approved_conversion_is_still_reduced_by_a_refund,
    a_rejected_conversion_is_worth_nothing,
    a_refund_after_a_rejection_takes_nothing_twice,
    a_rejected_conversion_is_not_approved_when_its_hold_ends,
    a_review_can_approve_before_the_hold_ends,
    a_hold_by_review_keeps_the_money_back,
    programs_keep_their_own_hold,
];

fn g80_the_hold_ends_thirty_days_after_payment(run: &Run) {
    let order = Order::reference();
    let scenario = Scenario::golden().order(&order);

    let a_second_before = run.play(&scenario.clone().advance("2026-03-31T11:59:59Z"));
    assert_eq!(a_second_before.order(&order).status(), "pending");
    assert_eq!(a_second_before.balance("anna"), ("9.00", "0.00", "0.00"));

    let then = run.play(&scenario.advance("2026-03-31T12:00:00Z"));
    assert_eq!(then.order(&order).status(), "approved");
    assert_eq!(then.order(&order).amounts(), ["9.00"]);
    assert_eq!(then.balance("anna"), ("0.00", "9.00", "0.00"));
}

fn the_hold_starts_at_payment_not_at_the_order(run: &Run) {
    let placed = Order::reference().unpaid();
    let scenario = Scenario::golden().order(&placed).webhook(
        &day(5),
        "orders/paid",
        placed.paid(&day(5)).payload(),
    );
    let before = run.play(&scenario.clone().advance(&later(&day(35), -1)));
    assert_eq!(before.order(&placed).status(), "pending");
    let then = run.play(&scenario.advance(&day(35)));
    assert_eq!(then.order(&placed).status(), "approved");
}

fn g83_a_free_order_is_recorded_with_zero(run: &Run) {
    let order = Order::of([line("A", 1, "50.00").discount("50.00")]);
    let result = run.play(&Scenario::golden().order(&order));
    let played = result.order(&order);
    assert_eq!(played.affiliate(), Some("anna"));
    assert_eq!((played.commission(), played.sales()), ("0.00", "0.00"));
    assert_eq!(played.status(), "pending");
    assert!(played.amounts().is_empty());
}

fn an_unpaid_order_is_recorded_and_earns_nothing_yet(run: &Run) {
    let placed = Order::reference().unpaid();
    let result = run.play(&Scenario::golden().order(&placed).advance(&day(60)));
    assert_eq!(result.order(&placed).affiliate(), Some("anna"));
    assert_eq!(result.order(&placed).status(), "recorded");
    assert!(result.order(&placed).amounts().is_empty());
    assert_eq!(result.balance("anna"), ("0.00", "0.00", "0.00"));
}

fn a_voided_payment_earns_nothing(run: &Run) {
    let placed = Order::reference().unpaid();
    let scenario = Scenario::golden().order(&placed).updated(&placed.voided(&day(2)));
    let result = run.play(&scenario);
    assert_eq!(result.order(&placed).commission(), "0.00");
    assert_eq!(result.order(&placed).reason(), Some("payment_voided"));
    assert!(result.order(&placed).amounts().is_empty());
}

fn an_approved_conversion_is_still_reduced_by_a_refund(run: &Run) {
    let order = Order::reference();
    let refund = order.refund(&day(40)).units("A", 1);
    let result = run.play(&Scenario::golden().order(&order).advance(&day(35)).refund(&refund));
    assert_eq!(result.order(&order).amounts(), ["9.00", "-2.70"]);
    assert_eq!(result.order(&order).status(), "approved");
    assert_eq!(result.balance("anna"), ("0.00", "6.30", "0.00"));
}

/// The reference order, rejected for fraud on day 1.
fn rejected() -> (Scenario, Order) {
    let order = Order::reference();
    let fraud = Some("fraud:velocity");
    (Scenario::golden().order(&order).review(&day(1), &order, "rejected", fraud), order)
}

fn a_rejected_conversion_is_worth_nothing(run: &Run) {
    let (scenario, order) = rejected();
    let result = run.play(&scenario);
    let played = result.order(&order);
    assert_eq!(played.status(), "rejected");
    assert_eq!(played.reason(), Some("fraud:velocity"));
    assert_eq!(played.commission(), "0.00");
    assert_eq!(played.amounts(), ["9.00", "-9.00"]);
    assert_eq!(result.balance("anna"), ("0.00", "0.00", "0.00"));
}

fn a_refund_after_a_rejection_takes_nothing_twice(run: &Run) {
    let (scenario, order) = rejected();
    let refund = order.full_refund(&day(2));
    let result = run.play(&scenario.refund(&refund).updated(&order.refunded(&refund)));
    assert_eq!(result.order(&order).amounts(), ["9.00", "-9.00"]);
    assert_eq!(result.order(&order).commission(), "0.00");
}

fn a_rejected_conversion_is_not_approved_when_its_hold_ends(run: &Run) {
    let (scenario, order) = rejected();
    let result = run.play(&scenario.advance(&day(60)));
    assert_eq!(result.order(&order).status(), "rejected");
    assert_eq!(result.balance("anna"), ("0.00", "0.00", "0.00"));
}

fn a_review_can_approve_before_the_hold_ends(run: &Run) {
    let order = Order::reference();
    let scenario = Scenario::golden().order(&order).review(&day(1), &order, "approved", None);
    let result = run.play(&scenario);
    assert_eq!(result.order(&order).status(), "approved");
    assert_eq!(result.balance("anna"), ("0.00", "9.00", "0.00"));
}

fn a_hold_by_review_keeps_the_money_back(run: &Run) {
    let order = Order::reference();
    let suspicion = Some("fraud:velocity");
    let scenario = Scenario::golden().order(&order).review(&day(1), &order, "on_hold", suspicion);
    let result = run.play(&scenario.advance(&day(60)));
    assert_eq!(result.order(&order).status(), "on_hold");
    assert_eq!(result.order(&order).reason(), suspicion);
    assert_eq!(result.balance("anna").1, "0.00");
}

fn programs_keep_their_own_hold(run: &Run) {
    let slow = Order::reference();
    let quick = Order::reference().id(1_002).codes(["QUICK"]);
    let scenario = Scenario::golden()
        .another_program("quick", json!({"hold_days": 0}))
        .affiliate("bob", json!({"program": "quick", "coupons": ["QUICK"]}))
        .order(&slow)
        .order(&quick)
        .advance(&later(&day(0), 60));
    let result = run.play(&scenario);
    assert_eq!(result.order(&slow).status(), "pending");
    assert_eq!(result.order(&quick).status(), "approved");
}
