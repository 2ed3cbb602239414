//! Refunds where rules meet: caps, minimums, tiers, flat amounts, excluded lines, disputes, cancelled
//! orders whose money was kept (domain rules 3.5).

use serde_json::{Value, json};

use super::{
    builder::{Order, Scenario, day, flat_per_item, flat_per_order, line, percent},
    harness::{Run, golden},
};

golden![
    a_refund_below_the_cap_takes_what_is_above_the_rest,
    a_refund_below_the_minimum_order_takes_everything,
    a_refund_into_a_lower_value_tier_takes_the_rate_with_it,
    a_refund_of_one_slice_takes_the_highest_rate_first,
    money_without_items_falls_on_the_eligible_lines,
    money_without_items_and_units_add_up,
    money_without_items_leaves_a_flat_amount_alone,
    money_without_items_leaves_flat_items_alone,
    money_without_items_and_then_everything_ends_at_zero,
    more_units_than_there_are_take_the_line_and_no_more,
    a_refunded_gift_card_line_changes_nothing,
    a_refunded_tip_changes_nothing,
    shipping_in_the_base_goes_back_in_part,
    a_special_rate_goes_back_at_its_own_rate,
    a_flat_amount_stays_until_the_last_eligible_unit,
    a_free_line_that_comes_back_changes_nothing,
    a_refund_whose_money_is_pending_keeps_the_hold_open,
    a_dispute_that_is_open_changes_nothing,
    a_dispute_that_was_won_changes_nothing,
    an_inquiry_that_was_lost_takes_no_money,
    a_lost_dispute_after_a_refund_takes_the_rest,
    a_cancelled_order_whose_money_was_kept_earns_nothing_by_default,
    a_cancelled_order_whose_money_was_kept_may_count,
    of_a_cancelled_order_that_counts_refunds_still_go_off,
    a_cancelled_order_that_was_never_paid_never_counts,
    a_refund_that_arrives_before_the_order_at_the_cap,
    refunds_after_approval_and_payout_are_all_entries,
];

fn assert_amounts(run: &Run, told: &Scenario, order: &Order, amounts: &[&str]) {
    assert_eq!(run.play(told).order(order).amounts(), amounts);
}

/// A program with these fields, and an order of which one A is given back.
fn one_back(fields: Value, order: &Order) -> Scenario {
    let setting = Scenario::golden().program(fields);
    setting.order(order).refund(&order.refund(&day(1)).units("A", 1))
}

fn a_refund_below_the_cap_takes_what_is_above_the_rest(run: &Run) {
    let order = Order::of([line("A", 2, "400.00")]);
    let told = one_back(json!({"cap_per_order": "50.00"}), &order);
    assert_amounts(run, &told, &order, &["50.00", "-10.00"]);
}

fn a_refund_below_the_minimum_order_takes_everything(run: &Run) {
    let order = Order::reference();
    let told = one_back(json!({"minimum_order": "80.00"}), &order);
    let result = run.play(&told);
    assert_eq!(result.order(&order).amounts(), ["9.00", "-9.00"]);
    assert_eq!(result.order(&order).reason(), Some("minimum_order"));
}

fn value_tiers(mode: &str) -> Value {
    json!({"order_value_tiers": {"mode": mode, "steps": [
        {"from": "0", "commission": percent("5")},
        {"from": "100.00", "commission": percent("10")},
    ]}})
}

fn a_refund_into_a_lower_value_tier_takes_the_rate_with_it(run: &Run) {
    let order = Order::of([line("A", 2, "60.00")]);
    let told = one_back(value_tiers("whole"), &order);
    assert_amounts(run, &told, &order, &["12.00", "-9.00"]);
}

fn a_refund_of_one_slice_takes_the_highest_rate_first(run: &Run) {
    // 5.00 for the first hundred, 2.00 for the other twenty.
    let order = Order::of([line("A", 2, "60.00")]);
    let told = one_back(value_tiers("marginal"), &order);
    assert_amounts(run, &told, &order, &["7.00", "-4.00"]);
}

/// 50.00 that earns and 50.00 that does not.
fn half_excluded() -> (Scenario, Order) {
    let setting = Scenario::golden().program(json!({"exclude": {"product_ids": [632_910_393]}}));
    let order = Order::of([line("A", 1, "50.00"), line("B", 1, "50.00")]);
    (setting.order(&order), order)
}

fn money_without_items_falls_on_the_eligible_lines(run: &Run) {
    let (told, order) = half_excluded();
    let told = told.refund(&order.refund(&day(1)).amount("10.00"));
    assert_amounts(run, &told, &order, &["5.00", "-1.00"]);
}

fn money_without_items_and_units_add_up(run: &Run) {
    let order = Order::reference();
    let money = order.refund(&day(1)).amount("9.00");
    let unit = order.refunded(&money).refund(&day(2)).units("A", 1);
    let told = Scenario::golden().order(&order).refund(&money).refund(&unit);
    assert_amounts(run, &told, &order, &["9.00", "-0.90", "-2.70"]);
}

