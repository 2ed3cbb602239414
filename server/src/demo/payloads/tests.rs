//! The payloads read as the app reads Shopify's, and their sums hold to the cent.

use domain::order::{OrderSnapshot, PaymentStatus};
use shopify::{fingerprint::Fingerprinter, payloads};

use super::*;

fn now() -> UtcTime {
    UtcTime::parse("2026-03-01T12:00:00Z").unwrap()
}

/// Three mugs and two candles, with an odd discount, so that nothing divides evenly.
fn order() -> DemoOrder {
    let line =
        |id, product, quantity| Line { id, product, quantity, refunded: 0, discount_minor: 0 };
    let mut lines = vec![line(11, CATALOGUE[0], 3), line(12, CATALOGUE[3], 2)];
    let seven = Coupon { code: "SEVEN".to_owned(), saving: Saving::Percent(BasisPoints(700)) };
    discount(&mut lines, seven.saving);
    DemoOrder {
        id: 9_007_199_254_740_993,
        number: 1001,
        placed_at: now(),
        updated_at: now(),
        cancelled_at: None,
        email: "visitor@example.com".to_owned(),
        coupon: Some(seven),
        attributes: vec![("__rf".to_owned(), "v1.a.b".to_owned())],
        lines,
        refunds: Vec::new(),
    }
}

fn read(order: &DemoOrder) -> OrderSnapshot {
    let body = serde_json::to_vec(&order.payload()).unwrap();
    payloads::order_snapshot(&body, now(), &Fingerprinter::new(b"key").unwrap(), "__rf").unwrap()
}

fn minor(amount: &Value) -> i64 {
    Money::parse(amount.as_str().unwrap(), CURRENCY).unwrap().minor
}

#[test]
fn an_order_reads_as_shopifys_would() {
    let read = read(&order());
    assert_eq!(read.shopify_order_id.0, 9_007_199_254_740_993);
    assert_eq!((read.name.as_str(), read.payment), ("#1001", PaymentStatus::Paid));
    assert_eq!(read.attribution_tokens, ["v1.a.b"]);
    assert_eq!(read.discount_codes, ["SEVEN"]);
    assert_eq!(read.lines.len(), 2);
    assert_eq!(read.total_minor, 12_700 - 889);
}

#[test]
fn prices_less_discounts_are_the_subtotal() {
    let payload = order().payload();
    let lines = payload["line_items"].as_array().unwrap();
    let prices: i64 =
        lines.iter().map(|line| minor(&line["price"]) * line["quantity"].as_i64().unwrap()).sum();
    let discounts: i64 =
        lines.iter().map(|line| minor(&line["discount_allocations"][0]["amount"])).sum();
    assert_eq!(discounts, minor(&payload["total_discounts"]));
    assert_eq!(prices - discounts, minor(&payload["subtotal_price"]));
}

#[test]
fn units_given_back_one_by_one_return_exactly_what_the_line_cost() {
    let mut order = order();
    let net = order.lines[0].gross_minor() - order.lines[0].discount_minor;
    let mut given = 0;
    for id in 1..=3 {
        let refund = order.refund(&[(11, 1)], id, now()).unwrap();
        let body = serde_json::to_vec(&refund).unwrap();
        let (order_id, refund, _) = payloads::refund(&body, CURRENCY).unwrap();
        assert_eq!(order_id.0, order.id);
        given += refund.lines.iter().map(|line| line.subtotal_minor).sum::<i64>();
    }
    assert_eq!(given, net);
    assert!(order.refund(&[(11, 1)], 4, now()).is_none(), "a fourth of three");
    assert_eq!(read(&order).payment, PaymentStatus::PartiallyRefunded);
}

#[test]
fn everything_given_back_at_once_is_the_total_and_the_order_says_so() {
    let mut order = order();
    order.refund(&[(12, 1)], 1, now()).unwrap();
    order.refund(&[(11, 3), (12, 2)], 2, now()).unwrap();
    let read = read(&order);
    let lines = read.refunds.iter().flat_map(|refund| &refund.lines);
    assert_eq!(lines.map(|line| line.subtotal_minor).sum::<i64>(), read.total_minor);
    assert_eq!(read.payment, PaymentStatus::Refunded);
}

#[test]
fn a_cancelled_order_says_when() {
    let order = DemoOrder { cancelled_at: Some(now()), ..order() };
    assert_eq!(read(&order).cancelled_at, Some(now()));
}

#[test]
fn who_buys_again_with_the_same_address_is_the_same_customer() {
    assert_eq!(customer_id("dora@example.com"), customer_id(" Dora@Example.com "));
    assert_ne!(customer_id("dora@example.com"), customer_id("emil@example.com"));
}
