//! Edits and exchanges, with tax inside and outside of the price, before and after approval (domain
//! rules 3.5): whatever happens to an order, what counts is what remains of it.

use serde_json::json;

use super::{
    builder::{Order, Scenario, day, line},
    harness::{Run, golden},
};

golden![
    an_edit_of_prices_with_tax_takes_the_net,
    a_line_added_to_prices_with_tax_adds_the_net,
    a_refund_takes_the_tax_where_tax_counts_and_is_inside,
    a_refund_takes_the_tax_where_tax_counts_and_is_on_top,
    an_edit_takes_the_tax_where_tax_counts,
    an_exchange_for_the_same_price_ends_where_it_began,
    an_exchange_for_something_dearer_earns_the_difference,
    an_exchange_for_an_excluded_product_earns_nothing_new,
    an_exchange_that_is_returned_as_well_ends_at_zero,
    an_increase_after_approval_waits_for_consent,
    a_decrease_after_approval_counts_at_once,
    an_increase_after_approval_makes_up_for_a_later_refund_only_up_to_what_was_approved,
    an_increase_before_approval_counts,
    an_added_line_that_is_excluded_changes_nothing,
    an_edit_that_removes_everything_leaves_nothing,
    an_edit_and_its_refund_count_once,
    a_line_that_is_removed_and_refunded_in_part_ends_at_what_is_left,
];

/// 2 × 59.50 with 19 % inside: a base of 100.00.
fn gross() -> Order {
    Order::of([line("A", 2, "59.50").tax("19.00")]).taxes_included()
}

/// 2 × 50.00 and 20 % on top.
fn net() -> Order {
    Order::of([line("A", 2, "50.00").tax("20.00")])
}

fn tax_counts() -> Scenario {
    Scenario::golden().program(json!({"base": {"tax": true}}))
}

fn assert_amounts(run: &Run, told: &Scenario, order: &Order, amounts: &[&str]) {
    assert_eq!(run.play(told).order(order).amounts(), amounts);
}

fn an_edit_of_prices_with_tax_takes_the_net(run: &Run) {
    let order = gross();
    let told = Scenario::golden().order(&order).updated(&order.with_removed(&day(1), "A", 1));
    assert_amounts(run, &told, &order, &["10.00", "-5.00"]);
}

fn a_line_added_to_prices_with_tax_adds_the_net(run: &Run) {
    let order = gross();
    let added = order.with_added(&day(1), line("B", 1, "23.80").tax("3.80"));
    let told = Scenario::golden().order(&order).updated(&added);
    assert_amounts(run, &told, &order, &["10.00", "2.00"]);
}

fn a_refund_takes_the_tax_where_tax_counts_and_is_inside(run: &Run) {
    let order = gross();
    let told = tax_counts().order(&order).refund(&order.refund(&day(1)).units("A", 1));
    assert_amounts(run, &told, &order, &["11.90", "-5.95"]);
}

fn a_refund_takes_the_tax_where_tax_counts_and_is_on_top(run: &Run) {
    let order = net();
    let told = tax_counts().order(&order).refund(&order.refund(&day(1)).units("A", 1));
    assert_amounts(run, &told, &order, &["12.00", "-6.00"]);
}

fn an_edit_takes_the_tax_where_tax_counts(run: &Run) {
    let order = net();
    let told = tax_counts().order(&order).updated(&order.with_removed(&day(1), "A", 1));
    assert_amounts(run, &told, &order, &["12.00", "-6.00"]);
}

/// The reference order after one A (27.00) went back and this line came instead.
fn exchanged(setting: Scenario, price: &str) -> (Scenario, Order, Order) {
    let order = Order::reference();
    let back = order.refund(&day(1)).units("A", 1);
    let after = order.refunded(&back).with_added(&day(2), line("C", 1, price));
    (setting.order(&order).refund(&back).updated(&after), order, after)
}

fn an_exchange_for_the_same_price_ends_where_it_began(run: &Run) {
    let (told, order, _) = exchanged(Scenario::golden(), "27.00");
    assert_amounts(run, &told, &order, &["9.00", "-2.70", "2.70"]);
}

fn an_exchange_for_something_dearer_earns_the_difference(run: &Run) {
    let (told, order, _) = exchanged(Scenario::golden(), "40.00");
    let result = run.play(&told);
    assert_eq!(result.order(&order).amounts(), ["9.00", "-2.70", "4.00"]);
    assert_eq!(result.order(&order).commission(), "10.30");
}

