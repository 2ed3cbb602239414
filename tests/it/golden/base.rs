//! What the commission is computed from, and how it is rounded: G01–G28, G83.

use serde_json::json;

use super::{
    builder::{Order, Scenario, flat_per_item, flat_per_order, line, percent, rate},
    harness::{Run, golden},
};

golden![
    g01_reference_order_earns_ten_percent_of_ninety,
    g02_shipping_counts_when_it_is_in_the_base,
    g03_tax_counts_when_it_is_in_the_base,
    g04_discounts_are_ignored_when_the_program_says_so,
    g05_a_flat_amount_per_order_is_paid_once,
    g06_a_flat_amount_per_item_is_paid_for_each_unit,
    g07_shipping_is_left_out_by_default,
    g08_shipping_that_counts_gives_the_whole_hundred,
    g09_an_order_of_excluded_products_has_no_referral,
    g10_only_eligible_lines_earn,
    g11_a_special_rate_beats_the_exclusion_of_its_product,
    g13_tax_inside_the_price_is_taken_out,
    g14_tax_inside_the_price_stays_when_it_counts,
    g15_a_half_cent_is_rounded_up,
    g16_shipping_never_lowers_the_base,
    g17_shipping_in_the_base_adds_to_it,
    g18_what_was_charged_counts_not_the_list_price,
    g19_a_gift_card_that_is_bought_earns_nothing,
    g20_a_gift_card_used_as_payment_does_not_shrink_the_base,
    g21_a_tip_earns_nothing,
    g22_duties_earn_nothing,
    g23_the_sum_is_rounded_once,
    g24_yen_have_no_decimals,
    g25_dinars_have_three_decimals,
    g26_two_cents_and_nine_tenths_are_three,
    g27_another_payout_currency_uses_the_stored_rate,
    g28_a_full_refund_is_zero_in_both_currencies,
    lines_get_their_cents_by_largest_remainder,
    a_flat_amount_per_item_skips_excluded_units,
    the_base_switches_work_together,
];

/// Plays one order in one setting: what it earns, on which base.
#[track_caller]
fn assert_earns(run: &Run, setting: Scenario, order: &Order, commission: &str, sales: &str) {
    let result = run.play(&setting.order(order));
    let played = result.order(order);
    assert_eq!(played.commission(), commission);
    assert_eq!(played.sales(), sales);
    assert_eq!(played.status(), "pending");
    assert_eq!(played.amounts(), [commission]);
    assert_eq!(played.kinds(), ["accrual"]);
}

fn g01_reference_order_earns_ten_percent_of_ninety(run: &Run) {
    let order = Order::reference();
    let result = run.play(&Scenario::golden().order(&order));
    let played = result.order(&order);
    assert_eq!(played.affiliate(), Some("anna"));
    assert_eq!(played.method(), Some("coupon"));
    assert_eq!(played.status(), "pending");
    assert_eq!(played.commission(), "9.00");
    assert_eq!(played.sales(), "90.00");
    assert_eq!(played.version(), 1);
    assert_eq!(played.lines("base"), ["54.00", "36.00"]);
    assert_eq!(played.lines("rate"), ["10%", "10%"]);
    assert_eq!(played.lines("commission"), ["5.40", "3.60"]);
    assert_eq!(played.amounts(), ["9.00"]);
    assert_eq!(played.kinds(), ["accrual"]);
    assert_eq!(result.balance("anna"), ("9.00", "0.00", "0.00"));
}

fn g02_shipping_counts_when_it_is_in_the_base(run: &Run) {
    let setting = Scenario::golden().program(json!({"base": {"shipping": true}}));
    assert_earns(run, setting, &Order::reference(), "10.00", "100.00");
}

fn g03_tax_counts_when_it_is_in_the_base(run: &Run) {
    let setting = Scenario::golden().program(json!({"base": {"tax": true}}));
    assert_earns(run, setting, &Order::reference(), "9.80", "98.00");
}

fn g04_discounts_are_ignored_when_the_program_says_so(run: &Run) {
    let setting = Scenario::golden().program(json!({"base": {"discounts": "ignore"}}));
    assert_earns(run, setting, &Order::reference(), "10.00", "100.00");
}

fn g05_a_flat_amount_per_order_is_paid_once(run: &Run) {
    let setting = Scenario::golden().program(json!({"commission": flat_per_order("10.00")}));
    assert_earns(run, setting, &Order::reference(), "10.00", "90.00");
}

