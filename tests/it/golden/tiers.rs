//! Rates that rise with an affiliate's approved sales (domain rules 3.8): G68 to G70.

use serde_json::{Value, json};

use super::{
    builder::{Order, Scenario, percent},
    harness::{Run, golden},
};

golden![
    g68_the_order_that_crosses_the_line_keeps_the_old_rate,
    g69_marginal_tiers_split_the_order_that_crosses_the_line,
    g70_a_new_month_demotes_only_where_the_program_says_so,
];

/// 5 %, and 10 % from 1,000.00 of approved sales.
fn promoting(fields: Value) -> Scenario {
    let mut tiers = json!({
        "scope": "lifetime", "mode": "whole", "demote": false,
        "steps": [{"from": "1000.00", "commission": percent("10")}],
    });
    let (Value::Object(into), Value::Object(fields)) = (&mut tiers, fields) else {
        panic!("only objects are merged")
    };
    into.extend(fields);
    Scenario::golden().percent("5").program(json!({"performance_tiers": tiers}))
}

/// What orders of 600, 500 and 100 earn, one after the other.
fn six_five_one(run: &Run, setting: Scenario) -> [String; 3] {
    let orders = [Order::nth(1, "600.00"), Order::nth(2, "500.00"), Order::nth(3, "100.00")];
    let result = run.play(&orders.iter().fold(setting, Scenario::approved));
    orders.map(|order| result.order(&order).commission().to_owned())
}

fn g68_the_order_that_crosses_the_line_keeps_the_old_rate(run: &Run) {
    assert_eq!(six_five_one(run, promoting(json!({}))), ["30.00", "25.00", "10.00"]);
}

fn g69_marginal_tiers_split_the_order_that_crosses_the_line(run: &Run) {
    // 400 at 5 % and 100 at 10 %.
    let marginal = promoting(json!({"mode": "marginal"}));
    assert_eq!(six_five_one(run, marginal), ["30.00", "30.00", "10.00"]);
}

fn g70_a_new_month_demotes_only_where_the_program_says_so(run: &Run) {
    let (march, april) = (Order::nth(1, "1000.00"), Order::nth(40, "100.00"));
    for (demote, commission) in [(true, "5.00"), (false, "10.00")] {
        let setting = promoting(json!({"scope": "month", "demote": demote}));
        let result = run.play(&setting.approved(&march).approved(&april));
        assert_eq!(result.order(&april).commission(), commission, "demote {demote}");
    }
}
