//! The payloads have Shopify's full shape and obey the identities that hold on all real captures
//! (shopify.md 3.4).

use serde_json::Value;

use super::{Order, day, line};

/// An order with everything in it.
fn full() -> Order {
    Order::of([
        line("A", 3, "30.01").discount("6.00").tax("4.80"),
        line("B", 1, "40.00").discount("4.00").tax("3.20"),
        line("C", 1, "25.00").gift_card(),
        line("Tip", 1, "5.00").tip(),
    ])
    .shipping("10.00")
    .duties("12.00")
}

/// A field as cents.
fn cents(object: &Value, field: &str) -> i64 {
    let digits = object[field].as_str().expect("an amount").replace('.', "");
    digits.parse().expect("digits")
}

fn lines(order: &Value) -> &[Value] {
    order["line_items"].as_array().expect("lines")
}

#[test]
fn order_payloads_have_every_key_of_shopifys_own_sample() {
    let sample: Value =
        serde_json::from_str(include_str!("../../../fixtures/shopify/orders__create.json"))
            .expect("JSON");
    let payload = full().payload();
    assert_has_keys(&payload, &sample, "");
    assert_has_keys(&payload["line_items"][0], &sample["line_items"][0], "line_items");
    assert_has_keys(&payload["shipping_lines"][0], &sample["shipping_lines"][0], "shipping_lines");
}

#[test]
fn refund_payloads_have_every_key_of_shopifys_own_sample() {
    let sample: Value =
        serde_json::from_str(include_str!("../../../fixtures/shopify/refunds__create.json"))
            .expect("JSON");
    let payload = full().full_refund(&day(1)).payload();
    assert_has_keys(&payload, &sample, "");
    let (item, sample_item) = (&payload["refund_line_items"][0], &sample["refund_line_items"][0]);
    assert_has_keys(item, sample_item, "refund_line_items");
    assert!(item["subtotal"].is_f64(), "Shopify writes a number here, not a text");
}

#[track_caller]
fn assert_has_keys(payload: &Value, sample: &Value, place: &str) {
    let known = payload.as_object().expect("an object");
    let missing: Vec<_> = sample
        .as_object()
        .expect("an object")
        .keys()
        .filter(|key| !known.contains_key(*key))
        .collect();
    assert!(missing.is_empty(), "{place} lacks {missing:?}");
}

#[test]
fn the_sums_of_an_order_agree_with_its_lines() {
    for order in [full(), full().taxes_included()] {
        let payload = order.payload();
        let goods = lines(&payload).iter().filter(|line| line.get("tip_payment_gateway").is_none());
        let (mut list, mut net) = (0, 0);
        for line in goods {
            let quantity = line["quantity"].as_i64().expect("a number");
            let allocations = line["discount_allocations"].as_array().expect("allocations");
            let discount: i64 = allocations.iter().map(|part| cents(part, "amount")).sum();
            list += cents(line, "price") * quantity;
            net += cents(line, "price") * quantity - discount;
        }
        assert_eq!(list, cents(&payload, "total_line_items_price"));
        assert_eq!(net, cents(&payload, "subtotal_price"));
        let tax_on_top =
            if payload["taxes_included"] == true { 0 } else { cents(&payload, "total_tax") };
        let extras = 1_000 + tax_on_top + cents(&payload, "total_tip_received") + 1_200;
        assert_eq!(net + extras, cents(&payload, "total_price"));
    }
}

#[test]
fn the_money_of_a_refund_agrees_with_its_items_and_adjustments() {
    for order in [full(), full().taxes_included()] {
        let refund = order.refund(&day(1)).units("A", 2).shipping("10.00").kept("3.00");
        let payload = refund.payload();
        let is_included = order.payload()["taxes_included"] == true;
        let items: i64 = payload["refund_line_items"]
            .as_array()
            .expect("items")
            .iter()
            .map(|item| {
                let amount = |field: &str| cents(&item[field]["shop_money"], "amount");
                amount("subtotal_set") + if is_included { 0 } else { amount("total_tax_set") }
            })
            .sum();
        let adjustments: i64 = payload["order_adjustments"]
            .as_array()
            .expect("adjustments")
            .iter()
            .map(|adjustment| cents(adjustment, "amount") + cents(adjustment, "tax_amount"))
            .sum();
        assert_eq!(items - adjustments, cents(&payload["transactions"][0], "amount"));
    }
}

#[test]
fn a_fully_refunded_order_says_so() {
    let order = full();
    let after = order.refunded(&order.full_refund(&day(1))).payload();
    assert_eq!(after["financial_status"], "refunded");
    assert!(lines(&after).iter().all(|line| line["current_quantity"] == 0));
    assert_eq!(after["total_price"], order.payload()["total_price"]);
    assert!(after["updated_at"].as_str() > order.payload()["updated_at"].as_str());
}
