//! The app's client secret, and the one before it while a rotation runs. Everything that Shopify
//! signs for us is checked here, in constant time. Not here: what exactly is signed.

use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;

pub(crate) type HmacSha256 = Hmac<Sha256>;

/// A SHA-256 sized authentication tag.
pub(crate) type Tag = [u8; 32];

/// The client secrets that a signature may have been made with. Shopify may sign with the previous
/// one for up to an hour after a rotation.
#[derive(Debug, Clone)]
pub struct AppSecrets {
    current: KeyedSecret,
    previous: Option<KeyedSecret>,
}

/// The secret and its hash state, so that a request does not hash the key again.
#[derive(Debug, Clone)]
struct KeyedSecret {
    text: SecretString,
    mac: HmacSha256,
}

/// A secret without content: everybody could sign with it.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a client secret must not be empty")]
pub struct EmptySecret;

impl AppSecrets {
    /// Takes the current client secret and, during a rotation, the previous one.
    ///
    /// # Errors
    /// [`EmptySecret`].
    pub fn new(current: SecretString, previous: Option<SecretString>) -> Result<Self, EmptySecret> {
        Ok(Self {
            current: KeyedSecret::new(current)?,
            previous: previous.map(KeyedSecret::new).transpose()?,
        })
    }

    /// The secret to identify ourselves with (token exchange) and to sign with.
    #[must_use]
    pub fn current(&self) -> &SecretString {
        &self.current.text
    }

    /// Every secret to try, the current one first.
    pub fn iter(&self) -> impl Iterator<Item = &SecretString> {
        self.keys().map(|key| &key.text)
    }

    /// True if `tag` authenticates what `feed` writes, under any of the secrets.
    pub(crate) fn verify(&self, tag: &Tag, feed: impl Fn(&mut HmacSha256)) -> bool {
        self.keys().any(|key| {
            let mut mac = key.mac.clone();
            feed(&mut mac);
            mac.verify_slice(tag).is_ok()
        })
    }

    /// The tag of what `feed` writes, under the current secret.
    pub(crate) fn sign(&self, feed: impl Fn(&mut HmacSha256)) -> Tag {
        let mut mac = self.current.mac.clone();
        feed(&mut mac);
        mac.finalize().into_bytes().into()
    }

    fn keys(&self) -> impl Iterator<Item = &KeyedSecret> {
        std::iter::once(&self.current).chain(&self.previous)
    }
}

impl KeyedSecret {
    fn new(text: SecretString) -> Result<Self, EmptySecret> {
        let key = text.expose_secret().as_bytes();
        if key.is_empty() {
            return Err(EmptySecret);
        }
        let mac = HmacSha256::new_from_slice(key).map_err(|_any_length_is_fine| EmptySecret)?;
        Ok(Self { text, mac })
    }
}

/// Reads a tag from exactly 64 lower-case hex digits: the only spelling Shopify uses, so that no
/// two texts stand for one signature.
pub(crate) fn tag_from_hex(text: &str) -> Option<Tag> {
    let mut tag = Tag::default();
    let is_lower_hex = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    (is_lower_hex && hex::decode_to_slice(text, &mut tag).is_ok()).then_some(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_secret_is_refused_in_either_place() {
        let secret = || SecretString::from("hush");
        let empty = || SecretString::from("");
        assert_eq!(AppSecrets::new(empty(), None).unwrap_err(), EmptySecret);
        assert_eq!(AppSecrets::new(secret(), Some(empty())).unwrap_err(), EmptySecret);
    }

    #[test]
    fn debug_output_hides_the_secrets() {
        let secrets = AppSecrets::new("hush".into(), Some("sshh".into())).unwrap();
        let shown = format!("{secrets:?}");
        assert!(!shown.contains("hush") && !shown.contains("sshh"), "{shown}");
    }

    #[test]
    fn hex_tags_have_one_spelling() {
        assert!(tag_from_hex(&"0a".repeat(32)).is_some());
        for wrong in ["0A".repeat(32), "0a".repeat(31), "0a".repeat(33), String::new()] {
            assert_eq!(tag_from_hex(&wrong), None, "{wrong}");
        }
    }
}
