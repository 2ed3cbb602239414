//! Refunds as Shopify really sends them: seen twice, without money, with a fee, in another currency.
//! They follow from the state rule (domain rules 3.5) and shopify.md 3.4.

use serde_json::json;

use super::{
    builder::{Order, Scenario, day, line},
    harness::{Run, golden},
};

golden![
    a_refund_in_the_order_and_in_its_own_webhook_counts_once,
    an_older_picture_of_the_order_does_not_bring_money_back,
    shipping_that_counted_is_taken_back_when_refunded,
    money_without_items_never_makes_the_commission_negative,
    money_without_items_is_taken_net_of_the_tax_inside,
    a_restocking_fee_does_not_keep_the_commission,
    a_refund_whose_money_failed_did_not_happen,
    a_refund_of_prices_with_tax_takes_the_net,
    a_refund_paid_in_another_currency_uses_the_shop_amount,
    one_of_three_units_at_a_third_of_a_cent,
    a_refund_of_an_excluded_line_changes_nothing,
    cancelled_and_refunded_counts_once,
];

/// What the order is worth after these events, entry by entry.
#[track_caller]
fn assert_amounts(run: &Run, scenario: &Scenario, order: &Order, amounts: &[&str]) {
    assert_eq!(run.play(scenario).order(order).amounts(), amounts);
}

fn a_refund_in_the_order_and_in_its_own_webhook_counts_once(run: &Run) {
    let order = Order::reference();
    let refund = order.refund(&day(1)).units("A", 1);
    let scenario =
        Scenario::golden().order(&order).refund(&refund).updated(&order.refunded(&refund));
    assert_amounts(run, &scenario, &order, &["9.00", "-2.70"]);
}

fn an_older_picture_of_the_order_does_not_bring_money_back(run: &Run) {
    let order = Order::reference();
    let refund = order.refund(&day(1)).units("A", 1);
    let scenario = Scenario::golden().order(&order).updated(&order.refunded(&refund)).webhook(
        &day(2),
        "orders/updated",
        order.payload(),
    );
    assert_amounts(run, &scenario, &order, &["9.00", "-2.70"]);
}

fn shipping_that_counted_is_taken_back_when_refunded(run: &Run) {
    let order = Order::reference();
    let refund = order.refund(&day(1)).shipping("10.00");
    let setting = Scenario::golden().program(json!({"base": {"shipping": true}}));
    // It is in the refund twice, as shipping line and as adjustment: it counts once.
    assert_amounts(run, &setting.order(&order).refund(&refund), &order, &["10.00", "-1.00"]);
}

fn money_without_items_never_makes_the_commission_negative(run: &Run) {
    let order = Order::reference();
    let units = order.refund(&day(1)).units("A", 2);
    let left = order.refunded(&units);
    // 36.00 of goods are left; the buyer gets 50.00 more, shipping and all.
    let more = left.refund(&day(2)).amount("50.00");
    let scenario = Scenario::golden().order(&order).refund(&units).refund(&more);
    assert_amounts(run, &scenario, &order, &["9.00", "-5.40", "-3.60"]);
}

fn money_without_items_is_taken_net_of_the_tax_inside(run: &Run) {
    let order = Order::of([line("A", 1, "119.00").tax("19.00")]).taxes_included();
    // 11.90 back, of which 1.90 is the tax inside: the base falls by 10.00.
    let refund = order.refund(&day(1)).amount("11.90");
    let scenario = Scenario::golden().order(&order).refund(&refund);
    assert_amounts(run, &scenario, &order, &["10.00", "-1.00"]);
}

fn a_restocking_fee_does_not_keep_the_commission(run: &Run) {
    let order = Order::reference();
    let refund = order.refund(&day(1)).units("A", 1).kept("5.00");
    let scenario = Scenario::golden().order(&order).refund(&refund);
    assert_amounts(run, &scenario, &order, &["9.00", "-2.70"]);
}

fn a_refund_whose_money_failed_did_not_happen(run: &Run) {
    let order = Order::reference();
    let refund = order.refund(&day(1)).units("A", 1).transaction_status("failure");
    let scenario = Scenario::golden().order(&order).refund(&refund);
    assert_amounts(run, &scenario, &order, &["9.00"]);
}

fn a_refund_of_prices_with_tax_takes_the_net(run: &Run) {
    let order = Order::of([line("A", 2, "60.00").tax("20.00")]).taxes_included();
    let refund = order.refund(&day(1)).units("A", 1);
    let scenario = Scenario::golden().order(&order).refund(&refund);
    assert_amounts(run, &scenario, &order, &["10.00", "-5.00"]);
}

fn a_refund_paid_in_another_currency_uses_the_shop_amount(run: &Run) {
    let order = Order::reference().presented_in("EUR", 9_200);
    let refund = order.refund(&day(1)).units("A", 1);
    let scenario = Scenario::golden().order(&order).refund(&refund);
    assert_amounts(run, &scenario, &order, &["9.00", "-2.70"]);
}

fn one_of_three_units_at_a_third_of_a_cent(run: &Run) {
    let order = Order::of([line("A", 3, "0.33")]);
    // 0.099 is 0.10; 0.066 is 0.07; 0.033 is 0.03.
    let first = order.refund(&day(1)).units("A", 1);
    let second = order.refunded(&first).refund(&day(2)).units("A", 1);
    let scenario = Scenario::golden().order(&order).refund(&first).refund(&second);
    assert_amounts(run, &scenario, &order, &["0.10", "-0.03", "-0.04"]);
}

fn a_refund_of_an_excluded_line_changes_nothing(run: &Run) {
    let setting = Scenario::golden().program(json!({"exclude": {"product_ids": [632_910_393]}}));
    let order = Order::reference();
    let refund = order.refund(&day(1)).units("B", 1);
    assert_amounts(run, &setting.order(&order).refund(&refund), &order, &["5.40"]);
}

fn cancelled_and_refunded_counts_once(run: &Run) {
    let order = Order::reference();
    let refund = order.full_refund(&day(1));
    let cancelled = order.refunded(&refund).cancelled(&day(1));
    let scenario = Scenario::golden()
        .order(&order)
        .webhook(&day(1), "orders/cancelled", cancelled.payload())
        .refund(&refund);
    assert_amounts(run, &scenario, &order, &["9.00", "-9.00"]);
}
