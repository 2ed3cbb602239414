//! Signs postbacks (N8): GET and POST alike, with every live secret of their owner, so that a receiver
//! can change from one to the other without a call that it cannot verify. Makes, shows and retires
//! these secrets.
//!
//! What is signed is `time.method.url.body`, exactly as sent: `docs/postbacks.md` tells receivers how
//! to verify it, and `docs/verify` holds programs that do.

use std::borrow::Cow;

use domain::{
    ids::{AffiliateId, ShopId},
    postback::{Credentials, PostbackSettings, Record, RenderError, Rendered, render},
    time::UtcTime,
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use storage::{
    DbConn, StorageError, WriteTx,
    postbacks::Owner,
    shops::shop_lock,
    signing::{
        SigningSecret, signing_secret_delete, signing_secret_insert, signing_secrets_of_owner,
    },
};

use crate::secrets::{MasterKey, SecretError, random_bytes};

/// The header that carries the signature.
pub const SIGNATURE_HEADER: &str = "X-Tributary-Signature";

/// Live secrets of one owner: the one in use, and the one that follows it.
pub const SECRETS_MAX: usize = 2;

/// What every secret begins with, so that people and scanners recognise one that got lost.
const SECRET_PREFIX: &str = "trbs_";

/// The secrets of one owner in plain text, oldest first.
#[derive(Clone, Default)]
pub struct SigningKeys(Vec<String>);

/// Why a secret cannot be made, shown or retired.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// The owner has [`SECRETS_MAX`] already.
    #[error("two secrets are live; retire one of them first")]
    TooMany,
    /// Calls would go out unsigned.
    #[error("this is the only secret; make a new one first")]
    LastOne,
    /// Encryption.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl storage::TxError for SigningError {
    fn storage_error(&self) -> Option<&StorageError> {
        match self {
            Self::Storage(error) => Some(error),
            Self::TooMany | Self::LastOne | Self::Secret(_) => None,
        }
    }
}

impl SigningKeys {
    /// Opens stored secrets.
    ///
    /// # Errors
    /// [`SecretError`] when the key is another one than they were stored with.
    pub fn open(key: &MasterKey, stored: &[SigningSecret]) -> Result<Self, SecretError> {
        stored.iter().map(|row| reveal(key, row)).collect::<Result<_, _>>().map(Self)
    }

    /// These secrets.
    #[must_use]
    pub fn of(secrets: &[&str]) -> Self {
        Self(secrets.iter().map(|secret| (*secret).to_owned()).collect())
    }

    /// The signature of a request, `t=1772366400,v1=5257…`, with one `v1` for each secret; none
    /// without secrets.
    #[must_use]
    pub fn sign(&self, request: &Rendered, at: UtcTime) -> Option<String> {
        let time = at.unix_seconds().to_string();
        let body = request.body.as_deref().unwrap_or_default();
        let url = as_called(&request.url);
        let signed = [&time, ".", request.method, ".", &url, ".", body];
        let mut text = format!("t={time}");
        for secret in &self.0 {
            #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
            let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes())
                .expect("HMAC takes keys of any length");
            for part in signed {
                mac.update(part.as_bytes());
            }
            text.push_str(",v1=");
            text.push_str(&hex::encode(mac.finalize().into_bytes()));
        }
        (!self.0.is_empty()).then_some(text)
    }
}

/// The URL as its receiver sees it: no request line has an empty path (U5).
fn as_called(url: &str) -> Cow<'_, str> {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    match rest.split_once('?') {
        Some((host, query)) if !host.contains('/') => format!("{scheme}://{host}/?{query}").into(),
        None if !rest.contains('/') => format!("{url}/").into(),
        _ => url.into(),
    }
}

