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
    g71_the_sum_that_is_needed_is_enough,
    g71_one_order_may_reach_both,
    g71_the_month_begins_at_midnight_of_the_shop,
    g71_every_month_has_its_own_bonus,
    g71_sales_that_are_not_approved_reach_nothing,
    g71_approval_after_the_month_still_reaches_its_bonus,
    g71_a_quarter_sums_three_months,
    g71_a_lifetime_bonus_is_paid_once,
    g71_a_bonus_is_paid_in_the_affiliates_currency,
    g71_those_above_have_no_sales_of_their_own,
    g72_a_granted_bonus_stays_after_a_refund,
    g72_a_bonus_goes_back_where_the_program_says_so,
    g72_a_bonus_that_went_back_can_be_reached_again,
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

/// A month's bonus of 25.00 at 1,500 with these fields.
fn with_bonus(fields: serde_json::Value) -> Scenario {
    let mut bonus = json!({"scope": "month", "from": "1500.00", "amount": "25.00"});
    let (serde_json::Value::Object(into), serde_json::Value::Object(fields)) = (&mut bonus, fields)
    else {
        panic!("only objects are merged")
    };
    into.extend(fields);
    Scenario::golden().program(json!({"bonuses": [bonus]}))
}

fn g71_the_sum_that_is_needed_is_enough(run: &Run) {
    for (price, granted) in [("1499.99", &[][..]), ("1500.00", &["25.00"])] {
        let result = run.play(&with_bonuses().approved(&Order::nth(1, price)));
        assert_eq!(bonuses(&result), granted, "{price}");
    }
}

fn g71_one_order_may_reach_both(run: &Run) {
    let result = run.play(&with_bonuses().approved(&Order::nth(1, "3000.00")));
    assert_eq!(bonuses(&result), ["25.00", "75.00"]);
}

fn g71_the_month_begins_at_midnight_of_the_shop(run: &Run) {
    // Half past ten in the evening of 31 March in UTC is 1 April in Berlin.
    let late = Order::single("1500.00").placed_at("2026-03-31T22:30:00Z");
    for (zone, granted) in [("UTC", ["25.00", "75.00"]), ("Europe/Berlin", ["25.00", "25.00"])] {
        let setting = with_bonuses().shop(json!({"timezone": zone}));
        let result = run.play(&setting.approved(&Order::nth(1, "1600.00")).approved(&late));
        assert_eq!(bonuses(&result), granted, "{zone}");
    }
}

fn g71_every_month_has_its_own_bonus(run: &Run) {
    let told = with_bonuses().approved(&Order::nth(1, "1600.00"));
    let result = run.play(&told.approved(&Order::nth(40, "1600.00")));
    assert_eq!(bonuses(&result), ["25.00", "25.00"]);
}

fn g71_sales_that_are_not_approved_reach_nothing(run: &Run) {
    let result = run.play(&with_bonuses().order(&Order::nth(1, "5000.00")));
    assert!(bonuses(&result).is_empty());
}

fn g71_approval_after_the_month_still_reaches_its_bonus(run: &Run) {
    // Two orders of March; their hold ends in April.
    let told = with_bonuses().order(&Order::nth(10, "800.00")).order(&Order::nth(20, "800.00"));
    assert!(bonuses(&run.play(&told.clone().advance(&day(45)))).is_empty());
    assert_eq!(bonuses(&run.play(&told.advance(&day(51)))), ["25.00"]);
}

fn g71_a_quarter_sums_three_months(run: &Run) {
    let setting = with_bonus(json!({"scope": "quarter"}));
    let (march, april) = (Order::nth(30, "800.00"), Order::nth(31, "800.00"));
    let told = setting.approved(&march).approved(&april);
    assert!(bonuses(&run.play(&told)).is_empty());
    let told = told.approved(&Order::nth(80, "800.00"));
    assert_eq!(bonuses(&run.play(&told)), ["25.00"]);
}

fn g71_a_lifetime_bonus_is_paid_once(run: &Run) {
    let setting = with_bonus(json!({"scope": "lifetime"}));
    let told =
        [1, 40, 80, 120].map(|n| Order::nth(n, "800.00")).iter().fold(setting, Scenario::approved);
    assert_eq!(bonuses(&run.play(&told)), ["25.00"]);
}

fn g71_a_bonus_is_paid_in_the_affiliates_currency(run: &Run) {
    let euro = json!({"payout_currency": "EUR", "payout_rate": "0.9"});
    let setting = with_bonus(json!({"take_back": true})).affiliate("anna", euro);
    let order = Order::nth(1, "1600.00");
    let result = run.play(&setting.approved(&order).refund(&order.full_refund(&day(3))));
    let entries = result.list("entries").iter();
    let paid: Vec<_> = entries
        .map(|entry| (text(&entry["payout_amount"]), text(&entry["payout_currency"])))
        .collect();
    assert_eq!(paid, [("22.50", "EUR"), ("-22.50", "EUR")]);
    assert_eq!(result.balance("anna"), ("0.00", "0.00", "0.00"));
}

fn g71_those_above_have_no_sales_of_their_own(run: &Run) {
    let setting = with_bonuses()
        .program(json!({"levels": [{"percent": "10"}]}))
        .affiliate("bob", json!({}))
        .affiliate("anna", json!({"upline": "bob"}));
    let result = run.play(&setting.approved(&Order::nth(1, "1600.00")));
    let of: Vec<_> = result.list("entries").iter().map(|entry| text(&entry["affiliate"])).collect();
    assert_eq!(of, ["anna"]);
    assert_eq!(result.balance("bob"), ("0.00", "16.00", "0.00"));
}

fn g72_a_granted_bonus_stays_after_a_refund(run: &Run) {
    let order = Order::nth(1, "1600.00");
    let told = with_bonuses().approved(&order).refund(&order.full_refund(&day(3)));
    let result = run.play(&told);
    assert_eq!(bonuses(&result), ["25.00"]);
    assert_eq!(result.balance("anna"), ("0.00", "25.00", "0.00"));
}

fn g72_a_bonus_goes_back_where_the_program_says_so(run: &Run) {
    let order = Order::nth(1, "1600.00");
    let told = with_bonus(json!({"take_back": true})).approved(&order);
    let told = told.refund(&order.refund(&day(3)).amount("100.01"));
    assert_eq!(bonuses(&run.play(&told)), ["25.00", "-25.00"]);
}

fn g72_a_bonus_that_went_back_can_be_reached_again(run: &Run) {
    let order = Order::nth(1, "1600.00");
    let told = with_bonus(json!({"take_back": true})).approved(&order);
    let told = told.refund(&order.full_refund(&day(3))).approved(&Order::nth(5, "1700.00"));
    assert_eq!(bonuses(&run.play(&told)), ["25.00", "-25.00", "25.00"]);
}
