//! The `hmac` parameter of URLs that the Shopify admin opens and of the authorization callback.
//! Not here: the signature of app proxy requests, which has other rules (`app_proxy`).

use std::borrow::Cow;

use domain::time::UtcTime;
use hmac::Mac as _;
use url::form_urlencoded;

use crate::secrets::{AppSecrets, HmacSha256, tag_from_hex};

/// How far the clock of the sender may be off, in seconds.
const WINDOW_S: u64 = 90;

/// These decide who is meant: a second one would be read differently by different parts.
const ONCE: [&str; 4] = ["hmac", "shop", "signature", "timestamp"];

/// Why a query is refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum QueryError {
    /// A parameter that may stand only once is repeated.
    #[error("repeated parameter {0}")]
    Repeated(&'static str),
    /// A parameter that is needed is not there.
    #[error("missing parameter {0}")]
    Missing(&'static str),
    /// The signature is not one of this query under our secrets.
    #[error("the signature does not match the query")]
    BadSignature,
    /// Signed too long ago, or in the future.
    #[error("signed at another time")]
    WrongTime,
    /// A signed parameter has a value that Shopify never sends.
    #[error("bad parameter {0}")]
    Bad(&'static str),
}

/// Proves that Shopify built this query (without `?`). It may be old: admin page loads rest on the
/// session token, not on this.
///
/// # Errors
/// [`QueryError`].
pub fn verify_query(query: &str, secrets: &AppSecrets) -> Result<(), QueryError> {
    verified(query, secrets).map(|_pairs| ())
}

/// As [`verify_query`], and signed within 90 s of `now`: for the authorization callback.
///
/// # Errors
/// [`QueryError`].
pub fn verify_fresh_query(
    query: &str,
    secrets: &AppSecrets,
    now: UtcTime,
) -> Result<(), QueryError> {
    let pairs = verified(query, secrets)?;
    check_time(pairs.first("timestamp").ok_or(QueryError::Missing("timestamp"))?, now)
}

/// `query` with the `hmac` that Shopify would add: for the demo's own admin and for tests.
#[must_use]
pub fn sign_query(query: &str, secrets: &AppSecrets) -> String {
    let pairs = Pairs::of(query);
    let tag = secrets.sign(|mac| form_encoded(&pairs.signed(), mac));
    format!("{query}&hmac={}", hex::encode(tag))
}

fn verified<'a>(query: &'a str, secrets: &AppSecrets) -> Result<Pairs<'a>, QueryError> {
    let pairs = Pairs::parse(query, &ONCE)?;
    let hmac = pairs.first("hmac").ok_or(QueryError::Missing("hmac"))?;
    let tag = tag_from_hex(hmac).ok_or(QueryError::BadSignature)?;
    let signed = pairs.signed();
    let is_signed = secrets.verify(&tag, |mac| form_encoded(&signed, mac))
        || secrets.verify(&tag, |mac| minimally_escaped(&signed, mac));
    if is_signed { Ok(pairs) } else { Err(QueryError::BadSignature) }
}

/// Unix seconds within the window around `now`.
pub(crate) fn check_time(timestamp: &str, now: UtcTime) -> Result<(), QueryError> {
    let signed_s: i64 = timestamp.parse().map_err(|_not_a_number| QueryError::Bad("timestamp"))?;
    if now.unix_seconds().abs_diff(signed_s) > WINDOW_S {
        return Err(QueryError::WrongTime);
    }
    Ok(())
}

/// A decoded query, in the order as sent.
pub(crate) struct Pairs<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Pairs<'a> {
    /// Decodes, and refuses a query that repeats a parameter which may stand only `once`.
    pub(crate) fn parse(query: &'a str, once: &[&'static str]) -> Result<Self, QueryError> {
        let pairs = Self::of(query);
        match once.iter().find(|name| pairs.count(name) > 1) {
            Some(name) => Err(QueryError::Repeated(name)),
            None => Ok(pairs),
        }
    }

    /// Decodes.
    pub(crate) fn of(query: &'a str) -> Self {
        Self(form_urlencoded::parse(query.as_bytes()).collect())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_ref(), value.as_ref()))
    }

    pub(crate) fn first(&self, name: &str) -> Option<&str> {
        self.iter().find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    pub(crate) fn count(&self, name: &str) -> usize {
        self.iter().filter(|(key, _)| *key == name).count()
    }

    /// What `hmac` covers, by key, bytewise; `signature` is a leftover of an older scheme.
    fn signed(&self) -> Vec<(&str, &str)> {
        let mut signed: Vec<_> =
            self.iter().filter(|(key, _)| !matches!(*key, "hmac" | "signature")).collect();
        signed.sort_by_key(|(key, _)| *key);
        signed
    }
}

/// Rule A, the JavaScript libraries of 2026: form encoding, a space as `%20`.
fn form_encoded(pairs: &[(&str, &str)], mac: &mut HmacSha256) {
    let encode = |text: &str, mac: &mut HmacSha256| {
        for chunk in form_urlencoded::byte_serialize(text.as_bytes()) {
            mac.update(if chunk == "+" { "%20" } else { chunk }.as_bytes());
        }
    };
    for (index, (key, value)) in pairs.iter().enumerate() {
        if index > 0 {
            mac.update(b"&");
        }
        encode(key, mac);
        mac.update(b"=");
        encode(value, mac);
    }
}

/// Rule B, the Python library and older documentation: only the delimiters are escaped, and the
/// escape sign itself, without which two queries could have one signature.
fn minimally_escaped(pairs: &[(&str, &str)], mac: &mut HmacSha256) {
    for (index, (key, value)) in pairs.iter().enumerate() {
        if index > 0 {
            mac.update(b"&");
        }
        let (key, value) = (key.replace('%', "%25"), value.replace('%', "%25"));
        mac.update(key.replace('&', "%26").replace('=', "%3D").as_bytes());
        mac.update(b"=");
        mac.update(value.replace('&', "%26").as_bytes());
    }
}
