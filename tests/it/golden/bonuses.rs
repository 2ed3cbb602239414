//! Amounts for reaching a sum of net approved sales in a period (domain rules 3.8): G71, G72.

use serde_json::json;

use super::{
    builder::{Order, Scenario, day, line},
    harness::{Run, golden},
    outcome::{Outcome, text},
};

golden![
    g71_each_bonus_is_paid_once_when_its_sum_is_reached,
    g72_refunds_within_the_month_lower_the_sum,
];

/// 25.00 at 1,500 of sales in a month, and a further 75.00 at 3,000.
fn with_bonuses() -> Scenario {
    let bonus =
        |from: &str, amount: &str| json!({"scope": "month", "from": from, "amount": amount});
    Scenario::golden()
        .program(json!({"bonuses": [bonus("1500.00", "25.00"), bonus("3000.00", "75.00")]}))
}

/// Anna's bonuses.
fn bonuses(result: &Outcome) -> Vec<&str> {
    let entries = result.list("entries").iter().filter(|entry| entry["kind"] == "bonus");
    entries.map(|entry| text(&entry["amount"])).collect()
}

fn g71_each_bonus_is_paid_once_when_its_sum_is_reached(run: &Run) {
    let orders = [Order::nth(1, "1600.00"), Order::nth(2, "1500.00"), Order::nth(3, "10.00")];
    let result = run.play(&orders.iter().fold(with_bonuses(), Scenario::approved));
    assert_eq!(bonuses(&result), ["25.00", "75.00"]);
    // 10 % of 3,110.00, and the bonuses.
    assert_eq!(result.balance("anna"), ("0.00", "411.00", "0.00"));
}

fn g72_refunds_within_the_month_lower_the_sum(run: &Run) {
    let first = Order::nth(1, "1600.00");
    let second =
        Order::of([line("A", 1, "1300.00"), line("B", 1, "200.00")]).id(1_002).placed_at(&day(2));
    let refund = second.refund(&day(3)).units("B", 1);
    let scenario = with_bonuses().approved(&first).order(&second).refund(&refund).review(
        &day(4),
        &second,
        "approved",
        None,
    );
    assert_eq!(bonuses(&run.play(&scenario)), ["25.00"]);
}
