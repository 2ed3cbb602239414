//! What a snapshot takes from an order, rule by rule.

use domain::{
    ids::ShopifyId,
    order::{OrderSnapshot, PaymentStatus},
    time::UtcTime,
};
use serde_json::{Value, json};

use crate::fixtures::{TRIGGERED_AT, fingerprints, order, synthetic};

/// A minimal order with some keys changed or added.
fn with(changes: Value) -> OrderSnapshot {
    let mut body = json!({"id": 1, "currency": "USD", "created_at": "2026-11-01T10:00:00-05:00"});
    body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    order(body.to_string().as_bytes()).unwrap()
}

fn named(name: &str) -> OrderSnapshot {
    order(&synthetic(name).remove(0).1).unwrap()
}

#[test]
fn times_fall_back_to_the_trigger_and_the_processing() {
    let bare = with(json!({}));
    assert_eq!(bare.updated_at, TRIGGERED_AT);
    assert_eq!(bare.triggered_at, TRIGGERED_AT);
    assert_eq!(bare.ordered_at, UtcTime::parse("2026-11-01T15:00:00Z").unwrap());
    let processed = with(json!({"created_at": null, "processed_at": "2026-10-31T00:00:00Z"}));
    assert_eq!(processed.ordered_at, UtcTime::parse("2026-10-31T00:00:00Z").unwrap());
}

#[test]
fn payment_words_map_and_an_unknown_one_waits() {
    for (word, payment) in [
        (json!(null), PaymentStatus::Paid),
        (json!("paid"), PaymentStatus::Paid),
        (json!("pending"), PaymentStatus::Pending),
        (json!("authorized"), PaymentStatus::Authorized),
        (json!("partially_paid"), PaymentStatus::PartiallyPaid),
        (json!("partially_refunded"), PaymentStatus::PartiallyRefunded),
        (json!("refunded"), PaymentStatus::Refunded),
        (json!("voided"), PaymentStatus::Voided),
        (json!("expired"), PaymentStatus::Voided),
        (json!("unheard_of"), PaymentStatus::Pending),
    ] {
        assert_eq!(with(json!({"financial_status": word})).payment, payment, "{word}");
    }
    assert_eq!(with(json!({})).payment, PaymentStatus::Paid);
    assert!(with(json!({"fulfillment_status": "fulfilled"})).fulfilled);
    assert!(!with(json!({"fulfillment_status": "partial"})).fulfilled);
}

#[test]
fn codes_come_in_order_once_and_never_from_automatic_discounts() {
    let order = with(json!({
        "discount_codes": [{"code": " ANNA10 "}, {"code": "Spring"}, {"code": ""}],
        "discount_applications": [
            {"type": "automatic", "title": "Sale"},
            {"type": "discount_code", "code": "anna10"},
            {"type": "manual", "title": "DRAFT5", "description": "other"},
            {"type": "manual", "description": "vip"},
            {"type": "script", "title": "Script"},
        ],
    }));
    assert_eq!(order.discount_codes, ["ANNA10", "Spring", "DRAFT5", "vip"]);
}

#[test]
fn attribution_values_are_taken_by_name_few_and_short() {
    let long = "x".repeat(2049);
    let order = with(json!({"note_attributes": [
        {"name": "__rf", "value": "a"}, {"name": "_rf", "value": "b"}, {"name": "rf", "value": "c"},
        {"name": "__rf", "value": null}, {"name": "__rf", "value": {"deep": 1}},
        {"name": null, "value": "d"}, {"name": "__rf", "value": long}, {"name": "__rf", "value": ""},
        {"name": "__rf", "value": "e"}, {"name": "__rf", "value": "f"},
        {"name": "__rf", "value": "g"}, {"name": "__rf", "value": "h"},
    ]}));
    assert_eq!(order.attribution_tokens, ["a", "b", "e", "f", "g"]);
    assert!(named("order_hostile").attribution_tokens.is_empty());
}

#[test]
fn a_broken_escape_in_buyer_text_does_not_lose_the_order() {
    let body = r#"{"id":1,"currency":"USD","created_at":"2026-11-01T10:00:00Z",
        "note_attributes":[{"name":"__rf","value":"\ud800"},{"name":"__rf","value":"a\u0062"}],
        "landing_site":"\udfff","email":"\ud800"}"#;
    let order = order(body.as_bytes()).unwrap();
    assert_eq!(order.attribution_tokens, ["ab"]);
    assert_eq!((order.landing_site, order.email_fingerprint), (None, None));
}

