use std::collections::HashMap;

use super::*;

fn classic() -> HashMap<&'static str, &'static str> {
    HashMap::from([
        ("x-shopify-topic", "orders/create"),
        ("x-shopify-hmac-sha256", "digest"),
        ("x-shopify-shop-domain", "some-shop.myshopify.com"),
        ("x-shopify-webhook-id", "w1"),
        ("x-shopify-event-id", "e1"),
        ("x-shopify-triggered-at", "2026-11-01T15:00:00.123456789Z"),
        ("x-shopify-api-version", "2026-10"),
    ])
}

fn events() -> HashMap<&'static str, &'static str> {
    classic().into_iter().map(|(name, value)| (name.strip_prefix("x-").unwrap(), value)).collect()
}

fn read<'a>(headers: &HashMap<&str, &'a str>) -> Result<WebhookHeaders<'a>, WebhookError> {
    WebhookHeaders::read(|name| headers.get(name).copied())
}

#[test]
fn both_families_are_read_alike() {
    let headers = read(&classic()).unwrap();
    assert_eq!(headers, read(&events()).unwrap());
    assert_eq!(headers.topic, Topic::OrdersCreate);
    assert_eq!(headers.webhook_id, "w1");
    assert_eq!(headers.event_id, Some("e1"));
    assert_eq!(headers.triggered_at.unwrap().micros() % 1_000_000, 123_456);
}

#[test]
fn a_shop_of_one_family_is_never_taken_with_a_digest_of_the_other() {
    let mut headers = classic();
    headers.remove("x-shopify-shop-domain");
    headers.insert("shopify-shop-domain", "victim.myshopify.com");
    assert_eq!(read(&headers), Err(WebhookError::MissingHeader("x-shopify-shop-domain")));
    headers.insert("x-shopify-shop-domain", "some-shop.myshopify.com");
    assert_eq!(read(&headers).unwrap().shop.as_str(), "some-shop.myshopify.com");
}

#[test]
fn each_needed_header_is_missed_by_name_and_is_400() {
    for name in [
        "x-shopify-topic",
        "x-shopify-hmac-sha256",
        "x-shopify-shop-domain",
        "x-shopify-webhook-id",
    ] {
        let mut headers = classic();
        headers.remove(name);
        let error = read(&headers).unwrap_err();
        assert_eq!(error, WebhookError::MissingHeader(name));
        assert_eq!(error.status(), 400);
        headers.insert(name, "");
        assert_eq!(read(&headers).unwrap_err(), WebhookError::MissingHeader(name));
    }
}

#[test]
fn optional_headers_may_be_absent_and_a_bad_time_counts_as_absent() {
    let mut headers = classic();
    for name in ["x-shopify-event-id", "x-shopify-api-version"] {
        headers.remove(name);
    }
    headers.insert("x-shopify-triggered-at", "yesterday");
    let headers = read(&headers).unwrap();
    assert_eq!((headers.event_id, headers.api_version, headers.triggered_at), (None, None, None));
}

#[test]
fn a_shop_that_is_none_is_400() {
    let mut headers = classic();
    headers.insert("x-shopify-shop-domain", "evil.example");
    assert_eq!(read(&headers).unwrap_err(), WebhookError::BadShop);
    assert_eq!(WebhookError::BadShop.status(), 400);
}

#[test]
fn topics_read_back_as_written() {
    for name in ["orders/create", "refunds/create", "customers/redact", "carts/create", "Refund"] {
        assert_eq!(Topic::parse(name).as_str(), name);
    }
    assert_eq!(Topic::parse("carts/create"), Topic::Other("carts/create".into()));
    assert!(Topic::OrdersPaid.carries_order() && !Topic::OrdersEdited.carries_order());
}

#[test]
fn digests_are_accepted_only_in_their_canonical_spelling() {
    let secrets = AppSecrets::new("hush".into(), None).unwrap();
    let digest = sign_webhook(b"{}", &secrets);
    assert_eq!(verify_webhook(b"{}", &digest, &secrets), Ok(()));
    let unpadded = digest.trim_end_matches('=').to_owned();
    for wrong in [unpadded, format!("{digest}="), format!(" {digest}"), String::new()] {
        let error = verify_webhook(b"{}", &wrong, &secrets).unwrap_err();
        assert_eq!((error.status(), &error), (401, &WebhookError::BadDigest), "{wrong}");
    }
}
