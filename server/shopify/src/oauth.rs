//! Access tokens: what the token endpoint is asked, how its answers are read, and the older way through
//! the browser. Values in, values out; who asks, when, and where tokens are kept is the server's.
//!
//! <https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/token-exchange>
//! and `…/access-tokens/offline-access-tokens`.

use domain::time::UtcTime;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use url::form_urlencoded;

use crate::{
    query_hmac::{QueryError, verify_fresh_query},
    scopes::Scopes,
    secrets::AppSecrets,
    shop_domain::{AdminHost, ShopDomain},
};

const OFFLINE: &str = "urn:shopify:params:oauth:token-type:offline-access-token";

/// What a token is asked for with. All of them ask for an expiring offline token.
#[derive(Debug, Clone, Copy)]
pub enum Grant<'a> {
    /// A session token of the shop's admin (token exchange).
    SessionToken(&'a str),
    /// The refresh token of the pair before.
    RefreshToken(&'a SecretString),
    /// The code of an authorization callback.
    Code(&'a str),
    /// A permanent token of an older installation. Irreversible: Shopify revokes it.
    PermanentToken(&'a SecretString),
}

impl Grant<'_> {
    /// The form to post to `/admin/oauth/access_token`.
    #[must_use]
    pub fn form(&self, client_id: &str, secrets: &AppSecrets) -> Vec<(&'static str, String)> {
        let mut form = vec![
            ("client_id", client_id.to_owned()),
            ("client_secret", secrets.current().expose_secret().to_owned()),
        ];
        let mut exchange = |subject: &str, subject_type: &str| {
            form.extend([
                ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange".to_owned()),
                ("subject_token", subject.to_owned()),
                ("subject_token_type", subject_type.to_owned()),
                ("requested_token_type", OFFLINE.to_owned()),
                ("expiring", "1".to_owned()),
            ]);
        };
        match self {
            Self::SessionToken(token) => {
                exchange(token, "urn:ietf:params:oauth:token-type:id_token");
            }
            Self::PermanentToken(token) => exchange(token.expose_secret(), OFFLINE),
            Self::RefreshToken(token) => form.extend([
                ("grant_type", "refresh_token".to_owned()),
                ("refresh_token", token.expose_secret().to_owned()),
            ]),
            Self::Code(code) => {
                form.extend([("code", (*code).to_owned()), ("expiring", "1".to_owned())]);
            }
        }
        form
    }
}

/// An access token that ends, and the refresh token that brings the next one.
#[derive(Debug, Clone)]
pub struct TokenPair {
    /// For the Admin API.
    pub access: SecretString,
    /// For the next pair; good for one use, and until the next pair is used.
    pub refresh: SecretString,
    /// What the shop has granted.
    pub scopes: Scopes,
    /// Seconds that the access token lives.
    pub expires_in_s: i64,
    /// Seconds that the refresh token lives.
    pub refresh_expires_in_s: i64,
}

/// Why there is no token.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum TokenRefusal {
    /// The session token was refused: App Bridge has to fetch another one.
    #[error("the session token was refused")]
    BadSessionToken,
    /// The refresh token, code or old token is dead: only the merchant can bring a new one.
    #[error("the grant is not valid any more")]
    InvalidGrant,
    /// Our client id or secret is wrong: the operator's mistake.
    #[error("Shopify does not know this app's client id or secret")]
    InvalidClient,
    /// Too many requests; ask again after so many seconds.
    #[error("too many requests, again in {0} s")]
    Throttled(i64),
    /// Shopify has a problem: ask again with the same grant.
    #[error("Shopify answered {0}")]
    Unavailable(u16),
    /// The answer lacks what a pair needs. Never taken for a token that does not expire.
    #[error("the answer cannot be used: {0}")]
    Unreadable(&'static str),
}

#[derive(Deserialize)]
struct Granted {
    access_token: Option<SecretString>,
    refresh_token: Option<SecretString>,
    #[serde(default)]
    scope: String,
    expires_in: Option<i64>,
    refresh_token_expires_in: Option<i64>,
}

#[derive(Deserialize)]
struct Refused {
    #[serde(default)]
    error: String,
}

/// Seconds to wait when a throttled answer names none.
const THROTTLED_S: i64 = 2;

/// Reads an answer of the token endpoint.
///
/// # Errors
/// [`TokenRefusal`].
pub fn read_answer(
    status: u16,
    retry_after: Option<&str>,
    body: &[u8],
) -> Result<TokenPair, TokenRefusal> {
    match status {
        200..=299 => pair(body),
        429 => {
            let seconds = retry_after.and_then(|text| text.trim().split('.').next()?.parse().ok());
            Err(TokenRefusal::Throttled(seconds.unwrap_or(THROTTLED_S).clamp(1, 60)))
        }
        500.. => Err(TokenRefusal::Unavailable(status)),
        _ => Err(refusal(body)),
    }
}

fn pair(body: &[u8]) -> Result<TokenPair, TokenRefusal> {
    let granted: Granted =
        serde_json::from_slice(body).map_err(|_not_json| TokenRefusal::Unreadable("not JSON"))?;
    let text = |token: Option<SecretString>, name| {
        let token = token.filter(|token| !token.expose_secret().is_empty());
        token.ok_or(TokenRefusal::Unreadable(name))
    };
    let seconds = |seconds: Option<i64>, name| {
        seconds.filter(|seconds| *seconds > 0).ok_or(TokenRefusal::Unreadable(name))
    };
    Ok(TokenPair {
        access: text(granted.access_token, "no access_token")?,
        refresh: text(granted.refresh_token, "no refresh_token")?,
        scopes: Scopes::parse(&granted.scope),
        expires_in_s: seconds(granted.expires_in, "no expires_in")?,
        refresh_expires_in_s: seconds(
            granted.refresh_token_expires_in,
            "no refresh_token_expires_in",
        )?,
    })
}

fn refusal(body: &[u8]) -> TokenRefusal {
    let refused = serde_json::from_slice::<Refused>(body).map(|refused| refused.error);
    match refused.as_deref() {
        Ok("invalid_subject_token") => TokenRefusal::BadSessionToken,
        Ok("invalid_grant" | "invalid_request") => TokenRefusal::InvalidGrant,
        Ok("invalid_client" | "application_cannot_be_found") => TokenRefusal::InvalidClient,
        _ => TokenRefusal::Unreadable("a refusal without a reason"),
    }
}

/// Path and query of the page where the merchant grants the scopes: the way without managed
/// installation. It cannot be shown in a frame.
#[must_use]
pub fn authorize_path(client_id: &str, redirect_uri: &str, state: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", client_id)
        .append_pair("scope", &crate::scopes::NEEDED.join(","))
        .append_pair("redirect_uri", redirect_uri)
        .append_pair("state", state)
        .finish();
    format!("/admin/oauth/authorize?{query}")
}

/// What a callback says, once it is proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callback {
    /// The shop that grants.
    pub shop: ShopDomain,
    /// To be exchanged for a token.
    pub code: String,
    /// Where the admin is that has to show the app.
    pub host: Option<AdminHost>,
}

/// Why a callback is refused.
#[derive(Debug, Clone, Copy, thiserror::Error, PartialEq, Eq)]
pub enum CallbackError {
    /// No shop, or none that Shopify could name.
    #[error("the shop is missing or is none")]
    BadShop,
    /// Not the answer to a question of this browser.
    #[error("the state is not the one that was sent")]
    BadState,
    /// Not signed by Shopify, or too long ago.
    #[error("the signature is not Shopify's")]
    BadSignature,
    /// Without a code there is nothing to exchange.
    #[error("the code is missing")]
    NoCode,
}

/// Checks the query of a callback: shop, state, signature, time, in this order. `state` is the value
/// that this browser's cookie holds.
///
/// # Errors
/// [`CallbackError`].
pub fn read_callback(
    query: &str,
    state: &str,
    secrets: &AppSecrets,
    now: UtcTime,
) -> Result<Callback, CallbackError> {
    let value = |name: &str| {
        let found = form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name);
        found.map(|(_, value)| value.into_owned()).filter(|value| !value.is_empty())
    };
    let shop = value("shop").and_then(|shop| ShopDomain::parse(&shop).ok());
    let shop = shop.ok_or(CallbackError::BadShop)?;
    let sent = value("state").unwrap_or_default();
    let is_same = !state.is_empty()
        && bool::from(subtle::ConstantTimeEq::ct_eq(sent.as_bytes(), state.as_bytes()));
    if !is_same {
        return Err(CallbackError::BadState);
    }
    verify_fresh_query(query, secrets, now)
        .map_err(|_refused: QueryError| CallbackError::BadSignature)?;
    let code = value("code").ok_or(CallbackError::NoCode)?;
    let host = value("host").and_then(|host| AdminHost::parse(&host).ok());
    Ok(Callback { shop, code, host })
}

#[cfg(test)]
mod tests;
