//! Refunds, edits, cancellations and repeats, all by the one state rule: G29–G50. Odder refunds are
//! in `refund_details`.

use serde_json::json;

use super::{
    builder::{Order, Scenario, day, flat_per_item, flat_per_order, later, line},
    harness::{Run, golden},
};

golden![
    g29_a_full_refund_before_approval_leaves_nothing,
    g30_one_unit_of_a_refunded_takes_its_share,
    g31_refunds_unit_by_unit_end_at_zero,
    g32_refunds_that_arrive_in_the_wrong_order_end_at_zero,
    g33_a_shipping_refund_changes_nothing,
    g34_money_without_items_lowers_the_base,
    g35_money_without_items_can_be_ignored,
    g36_restock_is_irrelevant,
    g37_a_refund_before_the_payout_leaves_nothing,
    g41_a_flat_amount_stays_while_any_unit_remains,
    g42_a_flat_amount_per_item_goes_with_its_unit,
    g43_cancelled_before_payment_earns_nothing,
    g44_a_line_added_by_an_edit_earns,
    g45_a_line_removed_by_an_edit_earns_no_more,
    g46_an_upward_edit_after_approval_needs_consent,
    g48_repeats_change_nothing,
    g49_a_refund_before_the_payment_notice_counts_once,
    g50_any_order_of_arrival_ends_the_same,
];

/// The entries' amounts, the total and the status after some refunds of `order`.
#[track_caller]
fn assert_ends(run: &Run, scenario: &Scenario, order: &Order, amounts: &[&str], status: &str) {
    let result = run.play(scenario);
    let played = result.order(order);
    assert_eq!(played.amounts(), amounts);
    assert_eq!(played.status(), status);
    assert!(played.kinds().iter().skip(1).all(|kind| *kind == "refund"), "{:?}", played.kinds());
}

fn g29_a_full_refund_before_approval_leaves_nothing(run: &Run) {
    let order = Order::reference();
    let refund = order.full_refund(&day(1));
    let result = run.play(&Scenario::golden().order(&order).refund(&refund));
    let played = result.order(&order);
    assert_eq!(played.amounts(), ["9.00", "-9.00"]);
    assert_eq!(played.kinds(), ["accrual", "refund"]);
    assert_eq!(played.entry_reasons(), [None, Some("refunded")]);
    assert_eq!(played.commission(), "0.00");
    assert_eq!(played.status(), "reversed");
    assert_eq!(played.reason(), Some("refunded"));
    assert_eq!(result.balance("anna"), ("0.00", "0.00", "0.00"));
}

fn g30_one_unit_of_a_refunded_takes_its_share(run: &Run) {
    let order = Order::reference();
    let refund = order.refund(&day(1)).units("A", 1);
    let result = run.play(&Scenario::golden().order(&order).refund(&refund));
    let played = result.order(&order);
    assert_eq!(played.amounts(), ["9.00", "-2.70"]);
    assert_eq!(played.kinds(), ["accrual", "refund"]);
    assert_eq!(played.commission(), "6.30");
    assert_eq!(played.sales(), "63.00");
    assert_eq!(played.status(), "pending");
    assert_eq!(result.balance("anna"), ("6.30", "0.00", "0.00"));
}

fn g31_refunds_unit_by_unit_end_at_zero(run: &Run) {
    let order = Order::reference();
    let first = order.refund(&day(1)).units("A", 1);
    let one_left = order.refunded(&first);
    let second = one_left.refund(&day(2)).units("A", 1);
    let only_b = one_left.refunded(&second);
    let third = only_b.refund(&day(3)).units("B", 1);
    let scenario = Scenario::golden().order(&order).refund(&first).refund(&second).refund(&third);
    assert_ends(run, &scenario, &order, &["9.00", "-2.70", "-2.70", "-3.60"], "reversed");
}

