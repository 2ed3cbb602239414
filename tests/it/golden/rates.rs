//! Which rate an order earns, and at which version of the program: G63, G66, G67, G73, G82, G87, G88
//! and the order of lookup of domain rules 3.3.

use serde_json::{Value, json};

use super::{
    builder::{Order, Scenario, day, flat_per_order, line, percent, rate},
    harness::{Run, golden},
};

golden![
    g63_new_and_returning_buyers_have_their_own_rates,
    g66_coupon_and_link_have_their_own_rates,
    g67_the_size_of_the_order_decides_the_rate,
    g73_fifteen_percent_of_a_hundred_and_fifty,
    g82_an_order_earns_at_most_the_cap,
    g87_the_rate_at_order_time_applies,
    g88_a_new_rate_never_touches_an_older_order,
    marginal_tiers_pay_each_slice_its_own_rate,
    a_cap_stays_while_the_rest_is_worth_more,
    the_minimum_order_is_reached_by_the_base,
    a_rate_of_one_affiliate_and_product_beats_the_product,
    a_product_rate_beats_its_collection,
    a_variant_has_its_own_rate,
    of_several_collections_the_best_rate_counts,
    a_collection_can_be_excluded,
    a_coupon_rate_beats_the_affiliate_rate,
    an_affiliate_rate_beats_the_buyer_rate,
    a_buyer_rate_beats_the_size_of_the_order,
    a_special_product_is_paid_beside_the_flat_amount,
    the_flat_amount_goes_when_only_special_products_remain,
];

/// Product of line A, its variant, product of line B.
const A: u64 = 632_910_392;
const A_VARIANT: u64 = 808_949_392;
const B: u64 = 632_910_393;

#[track_caller]
fn assert_earns(run: &Run, setting: Scenario, order: &Order, commission: &str) {
    let result = run.play(&setting.order(order));
    assert_eq!(result.order(order).commission(), commission);
}

/// Program `main` at 10 % with these special rates.
fn with_rates<const N: usize>(rates: [Value; N]) -> Scenario {
    Scenario::golden().program(json!({"rates": rates.to_vec()}))
}

fn g63_new_and_returning_buyers_have_their_own_rates(run: &Run) {
    let first = Order::single("25.00").id(1_001);
    let second = Order::single("25.00").placed_at(&day(3));
    let scenario = with_rates([
        rate(json!({"customer": "new"}), percent("20")),
        rate(json!({"customer": "returning"}), percent("10")),
    ]);
    let result = run.play(&scenario.order(&first).order(&second));
    assert_eq!(result.order(&first).commission(), "5.00");
    assert_eq!(result.order(&second).commission(), "2.50");
}

fn g66_coupon_and_link_have_their_own_rates(run: &Run) {
    let by_coupon = Order::of([line("A", 1, "100.00").discount("10.00")]).placed_at(&day(1));
    let by_link = Order::single("100.00").id(1_002).codes([]).placed_at(&day(2));
    let scenario = Scenario::golden()
        .percent("20")
        .program(json!({"rates": [rate(json!({"coupon": "ANNA10"}), percent("10"))]}))
        .click(&day(0), "v1", "ref=ANNA")
        .order_of("v1", &by_coupon)
        .order_of("v1", &by_link);
    let result = run.play(&scenario);
    assert_eq!(result.order(&by_coupon).commission(), "9.00");
    assert_eq!(result.order(&by_link).method(), Some("link"));
    assert_eq!(result.order(&by_link).commission(), "20.00");
}

/// Below 100: 5 %, from 100: 10 %, from 200: 15 %.
fn tiers(mode: &str) -> Scenario {
    let step = |from: &str, value: &str| json!({"from": from, "commission": percent(value)});
    let steps = [step("0", "5"), step("100", "10"), step("200", "15")];
    Scenario::golden().program(json!({"order_value_tiers": {"mode": mode, "steps": steps}}))
}

fn g67_the_size_of_the_order_decides_the_rate(run: &Run) {
    for (price, commission) in [
        ("99.99", "5.00"),
        ("100.00", "10.00"),
        ("199.99", "20.00"),
        ("200.00", "30.00"),
        ("250.00", "37.50"),
    ] {
        assert_earns(run, tiers("whole"), &Order::single(price), commission);
    }
}

fn marginal_tiers_pay_each_slice_its_own_rate(run: &Run) {
    // 100 at 5 %, 100 at 10 %, 50 at 15 %.
    assert_earns(run, tiers("marginal"), &Order::single("250.00"), "22.50");
    assert_earns(run, tiers("marginal"), &Order::single("100.00"), "5.00");
}

fn g73_fifteen_percent_of_a_hundred_and_fifty(run: &Run) {
    assert_earns(run, Scenario::golden().percent("15"), &Order::single("150.00"), "22.50");
}

/// 10 %, at most 50.00.
fn capped() -> Scenario {
    Scenario::golden().program(json!({"cap_per_order": "50.00"}))
}

fn g82_an_order_earns_at_most_the_cap(run: &Run) {
    assert_earns(run, capped(), &Order::single("800.00"), "50.00");
    assert_earns(run, capped(), &Order::single("499.90"), "49.99");
}

fn a_cap_stays_while_the_rest_is_worth_more(run: &Run) {
    let order = Order::of([line("A", 8, "100.00")]);
    let first = order.refund(&day(1)).units("A", 2);
    let second = order.refunded(&first).refund(&day(2)).units("A", 2);
    let result = run.play(&capped().order(&order).refund(&first).refund(&second));
    // 600.00 still reach the cap; 400.00 do not.
    assert_eq!(result.order(&order).amounts(), ["50.00", "-10.00"]);
}

