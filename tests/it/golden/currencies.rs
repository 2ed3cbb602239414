//! Currencies without decimals and with three of them: every amount is a whole number of the
//! currency's own smallest units, on the way up and on the way down (domain rules 3.4).

use serde_json::{Value, json};

use super::{
    builder::{Line, Order, Scenario, day, flat_per_item, line, percent},
    harness::{Run, golden},
};

golden![
    dinars_go_back_to_the_last_fils,
    yen_go_back_unit_by_unit,
    a_flat_amount_of_three_decimals_goes_back_per_unit,
    an_affiliate_paid_in_yen_gets_whole_yen,
    an_affiliate_paid_in_dinars_by_a_yen_shop_gets_fils,
    a_refund_too_small_to_change_the_yen_changes_nothing,
    a_cap_in_dinars_holds_until_the_rest_is_worth_less,
    levels_in_yen_round_alone,
    the_minimum_order_in_yen_is_inclusive,
    slices_in_dinars_are_rounded_once,
    a_minimum_payout_in_yen_is_inclusive,
];

fn shop_in(currency: &str) -> Scenario {
    Scenario::golden().shop(json!({"currency": currency}))
}

fn order_in(currency: &str, lines: impl IntoIterator<Item = Line>) -> Order {
    Order::of(lines).currency(currency)
}

/// The entries of an order from which units of A are given back, one refund after the other.
fn taken_back(run: &Run, setting: Scenario, order: &Order, units: &[i64]) -> Vec<String> {
    let mut told = setting.order(order);
    let mut now = order.clone();
    for (n, units) in (1..).zip(units) {
        let refund = now.refund(&day(n)).units("A", *units);
        now = now.refunded(&refund);
        told = told.refund(&refund);
    }
    let result = run.play(&told);
    result.order(order).amounts().into_iter().map(str::to_owned).collect()
}

fn dinars_go_back_to_the_last_fils(run: &Run) {
    // 301.5 fils are 302, 201 of them remain.
    let order = order_in("KWD", [line("A", 3, "1.005")]);
    let amounts = taken_back(run, shop_in("KWD"), &order, &[1, 2]);
    assert_eq!(amounts, ["0.302", "-0.101", "-0.201"]);
}

fn yen_go_back_unit_by_unit(run: &Run) {
    // 7.5 % of 999, 666 and 333: 74.925, 49.95 and 24.975.
    let order = order_in("JPY", [line("A", 3, "333")]);
    let amounts = taken_back(run, shop_in("JPY").percent("7.5"), &order, &[1, 1, 1]);
    assert_eq!(amounts, ["75", "-25", "-25", "-25"]);
}

fn a_flat_amount_of_three_decimals_goes_back_per_unit(run: &Run) {
    let setting = shop_in("BHD").program(json!({"commission": flat_per_item("0.125")}));
    let order = order_in("BHD", [line("A", 4, "2.500")]);
    assert_eq!(taken_back(run, setting, &order, &[1, 3]), ["0.500", "-0.125", "-0.375"]);
}

fn an_affiliate_paid_in_yen_gets_whole_yen(run: &Run) {
    let setting = Scenario::golden()
        .affiliate("anna", json!({"payout_currency": "JPY", "payout_rate": "149.5"}));
    let order = Order::of([line("A", 3, "33.33")]);
    let one = order.refund(&day(1)).units("A", 1);
    let rest = order.refunded(&one).refund_of_rest(&day(2));
    let result = run.play(&setting.order(&order).refund(&one).refund(&rest));
    // 9.999 and 6.666 dollars are 10.00 and 6.67: 1,495 and 997.165 yen.
    assert_eq!(result.order(&order).amounts(), ["10.00", "-3.33", "-6.67"]);
    let yen = [("1495", "JPY"), ("-498", "JPY"), ("-997", "JPY")];
    assert_eq!(result.order(&order).payout_amounts(), yen);
}

