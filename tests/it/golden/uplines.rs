//! What those above an affiliate earn (domain rules 3.8): G74 to G76.

use serde_json::{Value, json};

use super::{
    builder::{Order, Scenario, day, line},
    harness::{Run, golden},
    outcome::Outcome,
};

golden![
    g74_uplines_earn_of_the_commission,
    g75_uplines_earn_of_the_sale,
    g76_uplines_are_reversed_in_proportion,
];

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
    percents.map(|value| json!({"percent": value, "of": of})).to_vec().into()
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