fn g06_a_flat_amount_per_item_is_paid_for_each_unit(run: &Run) {
    let setting = Scenario::golden().program(json!({"commission": flat_per_item("5.00")}));
    assert_earns(run, setting, &Order::reference(), "15.00", "90.00");
}

fn g07_shipping_is_left_out_by_default(run: &Run) {
    let order = Order::single("90.00").shipping("10.00");
    assert_earns(run, Scenario::golden().percent("5"), &order, "4.50", "90.00");
}

fn g08_shipping_that_counts_gives_the_whole_hundred(run: &Run) {
    let order = Order::single("90.00").shipping("10.00");
    let setting = Scenario::golden().percent("5").program(json!({"base": {"shipping": true}}));
    assert_earns(run, setting, &order, "5.00", "100.00");
}

fn g09_an_order_of_excluded_products_has_no_referral(run: &Run) {
    let order = Order::single("50.00");
    let setting = Scenario::golden().program(json!({"exclude": {"product_ids": [632_910_392]}}));
    let result = run.play(&setting.order(&order));
    let played = result.order(&order);
    assert_eq!(played.affiliate(), None);
    assert_eq!(played.no_credit_reason(), Some("excluded_only"));
    assert!(played.has_no_conversion());
    assert!(played.amounts().is_empty());
}

fn g10_only_eligible_lines_earn(run: &Run) {
    let order = Order::of([line("A", 1, "50.00"), line("B", 1, "50.00")]);
    let setting = Scenario::golden().program(json!({"exclude": {"product_ids": [632_910_393]}}));
    assert_earns(run, setting, &order, "5.00", "50.00");
}

fn g11_a_special_rate_beats_the_exclusion_of_its_product(run: &Run) {
    let setting = Scenario::golden().percent("5").program(json!({
        "exclude": {"product_ids": [632_910_392]},
        "rates": [rate(json!({"product_id": 632_910_392}), percent("10"))],
    }));
    assert_earns(run, setting, &Order::single("20.00"), "2.00", "20.00");
}

fn g13_tax_inside_the_price_is_taken_out(run: &Run) {
    let order = Order::of([line("A", 1, "119.00").tax("19.00")]).taxes_included();
    assert_earns(run, Scenario::golden(), &order, "10.00", "100.00");
}

fn g14_tax_inside_the_price_stays_when_it_counts(run: &Run) {
    let order = Order::of([line("A", 1, "119.00").tax("19.00")]).taxes_included();
    let setting = Scenario::golden().program(json!({"base": {"tax": true}}));
    assert_earns(run, setting, &order, "11.90", "119.00");
}

fn g15_a_half_cent_is_rounded_up(run: &Run) {
    let order = Order::of([line("A", 1, "199.00").discount("59.70")]);
    assert_earns(run, Scenario::golden().percent("25"), &order, "34.83", "139.30");
}

fn g16_shipping_never_lowers_the_base(run: &Run) {
    let order = Order::single("50.00").shipping("10.00");
    assert_earns(run, Scenario::golden().percent("20"), &order, "10.00", "50.00");
}

fn g17_shipping_in_the_base_adds_to_it(run: &Run) {
    let order = Order::single("50.00").shipping("10.00");
    let setting = Scenario::golden().percent("20").program(json!({"base": {"shipping": true}}));
    assert_earns(run, setting, &order, "12.00", "60.00");
}

fn g18_what_was_charged_counts_not_the_list_price(run: &Run) {
    let order = Order::of([line("A", 1, "50.00").discount("10.00")]);
    assert_earns(run, Scenario::golden(), &order, "4.00", "40.00");
}

fn g19_a_gift_card_that_is_bought_earns_nothing(run: &Run) {
    let order = Order::of([line("A", 1, "50.00").gift_card(), line("B", 1, "25.00")]);
    assert_earns(run, Scenario::golden(), &order, "2.50", "25.00");
}

fn g20_a_gift_card_used_as_payment_does_not_shrink_the_base(run: &Run) {
    let order = Order::single("100.00").gateways(["gift_card", "shopify_payments"]);
    assert_earns(run, Scenario::golden(), &order, "10.00", "100.00");
}

