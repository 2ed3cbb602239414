//! Demotion, bonuses and uplines: G70–G72, G74–G76. Not a module of `golden` until the engine plays
//! them; each case then moves to the file of its subject.

use serde_json::{Value, json};

use super::{
    builder::{Order, Scenario, day, line},
    harness::{Run, golden},
    outcome::{Outcome, text},
    tiers::promoting,
};

golden![
    g70_a_new_month_demotes_only_where_the_program_says_so,
    g71_each_bonus_is_paid_once_when_its_sum_is_reached,
    g72_refunds_within_the_month_lower_the_sum,
    g74_uplines_earn_of_the_commission,
    g75_uplines_earn_of_the_sale,
    g76_uplines_are_reversed_in_proportion,
];

fn g70_a_new_month_demotes_only_where_the_program_says_so(run: &Run) {
    let (march, april) = (Order::nth(1, "1000.00"), Order::nth(40, "100.00"));
    for (demote, commission) in [(true, "5.00"), (false, "10.00")] {
        let setting = promoting(json!({"scope": "month", "demote": demote}));
        let result = run.play(&setting.approved(&march).approved(&april));
        assert_eq!(
            result.order(&april).commission(),
            commission,
            "demote {demote}"
        );
    }
}

/// 25.00 at 1,500 of sales in a month, and a further 75.00 at 3,000.
fn with_bonuses() -> Scenario {
    let bonus =
        |from: &str, amount: &str| json!({"scope": "month", "from": from, "amount": amount});
    Scenario::golden()
        .program(json!({"bonuses": [bonus("1500.00", "25.00"), bonus("3000.00", "75.00")]}))
}

/// Anna's bonuses.
fn bonuses(result: &Outcome) -> Vec<&str> {
    let entries = result
        .list("entries")
        .iter()
        .filter(|entry| entry["kind"] == "bonus");
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
    let second = Order::of([line("A", 1, "1300.00"), line("B", 1, "200.00")])
        .id(1_002)
        .placed_at(&day(2));
    let refund = second.refund(&day(3)).units("B", 1);
    let scenario = with_bonuses().approved(&first)
        .order(&second)
        .refund(&refund)
        .review(&day(4), &second, "approved", None);
    assert_eq!(bonuses(&run.play(&scenario)), ["25.00"]);
}

/// Anna below Bob below Cleo below Dora, with these levels.
fn network(levels: Value) -> Scenario {
    Scenario::golden()
        .program(json!({"levels": levels}))
        .affiliate("dora", json!({}))
        .affiliate("cleo", json!({"upline": "dora"}))
        .affiliate("bob", json!({"upline": "cleo"}))
        .affiliate("anna", json!({"upline": "bob"}))
}

fn levels<const N: usize>(of: &str, percents: [&str; N]) -> Value {
    percents
        .map(|value| json!({"percent": value, "of": of}))
        .to_vec()
        .into()
}

/// What Anna, Bob, Cleo and Dora have of an order, in cents.
fn earned(result: &Outcome, order: &Order) -> [i64; 4] {
    ["anna", "bob", "cleo", "dora"].map(|key| result.order(order).earned_minor(key))
}

fn g74_uplines_earn_of_the_commission(run: &Run) {
    let order = Order::single("1000.00");
    let setting = network(levels("commission", ["10", "5", "2"]));
    let result = run.play(&setting.order(&order));
    assert_eq!(result.order(&order).affiliate(), Some("anna"));
    assert_eq!(earned(&result, &order), [10_000, 1_000, 500, 200]);
}

fn g75_uplines_earn_of_the_sale(run: &Run) {
    let order = Order::single("1000.00");
    let setting = network(levels("sale", ["2", "1", "0.5"]));
    let result = run.play(&setting.order(&order));
    assert_eq!(earned(&result, &order), [10_000, 2_000, 1_000, 500]);
}

fn g76_uplines_are_reversed_in_proportion(run: &Run) {
    let order = Order::of([line("A", 2, "500.00")]);
    let setting = network(levels("commission", ["10", "5", "2"])).order(&order);
    let one = order.refund(&day(1)).units("A", 1);
    let half = setting.refund(&one);
    assert_eq!(earned(&run.play(&half), &order), [5_000, 500, 250, 100]);

    let rest = order.refunded(&one).refund_of_rest(&day(2));
    assert_eq!(earned(&run.play(&half.refund(&rest)), &order), [0; 4]);
}
