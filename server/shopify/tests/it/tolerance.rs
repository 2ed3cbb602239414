//! Whatever arrives, nothing panics, and a refusal names its field.

use std::collections::BTreeSet;

use domain::time::UtcTime;
use proptest::prelude::*;
use serde_json::{Value, json};
use shopify::{
    app_proxy::verify_proxy,
    payloads::{self, PayloadError},
    query_hmac::verify_fresh_query,
    session_token::SessionTokenVerifier,
    shop_domain::{AdminHost, ShopDomain},
    webhook::{WebhookHeaders, verify_webhook},
};

use crate::fixtures::{order, refund, secrets, synthetic};

/// Steps from the root to one value.
type Place = Vec<String>;

/// Every place below `value`.
fn places(value: &Value) -> Vec<Place> {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(key, child)| (key.clone(), child)).collect(),
        Value::Array(items) => {
            items.iter().enumerate().map(|(index, child)| (index.to_string(), child)).collect()
        }
        _ => Vec::new(),
    };
    let mut found = Vec::new();
    for (step, child) in children {
        found.push(vec![step.clone()]);
        for deeper in places(child) {
            found.push([vec![step.clone()], deeper].concat());
        }
    }
    found
}

/// The document with the value there replaced, or deleted.
fn changed(document: &Value, place: &Place, with: Option<&Value>) -> Vec<u8> {
    let mut document = document.clone();
    let (last, parents) = place.split_last().unwrap();
    let parent = parents.iter().fold(&mut document, |value, step| match value {
        Value::Array(items) => &mut items[step.parse::<usize>().unwrap()],
        _ => &mut value[step],
    });
    match (parent, with) {
        (Value::Object(map), None) => drop(map.remove(last)),
        (Value::Object(map), Some(new)) => drop(map.insert(last.clone(), new.clone())),
        (Value::Array(items), None) => drop(items.remove(last.parse().unwrap())),
        (Value::Array(items), Some(new)) => items[last.parse::<usize>().unwrap()] = new.clone(),
        _ => unreachable!("a place has a parent"),
    }
    serde_json::to_vec(&document).unwrap()
}

/// All documents with the places worth changing: one of each shape is enough.
fn documents() -> Vec<(String, Value, Vec<Place>)> {
    let mut seen = BTreeSet::new();
    let bodies = synthetic("order").into_iter().chain(synthetic("refund"));
    bodies
        .map(|(name, body)| {
            let document = serde_json::from_slice(&body).unwrap();
            let mut places = places(&document);
            places.retain(|place| seen.insert((kind(&name), shape(place))));
            (name, document, places)
        })
        .collect()
}

/// `order`, `orders` or `refund`.
fn kind(name: &str) -> String {
    name.split('_').next().unwrap().to_owned()
}

/// A place without its indexes, but for the last.
fn shape(place: &Place) -> String {
    let (last, parents) = place.split_last().unwrap();
    let keys = parents.iter().filter(|step| step.parse::<usize>().is_err());
    keys.chain([last]).cloned().collect::<Vec<_>>().join(".")
}

/// `line_items[0].price` for `["line_items", "0", "price"]`.
fn spelled(place: &Place) -> String {
    place.iter().fold(String::new(), |path, step| match step.parse::<usize>() {
        Ok(index) => format!("{path}[{index}]"),
        Err(_) if path.is_empty() => step.clone(),
        Err(_) => format!("{path}.{step}"),
    })
}

fn read_any(name: &str, body: &[u8]) -> Result<(), PayloadError> {
    match name {
        _ if name.starts_with("refund") => refund(body).map(drop),
        _ if name.starts_with("orders_edited") => payloads::order_edit(body).map(drop),
        _ => order(body).map(drop),
    }
}

#[test]
fn only_a_handful_of_keys_is_needed_and_a_missing_one_is_named() {
    let mut needed = BTreeSet::new();
    for (name, document, places) in documents() {
        for place in places {
            let Err(error) = read_any(&name, &changed(&document, &place, None)) else {
                continue;
            };
            assert_eq!(error.path, spelled(&place), "{name}: {error}");
            needed.insert(format!("{}: {}", kind(&name), shape(&place)));
        }
    }
    let expected = [
        "order: currency",
        "order: id",
        "order: line_items.id",
        "order: line_items.quantity",
        "orders: order_edit",
        "orders: order_edit.order_id",
        "refund: id",
        "refund: order_id",
        "refund: refund_line_items.quantity",
    ];
    assert_eq!(needed, expected.map(str::to_owned).into());
}

