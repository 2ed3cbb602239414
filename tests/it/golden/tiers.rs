//! Rates that rise with an affiliate's approved sales (domain rules 3.8): G68 to G70.

use serde_json::{Value, json};

use super::{
    builder::{Order, Scenario, day, line, percent},
    harness::{Run, golden},
};

golden![
    g68_the_order_that_crosses_the_line_keeps_the_old_rate,
    g69_marginal_tiers_split_the_order_that_crosses_the_line,
    g70_a_new_month_demotes_only_where_the_program_says_so,
    g70_a_refund_after_the_promotion_demotes_only_where_the_program_says_so,
    g70_a_part_refunded_lowers_the_sum_by_that_part,
    g70_a_new_quarter_begins_in_april,
    g70_the_month_is_that_of_the_shop,
    g68_only_approved_sales_count,
    g68_the_end_of_the_hold_is_an_approval,
    g68_a_rejection_after_approval_takes_the_sales_off,
    g68_sales_of_somebody_else_do_not_count,
    g68_what_is_excluded_does_not_count,
    g68_a_share_of_a_split_order_counts_as_a_share,
    g68_what_levels_earn_is_no_sale,
    g68_an_order_keeps_its_rate_when_the_tier_is_lost,
    g69_an_order_may_cross_several_steps,
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

/// What an order of 100.00 on that day earns after this: 5.00 below the line, 10.00 from it on.
fn next_earns(run: &Run, before: Scenario, day: u64) -> String {
    let next = Order::nth(day, "100.00");
    run.play(&before.order(&next)).order(&next).commission().to_owned()
}

fn g70_a_refund_after_the_promotion_demotes_only_where_the_program_says_so(run: &Run) {
    let (first, second) = (Order::nth(1, "600.00"), Order::nth(2, "500.00"));
    for (demote, commission) in [(true, "5.00"), (false, "10.00")] {
        let told = promoting(json!({"demote": demote})).approved(&first).approved(&second);
        let told = told.refund(&first.full_refund(&day(3)));
        assert_eq!(next_earns(run, told, 4), commission, "demote {demote}");
    }
}

fn g70_a_part_refunded_lowers_the_sum_by_that_part(run: &Run) {
    let order = Order::of([line("A", 1, "900.00"), line("B", 2, "50.00")]).placed_at(&day(1));
    let told = promoting(json!({"demote": true})).approved(&order);
    assert_eq!(next_earns(run, told.clone(), 4), "10.00");
    let told = told.refund(&order.refund(&day(2)).units("B", 1));
    assert_eq!(next_earns(run, told, 4), "5.00");
}

fn g70_a_new_quarter_begins_in_april(run: &Run) {
    let told = promoting(json!({"scope": "quarter", "demote": true}));
    let told = told.approved(&Order::nth(1, "1000.00"));
    // Day 30 is 31 March, day 31 the first of April.
    assert_eq!(next_earns(run, told.clone(), 30), "10.00");
    assert_eq!(next_earns(run, told, 31), "5.00");
}

fn g70_the_month_is_that_of_the_shop(run: &Run) {
    // Three in the morning of 1 April in UTC is the evening of 31 March in New York.
    let next = Order::single("100.00").placed_at("2026-04-01T03:00:00Z");
    for (zone, commission) in [("UTC", "5.00"), ("America/New_York", "10.00")] {
        let setting = promoting(json!({"scope": "month", "demote": true}));
        let told = setting.shop(json!({"timezone": zone})).approved(&Order::nth(1, "1000.00"));
        assert_eq!(run.play(&told.order(&next)).order(&next).commission(), commission, "{zone}");
    }
}

fn g68_only_approved_sales_count(run: &Run) {
    let told = promoting(json!({})).order(&Order::nth(1, "5000.00"));
    assert_eq!(next_earns(run, told, 2), "5.00");
}

fn g68_the_end_of_the_hold_is_an_approval(run: &Run) {
    // Placed on day 1, approved on day 31.
    let told = promoting(json!({})).order(&Order::nth(1, "1000.00"));
    assert_eq!(next_earns(run, told.clone(), 30), "5.00");
    assert_eq!(next_earns(run, told, 32), "10.00");
}

fn g68_a_rejection_after_approval_takes_the_sales_off(run: &Run) {
    let order = Order::nth(1, "1000.00");
    let told = promoting(json!({"demote": true})).approved(&order);
    let told = told.review(&day(2), &order, "rejected", Some("duplicate_order"));
    assert_eq!(next_earns(run, told, 3), "5.00");
}

fn g68_sales_of_somebody_else_do_not_count(run: &Run) {
    let of_bob = Order::nth(1, "1000.00").codes(["BOB10"]);
    let told = promoting(json!({})).affiliate("bob", json!({"coupons": ["BOB10"]}));
    assert_eq!(next_earns(run, told.approved(&of_bob), 2), "5.00");
}

fn g68_what_is_excluded_does_not_count(run: &Run) {
    let order = Order::of([line("A", 1, "900.00"), line("B", 1, "200.00")]).placed_at(&day(1));
    let setting = promoting(json!({})).program(json!({"exclude": {"product_ids": [632_910_393]}}));
    assert_eq!(next_earns(run, setting.approved(&order), 2), "5.00");
}

fn g68_a_share_of_a_split_order_counts_as_a_share(run: &Run) {
    for (price, commission) in [("1999.00", "5.00"), ("2000.00", "10.00")] {
        let shared = Order::single(price).codes([]).placed_at(&day(3));
        let told = promoting(json!({}))
            .affiliate("bob", json!({}))
            .shop(json!({"click_model": "linear"}))
            .click(&day(1), "v1", "ref=BOB")
            .click(&day(2), "v1", "ref=ANNA")
            .order_of("v1", &shared)
            .review(&day(4), &shared, "approved", None);
        assert_eq!(next_earns(run, told, 5), commission, "{price}");
    }
}

fn g68_what_levels_earn_is_no_sale(run: &Run) {
    let of_bob = Order::nth(1, "9000.00").codes(["BOB10"]);
    let told = promoting(json!({}))
        .program(json!({"levels": [{"percent": "50", "of": "sale"}]}))
        .affiliate("bob", json!({"coupons": ["BOB10"], "upline": "anna"}));
    assert_eq!(next_earns(run, told.approved(&of_bob), 2), "5.00");
}

fn g68_an_order_keeps_its_rate_when_the_tier_is_lost(run: &Run) {
    let (first, second) = (Order::nth(1, "1000.00"), Order::of([line("A", 2, "50.00")]));
    let second = second.id(1_002).placed_at(&day(2));
    let told = promoting(json!({"demote": true}))
        .approved(&first)
        .order(&second)
        .refund(&first.full_refund(&day(3)))
        .refund(&second.refund(&day(4)).units("A", 1));
    assert_eq!(run.play(&told).order(&second).amounts(), ["10.00", "-5.00"]);
}

fn g69_an_order_may_cross_several_steps(run: &Run) {
    let step = |from: &str, value: &str| json!({"from": from, "commission": percent(value)});
    let steps = json!([step("1000.00", "10"), step("2000.00", "20")]);
    let setting = promoting(json!({"mode": "marginal", "steps": steps}));
    let order = Order::single("2500.00");
    // 1,000 at 5 %, 1,000 at 10 %, 500 at 20 %.
    assert_eq!(run.play(&setting.order(&order)).order(&order).commission(), "250.00");
}
