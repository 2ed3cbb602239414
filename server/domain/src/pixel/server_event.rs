//! One event for the network's server interface, as JSON. The buyer appears only as what the
//! network's own cookies and the browser say, and as a hash that differs for every affiliate: no
//! name, e-mail, phone or postal address is ever sent to an affiliate's pixel.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{Manner, PixelEvent};
use crate::{
    money::{Currency, Money},
    time::UtcTime,
};

/// Events older than this are refused by the network.
pub const EVENT_DAYS_MAX: i64 = 7;

/// What is stored with an event that waits to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventDetails {
    /// When it happened, unix seconds.
    pub at_seconds: i64,
    /// The page, cleaned.
    pub page: String,
    /// The network's click of the visit, `fb.1.<ms>.<fbclid>`.
    pub fbc: Option<String>,
    /// `90.00`.
    pub value: Option<String>,
    /// `USD`.
    pub currency: String,
    /// Shopify's id of the order; empty for what is no purchase.
    pub order_id: String,
    /// Shopify's ids of the products.
    pub product_ids: Vec<String>,
}

impl EventDetails {
    /// An amount as it is sent.
    #[must_use]
    pub fn set_value(mut self, minor: i64, currency: Currency) -> Self {
        self.value = Some(Money::new(minor, currency).decimal());
        currency.as_str().clone_into(&mut self.currency);
        self
    }

    /// The network takes it no more.
    #[must_use]
    pub const fn is_too_old(&self, now: UtcTime) -> bool {
        now.unix_seconds() - self.at_seconds > EVENT_DAYS_MAX * crate::time::DAY_S
    }
}

/// What the browser said: signals, not names.
#[derive(Debug, Clone, Copy, Default)]
pub struct Signals<'a> {
    /// Its user agent; the network requires one.
    pub user_agent: Option<&'a str>,
    /// The network's browser cookie.
    pub fbp: Option<&'a str>,
    /// The network's click cookie.
    pub fbc: Option<&'a str>,
    /// Hash of the visitor, different for every affiliate.
    pub external_id: Option<&'a str>,
}

/// What stands in the log for what was sent but is not the affiliate's to read.
pub const MASKED: &str = "•••";

/// The body of a request with one event.
#[must_use]
pub fn request_body(
    event: PixelEvent,
    event_id: &str,
    details: &EventDetails,
    signals: &Signals<'_>,
    manner: Manner,
    access: Access<'_>,
) -> String {
    let mut user = Map::new();
    let mut say = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            user.insert(name.to_owned(), Value::from(value));
        }
    };
    say("client_user_agent", signals.user_agent);
    say("fbp", signals.fbp);
    say("fbc", signals.fbc);
    if let Some(id) = signals.external_id {
        user.insert("external_id".to_owned(), json!([id]));
    }
    let mut custom = json!({});
    if !details.order_id.is_empty() {
        set(&mut custom, "order_id", json!(details.order_id));
    }
    if !details.product_ids.is_empty() {
        set(&mut custom, "content_ids", json!(details.product_ids));
        set(&mut custom, "content_type", json!("product"));
    }
    let custom = match &details.value {
        Some(value) => {
            set(&mut custom, "currency", json!(details.currency));
            with_raw(&custom, "value", value)
        }
        None => custom.to_string(),
    };
    let mut data = json!({
        "event_name": event.as_str(),
        "event_time": details.at_seconds,
        "event_id": event_id,
        "action_source": "website",
        "event_source_url": details.page,
        "user_data": user,
    });
    if manner == Manner::Limited {
        set(&mut data, "data_processing_options", json!(["LDU"]));
        set(&mut data, "data_processing_options_country", json!(0));
        set(&mut data, "data_processing_options_state", json!(0));
    }
    let data = with_raw(&data, "custom_data", &custom);
    let mut body = json!({ "access_token": access.token });
    if let Some(code) = access.test_code {
        set(&mut body, "test_event_code", json!(code));
    }
    with_raw(&body, "data", &format!("[{data}]"))
}

fn set(object: &mut Value, name: &str, value: Value) {
    if let Some(object) = object.as_object_mut() {
        object.insert(name.to_owned(), value);
    }
}

/// An object as text with one more member, which is JSON already: an exact amount stays as it is
/// written and never becomes a float.
fn with_raw(object: &Value, name: &str, raw: &str) -> String {
    let text = object.to_string();
    let open = text.strip_suffix('}').unwrap_or(&text);
    let comma = if open.ends_with('{') { "" } else { "," };
    format!("{open}{comma}\"{name}\":{raw}}}")
}

/// What opens the affiliate's account.
#[derive(Debug, Clone, Copy)]
pub struct Access<'a> {
    /// The affiliate's token.
    pub token: &'a str,
    /// Set while the affiliate tests.
    pub test_code: Option<&'a str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn details() -> EventDetails {
        EventDetails {
            at_seconds: 1_772_359_200,
            page: "https://shop.example/".to_owned(),
            fbc: None,
            value: None,
            currency: "USD".to_owned(),
            order_id: "5678901234567".to_owned(),
            product_ids: vec!["2".to_owned()],
        }
        .set_value(9_000, Currency::USD)
    }

    #[test]
    fn n09_a_server_event_has_the_fields_that_the_network_requires() {
        let signals = Signals {
            user_agent: Some("Mozilla/5.0"),
            fbp: Some("fb.1.1.2"),
            fbc: None,
            external_id: Some("ab12"),
        };
        let access = Access { token: "secret", test_code: Some("TEST1") };
        let body = request_body(
            PixelEvent::Purchase,
            "purchase-5678901234567",
            &details(),
            &signals,
            Manner::Full,
            access,
        );
        assert!(body.contains(r#""value":90.00}"#), "{body}");
        let body: Value = serde_json::from_str(&body).unwrap();
        let event = &body["data"][0];
        assert_eq!(event["event_name"], "Purchase");
        assert_eq!(event["event_id"], "purchase-5678901234567");
        assert_eq!(event["action_source"], "website");
        assert_eq!(event["custom_data"]["currency"], "USD");
        assert_eq!(event["user_data"]["external_id"], json!(["ab12"]));
        assert_eq!(
            (&body["access_token"], &body["test_event_code"]),
            (&json!("secret"), &json!("TEST1"))
        );
        let names: Vec<&String> = event["user_data"].as_object().unwrap().keys().collect();
        assert_eq!(names, ["client_user_agent", "external_id", "fbp"]);
    }

    #[test]
    fn n09_limited_data_use_is_asked_for() {
        let access = Access { token: "t", test_code: None };
        let body = request_body(
            PixelEvent::Purchase,
            "e",
            &details(),
            &Signals::default(),
            Manner::Limited,
            access,
        );
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body["data"][0]["data_processing_options"], json!(["LDU"]));
        assert_eq!(body["data"][0]["data_processing_options_country"], 0);
        assert_eq!(body.get("test_event_code"), None);
    }

    #[test]
    fn an_event_of_last_week_is_too_old() {
        let now = UtcTime::from_micros(1_772_359_200_000_000);
        assert!(!details().is_too_old(now.plus_days(7)));
        assert!(details().is_too_old(now.plus_days(7).plus_seconds(1)));
    }
}
