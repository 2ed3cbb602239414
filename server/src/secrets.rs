//! The encryption key and what is derived from it: secrets at rest, visit tokens, fingerprints,
//! anti-forgery tokens. Each use has its own key, so that a value made for one purpose never
//! passes for another.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

const ENVELOPE_VERSION: u8 = 1;
const NONCE_BYTES: usize = 24;

/// The 32 bytes that everything secret depends on, and the keys of what is encrypted in the database
/// where that is rotated apart: fingerprints and tokens in carts must outlive such a rotation.
#[derive(Clone)]
pub struct MasterKey {
    root: [u8; 32],
    /// To encrypt with; the root key when absent.
    secrets: Option<[u8; 32]>,
    /// To decrypt what has not been written anew yet.
    secrets_previous: Option<[u8; 32]>,
}

/// What is wrong with a key or an encrypted value.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The key is not 32 bytes in base64.
    #[error("the encryption key must be 32 bytes in base64 (44 characters)")]
    BadKey,
    /// Not one of our envelopes, another key, or moved from another row.
    #[error("the stored secret cannot be decrypted with this key")]
    Unreadable,
    /// The operating system gave no randomness.
    #[error("no randomness from the operating system")]
    NoRandomness,
}

/// Uses of the master key.
#[derive(Debug, Clone, Copy)]
pub enum Purpose {
    /// Encrypted columns.
    AtRest,
    /// Tokens in the cart that name a visit.
    VisitToken,
    /// Fingerprints of e-mail addresses.
    EmailFingerprint,
    /// Anti-forgery tokens of forms.
    FormToken,
    /// Pseudonyms of buyers in postbacks.
    CustomerHash,
    /// Hashes of visitors for affiliates' pixels.
    PixelVisitor,
    /// Hashes of who saw a banner.
    Impression,
}

impl Purpose {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::AtRest => b"tributary/at-rest/1",
            Self::VisitToken => b"tributary/visit-token/1",
            Self::EmailFingerprint => b"tributary/email-fingerprint/1",
            Self::FormToken => b"tributary/form-token/1",
            Self::CustomerHash => b"tributary/customer-hash/1",
            Self::PixelVisitor => b"tributary/pixel-visitor/1",
            Self::Impression => b"tributary/impression/1",
        }
    }
}

impl MasterKey {
    /// Reads a key in base64.
    ///
    /// # Errors
    /// [`SecretError::BadKey`].
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        parse_key(text).map(Self::of_root)
    }

    const fn of_root(root: [u8; 32]) -> Self {
        Self { root, secrets: None, secrets_previous: None }
    }

    /// The same, with other keys for secrets in the database: the present one and, during a rotation,
    /// the one before. What the root key protects stays readable.
    #[must_use]
    pub fn with_secrets_keys(self, present: Option<&Self>, previous: Option<&Self>) -> Self {
        Self {
            root: self.root,
            secrets: present.map(|key| key.root),
            secrets_previous: previous.map(|key| key.root),
        }
    }

    /// What is encrypted in the database has a key of its own.
    #[must_use]
    pub const fn has_secrets_key(&self) -> bool {
        self.secrets.is_some()
    }

    /// The secrets key before can still be read with.
    #[must_use]
    pub const fn is_rotating(&self) -> bool {
        self.secrets_previous.is_some()
    }

    /// A new random key.
    ///
    /// # Errors
    /// [`SecretError::NoRandomness`].
    pub fn generate() -> Result<Self, SecretError> {
        random_bytes().map(Self::of_root)
    }

    /// The key as it is written into a configuration.
    #[must_use]
    pub fn to_base64(&self) -> String {
        STANDARD.encode(self.root)
    }

    /// The key for one purpose.
    #[must_use]
    pub fn derive(&self, purpose: Purpose) -> [u8; 32] {
        mac(&self.root, &[purpose.label()])
    }

    /// Encrypts a column's value; `place` names the row (`postbacks.credentials:17`), so that the
    /// value cannot be moved to another one.
    ///
    /// # Errors
    /// [`SecretError::NoRandomness`].
    pub fn encrypt(&self, place: &str, plain: &[u8]) -> Result<Vec<u8>, SecretError> {
        let nonce: [u8; NONCE_BYTES] = random_bytes()?;
        let sealed = cipher(self.secrets.as_ref().unwrap_or(&self.root))
            .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: place.as_bytes() })
            .map_err(|_opaque| SecretError::Unreadable)?;
        Ok([&[ENVELOPE_VERSION][..], &nonce, &sealed].concat())
    }

    /// The inverse of [`MasterKey::encrypt`], for the same place.
    ///
    /// # Errors
    /// [`SecretError::Unreadable`].
    pub fn decrypt(&self, place: &str, envelope: &[u8]) -> Result<Vec<u8>, SecretError> {
        let keys = [self.secrets.as_ref(), self.secrets_previous.as_ref(), Some(&self.root)];
        keys.into_iter()
            .flatten()
            .find_map(|key| open(key, place, envelope))
            .ok_or(SecretError::Unreadable)
    }

    /// The same content encrypted with the present key; none when it is that already.
    ///
    /// # Errors
    /// [`SecretError`].
    pub fn renew(&self, place: &str, envelope: &[u8]) -> Result<Option<Vec<u8>>, SecretError> {
        if open(self.secrets.as_ref().unwrap_or(&self.root), place, envelope).is_some() {
            return Ok(None);
        }
        let plain = self.decrypt(place, envelope)?;
        self.encrypt(place, &plain).map(Some)
    }
}