#[test]
fn a_null_is_the_same_as_a_missing_key() {
    for (name, document, places) in documents() {
        for place in places {
            let is_item = place.last().is_some_and(|step| step.parse::<usize>().is_ok());
            if is_item || place.last().is_some_and(|key| key.starts_with("tip_")) {
                continue;
            }
            let nulled = read_any(&name, &changed(&document, &place, Some(&Value::Null)));
            assert_eq!(nulled, read_any(&name, &changed(&document, &place, None)), "{place:?}");
        }
    }
}

#[test]
fn a_value_of_the_wrong_kind_is_ignored_or_named() {
    let wrong =
        [json!({}), json!([]), json!([[1]]), json!("x"), json!(-1.5), json!(true), json!("")];
    for (name, document, places) in documents() {
        for place in places {
            for with in &wrong {
                let result = read_any(&name, &changed(&document, &place, Some(with)));
                let Err(error) = result else { continue };
                let spelled = spelled(&place);
                // The list or object itself, or what is then missing inside of it or beside it.
                let is_near = error.path.starts_with(&spelled) || spelled.starts_with(&error.path);
                assert!(is_near, "{name}: {spelled} = {with}: {error}");
            }
        }
    }
}

#[test]
fn an_error_says_where_and_never_what() {
    let body = json!({"id": 1, "currency": "jane@example.com"}).to_string();
    let error = order(body.as_bytes()).unwrap_err();
    assert_eq!(error.to_string(), "currency: not a currency code");
    assert_eq!(order(b"[1]").unwrap_err().to_string(), "not an object");
    assert_eq!(order(b"{").unwrap_err().to_string(), "not JSON");
    assert_eq!(order(b"{\"id\":1,\"id\":2}").unwrap_err().to_string(), "not an object");
    assert_eq!(order(b"\xff").unwrap_err().to_string(), "not JSON");
}

#[test]
fn deep_nesting_does_not_exhaust_the_stack() {
    let deep = format!("{{\"id\":{}1{}}}", "[".repeat(200_000), "]".repeat(200_000));
    assert_eq!(order(deep.as_bytes()).unwrap_err().path, "currency");
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(body: Vec<u8>, text in ".{0,80}") {
        let _ = (order(&body), refund(&body), payloads::dispute(&body), payloads::shop(&body));
        let _ = (payloads::order_edit(&body), payloads::order_transaction(&body));
        let _ = (payloads::customer_request(&body), payloads::customer_redact(&body));
        let _ = (payloads::shop_redact(&body), payloads::order_deleted(&body));
        let secrets = secrets("hush");
        let now = UtcTime::from_micros(0);
        prop_assert!(verify_webhook(&body, &text, &secrets).is_err());
        prop_assert!(verify_fresh_query(&text, &secrets, now).is_err());
        prop_assert!(verify_proxy(&text, &secrets, now).is_err());
        prop_assert!(SessionTokenVerifier::new("app", &secrets).verify(&text, now).is_err());
        prop_assert!(WebhookHeaders::read(|_| Some(text.as_str())).is_err());
        let _ = (ShopDomain::parse(&text), AdminHost::parse(&text));
    }

    #[test]
    fn amounts_of_any_size_and_precision_never_panic(price in "-?[0-9]{1,40}(\\.[0-9]{0,40})?(e[0-9]{1,5})?") {
        let body = json!({
            "id": 1, "currency": "USD", "created_at": "2026-11-01T10:00:00Z",
            "line_items": [{"id": 1, "quantity": 2, "price": price, "tax_lines": [{"price": price}]}],
            "shipping_lines": [{"price": price, "tax_lines": [{"price": price}]}],
            "refunds": [{"id": 1, "created_at": "2026-11-01T10:00:00Z",
                         "order_adjustments": [{"amount": price}, {"amount": price}]}],
        });
        if let Err(error) = order(body.to_string().as_bytes()) {
            prop_assert!(!error.path.is_empty());
        }
    }

    #[test]
    fn ids_of_any_size_come_through_whole(id: u64) {
        let body = format!(r#"{{"id":{id},"currency":"USD","created_at":"2026-11-01T10:00:00Z"}}"#);
        prop_assert_eq!(order(body.as_bytes()).unwrap().shopify_order_id.0, id);
    }
}

#[test]
fn a_query_of_very_many_parameters_is_refused_in_no_time() {
    let many: String = (0..20_000).map(|number| format!("{number}&")).collect();
    let signature = "0".repeat(64);
    let query = format!("{many}signature={signature}&hmac={signature}");
    let secrets = secrets("hush");
    let started = std::time::Instant::now();
    assert!(verify_proxy(&query, &secrets, UtcTime::default()).is_err());
    assert!(verify_fresh_query(&query, &secrets, UtcTime::default()).is_err());
    assert!(started.elapsed().as_secs() < 2, "{:?}", started.elapsed());
}
