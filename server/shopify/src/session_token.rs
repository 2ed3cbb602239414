//! Session tokens: the proof that a request comes from our page inside a shop's admin. Not here:
//! the token exchange, access tokens (server), the `Bearer` header (web).

use domain::time::UtcTime;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, errors::ErrorKind};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};

use crate::{secrets::AppSecrets, shop_domain::ShopDomain};

mod crypto;

/// How far Shopify's clock and ours may differ, in seconds.
const LEEWAY_S: i64 = 10;

/// How long Shopify lets a token live, in seconds.
const LIFETIME_S: i64 = 60;

/// What a valid token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionToken {
    /// The shop whose admin it is: the only trustworthy source of it.
    pub shop: ShopDomain,
    /// The staff member's id.
    pub user_id: String,
}

/// Why a token is refused. All of them are answered with 401.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SessionTokenError {
    /// Not a JWT, or one whose claims are incomplete or of the wrong kind.
    #[error("not a session token")]
    Malformed,
    /// Signed with anything but HS256 and one of our secrets.
    #[error("not signed by Shopify for this app")]
    BadSignature,
    /// Made for another app.
    #[error("made for another app")]
    WrongAudience,
    /// Its minute is over.
    #[error("expired")]
    Expired,
    /// Its minute has not begun.
    #[error("not valid yet")]
    NotYetValid,
    /// Not of a shop's admin: another surface (checkout, customer account), another host, or issuer
    /// and destination disagree.
    #[error("not from the admin of a shop")]
    NotAdmin,
}

/// Checks session tokens for one app. Build it once.
#[derive(Debug, Clone)]
pub struct SessionTokenVerifier {
    keys: Vec<DecodingKey>,
    validation: Validation,
}

/// The claims we read (every one is needed) and, in the demo and in tests, write.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    dest: String,
    aud: String,
    sub: String,
    exp: i64,
    nbf: i64,
}

impl SessionTokenVerifier {
    /// For the app with this client id.
    #[must_use]
    pub fn new(client_id: &str, secrets: &AppSecrets) -> Self {
        crypto::install();
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_audience(&[client_id]);
        // The library would read the system clock; we compare with the time we are given.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        let key = |secret: &secrecy::SecretString| {
            DecodingKey::from_secret(secret.expose_secret().as_bytes())
        };
        Self { keys: secrets.iter().map(key).collect(), validation }
    }

    /// Proves that the token was made by Shopify for this app in a shop's admin, and is valid at
    /// `now` (10 s of leeway on both sides).
    ///
    /// # Errors
    /// [`SessionTokenError`].
    pub fn verify(&self, token: &str, now: UtcTime) -> Result<SessionToken, SessionTokenError> {
        let claims = self.signed_claims(token)?;
        let now_s = now.unix_seconds();
        if now_s >= claims.exp.saturating_add(LEEWAY_S) {
            return Err(SessionTokenError::Expired);
        }
        if now_s < claims.nbf.saturating_sub(LEEWAY_S) {
            return Err(SessionTokenError::NotYetValid);
        }
        let shop = admin_shop(&claims).ok_or(SessionTokenError::NotAdmin)?;
        Ok(SessionToken { shop, user_id: claims.sub })
    }

    fn signed_claims(&self, token: &str) -> Result<Claims, SessionTokenError> {
        let mut refusal = SessionTokenError::BadSignature;
        for key in &self.keys {
            match jsonwebtoken::decode::<Claims>(token, key, &self.validation) {
                Ok(data) => return Ok(data.claims),
                Err(error) => refusal = refusal_of(error.into_kind()),
            }
            if refusal != SessionTokenError::BadSignature {
                break;
            }
        }
        Err(refusal)
    }
}

/// A token as Shopify would make it at `now`: for the demo's own admin and for tests.
///
/// # Errors
/// Only if the library cannot write JSON.
pub fn mint_session_token(
    secrets: &AppSecrets,
    client_id: &str,
    shop: &ShopDomain,
    user_id: &str,
    now: UtcTime,
) -> Result<String, jsonwebtoken::errors::Error> {
    crypto::install();
    let claims = Claims {
        iss: format!("https://{shop}/admin"),
        dest: format!("https://{shop}"),
        aud: client_id.to_owned(),
        sub: user_id.to_owned(),
        exp: now.unix_seconds().saturating_add(LIFETIME_S),
        nbf: now.unix_seconds(),
    };
    let key = EncodingKey::from_secret(secrets.current().expose_secret().as_bytes());
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key)
}

/// The shop, if issuer and destination name the same one in the way only the admin does. Tokens of
/// checkout and customer account extensions carry our signature too: their issuer ends in
/// `/checkouts` and their destination has no scheme.
fn admin_shop(claims: &Claims) -> Option<ShopDomain> {
    let issuer = claims.iss.strip_prefix("https://")?.strip_suffix("/admin")?;
    let destination = claims.dest.strip_prefix("https://")?;
    let shop = ShopDomain::parse(destination).ok()?;
    (issuer == destination).then_some(shop)
}

fn refusal_of(kind: ErrorKind) -> SessionTokenError {
    match kind {
        ErrorKind::InvalidSignature | ErrorKind::InvalidAlgorithm => {
            SessionTokenError::BadSignature
        }
        ErrorKind::InvalidAudience => SessionTokenError::WrongAudience,
        _ => SessionTokenError::Malformed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UtcTime = UtcTime::from_micros(1_700_000_000_000_000);

    fn token(secrets: &AppSecrets) -> String {
        let shop = ShopDomain::parse("some-shop.myshopify.com").unwrap();
        mint_session_token(secrets, "app", &shop, "42", NOW).unwrap()
    }

    #[test]
    fn the_previous_secret_still_signs_during_a_rotation_and_no_longer_after() {
        let old = AppSecrets::new("old".into(), None).unwrap();
        let rotating = AppSecrets::new("new".into(), Some("old".into())).unwrap();
        let after = AppSecrets::new("new".into(), None).unwrap();
        let verify = |secrets| SessionTokenVerifier::new("app", secrets).verify(&token(&old), NOW);
        assert_eq!(verify(&rotating).unwrap().user_id, "42");
        assert_eq!(verify(&after), Err(SessionTokenError::BadSignature));
    }

    #[test]
    fn a_token_lives_its_minute_and_ten_seconds_around_it() {
        let secrets = AppSecrets::new("hush".into(), None).unwrap();
        let verifier = SessionTokenVerifier::new("app", &secrets);
        let token = token(&secrets);
        for (seconds, expected) in [
            (-11, Some(SessionTokenError::NotYetValid)),
            (-10, None),
            (0, None),
            (69, None),
            (70, Some(SessionTokenError::Expired)),
        ] {
            let result = verifier.verify(&token, NOW.plus_seconds(seconds));
            assert_eq!(result.err(), expected, "{seconds} s");
        }
    }
}
