//! Payouts, debts after them, and the minimum: G38–G40, G47, G81.

use serde_json::json;

use super::{
    builder::{Order, Scenario, day},
    harness::{Run, golden},
    outcome::{Outcome, text},
};

golden![
    g38_a_refund_after_the_payout_leaves_the_payout_alone,
    g39_a_debt_is_netted_with_the_next_commission,
    g40_a_debt_alone_is_carried,
    g47_a_lost_chargeback_after_the_payout_is_a_debt,
    g81_the_minimum_payout_is_inclusive,
];

/// The merchant pays Anna on day `n`.
fn paid_out(scenario: Scenario, n: i64) -> Scenario {
    scenario.event(&day(n), "payout", json!({"affiliate": "anna"}))
}

/// Amounts that were paid, without rows that paid nothing.
fn payouts(result: &Outcome) -> Vec<&str> {
    let amounts = result.list("payouts").iter().map(|payout| text(&payout["amount"]));
    amounts.filter(|amount| *amount != "0.00").collect()
}

/// Anna earns 30 % and was paid 14.70 on day 10.
fn paid_fourteen_seventy() -> (Scenario, Order) {
    let order = Order::nth(1, "49.00");
    (paid_out(Scenario::golden().percent("30").approved(&order), 10), order)
}

fn g38_a_refund_after_the_payout_leaves_the_payout_alone(run: &Run) {
    let (scenario, order) = paid_fourteen_seventy();
    let result = run.play(&scenario.refund(&order.full_refund(&day(20))));
    assert_eq!(result.order(&order).amounts(), ["14.70", "-14.70"]);
    assert_eq!(result.order(&order).kinds(), ["accrual", "refund"]);
    assert_eq!(payouts(&result), ["14.70"]);
    assert_eq!(result.balance("anna"), ("0.00", "-14.70", "14.70"));
}

/// 11.00 paid on day 10, 9.00 of it taken back on day 20.
fn owing_nine() -> Scenario {
    let (nine, two) = (Order::nth(1, "90.00"), Order::nth(2, "20.00"));
    let setting = Scenario::golden().program(json!({"minimum_payout": "10.00"}));
    let paid = paid_out(setting.approved(&nine).approved(&two), 10);
    paid.refund(&nine.full_refund(&day(20)))
}

fn g39_a_debt_is_netted_with_the_next_commission(run: &Run) {
    let next = Order::nth(21, "250.00");
    let result = run.play(&paid_out(owing_nine().approved(&next), 22));
    assert_eq!(payouts(&result), ["11.00", "16.00"]);
    assert_eq!(result.balance("anna"), ("0.00", "0.00", "27.00"));
}

fn g40_a_debt_alone_is_carried(run: &Run) {
    let result = run.play(&paid_out(owing_nine(), 22));
    assert_eq!(payouts(&result), ["11.00"]);
    assert_eq!(result.balance("anna"), ("0.00", "-9.00", "11.00"));
}

fn g47_a_lost_chargeback_after_the_payout_is_a_debt(run: &Run) {
    let order = Order::reference();
    let dispute = json!({
        "id": 598_735_659, "order_id": order.id, "type": "chargeback", "status": "lost",
        "amount": "108.00", "currency": "USD", "reason": "fraudulent",
        "initiated_at": day(15), "finalized_on": null,
    });
    let paid = paid_out(Scenario::golden().approved(&order), 10);
    let result = run.play(&paid.webhook(&day(20), "disputes/update", dispute));
    let played = result.order(&order);
    assert_eq!(played.amounts(), ["9.00", "-9.00"]);
    assert_eq!(played.entry_reasons(), [None, Some("chargeback")]);
    assert_eq!(result.balance("anna"), ("0.00", "-9.00", "9.00"));
}

fn g81_the_minimum_payout_is_inclusive(run: &Run) {
    for (price, paid) in [("499.90", &[][..]), ("500.00", &["50.00"])] {
        let setting = Scenario::golden().program(json!({"minimum_payout": "50.00"}));
        let result = run.play(&paid_out(setting.approved(&Order::nth(1, price)), 10));
        assert_eq!(payouts(&result), paid, "{price}");
    }
}