fn g21_a_tip_earns_nothing(run: &Run) {
    let order = Order::of([line("A", 1, "100.00"), line("Tip", 1, "5.00").tip()]);
    assert_earns(run, Scenario::golden(), &order, "10.00", "100.00");
}

fn g22_duties_earn_nothing(run: &Run) {
    let order = Order::single("100.00").duties("12.00");
    assert_earns(run, Scenario::golden(), &order, "10.00", "100.00");
}

fn g23_the_sum_is_rounded_once(run: &Run) {
    let order = Order::of(["A", "B", "C"].map(|title| line(title, 1, "0.33")));
    assert_earns(run, Scenario::golden(), &order, "0.10", "0.99");
}

fn g24_yen_have_no_decimals(run: &Run) {
    let order = Order::of([line("A", 1, "1999")]).currency("JPY");
    let setting = Scenario::golden().shop(json!({"currency": "JPY"})).percent("7.5");
    assert_earns(run, setting, &order, "150", "1999");
}

fn g25_dinars_have_three_decimals(run: &Run) {
    // 1.2345 is rounded at the third place, half away from zero.
    let order = Order::of([line("A", 1, "12.345")]).currency("KWD");
    let setting = Scenario::golden().shop(json!({"currency": "KWD"}));
    assert_earns(run, setting, &order, "1.235", "12.345");
}

fn g26_two_cents_and_nine_tenths_are_three(run: &Run) {
    assert_earns(run, Scenario::golden(), &Order::single("29.99"), "3.00", "29.99");
}

/// Anna is paid in euros at 0.90 for a dollar.
fn paid_in_euros() -> Scenario {
    let euros = json!({"payout_currency": "EUR", "payout_rate": "0.90"});
    Scenario::golden().affiliate("anna", euros)
}

fn g27_another_payout_currency_uses_the_stored_rate(run: &Run) {
    let order = Order::single("100.00").presented_in("EUR", 9_000);
    let result = run.play(&paid_in_euros().order(&order));
    let played = result.order(&order);
    assert_eq!(played.commission(), "10.00");
    assert_eq!(played.amounts(), ["10.00"]);
    assert_eq!(played.payout_amounts(), [("9.00", "EUR")]);
}

fn g28_a_full_refund_is_zero_in_both_currencies(run: &Run) {
    // 33.33 at 10 % is 3.33 USD and 2.997 EUR: both sides round, in three steps.
    let order = Order::of([line("A", 3, "11.11")]).presented_in("EUR", 9_000);
    let first = order.refund(&super::builder::day(1)).units("A", 1);
    let then = order.refunded(&first);
    let second = then.refund(&super::builder::day(2)).units("A", 2);
    // A new rate afterwards must not matter: the order keeps the one it was made with.
    let dearer = json!({"payout_rate": "0.95"});
    let scenario = paid_in_euros()
        .order(&order)
        .refund(&first)
        .set_affiliate(&super::builder::later(&super::builder::day(1), 60), "anna", dearer)
        .refund(&second);
    let result = run.play(&scenario);
    let played = result.order(&order);
    assert_eq!(played.commission(), "0.00");
    assert_eq!(played.amounts(), ["3.33", "-1.11", "-2.22"]);
    assert_eq!(played.payout_amounts().first(), Some(&("3.00", "EUR")));
    assert_eq!(played.paid_out_minor(), 0);
}

fn lines_get_their_cents_by_largest_remainder(run: &Run) {
    let order = Order::of(["A", "B", "C"].map(|title| line(title, 1, "0.33")));
    let result = run.play(&Scenario::golden().order(&order));
    assert_eq!(result.order(&order).lines("commission"), ["0.04", "0.03", "0.03"]);
}

fn a_flat_amount_per_item_skips_excluded_units(run: &Run) {
    let setting = Scenario::golden().program(json!({
        "commission": flat_per_item("5.00"),
        "exclude": {"product_ids": [632_910_393]},
    }));
    assert_earns(run, setting, &Order::reference(), "10.00", "54.00");
}

fn the_base_switches_work_together(run: &Run) {
    let switches = json!({"base": {"shipping": true, "tax": true, "discounts": "ignore"}});
    // 100.00 of goods, 10.00 shipping, 8.00 tax.
    let setting = Scenario::golden().program(switches);
    assert_earns(run, setting, &Order::reference(), "11.80", "118.00");
}