fn an_exchange_for_an_excluded_product_earns_nothing_new(run: &Run) {
    let setting = Scenario::golden().program(json!({"exclude": {"product_ids": [632_910_394]}}));
    let (told, order, _) = exchanged(setting, "27.00");
    assert_amounts(run, &told, &order, &["9.00", "-2.70"]);
}

fn an_exchange_that_is_returned_as_well_ends_at_zero(run: &Run) {
    let (told, order, after) = exchanged(Scenario::golden(), "40.00");
    let result = run.play(&told.refund(&after.refund_of_rest(&day(3))));
    assert_eq!(result.order(&order).amounts(), ["9.00", "-2.70", "4.00", "-10.30"]);
    assert_eq!(result.order(&order).status(), "reversed");
}

/// The reference order, approved on day 0, with a line of 20.00 more on day 2.
fn raised_after_approval() -> (Scenario, Order, Order) {
    let order = Order::reference();
    let raised = order.with_added(&day(2), line("C", 1, "20.00"));
    (Scenario::golden().approved(&order).updated(&raised), order, raised)
}

fn an_increase_after_approval_waits_for_consent(run: &Run) {
    let (told, order, _) = raised_after_approval();
    let result = run.play(&told);
    assert_eq!(result.order(&order).amounts(), ["9.00"]);
    assert_eq!(result.order(&order).commission(), "9.00");
    assert_eq!(result.balance("anna"), ("0.00", "9.00", "0.00"));
}

fn a_decrease_after_approval_counts_at_once(run: &Run) {
    let order = Order::reference();
    let lowered = order.with_removed(&day(2), "B", 1);
    let result = run.play(&Scenario::golden().approved(&order).updated(&lowered));
    assert_eq!(result.order(&order).amounts(), ["9.00", "-3.60"]);
    assert_eq!(result.order(&order).kinds(), ["accrual", "adjustment"]);
    assert_eq!(result.order(&order).status(), "approved");
}

fn an_increase_after_approval_makes_up_for_a_later_refund_only_up_to_what_was_approved(run: &Run) {
    let (told, order, raised) = raised_after_approval();
    // 11.00 would be earned; without B it is 7.40.
    let told = told.refund(&raised.refund(&day(3)).units("B", 1));
    assert_amounts(run, &told, &order, &["9.00", "-1.60"]);
}

fn an_increase_before_approval_counts(run: &Run) {
    let order = Order::reference();
    let raised = order.with_added(&day(2), line("C", 1, "20.00"));
    let told = Scenario::golden().order(&order).updated(&raised).advance(&day(31));
    let result = run.play(&told);
    assert_eq!(result.order(&order).amounts(), ["9.00", "2.00"]);
    assert_eq!(result.balance("anna"), ("0.00", "11.00", "0.00"));
}

fn an_added_line_that_is_excluded_changes_nothing(run: &Run) {
    let order = Order::reference();
    let setting = Scenario::golden().program(json!({"exclude": {"product_ids": [632_910_394]}}));
    let raised = order.with_added(&day(2), line("C", 1, "20.00"));
    assert_amounts(run, &setting.order(&order).updated(&raised), &order, &["9.00"]);
}

fn an_edit_that_removes_everything_leaves_nothing(run: &Run) {
    let order = Order::reference();
    let without_a = order.with_removed(&day(1), "A", 2);
    let empty = without_a.with_removed(&day(2), "B", 1);
    let result = run.play(&Scenario::golden().order(&order).updated(&without_a).updated(&empty));
    assert_eq!(result.order(&order).amounts(), ["9.00", "-5.40", "-3.60"]);
    assert_eq!(result.order(&order).reason(), Some("items_removed"));
}

fn an_edit_and_its_refund_count_once(run: &Run) {
    let order = Order::reference();
    let back = order.refund(&day(1)).units("B", 1);
    let after = order.refunded(&back);
    let told = Scenario::golden().order(&order).updated(&after).refund(&back).updated(&after);
    assert_amounts(run, &told, &order, &["9.00", "-3.60"]);
}

fn a_line_that_is_removed_and_refunded_in_part_ends_at_what_is_left(run: &Run) {
    let order = Order::of([line("A", 4, "25.00")]);
    let removed = order.with_removed(&day(1), "A", 1);
    let back = removed.refund(&day(2)).units("A", 2);
    let told = Scenario::golden().order(&order).updated(&removed).refund(&back);
    assert_amounts(run, &told, &order, &["10.00", "-2.50", "-5.00"]);
}
