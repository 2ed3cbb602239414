//! Special rates that meet: the more specific one wins, and only a rate of the product itself beats an
//! exclusion (domain rules 3.3).

use serde_json::{Value, json};

use super::{
    builder::{Order, Scenario, flat_per_item, flat_per_order, line, percent, rate},
    harness::{Run, golden},
};

/// Product of line A, and its variant.
const A: u64 = 632_910_392;
const VARIANT_A: u64 = A + 176_039_000;

golden![
    a_variant_beats_its_product,
    a_variant_of_one_affiliate_beats_a_variant_of_all,
    a_variant_rate_beats_the_exclusion_of_its_product,
    a_collection_rate_does_not_beat_an_exclusion,
    an_affiliate_rate_does_not_beat_an_exclusion,
    a_rate_of_one_affiliate_rescues_the_product_for_that_one_only,
    of_two_collections_the_one_that_pays_more_counts,
    a_product_beats_a_coupon,
    a_coupon_rate_is_for_its_own_coupon,
    a_coupon_rate_is_found_in_any_case,
    two_conditions_must_both_hold,
    the_cap_bounds_the_sum_of_special_and_usual,
    the_minimum_order_counts_special_products,
    a_special_flat_amount_per_order_is_paid_beside_the_programs,
    a_line_without_a_product_earns_the_programs_rate,
    a_rate_of_nothing_pays_nothing_and_is_no_exclusion,
];

fn with_rates<const N: usize>(rates: [Value; N]) -> Scenario {
    Scenario::golden().program(json!({"rates": rates.to_vec()}))
}

fn one_of_a() -> Order {
    Order::single("100.00")
}

fn earns(run: &Run, setting: Scenario, order: &Order) -> String {
    run.play(&setting.order(order)).order(order).commission().to_owned()
}

fn a_variant_beats_its_product(run: &Run) {
    let setting = with_rates([
        rate(json!({"product_id": A}), percent("20")),
        rate(json!({"variant_id": VARIANT_A}), percent("15")),
    ]);
    assert_eq!(earns(run, setting, &one_of_a()), "15.00");
}

fn a_variant_of_one_affiliate_beats_a_variant_of_all(run: &Run) {
    let setting = with_rates([
        rate(json!({"variant_id": VARIANT_A}), percent("20")),
        rate(json!({"variant_id": VARIANT_A, "affiliate": "anna"}), percent("12")),
    ]);
    assert_eq!(earns(run, setting, &one_of_a()), "12.00");
}

fn a_variant_rate_beats_the_exclusion_of_its_product(run: &Run) {
    let setting = with_rates([rate(json!({"variant_id": VARIANT_A}), percent("15"))])
        .program(json!({"exclude": {"product_ids": [A]}}));
    assert_eq!(earns(run, setting, &one_of_a()), "15.00");
}

fn is_excluded(run: &Run, setting: Scenario) {
    let order = one_of_a();
    let result = run.play(&setting.order(&order));
    assert!(result.order(&order).has_no_conversion());
    assert_eq!(result.order(&order).no_credit_reason(), Some("excluded_only"));
}

fn a_collection_rate_does_not_beat_an_exclusion(run: &Run) {
    is_excluded(
        run,
        with_rates([rate(json!({"collection_id": 7}), percent("20"))]).program(json!({
            "exclude": {"product_ids": [A]}, "product_collections": {A.to_string(): [7]},
        })),
    );
}

fn an_affiliate_rate_does_not_beat_an_exclusion(run: &Run) {
    is_excluded(
        run,
        with_rates([rate(json!({"affiliate": "anna"}), percent("20"))])
            .program(json!({"exclude": {"product_ids": [A]}})),
    );
}

fn a_rate_of_one_affiliate_rescues_the_product_for_that_one_only(run: &Run) {
    let setting = || {
        with_rates([rate(json!({"product_id": A, "affiliate": "anna"}), percent("20"))])
            .program(json!({"exclude": {"product_ids": [A]}}))
            .affiliate("bob", json!({"coupons": ["BOB10"]}))
    };
    assert_eq!(earns(run, setting(), &one_of_a()), "20.00");
    let of_bob = one_of_a().codes(["BOB10"]);
    let result = run.play(&setting().order(&of_bob));
    assert_eq!(result.order(&of_bob).no_credit_reason(), Some("excluded_only"));
}

