//! A webhook request as Shopify sends it: signed, with its headers. Not here: the orders that it
//! tells (`orders`).

#![expect(clippy::expect_used, reason = "a harness fails by panicking")]

use domain::time::UtcTime;
use shopify::secrets::AppSecrets;
use shopify::webhook::{Topic, sign_webhook};

/// The client secret that harnesses sign with.
pub const CLIENT_SECRET: &str = "a client secret for tests only";

/// One delivery.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// What it is about.
    pub topic: Topic,
    /// `X-Shopify-Webhook-Id`: the same for every repeat.
    pub id: String,
    /// When Shopify triggered it.
    pub triggered_at: UtcTime,
    /// Its bytes.
    pub body: Vec<u8>,
}

impl Webhook {
    /// The whole HTTP/1.1 request, for this shop.
    #[must_use]
    pub fn to_http(&self, shop_domain: &str, secrets: &AppSecrets) -> Vec<u8> {
        let mut request = format!(
            "POST /webhooks HTTP/1.1\r\n\
             host: app.example.com\r\n\
             user-agent: Shopify-Captain-Hook\r\n\
             content-type: application/json\r\n\
             x-shopify-topic: {}\r\n\
             x-shopify-shop-domain: {shop_domain}\r\n\
             x-shopify-api-version: 2026-10\r\n\
             x-shopify-webhook-id: {}\r\n\
             x-shopify-event-id: {}\r\n\
             x-shopify-triggered-at: {}\r\n\
             x-shopify-hmac-sha256: {}\r\n\
             content-length: {}\r\n\r\n",
            self.topic.as_str(),
            self.id,
            self.id,
            self.triggered_at,
            sign_webhook(&self.body, secrets),
            self.body.len(),
        )
        .into_bytes();
        request.extend_from_slice(&self.body);
        request
    }
}

/// The webhook id of a kind of delivery about an order: equal for equal arguments.
#[must_use]
pub fn webhook_id(kind: u16, number: u64) -> String {
    format!("b54557e4-bdd9-4b37-{kind:04x}-{number:012}")
}

/// [`CLIENT_SECRET`], ready to sign.
#[must_use]
pub fn app_secrets() -> AppSecrets {
    AppSecrets::new(CLIENT_SECRET.to_owned().into(), None).expect("the secret is not empty")
}
