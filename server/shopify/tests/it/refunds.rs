//! What a refund means, rule by rule.

use domain::{
    ids::ShopifyId,
    money::Currency,
    order::{Refund, RefundLine, RefundSettlement},
};
use serde_json::{Value, json};
use shopify::payloads::{self, PayloadError};

use crate::fixtures::{order, refund, synthetic};

fn named(name: &str) -> Refund {
    refund(&synthetic(name).remove(0).1).unwrap().1
}

/// A refund made of these parts, in USD.
fn with(parts: Value) -> Result<Refund, PayloadError> {
    let mut body = json!({"id": 5, "order_id": 1, "created_at": "2026-11-05T10:00:00Z"});
    body.as_object_mut().unwrap().extend(parts.as_object().unwrap().clone());
    refund(body.to_string().as_bytes()).map(|(_, refund, _)| refund)
}

fn transaction(status: &str, amount: &str, currency: Value) -> Value {
    json!({"kind": "refund", "status": status, "amount": amount, "currency": currency})
}

#[test]
fn an_included_tax_is_told_beside_the_subtotal() {
    let line = RefundLine {
        line_id: ShopifyId(60_000_000_120_011),
        quantity: 1,
        subtotal_minor: 6000,
        tax_minor: 1000,
    };
    let refund = named("refund_tax_included_one_of_two");
    assert_eq!(refund.lines, [line]);
    assert_eq!(refund.settlement, RefundSettlement::Settled);
}

#[test]
fn a_refund_in_another_currency_is_read_in_the_shops() {
    let body = synthetic("refund_multicurrency").remove(0).1;
    let euro = Currency::parse("EUR").unwrap();
    let (order_id, refund, currency) = payloads::refund(&body, euro).unwrap();
    assert_eq!((order_id, currency), (ShopifyId(6_000_000_003_001), Some(Currency::USD)));
    assert_eq!(refund.lines[0].subtotal_minor, 9000, "90.00 USD, though 82.80 EUR moved");
    assert_eq!(refund.beyond_items_minor, 0);
}

#[test]
fn shipping_listed_twice_counts_once_and_never_beyond_the_items() {
    let refund = named("refund_shipping_only");
    assert_eq!((refund.shipping_minor, refund.shipping_tax_minor), (1000, 0));
    assert_eq!((refund.beyond_items_minor, refund.kept_minor), (0, 0));
    let set = json!({"shop_money": {"amount": "10.00", "currency_code": "USD"}});
    for parts in [
        json!({"refund_shipping_lines": [{"subtotal_amount_set": set}]}),
        json!({"order_adjustments": [{"kind": "shipping_refund", "amount": "-10.00"}]}),
        json!({"order_adjustments": [{"reason": "Shipping refund", "amount": "-10.00"}]}),
    ] {
        let moved = json!([transaction("success", "10.00", json!("USD"))]);
        let mut parts = parts;
        parts["transactions"] = moved;
        let refund = with(parts).unwrap();
        assert_eq!((refund.shipping_minor, refund.beyond_items_minor), (1000, 0));
    }
}

#[test]
fn negative_adjustments_are_given_and_positive_ones_kept() {
    assert_eq!(named("refund_goodwill").beyond_items_minor, 1500);
    assert_eq!(named("refund_goodwill").kept_minor, 0);
    let fee = named("refund_item_kept_part");
    assert_eq!((fee.kept_minor, fee.beyond_items_minor), (1800, 0));
    let both = with(json!({"order_adjustments": [
        {"kind": "refund_discrepancy", "amount": "-5.00", "tax_amount": "-0.50"},
        {"kind": "refund_discrepancy", "amount": "2.00", "tax_amount": "0.20"},
        {"kind": "shipping_refund", "amount": "-4.00", "tax_amount": "-0.40"},
    ]}))
    .unwrap();
    assert_eq!((both.beyond_items_minor, both.beyond_items_tax_minor), (500, 50));
    assert_eq!(both.kept_minor, 200);
    assert_eq!((both.shipping_minor, both.shipping_tax_minor), (400, 40));
}