/// Builds a request and signs it: `{signature}` over the request with the macro left empty, the header
/// over the request as it is sent.
///
/// # Errors
/// [`RenderError`].
pub fn render_signed(
    settings: &PostbackSettings,
    credentials: Option<&Credentials>,
    record: &Record,
    keys: &SigningKeys,
    at: UtcTime,
) -> Result<Rendered, RenderError> {
    let mut request = render(settings, credentials, record)?;
    if settings.uses("signature")
        && let Some(signature) = keys.sign(&request, at)
    {
        let mut signed = record.clone();
        signed.set("signature", signature);
        request = render(settings, credentials, &signed)?;
    }
    if let Some(signature) = keys.sign(&request, at) {
        request.headers.push((SIGNATURE_HEADER.to_owned(), signature));
    }
    Ok(request)
}

/// An owner's secrets as they are stored, oldest first.
///
/// # Errors
/// [`StorageError`].
pub fn secrets_of(
    conn: &mut DbConn,
    shop: ShopId,
    owner: Owner,
) -> Result<Vec<SigningSecret>, StorageError> {
    let limit = i64::try_from(SECRETS_MAX).unwrap_or(i64::MAX);
    signing_secrets_of_owner(conn, shop, owner, limit)
}

/// A stored secret in plain text.
///
/// # Errors
/// [`SecretError`] when the key is another one than it was stored with.
pub fn reveal(key: &MasterKey, row: &SigningSecret) -> Result<String, SecretError> {
    let plain = key.decrypt(&place(row.id), &row.secret)?;
    String::from_utf8(plain).map_err(|_not_text| SecretError::Unreadable)
}

/// Makes the first secret of an owner who has none.
///
/// # Errors
/// [`SigningError`].
pub fn ensure_secret(
    tx: &mut WriteTx<'_>,
    key: &MasterKey,
    shop: ShopId,
    owner: Owner,
    now: UtcTime,
) -> Result<(), SigningError> {
    if !secrets_of(tx, shop, owner)?.is_empty() {
        return Ok(());
    }
    // Of two who find none at the same moment one makes it.
    shop_lock(tx, shop)?;
    if secrets_of(tx, shop, owner)?.is_empty() { insert(tx, key, shop, owner, now) } else { Ok(()) }
}

/// Makes a further secret: from now on every call carries a signature by each.
///
/// # Errors
/// [`SigningError::TooMany`] and others.
pub fn add_secret(
    tx: &mut WriteTx<'_>,
    key: &MasterKey,
    shop: ShopId,
    owner: Owner,
    now: UtcTime,
) -> Result<(), SigningError> {
    shop_lock(tx, shop)?;
    if secrets_of(tx, shop, owner)?.len() >= SECRETS_MAX {
        return Err(SigningError::TooMany);
    }
    insert(tx, key, shop, owner, now)
}

/// Retires a secret: nothing is signed with it any more.
///
/// # Errors
/// [`SigningError::LastOne`] and others; [`StorageError::NotFound`] for somebody else's.
pub fn retire_secret(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    owner: Owner,
    id: i64,
) -> Result<(), SigningError> {
    // Of two who retire one each, at the same moment, one is told that it is the last.
    shop_lock(tx, shop)?;
    let live = secrets_of(tx, shop, owner)?;
    if live.iter().any(|row| row.id == id) && live.len() == 1 {
        return Err(SigningError::LastOne);
    }
    Ok(signing_secret_delete(tx, shop, owner, id)?)
}

fn insert(
    tx: &mut WriteTx<'_>,
    key: &MasterKey,
    shop: ShopId,
    owner: Owner,
    now: UtcTime,
) -> Result<(), SigningError> {
    let id = tx.next_id(now);
    let secret = format!("{SECRET_PREFIX}{}", hex::encode(random_bytes::<32>()?));
    let row = SigningSecret {
        id,
        shop_id: shop,
        affiliate_id: affiliate_in(owner),
        secret: key.encrypt(&place(id), secret.as_bytes())?,
        created_at: now,
    };
    Ok(signing_secret_insert(tx, &row)?)
}

/// The affiliate who owns it; none: the merchant.
#[must_use]
pub const fn affiliate_in(owner: Owner) -> Option<AffiliateId> {
    match owner {
        Owner::Merchant => None,
        Owner::Affiliate(id) => Some(id),
    }
}