fn an_affiliate_paid_in_dinars_by_a_yen_shop_gets_fils(run: &Run) {
    let setting = shop_in("JPY")
        .affiliate("anna", json!({"payout_currency": "KWD", "payout_rate": "0.002045"}));
    let order = order_in("JPY", [line("A", 2, "5000")]);
    let one = order.refund(&day(1)).units("A", 1);
    let result = run.play(&setting.order(&order).refund(&one));
    assert_eq!(result.order(&order).amounts(), ["1000", "-500"]);
    // 1.0225 dinars remain.
    assert_eq!(result.order(&order).payout_amounts(), [("2.045", "KWD"), ("-1.022", "KWD")]);
}

fn a_refund_too_small_to_change_the_yen_changes_nothing(run: &Run) {
    let order = order_in("JPY", [line("A", 1, "10000")]);
    // 10 % of 9,995 is 999.5, which is 1,000.
    let small = order.refund(&day(1)).amount("5");
    let result = run.play(&shop_in("JPY").order(&order).refund(&small));
    assert_eq!(result.order(&order).amounts(), ["1000"]);
    assert_eq!(result.order(&order).sales(), "9995");
}

fn a_cap_in_dinars_holds_until_the_rest_is_worth_less(run: &Run) {
    let order = order_in("KWD", [line("A", 1, "100.000")]);
    let most = order.refund(&day(1)).amount("80.000");
    let more = order.refunded(&most).refund(&day(2)).amount("10.000");
    let setting = shop_in("KWD").program(json!({"cap_per_order": "1.500"}));
    let result = run.play(&setting.order(&order).refund(&most).refund(&more));
    assert_eq!(result.order(&order).amounts(), ["1.500", "-0.500"]);
}

fn levels_in_yen_round_alone(run: &Run) {
    let levels = json!([{"percent": "10", "of": "commission"}, {"percent": "5", "of": "sale"}]);
    let setting = shop_in("JPY")
        .program(json!({"levels": levels}))
        .affiliate("cleo", json!({}))
        .affiliate("bob", json!({"upline": "cleo"}))
        .affiliate("anna", json!({"upline": "bob"}));
    let order = order_in("JPY", [line("A", 1, "999")]);
    let result = run.play(&setting.order(&order));
    // 99.9 is 100; 10 % of that; 49.95.
    let earned = ["anna", "bob", "cleo"].map(|key| result.order(&order).earned_minor(key));
    assert_eq!(earned, [100, 10, 50]);
}

fn the_minimum_order_in_yen_is_inclusive(run: &Run) {
    for (price, expected) in [("999", ("0", Some("minimum_order"))), ("1000", ("100", None))] {
        let order = order_in("JPY", [line("A", 1, price)]);
        let setting = shop_in("JPY").program(json!({"minimum_order": "1000"}));
        let result = run.play(&setting.order(&order));
        let played = result.order(&order);
        assert_eq!((played.commission(), played.no_credit_reason()), expected, "{price}");
    }
}

fn slices_in_dinars_are_rounded_once(run: &Run) {
    let step = |from: &str, value: &str| json!({"from": from, "commission": percent(value)});
    let tiers: Value = json!({"mode": "marginal", "steps": [step("0", "1"), step("10.000", "2")]});
    let order = order_in("KWD", [line("A", 1, "15.505")]);
    let result =
        run.play(&shop_in("KWD").program(json!({"order_value_tiers": tiers})).order(&order));
    // 0.100 and 0.1101.
    assert_eq!(result.order(&order).commission(), "0.210");
}

fn a_minimum_payout_in_yen_is_inclusive(run: &Run) {
    for (price, balance) in [("4990", ("0", "499", "0")), ("5000", ("0", "0", "500"))] {
        let order = order_in("JPY", [line("A", 1, price)]).placed_at(&day(1));
        let setting = shop_in("JPY").program(json!({"minimum_payout": "500"})).approved(&order);
        let paid = setting.event(&day(9), "payout", json!({"affiliate": "anna"}));
        assert_eq!(run.play(&paid).balance("anna"), balance, "{price}");
    }
}
