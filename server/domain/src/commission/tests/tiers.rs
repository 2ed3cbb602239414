//! Tiers by order value and by performance, upline levels.

use super::*;
use crate::commission::upline_shares;

fn value_tiers(mode: &str) -> crate::program::ProgramRules {
    let step = |from: &str, percent: &str| json!({"from": from, "commission": {"type": "percent", "value": percent}});
    rules(json!({"order_value_tiers": {"mode": mode, "steps": [
        step("0", "5"), step("100.00", "10"), step("200.00", "15"),
    ]}}))
}

fn auto_tier(mode: &str) -> crate::program::ProgramRules {
    rules(json!({
        "commission": {"type": "percent", "value": "5"},
        "performance_tiers": {"mode": mode, "steps": [
            {"from": "1000.00", "commission": {"type": "percent", "value": "10"}},
        ]},
    }))
}

/// An order of `amount` after so many approved sales.
fn after_sales(rules: &crate::program::ProgramRules, sales: i64, amount: &str) -> String {
    let context = CommissionContext { approved_sales_minor: sales, ..context() };
    commission_of(&order_of("USD", amount).state(), rules, &context).unwrap().total.decimal()
}

#[test]
fn g67_the_tier_reached_applies_to_the_whole_base() {
    let tiers = value_tiers("whole");
    for (amount, expected) in [("99.99", "5.00"), ("100.00", "10.00"), ("250.00", "37.50")] {
        assert_eq!(total(&order_of("USD", amount).state(), &tiers), expected);
    }
}

#[test]
fn value_tiers_look_at_what_remains() {
    let order = order("USD").line(A, 2, "100.00");
    let one_back = refund(7).item(A, 1, 10_000);
    assert_eq!(total(&order.state(), &value_tiers("whole")), "30.00");
    assert_eq!(total(&order.after(&[one_back]), &value_tiers("whole")), "10.00");
}

#[test]
fn marginal_value_tiers_pay_each_slice_at_its_rate() {
    let commission = earns(&order_of("USD", "250.00").state(), &value_tiers("marginal"));
    assert_eq!(commission.total.decimal(), "22.50"); // 5.00 + 10.00 + 7.50
    assert_eq!(commission.lines[0].rate, "5% + 10% + 15%");
    assert_eq!(
        commission.lines[0].why,
        "order value slices of the order: 100.00 at 5% + 100.00 at 10% + 50.00 at 15%"
    );
}

#[test]
fn marginal_lines_share_the_sum() {
    let order = order("USD").line(A, 1, "100.00").line(B, 1, "50.00");
    let commission = earns(&order.state(), &value_tiers("marginal"));
    let parts: Vec<_> = commission.lines.iter().map(|line| line.commission.minor).collect();
    assert_eq!(parts, [667, 333]); // 5.00 + 5.00 over 100 : 50
}

#[test]
fn below_the_first_value_tier_the_program_pays() {
    let tiers = rules(json!({"order_value_tiers": {"steps": [
        {"from": "50.00", "commission": {"type": "flat_per_order", "value": "20.00"}},
    ]}}));
    assert_eq!(total(&order_of("USD", "49.99").state(), &tiers), "5.00");
    assert_eq!(total(&order_of("USD", "50.00").state(), &tiers), "20.00");
}

#[test]
fn g68_the_order_that_crosses_the_line_keeps_the_old_rate() {
    let tiers = auto_tier("whole");
    assert_eq!(after_sales(&tiers, 0, "600.00"), "30.00");
    assert_eq!(after_sales(&tiers, 60_000, "500.00"), "25.00");
    assert_eq!(after_sales(&tiers, 110_000, "100.00"), "10.00");
}

#[test]
fn a_performance_tier_is_reached_at_its_exact_sum() {
    let tiers = auto_tier("whole");
    assert_eq!(after_sales(&tiers, 99_999, "100.00"), "5.00");
    assert_eq!(after_sales(&tiers, 100_000, "100.00"), "10.00");
}

#[test]
fn g69_marginal_performance_tiers_split_the_crossing_order() {
    let tiers = auto_tier("marginal");
    assert_eq!(after_sales(&tiers, 60_000, "500.00"), "30.00");
    assert_eq!(after_sales(&tiers, 110_000, "100.00"), "10.00");
    assert_eq!(after_sales(&tiers, -5_000, "100.00"), "5.00");
}

#[test]
fn a_refund_on_the_crossing_order_is_split_again() {
    let order = order("USD").line(A, 5, "100.00");
    let context = CommissionContext { approved_sales_minor: 60_000, ..context() };
    let left = order.after(&[refund(7).item(A, 2, 20_000)]);
    let commission = commission_of(&left, &auto_tier("marginal"), &context).unwrap();
    assert_eq!(commission.total.decimal(), "15.00"); // 300.00, all below the line
}

#[test]
fn a_special_product_leaves_its_slice_unused() {
    let mut tiers = value_tiers("marginal");
    tiers.rates = rules(json!({"rates": [
        {"match": {"product_id": 200}, "commission": {"type": "percent", "value": "50"}},
    ]}))
    .rates;
    let order = order("USD").line(A, 1, "100.00").line(B, 1, "100.00");
    // The order earns 15.00 by slices, of which A has half; B has 50 %.
    assert_eq!(total(&order.state(), &tiers), "57.50");
}

fn levels(of: &str, percents: [&str; 3]) -> Vec<crate::program::UplineLevel> {
    let levels = percents.map(|percent| json!({"percent": percent, "of": of}));
    serde_json::from_value(json!(levels)).unwrap()
}

fn upline(levels: &[crate::program::UplineLevel], order: &OrderState) -> Vec<i64> {
    let commission = earns(order, &plain());
    upline_shares(levels, &commission).unwrap().iter().map(|share| share.minor).collect()
}

#[test]
fn g74_levels_of_the_commission() {
    let order = order_of("USD", "1000.00").state();
    assert_eq!(upline(&levels("commission", ["10", "5", "2"]), &order), [1_000, 500, 200]);
}

#[test]
fn g75_levels_of_the_sale() {
    let order = order_of("USD", "1000.00").state();
    assert_eq!(upline(&levels("sale", ["2", "1", "0.5"]), &order), [2_000, 1_000, 500]);
}

#[test]
fn g76_levels_go_back_in_proportion() {
    let order = order("USD").line(A, 2, "500.00");
    let half = order.after(&[refund(7).item(A, 1, 50_000)]);
    assert_eq!(upline(&levels("commission", ["10", "5", "2"]), &half), [500, 250, 100]);
    assert_eq!(upline(&levels("sale", ["2", "1", "0.5"]), &half), [1_000, 500, 250]);
    let gone = order.after(&[refund(7).item(A, 2, 100_000)]);
    assert_eq!(upline(&levels("sale", ["2", "1", "0.5"]), &gone), [0, 0, 0]);
}

#[test]
fn each_level_rounds_alone() {
    // 3.00: 5 % is 0.15; 2.5 % is 0.075, half away from zero 0.08; 0.05 % is 0.0015.
    let order = order_of("USD", "29.99").state();
    assert_eq!(upline(&levels("commission", ["5", "2.5", "0.05"]), &order), [15, 8, 0]);
}

#[test]
fn a_refused_sale_pays_no_level() {
    let refused = rules(json!({"minimum_order": "5000.00"}));
    let commission = earns(&order_of("USD", "1000.00").state(), &refused);
    let shares = upline_shares(&levels("sale", ["2", "1", "0.5"]), &commission).unwrap();
    assert!(shares.iter().all(|share| share.is_zero()));
}
