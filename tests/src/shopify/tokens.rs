//! The token endpoint, with the rules that break apps: a new pair with every refresh, the token before
//! good only until its successor is used, one live pair per shop.

use std::collections::HashMap;

use serde_json::{Value, json};
use shopify::query_hmac::sign_query;
use url::form_urlencoded;

use super::{State, json_answer};
use crate::receiver::{Answer, Received};

/// What a token was asked for with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantKind {
    /// A session token.
    Exchange,
    /// A refresh token.
    Refresh,
    /// The code of a callback.
    Code,
    /// A permanent token of old.
    Permanent,
}

/// What goes wrong with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// It is carried out, and the answer is lost.
    Lost,
    /// Only a status comes back.
    Status(u16),
    /// The answer does not say when the token ends.
    NoExpiry,
    /// The grant is refused.
    InvalidGrant,
}

/// The code that the page to grant gives out.
const CODE: &str = "the-code";

impl State {
    pub(super) fn token_answer(&mut self, domain: &str, request: &Received) -> Answer {
        let form: HashMap<String, String> =
            form_urlencoded::parse(&request.body).into_owned().collect();
        let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
        let secret = secrecy_of(self);
        if field("client_id") != super::CLIENT_ID || field("client_secret") != secret {
            return refusal("invalid_client");
        }
        let kind = match (field("grant_type"), field("subject_token_type")) {
            ("refresh_token", _) => GrantKind::Refresh,
            (_, kind) if kind.ends_with(":offline-access-token") => GrantKind::Permanent,
            (_, kind) if kind.ends_with(":id_token") => GrantKind::Exchange,
            _ => GrantKind::Code,
        };
        self.grants.push((domain.to_owned(), kind));
        let trouble = self.troubles.pop_front();
        match trouble {
            Some(Trouble::Status(429)) => {
                return Answer::with(429, &[("retry-after", "1")], "");
            }
            Some(Trouble::Status(status)) => return Answer::status(status),
            Some(Trouble::InvalidGrant) => return refusal("invalid_grant"),
            Some(Trouble::Lost | Trouble::NoExpiry) | None => {}
        }
        if kind != GrantKind::Refresh && field("expiring") != "1" {
            return refusal("invalid_request");
        }
        let expected_token = self.session_token_shop(field("subject_token"));
        let Some(shop) = self.shops.get_mut(domain) else { return refusal("invalid_grant") };
        let is_good = match kind {
            GrantKind::Exchange => expected_token.as_deref() == Some(domain),
            GrantKind::Refresh => {
                let sent = Some(field("refresh_token").to_owned());
                sent == shop.refresh || sent == shop.refresh_before
            }
            GrantKind::Code => field("code") == CODE,
            GrantKind::Permanent => {
                shop.permanent.take().as_deref() == Some(field("subject_token"))
            }
        };
        if !is_good {
            let word =
                if kind == GrantKind::Exchange { "invalid_subject_token" } else { "invalid_grant" };
            return refusal(word);
        }
        shop.refresh_before = match kind {
            // The one that was sent stays good until the new pair is used.
            GrantKind::Refresh => Some(field("refresh_token").to_owned()),
            // A new exchange retires the older refresh token at once.
            GrantKind::Exchange | GrantKind::Code | GrantKind::Permanent => None,
        };
        let (access, refresh) = (self.next_name("shpat_"), self.next_name("shprt_"));
        let scopes = shopify::scopes::NEEDED.join(",");
        if let Some(shop) = self.shops.get_mut(domain) {
            shop.access.push(access.clone());
            shop.refresh = Some(refresh.clone());
        }
        let mut pair = json!({
            "access_token": access, "scope": scopes, "expires_in": 3600,
            "refresh_token": refresh, "refresh_token_expires_in": 7_776_000,
        });
        match trouble {
            Some(Trouble::Lost) => return Answer::close(),
            Some(Trouble::NoExpiry) => {
                if let Some(pair) = pair.as_object_mut() {
                    pair.remove("expires_in");
                }
            }
            _ => {}
        }
        json_answer(200, &pair)
    }

    /// The page where a merchant grants: sends the browser back at once.
    pub(super) fn authorize_answer(&mut self, domain: &str, request: &Received) -> Answer {
        let back = request.query("redirect_uri").unwrap_or_default();
        let state = request.query("state").unwrap_or_default();
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("code", CODE)
            .append_pair("shop", domain)
            .append_pair("state", &state)
            .append_pair("timestamp", &self.clock.now().unix_seconds().to_string())
            .finish();
        Answer::redirect(302, &format!("{back}?{}", sign_query(&query, &self.secrets)))
    }

    /// Whose session token it is, if it is a good one.
    fn session_token_shop(&self, token: &str) -> Option<String> {
        let verifier =
            shopify::session_token::SessionTokenVerifier::new(super::CLIENT_ID, &self.secrets);
        let session = verifier.verify(token, self.clock.now()).ok()?;
        Some(session.shop.as_str().to_owned())
    }

    /// Whether an access token is good in a shop; using it retires the refresh token before.
    pub(super) fn uses_token(&mut self, domain: &str, token: &str) -> bool {
        let Some(shop) = self.shops.get_mut(domain) else { return false };
        let is_good = shop.access.iter().any(|known| known == token)
            || shop.permanent.as_deref() == Some(token);
        if is_good && shop.access.last().is_some_and(|newest| newest == token) {
            shop.refresh_before = None;
        }
        is_good
    }
}

fn secrecy_of(_: &State) -> &'static str {
    crate::webhook::CLIENT_SECRET
}

fn refusal(word: &str) -> Answer {
    let body: Value = json!({"error": word});
    json_answer(400, &body)
}