fn of_two_collections_the_one_that_pays_more_counts(run: &Run) {
    let setting = || {
        with_rates([
            rate(json!({"collection_id": 1}), percent("10")),
            rate(json!({"collection_id": 2}), flat_per_item("1.50")),
        ])
        .program(json!({"product_collections": {A.to_string(): [1, 2]}}))
    };
    assert_eq!(earns(run, setting(), &Order::of([line("A", 2, "10.00")])), "3.00");
    assert_eq!(earns(run, setting(), &Order::of([line("A", 2, "20.00")])), "4.00");
}

fn a_product_beats_a_coupon(run: &Run) {
    let setting = with_rates([
        rate(json!({"coupon": "ANNA10"}), percent("25")),
        rate(json!({"product_id": A}), percent("5")),
    ]);
    let order = Order::of([line("A", 1, "100.00"), line("B", 1, "100.00")]);
    assert_eq!(earns(run, setting, &order), "30.00");
}

fn a_coupon_rate_is_for_its_own_coupon(run: &Run) {
    let setting = with_rates([rate(json!({"coupon": "VIP"}), percent("25"))])
        .affiliate("anna", json!({"coupons": ["ANNA10", "VIP"]}));
    assert_eq!(earns(run, setting.clone(), &one_of_a()), "10.00");
    assert_eq!(earns(run, setting, &one_of_a().codes(["VIP"])), "25.00");
}

fn a_coupon_rate_is_found_in_any_case(run: &Run) {
    let setting = with_rates([rate(json!({"coupon": "anna10"}), percent("25"))]);
    assert_eq!(earns(run, setting, &one_of_a()), "25.00");
}

fn two_conditions_must_both_hold(run: &Run) {
    let setting =
        || with_rates([rate(json!({"coupon": "ANNA10", "customer": "new"}), percent("25"))]);
    let (first, second) = (Order::nth(1, "100.00"), Order::nth(2, "100.00"));
    let result = run.play(&setting().order(&first).order(&second));
    assert_eq!(result.order(&first).commission(), "25.00");
    assert_eq!(result.order(&second).commission(), "10.00");
}

fn the_cap_bounds_the_sum_of_special_and_usual(run: &Run) {
    let setting = with_rates([rate(json!({"product_id": A}), percent("50"))])
        .program(json!({"cap_per_order": "40.00"}));
    let order = Order::of([line("A", 1, "80.00"), line("B", 1, "100.00")]);
    let result = run.play(&setting.order(&order));
    // 40.00 and 10.00 share the cap in proportion.
    assert_eq!(result.order(&order).commission(), "40.00");
    assert_eq!(result.order(&order).lines("commission"), ["32.00", "8.00"]);
}

fn the_minimum_order_counts_special_products(run: &Run) {
    let setting = with_rates([rate(json!({"product_id": A}), percent("1"))])
        .program(json!({"minimum_order": "100.00"}));
    let order = Order::of([line("A", 1, "60.00"), line("B", 1, "40.00")]);
    assert_eq!(earns(run, setting, &order), "4.60");
}

fn a_special_flat_amount_per_order_is_paid_beside_the_programs(run: &Run) {
    let setting = with_rates([rate(json!({"product_id": A}), flat_per_order("7.00"))])
        .program(json!({"commission": flat_per_order("10.00")}));
    let order = Order::of([line("A", 3, "10.00"), line("B", 1, "10.00")]);
    assert_eq!(earns(run, setting, &order), "17.00");
}

fn a_line_without_a_product_earns_the_programs_rate(run: &Run) {
    let order = Order::single("100.00");
    let mut payload = order.payload();
    payload["line_items"][0]["product_id"] = Value::Null;
    payload["line_items"][0]["variant_id"] = Value::Null;
    let setting = with_rates([rate(json!({"product_id": A}), percent("50"))]);
    let told = setting.webhook(&order.created_at, "orders/create", payload);
    assert_eq!(run.play(&told).order(&order).commission(), "10.00");
}

fn a_rate_of_nothing_pays_nothing_and_is_no_exclusion(run: &Run) {
    let setting = with_rates([rate(json!({"product_id": A}), percent("0"))]);
    let order = one_of_a();
    let result = run.play(&setting.order(&order));
    assert_eq!(result.order(&order).affiliate(), Some("anna"));
    assert_eq!(
        (result.order(&order).commission(), result.order(&order).sales()),
        ("0.00", "100.00")
    );
}