fn g32_refunds_that_arrive_in_the_wrong_order_end_at_zero(run: &Run) {
    let order = Order::reference();
    let first = order.refund(&day(1)).units("A", 1);
    let one_left = order.refunded(&first);
    let second = one_left.refund(&day(2)).units("A", 1);
    let third = one_left.refunded(&second).refund(&day(3)).units("B", 1).shipping("10.00");
    let scenario = Scenario::golden()
        .order(&order)
        .webhook(&day(4), "refunds/create", third.payload())
        .webhook(&day(4), "refunds/create", second.payload())
        .webhook(&day(4), "refunds/create", first.payload());
    assert_ends(run, &scenario, &order, &["9.00", "-3.60", "-2.70", "-2.70"], "reversed");
}

fn g33_a_shipping_refund_changes_nothing(run: &Run) {
    let order = Order::reference();
    let refund = order.refund(&day(1)).shipping("10.00");
    let scenario = Scenario::golden().order(&order).refund(&refund);
    assert_ends(run, &scenario, &order, &["9.00"], "pending");
}

fn g34_money_without_items_lowers_the_base(run: &Run) {
    let order = Order::reference();
    let refund = order.refund(&day(1)).amount("9.00");
    let scenario = Scenario::golden().order(&order).refund(&refund);
    assert_ends(run, &scenario, &order, &["9.00", "-0.90"], "pending");
}

fn g35_money_without_items_can_be_ignored(run: &Run) {
    let order = Order::reference();
    let refund = order.refund(&day(1)).amount("9.00");
    let setting = Scenario::golden().program(json!({"amount_only_refunds": "ignore"}));
    assert_ends(run, &setting.order(&order).refund(&refund), &order, &["9.00"], "pending");
}

fn g36_restock_is_irrelevant(run: &Run) {
    let order = Order::reference();
    let refund = order.full_refund(&day(1)).no_restock();
    let scenario = Scenario::golden().order(&order).refund(&refund);
    assert_ends(run, &scenario, &order, &["9.00", "-9.00"], "reversed");
}

fn g37_a_refund_before_the_payout_leaves_nothing(run: &Run) {
    let order = Order::single("49.00");
    let refund = order.full_refund(&day(40));
    // Approved on day 30, not paid out yet.
    let scenario = Scenario::golden().percent("30").order(&order).advance(&day(35)).refund(&refund);
    assert_ends(run, &scenario, &order, &["14.70", "-14.70"], "reversed");
}

fn g41_a_flat_amount_stays_while_any_unit_remains(run: &Run) {
    let setting = || Scenario::golden().program(json!({"commission": flat_per_order("10.00")}));
    let order = Order::reference();
    let one = order.refund(&day(1)).units("A", 1);
    assert_ends(run, &setting().order(&order).refund(&one), &order, &["10.00"], "pending");

    let rest = order.refunded(&one).full_refund(&day(2));
    let scenario = setting().order(&order).refund(&one).refund(&rest);
    assert_ends(run, &scenario, &order, &["10.00", "-10.00"], "reversed");
}

fn g42_a_flat_amount_per_item_goes_with_its_unit(run: &Run) {
    let setting = Scenario::golden().program(json!({"commission": flat_per_item("5.00")}));
    let order = Order::reference();
    let scenario = setting.order(&order).refund(&order.refund(&day(1)).units("B", 1));
    assert_ends(run, &scenario, &order, &["15.00", "-5.00"], "pending");
}

fn g43_cancelled_before_payment_earns_nothing(run: &Run) {
    let order = Order::reference().unpaid();
    let cancelled = order.cancelled(&day(1));
    let scenario =
        Scenario::golden().order(&order).webhook(&day(1), "orders/cancelled", cancelled.payload());
    let result = run.play(&scenario);
    let played = result.order(&order);
    assert_eq!(played.reason(), Some("cancelled"));
    assert_eq!(played.commission(), "0.00");
    assert!(["rejected", "reversed"].contains(&played.status()), "{}", played.status());
    assert!(played.amounts().is_empty());
}

