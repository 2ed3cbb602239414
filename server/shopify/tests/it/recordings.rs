//! Payloads of Shopify's documentation and of real stores, when this machine has them.

use domain::order::{OrderSnapshot, PaymentStatus};
use serde_json::Value;
use shopify::payloads::{self, PayloadError};

use crate::fixtures::{files, line_net, order, recordings, refund};

fn folder(name: &str) -> Vec<(String, Vec<u8>)> {
    recordings().map(|root: std::path::PathBuf| files(&root.join(name))).unwrap_or_default()
}

/// The body inside the envelope that REST answers have.
fn unwrapped(body: &[u8], key: &str) -> Option<Vec<u8>> {
    let value: Value = serde_json::from_slice(body).unwrap();
    value.get(key).map(|inner| serde_json::to_vec(inner).unwrap())
}

/// Σ price × quantity and Σ line net, to compare with the payload's own totals.
fn check_identities(name: &str, body: &[u8], order: &OrderSnapshot) {
    let payload: Value = serde_json::from_slice(body).unwrap();
    let minor = |key: &str| {
        let text = payload[key].as_str()?;
        Some(domain::money::Money::parse(text, order.currency).unwrap().minor)
    };
    let gross = order.lines.iter().map(|line| line.unit_price_minor * line.quantity).sum::<i64>();
    let net = order.lines.iter().map(line_net).sum::<i64>();
    let tax = order.lines.iter().map(|line| line.tax_minor).sum::<i64>();
    assert_eq!(minor("total_line_items_price").unwrap_or(gross), gross, "{name}");
    assert_eq!(minor("subtotal_price"), Some(net), "{name}");
    let on_top = if order.taxes_included { 0 } else { tax };
    assert_eq!(order.total_minor, net + order.shipping_minor + on_top, "{name}");
}

#[test]
fn orders_of_real_stores_parse_and_add_up() {
    for (name, body) in folder("real-orders") {
        if name.starts_with("order") {
            let order = order(&body).unwrap_or_else(|error| panic!("{name}: {error}"));
            check_identities(&name, &body, &order);
        } else if name.starts_with("refund") {
            let (_, refund, _) = refund(&body).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(refund.lines.len(), 1, "{name}");
        }
    }
}

#[test]
fn a_code_of_a_draft_order_is_found_once_though_its_type_is_manual() {
    for (name, body) in folder("real-orders") {
        let order = match name.as_str() {
            "orders_create__2025-01_HKD_percentage_code_plus_automatic" => order(&body).unwrap(),
            _ => continue,
        };
        assert_eq!(order.discount_codes, ["0124D"]);
        assert_eq!(order.lines[0].discount_minor, 1910);
    }
}

#[test]
fn the_sample_of_every_order_topic_is_cancelled_voided_and_a_test() {
    for (name, body) in folder("official-webhooks-2026-04") {
        if name != "orders__create" {
            continue;
        }
        let order = order(&body).unwrap();
        assert_eq!(order.shopify_order_id.0, 820_982_911_946_154_508);
        assert!(order.test && order.cancelled_at.is_some());
        assert_eq!(order.payment, PaymentStatus::Voided);
        assert_eq!(order.shipping_minor, 0, "10.00 discounted to nothing");
    }
}

#[test]
fn every_sample_of_the_webhook_reference_parses() {
    for (name, body) in folder("official-webhooks-2026-04") {
        let result = match name.as_str() {
            "orders__create" => order(&body).map(drop),
            "refunds__create" => refund(&body).map(drop),
            "orders__edited" => payloads::order_edit(&body).map(drop),
            "orders__delete" => payloads::order_deleted(&body).map(drop),
            "order_transactions__create" => payloads::order_transaction(&body).map(drop),
            "disputes__create" | "disputes__update" => payloads::dispute(&body).map(drop),
            "app__uninstalled" => payloads::shop(&body).map(drop),
            "customers__data_request" => payloads::customer_request(&body).map(drop),
            "customers__redact" => payloads::customer_redact(&body).map(drop),
            "shop__redact" => payloads::shop_redact(&body).map(drop),
            _ => continue,
        };
        assert_eq!(result, Ok(()), "{name}");
    }
}

#[test]
fn orders_and_refunds_of_the_rest_reference_parse() {
    for (name, body) in folder("rest-2026-07") {
        if let Some(body) = unwrapped(&body, "order") {
            let order = order(&body).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(!order.lines.is_empty(), "{name}");
        }
        // Calculated refunds have no id: they never happened.
        if let Some(body) = unwrapped(&body, "refund").filter(|_| name.contains("create")) {
            refund(&body).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }
}

#[test]
fn the_discrepancy_and_the_shipping_refund_of_the_rest_reference_keep_their_signs() {
    for (name, body) in folder("rest-2026-07") {
        match name.as_str() {
            "order_cancel_one_item_refund_bogus_plus_gift_card_with_discrepancy" => {
                let order = order(&unwrapped(&body, "order").unwrap()).unwrap();
                let refund = &order.refunds[0];
                assert_eq!((refund.kept_minor, refund.beyond_items_minor), (8964, 0));
            }
            "refund_create_shipping_only_5_00" => {
                let (_, refund, _) = refund(&unwrapped(&body, "refund").unwrap()).unwrap();
                assert_eq!((refund.shipping_minor, refund.beyond_items_minor), (500, 0));
            }
            _ => {}
        }
    }
}

/// Values there are dummies of the right type, so the first field that must be more than text says so.
#[test]
fn anonymised_deliveries_fail_only_at_a_value_and_by_name() {
    for (name, body) in folder("anonymised-real") {
        let result: Result<(), PayloadError> = match name.split("__").nth(1).unwrap() {
            "orders_1" => order(&body).map(drop),
            "refunds_1" => refund(&body).map(drop),
            "disputes_1" => payloads::dispute(&body).map(drop),
            "order_transactions_1" => payloads::order_transaction(&body).map(drop),
            _ => continue,
        };
        let error = result.unwrap_err();
        let is_value = error.path.ends_with("currency") || error.path.ends_with("amount");
        assert!(is_value, "{name}: {error}");
    }
}