#[test]
fn the_money_itself_counts_only_when_nothing_else_tells_and_in_the_shops_currency() {
    let usd = json!("USD");
    let moved = |transactions: Value| with(json!({"transactions": transactions})).unwrap();
    let count = |transactions: Value| moved(transactions).beyond_items_minor;
    assert_eq!(count(json!([transaction("success", "15.00", usd.clone())])), 1500);
    assert_eq!(count(json!([transaction("success", "15.00", json!("EUR"))])), 0);
    assert_eq!(count(json!([transaction("success", "15.00", json!(null))])), 0);
    assert_eq!(
        count(json!([
            transaction("success", "15.00", usd.clone()),
            transaction("pending", "3.00", usd.clone()),
            transaction("failure", "4.00", usd.clone()),
            {"kind": "sale", "status": "success", "amount": "99.00", "currency": "USD"},
        ])),
        1500
    );
    let pending = moved(json!([transaction("pending", "15.00", usd.clone())]));
    assert_eq!(pending.settlement, RefundSettlement::Pending);
    assert_eq!(pending.beyond_items_minor, 1500, "what it will be");

    let duties = json!({"shop_money": {"amount": "6.00", "currency_code": "USD"}});
    let with_duties = with(json!({
        "transactions": [transaction("success", "15.00", usd.clone())], "total_duties_set": duties,
    }));
    assert_eq!(with_duties.unwrap().beyond_items_minor, 900, "duties are not goods");

    let with_items = with(json!({
        "transactions": [transaction("success", "100.00", usd)],
        "refund_line_items": [{"line_item_id": 1, "quantity": 1, "subtotal": 90}],
    }));
    assert_eq!(with_items.unwrap().beyond_items_minor, 0);
}

#[test]
fn settlement_follows_the_refund_transactions() {
    let settled = |statuses: &[&str]| {
        let transactions: Vec<Value> =
            statuses.iter().map(|status| transaction(status, "1.00", json!("USD"))).collect();
        with(json!({"transactions": transactions})).unwrap().settlement
    };
    assert_eq!(settled(&[]), RefundSettlement::Settled);
    assert_eq!(settled(&["success", "failure", "pending"]), RefundSettlement::Settled);
    assert_eq!(settled(&["pending", "failure"]), RefundSettlement::Pending);
    assert_eq!(settled(&["awaiting_response"]), RefundSettlement::Pending);
    assert_eq!(settled(&["failure", "error"]), RefundSettlement::Failed);
    assert_eq!(named("refund_pending").settlement, RefundSettlement::Pending);
    let other = json!({"transactions": [{"kind": "void", "status": "failure"}]});
    assert_eq!(with(other).unwrap().settlement, RefundSettlement::Settled);
}

#[test]
fn plain_numbers_serve_where_the_sets_are_missing() {
    let body = br#"{"id":5,"order_id":1,"created_at":"2026-11-05T10:00:00Z","refund_line_items":
        [{"line_item_id":null,"line_item":{"id":9},"quantity":"2","subtotal":195.66,"total_tax":3.98}]}"#;
    let (_, refund, currency) = refund(body).unwrap();
    assert_eq!(currency, None);
    let line =
        RefundLine { line_id: ShopifyId(9), quantity: 2, subtotal_minor: 19_566, tax_minor: 398 };
    assert_eq!(refund.lines, [line]);
}

#[test]
fn a_refund_is_the_same_alone_and_inside_its_order() {
    let body = synthetic("refund_item_kept_part").remove(0).1;
    let inner: Value = serde_json::from_slice(&body).unwrap();
    let outer = json!({
        "id": 1, "currency": "USD", "created_at": "2026-11-01T10:00:00Z", "refunds": [inner],
    });
    let snapshot = order(outer.to_string().as_bytes()).unwrap();
    assert_eq!(snapshot.refunds, [refund(&body).unwrap().1]);
}

#[test]
fn a_bad_amount_deep_inside_an_order_is_named_by_its_whole_path() {
    let outer = json!({
        "id": 1, "currency": "USD", "created_at": "2026-11-01T10:00:00Z",
        "refunds": [{"id": 5, "created_at": "2026-11-01T10:00:00Z", "refund_line_items": [
            {"line_item_id": 1, "quantity": 1, "subtotal_set": {"shop_money": {"amount": "ten"}}},
        ]}],
    });
    let error = order(outer.to_string().as_bytes()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "refunds[0].refund_line_items[0].subtotal_set.shop_money.amount: not an amount"
    );
}
