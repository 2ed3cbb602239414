//! Orders of Shopify's shape with amounts that must come out: `tests/fixtures/shopify/synthetic`. The
//! program pays 100 %, so that the commission is the base.

use serde_json::{Value, json};

use super::{
    builder::{Scenario, later, percent},
    harness::{Run, golden},
};

golden![
    orders_of_every_kind_have_the_expected_base,
    orders_that_never_count_earn_nothing,
    refunds_take_back_what_is_expected,
];

/// A fixture by name.
macro_rules! fixture {
    ($name:literal) => {
        serde_json::from_str::<Value>(include_str!(concat!(
            "../../fixtures/shopify/synthetic/",
            $name,
            ".json"
        )))
        .expect("JSON")
    };
}

/// A shop in the order's currency in which Anna gets everything, whoever bought and wherever.
fn all_for_anna(order: &Value) -> Scenario {
    let products: Vec<u64> = order["line_items"]
        .as_array()
        .expect("lines")
        .iter()
        .filter_map(|line| line["product_id"].as_u64())
        .collect();
    Scenario::golden()
        .shop(json!({"currency": order["currency"]}))
        .program(json!({"commission": percent("100")}))
        .affiliate("anna", json!({"products": products}))
        .webhook(at(order), "orders/create", order.clone())
}

fn at(order: &Value) -> &str {
    order["updated_at"].as_str().expect("a time")
}

fn orders_of_every_kind_have_the_expected_base(run: &Run) {
    let expected = fixture!("EXPECTED");
    for (name, order) in [
        ("order_jpy_zero_decimal", fixture!("order_jpy_zero_decimal")),
        ("order_kwd_three_decimal", fixture!("order_kwd_three_decimal")),
        ("order_bhd_three_decimal", fixture!("order_bhd_three_decimal")),
        ("order_multicurrency_usd_eur", fixture!("order_multicurrency_usd_eur")),
        ("order_zero_total", fixture!("order_zero_total")),
        ("order_with_tip", fixture!("order_with_tip")),
        ("order_gift_card_sold", fixture!("order_gift_card_sold")),
        ("order_paid_with_gift_card", fixture!("order_paid_with_gift_card")),
        ("order_edited_after", fixture!("order_edited_after")),
        ("order_tax_included", fixture!("order_tax_included")),
        ("order_tax_excluded", fixture!("order_tax_excluded")),
        ("order_pos_no_customer", fixture!("order_pos_no_customer")),
        ("order_landing_site_fallback", fixture!("order_landing_site_fallback")),
        ("order_hostile_note_attributes", fixture!("order_hostile_note_attributes")),
        ("order_subscription_first", fixture!("order_subscription_first")),
        ("order_subscription_renewal", fixture!("order_subscription_renewal")),
    ] {
        let result = run.play(&all_for_anna(&order));
        let played = result.only_order();
        assert_eq!(played.affiliate(), Some("anna"), "{name}");
        let base = &expected[name]["goods_net_remaining_after_edits_ex_tax"];
        assert_eq!(played.commission(), base, "{name}");
    }
}

fn orders_that_never_count_earn_nothing(run: &Run) {
    for order in [fixture!("order_test_flag"), fixture!("order_cancelled_fraud_voided")] {
        let result = run.play(&all_for_anna(&order));
        assert!(result.only_order().amounts().is_empty(), "{}", order["name"]);
        assert_eq!(result.balance("anna"), ("0.00", "0.00", "0.00"));
    }
}

fn refunds_take_back_what_is_expected(run: &Run) {
    for (order, refund, amounts) in [
        (
            fixture!("order_tax_included"),
            fixture!("refund_tax_included_one_of_two"),
            &["100.00", "-50.00"][..],
        ),
        (
            fixture!("order_multicurrency_usd_eur"),
            fixture!("refund_multicurrency_partial_jacket"),
            &["115.00", "-90.00"],
        ),
        (fixture!("order_tax_excluded"), fixture!("refund_shipping_only"), &["100.00"]),
        (
            fixture!("order_tax_excluded"),
            fixture!("refund_goodwill_amount_only"),
            &["100.00", "-15.00"],
        ),
        (
            fixture!("order_tax_excluded"),
            fixture!("refund_item_kept_part_restocking_fee"),
            &["100.00", "-100.00"],
        ),
        // Its money has not moved: it counts when it has.
        (fixture!("order_tax_excluded"), fixture!("refund_pending_transaction"), &["100.00"]),
    ] {
        assert_eq!(refund["order_id"], order["id"], "the fixtures belong together");
        let then = later(at(&order), 86_400);
        let scenario = all_for_anna(&order).webhook(&then, "refunds/create", refund.clone());
        assert_eq!(run.play(&scenario).only_order().amounts(), amounts, "{}", refund["id"]);
    }
}
