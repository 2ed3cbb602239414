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

/// The 32 bytes that protect everything secret in the database.
#[derive(Clone)]
pub struct MasterKey([u8; 32]);

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
}

impl Purpose {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::AtRest => b"tributary/at-rest/1",
            Self::VisitToken => b"tributary/visit-token/1",
            Self::EmailFingerprint => b"tributary/email-fingerprint/1",
            Self::FormToken => b"tributary/form-token/1",
            Self::CustomerHash => b"tributary/customer-hash/1",
        }
    }
}

impl MasterKey {
    /// Reads a key in base64.
    ///
    /// # Errors
    /// [`SecretError::BadKey`].
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        STANDARD
            .decode(text.trim())
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .map(Self)
            .ok_or(SecretError::BadKey)
    }

    /// A new random key.
    ///
    /// # Errors
    /// [`SecretError::NoRandomness`].
    pub fn generate() -> Result<Self, SecretError> {
        random_bytes().map(Self)
    }

    /// The key as it is written into a configuration.
    #[must_use]
    pub fn to_base64(&self) -> String {
        STANDARD.encode(self.0)
    }

    /// The key for one purpose.
    #[must_use]
    pub fn derive(&self, purpose: Purpose) -> [u8; 32] {
        mac(&self.0, &[purpose.label()])
    }

    /// Encrypts a column's value; `place` names the row (`postbacks.credentials:17`), so that the
    /// value cannot be moved to another one.
    ///
    /// # Errors
    /// [`SecretError::NoRandomness`].
    pub fn encrypt(&self, place: &str, plain: &[u8]) -> Result<Vec<u8>, SecretError> {
        let nonce: [u8; NONCE_BYTES] = random_bytes()?;
        let sealed = self
            .cipher()
            .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: place.as_bytes() })
            .map_err(|_opaque| SecretError::Unreadable)?;
        Ok([&[ENVELOPE_VERSION][..], &nonce, &sealed].concat())
    }

    /// The inverse of [`MasterKey::encrypt`], for the same place.
    ///
    /// # Errors
    /// [`SecretError::Unreadable`].
    pub fn decrypt(&self, place: &str, envelope: &[u8]) -> Result<Vec<u8>, SecretError> {
        let (version, rest) = envelope.split_first().ok_or(SecretError::Unreadable)?;
        let (nonce, sealed) =
            rest.split_first_chunk::<NONCE_BYTES>().ok_or(SecretError::Unreadable)?;
        if *version != ENVELOPE_VERSION {
            return Err(SecretError::Unreadable);
        }
        self.cipher()
            .decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: place.as_bytes() })
            .map_err(|_opaque| SecretError::Unreadable)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.derive(Purpose::AtRest).into())
    }
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
}
