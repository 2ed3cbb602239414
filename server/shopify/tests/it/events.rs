//! The short bodies: edits, deletions, transactions, disputes, shops, privacy.

use domain::{
    ids::ShopifyId,
    money::{Currency, Money},
    time::UtcTime,
};
use serde_json::json;
use shopify::payloads::{
    self, DisputeKind, DisputeStatus, Person, TransactionKind, TransactionStatus,
};

use crate::fixtures::synthetic;

fn bytes(value: serde_json::Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

#[test]
fn an_edit_names_its_order_and_time() {
    let body = synthetic("orders_edited").remove(0).1;
    let at = UtcTime::parse("2026-11-02T09:00:00-05:00").unwrap();
    assert_eq!(payloads::order_edit(&body), Ok((ShopifyId(6_000_000_009_001), at)));
    let body = bytes(json!({"order_edit": {"order_id": 1}}));
    assert_eq!(payloads::order_edit(&body).unwrap_err().path, "order_edit.committed_at");
}

#[test]
fn a_deletion_names_its_order() {
    let body = br#"{"id":820982911946154508}"#;
    assert_eq!(payloads::order_deleted(body), Ok(ShopifyId(820_982_911_946_154_508)));
    assert_eq!(payloads::order_deleted(b"{}").unwrap_err().to_string(), "id: missing");
}

#[test]
fn a_transaction_says_what_it_does_in_the_buyers_currency() {
    let body = bytes(json!({
        "id": 7, "order_id": 1, "kind": "refund", "status": "success", "amount": "82.80",
        "currency": "EUR", "created_at": null, "processed_at": "2026-11-05T10:00:00Z",
    }));
    let transaction = payloads::order_transaction(&body).unwrap();
    assert_eq!(transaction.kind, TransactionKind::Refund);
    assert_eq!(transaction.status, TransactionStatus::Success);
    assert_eq!(transaction.amount, Some(Money::new(8280, Currency::parse("EUR").unwrap())));
    assert!(transaction.created_at.is_some());
    let body = bytes(json!({"id": 7, "order_id": 1, "kind": "emv", "amount": "1.00"}));
    let bare = payloads::order_transaction(&body).unwrap();
    assert_eq!(bare.kind, TransactionKind::Other("emv".into()));
    assert_eq!((bare.amount, bare.created_at), (None, None));
    assert!(!bare.status.is_failed());
}

#[test]
fn only_a_lost_or_accepted_chargeback_is_money_gone() {
    let dispute = |kind: &str, status: &str| {
        let body = bytes(json!({
            "id": 3, "order_id": 1, "type": kind, "status": status, "amount": "11.50",
            "currency": "CAD", "initiated_at": "2026-11-05T10:00:00Z",
        }));
        payloads::dispute(&body).unwrap()
    };
    let open = dispute("chargeback", "under_review");
    assert_eq!((&open.kind, &open.status), (&DisputeKind::Chargeback, &DisputeStatus::UnderReview));
    assert_eq!(open.order_id, Some(ShopifyId(1)));
    assert!(!open.is_lost_chargeback());
    assert!(dispute("chargeback", "lost").is_lost_chargeback());
    assert!(dispute("chargeback", "accepted").is_lost_chargeback());
    assert!(!dispute("chargeback", "won").is_lost_chargeback());
    assert!(!dispute("inquiry", "lost").is_lost_chargeback());
}

#[test]
fn a_shop_is_its_id_and_whatever_else_it_says() {
    let body = bytes(json!({
        "id": 5, "name": "Super Toys", "email": "a@b.c", "myshopify_domain": "toys.myshopify.com",
        "currency": "usd", "iana_timezone": "America/New_York", "domain": "toys.example",
    }));
    let shop = payloads::shop(&body).unwrap();
    assert_eq!(shop.domain.unwrap().handle(), "toys");
    assert_eq!(shop.currency, Some(Currency::USD));
    assert_eq!(shop.iana_timezone.as_deref(), Some("America/New_York"));
    let body = bytes(json!({"id": 5, "myshopify_domain": null, "iana_timezone": null}));
    let bare = payloads::shop(&body).unwrap();
    assert_eq!((bare.id, bare.domain, bare.iana_timezone), (ShopifyId(5), None, None));
}

#[test]
fn privacy_bodies_may_know_a_person_by_mail_alone() {
    let body = bytes(json!({
        "shop_id": 954_889, "shop_domain": "toys.myshopify.com",
        "customer": {"id": 191_167, "email": "john@example.com", "phone": "555-625-1199"},
        "orders_requested": [299_938, "280263"], "data_request": {"id": 9999},
    }));
    let request = payloads::customer_request(&body).unwrap();
    assert_eq!(request.order_ids, [ShopifyId(299_938), ShopifyId(280_263)]);
    assert_eq!(request.request_id, Some(ShopifyId(9999)));
    assert_eq!(request.person.customer_id, Some(ShopifyId(191_167)));

    let body = bytes(json!({"shop_id": 1, "customer": {"email": "john@example.com"}}));
    let redact = payloads::customer_redact(&body).unwrap();
    let person = Person { email: Some("john@example.com".into()), ..Person::default() };
    assert_eq!((redact.person, redact.order_ids), (person, Vec::new()));

    let bad = bytes(json!({"shop_id": 1, "orders_to_redact": [1, "x"]}));
    let error = payloads::customer_redact(&bad).unwrap_err();
    assert_eq!(error.to_string(), "orders_to_redact[1]: not an id");
    assert_eq!(payloads::shop_redact(b"{\"shop_id\":1}").unwrap().shop_id, ShopifyId(1));
}