/// What an envelope holds, if this key and this place are its own.
fn open(key: &[u8; 32], place: &str, envelope: &[u8]) -> Option<Vec<u8>> {
    let (version, rest) = envelope.split_first()?;
    let (nonce, sealed) = rest.split_first_chunk::<NONCE_BYTES>()?;
    if *version != ENVELOPE_VERSION {
        return None;
    }
    let payload = Payload { msg: sealed, aad: place.as_bytes() };
    cipher(key).decrypt(&XNonce::from(*nonce), payload).ok()
}

fn parse_key(text: &str) -> Result<[u8; 32], SecretError> {
    let bytes = STANDARD.decode(text.trim()).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or(SecretError::BadKey)
}

fn cipher(key: &[u8; 32]) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&mac(key, &[Purpose::AtRest.label()]).into())
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(•••)")
    }
}

/// Bytes from the operating system's generator.
///
/// # Errors
/// [`SecretError::NoRandomness`].
pub fn random_bytes<const N: usize>() -> Result<[u8; N], SecretError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_opaque| SecretError::NoRandomness)?;
    Ok(bytes)
}

/// A random token of 32 bytes in hex, for cookies.
///
/// # Errors
/// [`SecretError::NoRandomness`].
pub fn random_token() -> Result<String, SecretError> {
    random_bytes::<32>().map(hex::encode)
}

/// SHA-256 in hex: how tokens are stored, so that a copy of the database opens no session.
#[must_use]
pub fn token_hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

/// HMAC-SHA256 over the parts, one after the other.
#[must_use]
pub fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    let mut mac =
        <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encrypted_value_opens_only_in_its_own_place() {
        let key = MasterKey::generate().unwrap();
        let sealed = key.encrypt("postbacks.credentials:1", b"token").unwrap();
        assert_eq!(key.decrypt("postbacks.credentials:1", &sealed).unwrap(), b"token");
        assert!(key.decrypt("postbacks.credentials:2", &sealed).is_err());
        let other = MasterKey::generate().unwrap();
        assert!(other.decrypt("postbacks.credentials:1", &sealed).is_err());
        for cut in 0..sealed.len() {
            assert!(key.decrypt("postbacks.credentials:1", &sealed[..cut]).is_err());
        }
    }

    #[test]
    fn a_rotated_key_reads_what_the_ones_before_wrote_and_writes_with_itself() {
        let root = MasterKey::generate().unwrap();
        let [first, second] = [(); 2].map(|()| MasterKey::generate().unwrap());
        let with = |present: Option<&MasterKey>, previous: Option<&MasterKey>| {
            root.clone().with_secrets_keys(present, previous)
        };
        let (once, twice) = (with(Some(&first), None), with(Some(&second), Some(&first)));
        let by_root = root.encrypt("a:1", b"token").unwrap();
        let by_first = once.encrypt("a:1", b"token").unwrap();
        let by_second = twice.encrypt("a:1", b"token").unwrap();
        for sealed in [&by_root, &by_first, &by_second] {
            assert_eq!(twice.decrypt("a:1", sealed).unwrap(), b"token");
        }
        assert!(once.decrypt("a:1", &by_second).is_err());
        let after = with(Some(&second), None);
        assert!(after.decrypt("a:1", &by_first).is_err(), "rotated out");
        for sealed in [&by_root, &by_first] {
            let renewed = twice.renew("a:1", sealed).unwrap().unwrap();
            assert_eq!(after.decrypt("a:1", &renewed).unwrap(), b"token");
            assert!(root.decrypt("a:1", &renewed).is_err(), "the root key opens it no more");
        }
        assert_eq!(twice.renew("a:1", &by_second).unwrap(), None);
        assert!(after.renew("a:1", &by_first).is_err());
        assert_eq!(
            root.derive(Purpose::EmailFingerprint),
            twice.derive(Purpose::EmailFingerprint),
            "fingerprints stay"
        );
    }
}