fn money_without_items_leaves_a_flat_amount_alone(run: &Run) {
    let order = Order::reference();
    let setting = Scenario::golden().program(json!({"commission": flat_per_order("10.00")}));
    let told = setting.order(&order).refund(&order.refund(&day(1)).amount("9.00"));
    assert_amounts(run, &told, &order, &["10.00"]);
}

fn money_without_items_leaves_flat_items_alone(run: &Run) {
    let order = Order::reference();
    let setting = Scenario::golden().program(json!({"commission": flat_per_item("5.00")}));
    let told = setting.order(&order).refund(&order.refund(&day(1)).amount("9.00"));
    assert_amounts(run, &told, &order, &["15.00"]);
}

fn money_without_items_and_then_everything_ends_at_zero(run: &Run) {
    let order = Order::of([line("A", 3, "33.33")]);
    let money = order.refund(&day(1)).amount("0.07");
    let rest = order.refunded(&money).refund_of_rest(&day(2));
    let result = run.play(&Scenario::golden().order(&order).refund(&money).refund(&rest));
    assert_eq!(result.order(&order).earned_minor("anna"), 0);
    assert_eq!(result.order(&order).status(), "reversed");
}

fn more_units_than_there_are_take_the_line_and_no_more(run: &Run) {
    let order = Order::reference();
    let told = Scenario::golden().order(&order).refund(&order.refund(&day(1)).units("A", 3));
    assert_amounts(run, &told, &order, &["9.00", "-5.40"]);
}

fn a_refunded_gift_card_line_changes_nothing(run: &Run) {
    let order = Order::of([line("A", 1, "25.00"), line("B", 1, "50.00").gift_card()]);
    let told = Scenario::golden().order(&order).refund(&order.refund(&day(1)).units("B", 1));
    assert_amounts(run, &told, &order, &["2.50"]);
}

fn a_refunded_tip_changes_nothing(run: &Run) {
    let order = Order::of([line("A", 1, "25.00"), line("Tip", 1, "5.00").tip()]);
    let told = Scenario::golden().order(&order).refund(&order.refund(&day(1)).units("Tip", 1));
    assert_amounts(run, &told, &order, &["2.50"]);
}

fn shipping_in_the_base_goes_back_in_part(run: &Run) {
    let order = Order::reference();
    let setting = Scenario::golden().program(json!({"base": {"shipping": true}}));
    let told = setting.order(&order).refund(&order.refund(&day(1)).shipping("4.00"));
    assert_amounts(run, &told, &order, &["10.00", "-0.40"]);
}

fn a_special_rate_goes_back_at_its_own_rate(run: &Run) {
    let order = Order::of([line("A", 2, "50.00"), line("B", 1, "100.00")]);
    let special = json!({"match": {"product_id": 632_910_392}, "commission": percent("30")});
    // 30.00 of A and 10.00 of B.
    let told = one_back(json!({"rates": [special]}), &order);
    assert_amounts(run, &told, &order, &["40.00", "-15.00"]);
}

fn a_flat_amount_stays_until_the_last_eligible_unit(run: &Run) {
    let order = Order::of([line("A", 2, "50.00"), line("B", 1, "50.00")]);
    let setting = Scenario::golden().program(json!({
        "commission": flat_per_order("10.00"), "exclude": {"product_ids": [632_910_393]},
    }));
    let one = order.refund(&day(1)).units("A", 1);
    let other = order.refunded(&one).refund(&day(2)).units("A", 1);
    let told = setting.order(&order).refund(&one);
    assert_amounts(run, &told, &order, &["10.00"]);
    // B is still there, but it never earned.
    assert_amounts(run, &told.refund(&other), &order, &["10.00", "-10.00"]);
}

fn a_free_line_that_comes_back_changes_nothing(run: &Run) {
    let order = Order::of([line("A", 1, "50.00"), line("B", 1, "20.00").discount("20.00")]);
    let told = Scenario::golden().order(&order).refund(&order.refund(&day(1)).units("B", 1));
    assert_amounts(run, &told, &order, &["5.00"]);
}

fn a_refund_whose_money_is_pending_keeps_the_hold_open(run: &Run) {
    let order = Order::reference();
    let pending = order.refund(&day(20)).units("A", 1).transaction_status("pending");
    let told = Scenario::golden().order(&order).refund(&pending).advance(&day(40));
    let result = run.play(&told);
    assert_eq!(result.order(&order).amounts(), ["9.00"]);
    assert_eq!(result.order(&order).status(), "pending");

    let settled = order.refund(&day(20)).units("A", 1);
    let told = told.webhook(&day(41), "orders/updated", order.refunded(&settled).payload());
    let result = run.play(&told.advance(&day(42)));
    assert_eq!(result.order(&order).amounts(), ["9.00", "-2.70"]);
    assert_eq!(result.order(&order).status(), "approved");
}