fn g44_a_line_added_by_an_edit_earns(run: &Run) {
    let order = Order::reference();
    let edited = order.with_added(&day(1), line("C", 1, "20.00"));
    let result = run.play(&Scenario::golden().order(&order).updated(&edited));
    let played = result.order(&order);
    assert_eq!(played.amounts(), ["9.00", "2.00"]);
    assert_eq!(played.kinds(), ["accrual", "adjustment"]);
    assert_eq!(played.commission(), "11.00");
    assert_eq!(played.status(), "pending");
}

fn g45_a_line_removed_by_an_edit_earns_no_more(run: &Run) {
    let order = Order::reference();
    let edited = order.with_removed(&day(1), "B", 1);
    let result = run.play(&Scenario::golden().order(&order).updated(&edited));
    let played = result.order(&order);
    assert_eq!(played.amounts(), ["9.00", "-3.60"]);
    assert_eq!(played.kinds(), ["accrual", "adjustment"]);
    assert_eq!(played.commission(), "5.40");
}

fn g46_an_upward_edit_after_approval_needs_consent(run: &Run) {
    let order = Order::reference();
    let edited = order.with_added(&day(40), line("C", 1, "20.00"));
    let scenario = Scenario::golden().order(&order).advance(&day(35)).updated(&edited);
    let result = run.play(&scenario);
    assert_eq!(result.order(&order).amounts(), ["9.00"]);
    assert_eq!(result.order(&order).commission(), "9.00");
}

fn g48_repeats_change_nothing(run: &Run) {
    let order = Order::reference();
    let scenario = Scenario::golden()
        .delivery(&day(0), "orders/paid", "wh-1", order.payload())
        .delivery(&later(&day(0), 5), "orders/paid", "wh-1", order.payload())
        .delivery(&later(&day(0), 9), "orders/paid", "wh-1", order.payload())
        // Another delivery id each, and long after Shopify would repeat anything.
        .delivery(&day(1), "orders/paid", "wh-2", order.payload())
        .delivery(&day(12), "orders/paid", "wh-3", order.payload());
    assert_ends(run, &scenario, &order, &["9.00"], "pending");
}

fn g49_a_refund_before_the_payment_notice_counts_once(run: &Run) {
    let placed = Order::reference().unpaid();
    let paid = placed.paid(&later(&day(0), 60));
    let refund = paid.refund(&later(&day(0), 90)).units("A", 1);
    let scenario = Scenario::golden().order(&placed).refund(&refund).webhook(
        &later(&day(0), 120),
        "orders/paid",
        paid.payload(),
    );
    let result = run.play(&scenario);
    let played = result.order(&placed);
    assert_eq!(played.commission(), "6.30");
    assert_eq!(played.status(), "pending");
    assert_eq!(played.earned_minor("anna"), 630);
}

fn g50_any_order_of_arrival_ends_the_same(run: &Run) {
    let placed = Order::reference().unpaid();
    let paid = placed.paid(&later(&day(0), 60));
    let refund = paid.refund(&day(1)).units("A", 1);
    let after = paid.refunded(&refund);
    let messages = [
        ("orders/create", placed.payload()),
        ("orders/paid", paid.payload()),
        ("refunds/create", refund.payload()),
        ("orders/updated", after.payload()),
    ];
    // Every rotation of the true order, and of the reversed one.
    for turn in 0..messages.len() {
        for reversed in [false, true] {
            let mut arrival = messages.clone();
            arrival.rotate_left(turn);
            if reversed {
                arrival.reverse();
            }
            let scenario = (1..).zip(arrival).fold(
                Scenario::golden(),
                |scenario, (minute, (topic, payload))| {
                    scenario.webhook(&later(&day(2), minute * 60), topic, payload)
                },
            );
            let result = run.play(&scenario);
            assert_eq!(result.order(&placed).commission(), "6.30", "{turn} {reversed}");
            assert_eq!(result.balance("anna"), ("6.30", "0.00", "0.00"), "{turn} {reversed}");
        }
    }
}
