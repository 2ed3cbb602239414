//! Webhook requests: which headers count, and whether the body is Shopify's. Independent of the web
//! framework. Not here: what a body means (`payloads`), repeats (the inbox).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::time::UtcTime;
use hmac::Mac as _;

use crate::{
    secrets::{AppSecrets, Tag},
    shop_domain::ShopDomain,
};

pub use topic::Topic;

mod topic;

/// What the headers of one delivery say. Trustworthy only after [`verify_webhook`]; the shop even
/// then only as far as the secret is this app's, because it is not inside the signed body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookHeaders<'a> {
    /// What happened.
    pub topic: Topic,
    /// Where it happened.
    pub shop: ShopDomain,
    /// The Base64 digest to check the body against.
    pub hmac: &'a str,
    /// Id of the delivery, kept over retries: the key that tells repeats.
    pub webhook_id: &'a str,
    /// Id of the merchant's action, shared by deliveries of several topics: never a key.
    pub event_id: Option<&'a str>,
    /// When Shopify triggered the delivery; none when absent or unreadable.
    pub triggered_at: Option<UtcTime>,
    /// The version the body was written in.
    pub api_version: Option<&'a str>,
}

/// Why a delivery is refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum WebhookError {
    /// A needed header is not there, or empty. Named in the classic spelling.
    #[error("missing header {0}")]
    MissingHeader(&'static str),
    /// The shop header names no shop.
    #[error("the shop header names no shop")]
    BadShop,
    /// Nothing was sent; never valid, even if the digest of nothing matches.
    #[error("the body is empty")]
    EmptyBody,
    /// The digest is not one of this body under our secrets.
    #[error("the digest does not match the body")]
    BadDigest,
}

impl WebhookError {
    /// The status Shopify (and its app review) expects: 400 for a request that is no delivery, 401
    /// for one that is not Shopify's.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::MissingHeader(_) | Self::BadShop => 400,
            Self::EmptyBody | Self::BadDigest => 401,
        }
    }
}

/// The two spellings of one header: classic webhooks and next-generation events.
struct Name {
    classic: &'static str,
    events: &'static str,
}

const HMAC: Name = Name { classic: "x-shopify-hmac-sha256", events: "shopify-hmac-sha256" };
const TOPIC: Name = Name { classic: "x-shopify-topic", events: "shopify-topic" };
const SHOP: Name = Name { classic: "x-shopify-shop-domain", events: "shopify-shop-domain" };
const WEBHOOK_ID: Name = Name { classic: "x-shopify-webhook-id", events: "shopify-webhook-id" };
const EVENT_ID: Name = Name { classic: "x-shopify-event-id", events: "shopify-event-id" };
const TRIGGERED_AT: Name =
    Name { classic: "x-shopify-triggered-at", events: "shopify-triggered-at" };
const API_VERSION: Name = Name { classic: "x-shopify-api-version", events: "shopify-api-version" };

impl<'a> WebhookHeaders<'a> {
    /// Reads the headers through `lookup`, which gets lower-case names. All of them come from the
    /// family that carries the digest, so that a stray header of the other one changes nothing.
    ///
    /// # Errors
    /// [`WebhookError::MissingHeader`] without digest, topic, shop or delivery id, and
    /// [`WebhookError::BadShop`].
    pub fn read(lookup: impl Fn(&str) -> Option<&'a str>) -> Result<Self, WebhookError> {
        let is_classic = lookup(HMAC.classic).is_some();
        let find = |name: &Name| {
            lookup(if is_classic { name.classic } else { name.events }).filter(|it| !it.is_empty())
        };
        let need = |name: Name| find(&name).ok_or(WebhookError::MissingHeader(name.classic));
        Ok(Self {
            hmac: need(HMAC)?,
            topic: Topic::parse(need(TOPIC)?),
            shop: ShopDomain::parse(need(SHOP)?).map_err(|_not_a_shop| WebhookError::BadShop)?,
            webhook_id: need(WEBHOOK_ID)?,
            event_id: find(&EVENT_ID),
            triggered_at: find(&TRIGGERED_AT).and_then(|text| UtcTime::parse(text).ok()),
            api_version: find(&API_VERSION),
        })
    }
}

/// Proves that `body`, byte for byte as received, was signed by Shopify for this app.
///
/// # Errors
/// [`WebhookError::EmptyBody`] or [`WebhookError::BadDigest`].
pub fn verify_webhook(
    body: &[u8],
    hmac_header: &str,
    secrets: &AppSecrets,
) -> Result<(), WebhookError> {
    if body.is_empty() {
        return Err(WebhookError::EmptyBody);
    }
    let tag = tag_from_base64(hmac_header).ok_or(WebhookError::BadDigest)?;
    if secrets.verify(&tag, |mac| mac.update(body)) { Ok(()) } else { Err(WebhookError::BadDigest) }
}

/// The digest header that Shopify would send with `body`: for the demo's own shop and for tests.
#[must_use]
pub fn sign_webhook(body: &[u8], secrets: &AppSecrets) -> String {
    STANDARD.encode(secrets.sign(|mac| mac.update(body)))
}

/// Decodes on the stack; only the canonical spelling of exactly 32 bytes passes.
fn tag_from_base64(text: &str) -> Option<Tag> {
    let mut buffer = [0_u8; 33];
    if text.len() != 44 || STANDARD.decode_slice(text, &mut buffer).ok()? != 32 {
        return None;
    }
    buffer.first_chunk().copied()
}

#[cfg(test)]
mod tests;