fn disputed(order: &Order, kind: &str, status: &str) -> Value {
    json!({
        "id": 598_735_659, "order_id": order.id, "type": kind, "status": status,
        "amount": "108.00", "currency": "USD", "reason": "fraudulent",
        "initiated_at": day(15), "finalized_on": null,
    })
}

fn after_dispute(kind: &str, status: &str) -> (Scenario, Order) {
    let order = Order::reference();
    let told = Scenario::golden()
        .order(&order)
        .webhook(&day(15), "disputes/create", disputed(&order, kind, "needs_response"))
        .webhook(&day(20), "disputes/update", disputed(&order, kind, status));
    (told, order)
}

fn a_dispute_that_is_open_changes_nothing(run: &Run) {
    let (told, order) = after_dispute("chargeback", "under_review");
    assert_amounts(run, &told, &order, &["9.00"]);
}

fn a_dispute_that_was_won_changes_nothing(run: &Run) {
    let (told, order) = after_dispute("chargeback", "won");
    let result = run.play(&told.advance(&day(31)));
    assert_eq!(result.order(&order).amounts(), ["9.00"]);
    assert_eq!(result.order(&order).status(), "approved");
}

fn an_inquiry_that_was_lost_takes_no_money(run: &Run) {
    let (told, order) = after_dispute("inquiry", "lost");
    assert_amounts(run, &told, &order, &["9.00"]);
}

fn a_lost_dispute_after_a_refund_takes_the_rest(run: &Run) {
    let order = Order::reference();
    let told = Scenario::golden()
        .order(&order)
        .refund(&order.refund(&day(1)).units("A", 1))
        .webhook(&day(20), "disputes/update", disputed(&order, "chargeback", "lost"));
    let result = run.play(&told);
    assert_eq!(result.order(&order).amounts(), ["9.00", "-2.70", "-6.30"]);
    assert_eq!(result.order(&order).reason(), Some("chargeback"));
}

fn cancelled(fields: Value, order: &Order, then: &Order) -> Scenario {
    let mut payload = then.cancelled(&day(3)).payload();
    if payload["financial_status"] == "refunded" {
        // Its units are off because of the cancellation; the money is not all back.
        payload["financial_status"] = json!("partially_refunded");
    }
    Scenario::golden().program(fields).order(order).webhook(&day(3), "orders/cancelled", payload)
}

fn a_cancelled_order_whose_money_was_kept_earns_nothing_by_default(run: &Run) {
    let order = Order::reference();
    let result = run.play(&cancelled(json!({}), &order, &order));
    assert_eq!(result.order(&order).amounts(), ["9.00", "-9.00"]);
    assert_eq!(result.order(&order).reason(), Some("cancelled"));
}

fn a_cancelled_order_whose_money_was_kept_may_count(run: &Run) {
    let order = Order::reference();
    let told = cancelled(json!({"cancelled_but_paid": "count"}), &order, &order);
    let result = run.play(&told.advance(&day(31)));
    assert_eq!(result.order(&order).amounts(), ["9.00"]);
    assert_eq!(result.order(&order).status(), "approved");
}

fn of_a_cancelled_order_that_counts_refunds_still_go_off(run: &Run) {
    let order = Order::reference();
    let back = order.refund(&day(2)).units("A", 1);
    let then = order.refunded(&back);
    let told = cancelled(json!({"cancelled_but_paid": "count"}), &order, &then)
        .refund(&then.refund(&day(3)).units("B", 1));
    let result = run.play(&told);
    assert_eq!(result.order(&order).commission(), "2.70");
}

fn a_cancelled_order_that_was_never_paid_never_counts(run: &Run) {
    let order = Order::reference().unpaid();
    let told = cancelled(json!({"cancelled_but_paid": "count"}), &order, &order);
    let result = run.play(&told);
    assert_eq!(result.order(&order).commission(), "0.00");
    assert_eq!(result.order(&order).reason(), Some("cancelled"));
}

fn a_refund_that_arrives_before_the_order_at_the_cap(run: &Run) {
    let order = Order::of([line("A", 2, "400.00")]);
    let back = order.refund(&day(1)).units("A", 1);
    let setting = Scenario::golden().program(json!({"cap_per_order": "50.00"}));
    let told = setting.webhook(&day(1), "refunds/create", back.payload()).webhook(
        &day(2),
        "orders/paid",
        order.payload(),
    );
    assert_amounts(run, &told, &order, &["40.00"]);
}

fn refunds_after_approval_and_payout_are_all_entries(run: &Run) {
    let order = Order::reference();
    let one = order.refund(&day(5)).units("A", 1);
    let other = order.refunded(&one).refund(&day(20)).units("A", 1);
    let told = Scenario::golden()
        .approved(&order)
        .refund(&one)
        .event(&day(10), "payout", json!({"affiliate": "anna"}))
        .refund(&other);
    let result = run.play(&told);
    assert_eq!(result.order(&order).amounts(), ["9.00", "-2.70", "-2.70"]);
    assert_eq!(result.balance("anna"), ("0.00", "-2.70", "6.30"));
}