/// Names the row that a secret is encrypted for.
fn place(id: i64) -> String {
    format!("signing_secrets.secret:{id}")
}

#[cfg(test)]
mod tests {
    use domain::postback::{RequestMethod, sample_record};

    use super::*;

    fn at() -> UtcTime {
        UtcTime::parse("2026-03-01T12:00:00Z").unwrap()
    }

    fn settings(url: &str) -> PostbackSettings {
        PostbackSettings { url: url.to_owned(), ..PostbackSettings::default() }
    }

    #[test]
    fn n8_a_get_is_signed_over_time_method_url_and_nothing() {
        let keys = SigningKeys::of(&["secret"]);
        let settings = settings("https://t.example/?c={click_id}");
        let request = render_signed(&settings, None, &sample_record(), &keys, at()).unwrap();
        let (name, value) = request.headers.last().unwrap();
        assert_eq!(name, "X-Tributary-Signature");
        // printf '1772366400.GET.https://t.example/?c=w5fj2k3l4m9q.' | openssl dgst -sha256 -hmac secret
        let expected = "t=1772366400,v1=";
        assert!(value.starts_with(expected) && value.len() == expected.len() + 64, "{value}");
        let mut mac = Hmac::<Sha256>::new_from_slice(b"secret").unwrap();
        mac.update(b"1772366400.GET.https://t.example/?c=w5fj2k3l4m9q.");
        assert!(value.ends_with(&hex::encode(mac.finalize().into_bytes())));
    }

    #[test]
    fn n8_the_macro_is_over_the_request_with_the_macro_left_empty() {
        let keys = SigningKeys::of(&["old", "new"]);
        let settings = PostbackSettings {
            method: RequestMethod::PostForm,
            // Strict mode must not drop the pair before it is signed.
            strict: true,
            params: vec![domain::postback::Param {
                name: "p".to_owned(),
                value: "{total_commission}".to_owned(),
                raw: false,
            }],
            ..settings("https://t.example/?c={click_id}&sig={signature}&e=1")
        };
        let request = render_signed(&settings, None, &sample_record(), &keys, at()).unwrap();
        let bare = Rendered {
            url: "https://t.example/?c=w5fj2k3l4m9q&sig=&e=1".to_owned(),
            ..request.clone()
        };
        let signature = keys.sign(&bare, at()).unwrap();
        assert_eq!(signature.matches(",v1=").count(), 2);
        let encoded = signature.replace('=', "%3D").replace(',', "%2C");
        assert_eq!(request.url, format!("https://t.example/?c=w5fj2k3l4m9q&sig={encoded}&e=1"));
        let header = keys.sign(&request, at());
        assert_eq!(request.headers.last().map(|(_, value)| value.clone()), header);
    }

    #[test]
    fn n8_an_empty_path_is_signed_as_the_slash_that_the_receiver_sees() {
        for (sent, seen) in [
            ("https://t.example?c=1/2", "https://t.example/?c=1/2"),
            ("https://t.example", "https://t.example/"),
            ("https://t.example:8443?", "https://t.example:8443/?"),
            ("https://t.example/a?b", "https://t.example/a?b"),
        ] {
            assert_eq!(as_called(sent), seen);
        }
    }

    #[test]
    fn without_a_secret_nothing_is_signed() {
        let settings = settings("https://t.example/?c={click_id}&s={signature}");
        let keys = SigningKeys::default();
        let request = render_signed(&settings, None, &sample_record(), &keys, at()).unwrap();
        assert_eq!(request.url, "https://t.example/?c=w5fj2k3l4m9q&s=");
        assert_eq!(request.headers, []);
    }

    #[test]
    fn an_empty_signature_in_a_path_leaves_the_path_as_it_is() {
        let settings = settings("https://t.example/{signature}/x?c={click_id}");
        let keys = SigningKeys::of(&["s"]);
        let request = render_signed(&settings, None, &sample_record(), &keys, at()).unwrap();
        assert!(request.url.starts_with("https://t.example/t%3D1772366400%2Cv1%3D"));
    }
}