#[test]
fn the_buyer_is_known_by_id_and_fingerprint_only() {
    let print = fingerprints().email("buyer@example.com");
    for order in [
        with(json!({"email": "Buyer@Example.com"})),
        with(json!({"email": "", "contact_email": "buyer@example.com"})),
        with(json!({"email": null, "customer": {"email": "buyer+x@example.com"}})),
    ] {
        assert_eq!(order.email_fingerprint, print);
        assert!(!format!("{order:?}").contains("example.com"));
    }
    let order = with(json!({"customer": {"id": 820_982_911_946_154_508_u64}}));
    assert_eq!(order.customer_id, Some(ShopifyId(820_982_911_946_154_508)));
    assert_eq!(named("order_pos").customer_id, None);
    assert_eq!(with(json!({"customer": null, "email": null})).email_fingerprint, None);
}

#[test]
fn tips_gift_cards_and_subscriptions_are_marked() {
    let tips = |name| named(name).lines.iter().map(|line| line.tip).collect::<Vec<_>>();
    assert_eq!(tips("order_with_tip"), [false, true]);
    let bought = named("order_gift_card_sold");
    assert_eq!(bought.lines.iter().filter(|line| line.gift_card).count(), 1);
    assert!(named("order_subscription_first").lines[0].subscription);
    assert!(!named("order_tax_excluded").lines[0].subscription);
    let order = with(json!({"line_items": [
        {"id": 1, "quantity": 1, "price": "5", "tip_payment_gateway": null},
    ]}));
    assert!(order.lines[0].tip, "the key alone makes it a tip, even when null");
}

#[test]
fn numbers_and_strings_are_read_to_the_cent_in_every_spelling() {
    for (currency, spelling, minor) in [
        ("JPY", json!("6600"), 6600),
        ("JPY", json!("6600.0"), 6600),
        ("JPY", json!("6600.00"), 6600),
        ("JPY", json!(6600), 6600),
        ("KWD", json!("11.110"), 11_110),
        ("KWD", json!("11.11"), 11_110),
        ("BHD", json!(22.5), 22_500),
        ("USD", json!("1.005"), 101),
        ("USD", json!("-1.005"), -101),
        ("USD", json!("1.00499999999999999999"), 100),
        ("USD", json!("1e2"), 10_000),
        ("USD", json!("92233720368547758.07"), i64::MAX),
    ] {
        let order = with(json!({"currency": currency, "total_price": spelling}));
        assert_eq!(order.total_minor, minor, "{currency} {spelling}");
    }
    let digits = r#"{"id":1,"currency":"USD","created_at":"2026-11-01T10:00:00Z",
        "total_price":90071992547409.93}"#;
    let exact = order(digits.as_bytes()).unwrap().total_minor;
    assert_eq!(exact, 9_007_199_254_740_993, "2^53 + 1 is no float");
}

#[test]
fn shipping_is_net_of_discounts_and_of_included_tax() {
    let lines = json!([
        {"price": "10.00", "discounted_price": "0.00", "discount_allocations": []},
        {"price": "10.00", "discounted_price": "10.00", "discount_allocations": [{"amount": "4.00"}]},
        {"price": "10.00", "discounted_price": "7.00", "discount_allocations": [{"amount": "3.00"}],
         "tax_lines": [{"price": "1.00"}, {"price_set": {"shop_money": {"amount": "0.17"}}}]},
        {"price": "99.00", "is_removed": true},
    ]);
    let excluded = with(json!({"shipping_lines": lines}));
    assert_eq!((excluded.shipping_minor, excluded.shipping_tax_minor), (1300, 117));
    let included = with(json!({"shipping_lines": lines, "taxes_included": true}));
    assert_eq!((included.shipping_minor, included.shipping_tax_minor), (1183, 117));
}

#[test]
fn an_order_without_a_name_is_called_by_its_number() {
    assert_eq!(with(json!({"name": "#1001", "order_number": 7})).name, "#1001");
    assert_eq!(with(json!({"order_number": 7})).name, "#7");
    assert_eq!(with(json!({})).name, "1");
}

#[test]
fn n18_of_the_page_that_led_to_the_shop_only_the_host_is_kept() {
    let host = |page: &str| with(json!({"referring_site": page})).referring_host;
    assert_eq!(
        host("https://WWW.Honey.com/stores?mail=a@b.example").as_deref(),
        Some("www.honey.com")
    );
    assert_eq!(host(" http://deals.example:8080 ").as_deref(), Some("deals.example"));
    for nothing in ["", "honey.com", "android-app://", "data:text/html,x"] {
        assert_eq!(host(nothing), None, "{nothing}");
    }
    assert_eq!(host(&format!("https://{}.example/", "a".repeat(300))), None);
    assert_eq!(with(json!({"referring_site": null})).referring_host, None);
}

#[test]
fn an_overlong_landing_site_is_left_out() {
    let site = |length| with(json!({"landing_site": "/".repeat(length)})).landing_site;
    assert_eq!(site(2048).map(|site| site.len()), Some(2048));
    assert_eq!(site(2049), None);
    assert!(named("order_landing_site").landing_site.unwrap().starts_with('/'));
}