fn g87_the_rate_at_order_time_applies(run: &Run) {
    let order = Order::reference().codes([]).placed_at(&day(2));
    let scenario = Scenario::golden()
        .click(&day(0), "v1", "ref=ANNA")
        .set_program(&day(1), json!({"commission": percent("20")}))
        .order_of("v1", &order);
    let result = run.play(&scenario);
    assert_eq!(result.order(&order).commission(), "18.00");
    assert_eq!(result.order(&order).version(), 2);
}

fn g88_a_new_rate_never_touches_an_older_order(run: &Run) {
    let order = Order::reference();
    let next = Order::reference().id(1_002).placed_at(&day(3));
    let refund = order.refund(&day(2)).units("A", 1);
    let scenario = Scenario::golden()
        .order(&order)
        .set_program(&day(1), json!({"commission": percent("20")}))
        .refund(&refund)
        .order(&next);
    let result = run.play(&scenario);
    assert_eq!(result.order(&order).amounts(), ["9.00", "-2.70"]);
    assert_eq!(result.order(&order).version(), 1);
    assert_eq!(result.order(&next).amounts(), ["18.00"]);
    assert_eq!(result.order(&next).version(), 2);
}

fn the_minimum_order_is_reached_by_the_base(run: &Run) {
    let setting = || Scenario::golden().program(json!({"minimum_order": "50.00"}));
    assert_earns(run, setting(), &Order::single("50.00"), "5.00");

    // The list price reaches it, what was charged does not; shipping does not help.
    let order = Order::of([line("A", 1, "50.00").discount("0.01")]).shipping("10.00");
    let result = run.play(&setting().order(&order));
    let played = result.order(&order);
    assert_eq!(played.affiliate(), None);
    assert_eq!(played.no_credit_reason(), Some("minimum_order"));
    assert_eq!((played.status(), played.commission()), ("rejected", "0.00"));
    assert!(played.amounts().is_empty());
}

fn a_rate_of_one_affiliate_and_product_beats_the_product(run: &Run) {
    let setting = with_rates([
        rate(json!({"product_id": A}), percent("20")),
        rate(json!({"product_id": A, "affiliate": "anna"}), percent("30")),
    ]);
    // 54.00 at 30 %, 36.00 at 10 %.
    assert_earns(run, setting, &Order::reference(), "19.80");
}

fn a_product_rate_beats_its_collection(run: &Run) {
    let setting = with_rates([
        rate(json!({"collection_id": 2}), percent("50")),
        rate(json!({"product_id": A}), percent("20")),
    ]);
    let setting = setting.program(json!({"product_collections": {A.to_string(): [2]}}));
    assert_earns(run, setting, &Order::reference(), "14.40");
}

fn a_variant_has_its_own_rate(run: &Run) {
    let setting = with_rates([rate(json!({"variant_id": A_VARIANT}), percent("20"))]);
    assert_earns(run, setting, &Order::reference(), "14.40");
}

fn of_several_collections_the_best_rate_counts(run: &Run) {
    let setting = with_rates([
        rate(json!({"collection_id": 2}), percent("15")),
        rate(json!({"collection_id": 3}), percent("20")),
        rate(json!({"collection_id": 4}), percent("50")),
    ]);
    let setting = setting.program(json!({"product_collections": {A.to_string(): [2, 3]}}));
    assert_earns(run, setting, &Order::reference(), "14.40");
}

fn a_collection_can_be_excluded(run: &Run) {
    let setting = Scenario::golden().program(json!({
        "exclude": {"collection_ids": [2]},
        "product_collections": {B.to_string(): [2]},
    }));
    assert_earns(run, setting, &Order::reference(), "5.40");
}

fn a_coupon_rate_beats_the_affiliate_rate(run: &Run) {
    let setting = with_rates([
        rate(json!({"affiliate": "anna"}), percent("30")),
        rate(json!({"coupon": "ANNA10"}), percent("20")),
    ]);
    assert_earns(run, setting, &Order::reference(), "18.00");
}

fn an_affiliate_rate_beats_the_buyer_rate(run: &Run) {
    let setting = with_rates([
        rate(json!({"customer": "new"}), percent("30")),
        rate(json!({"affiliate": "anna"}), percent("20")),
    ]);
    assert_earns(run, setting, &Order::reference(), "18.00");
}

fn a_buyer_rate_beats_the_size_of_the_order(run: &Run) {
    let rates = json!({"rates": [rate(json!({"customer": "new"}), percent("20"))]});
    assert_earns(run, tiers("whole").program(rates), &Order::single("250.00"), "50.00");
}

/// 10.00 per order, and 20 % of product A.
fn flat_beside_special() -> Scenario {
    with_rates([rate(json!({"product_id": A}), percent("20"))])
        .program(json!({"commission": flat_per_order("10.00")}))
}

fn a_special_product_is_paid_beside_the_flat_amount(run: &Run) {
    assert_earns(run, flat_beside_special(), &Order::reference(), "20.80");
}

fn the_flat_amount_goes_when_only_special_products_remain(run: &Run) {
    let order = Order::reference();
    let refund = order.refund(&day(1)).units("B", 1);
    let result = run.play(&flat_beside_special().order(&order).refund(&refund));
    assert_eq!(result.order(&order).amounts(), ["20.80", "-10.00"]);
}
