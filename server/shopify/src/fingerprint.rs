//! How a buyer's e-mail is remembered: as a keyed hash, enough to notice that buyer and affiliate
//! are one person, useless to whoever gets the database. Not here: the comparison (attribution).

use domain::affiliate::normalise_email;
use hmac::{KeyInit as _, Mac as _};

use crate::secrets::{EmptySecret, HmacSha256};

/// Turns e-mail addresses into fingerprints. One installation keeps one key for ever: with another
/// key nothing stored matches any more.
#[derive(Debug, Clone)]
pub struct Fingerprinter {
    mac: HmacSha256,
}

impl Fingerprinter {
    /// Takes the installation's key.
    ///
    /// # Errors
    /// [`EmptySecret`] for an empty key.
    pub fn new(key: &[u8]) -> Result<Self, EmptySecret> {
        if key.is_empty() {
            return Err(EmptySecret);
        }
        let mac = HmacSha256::new_from_slice(key).map_err(|_any_length_is_fine| EmptySecret)?;
        Ok(Self { mac })
    }

    /// HMAC-SHA256 over the normalised address, in lower-case hex; none for what is no address.
    #[must_use]
    pub fn email(&self, email: &str) -> Option<String> {
        let normalised = normalise_email(email)?;
        let mut mac = self.mac.clone();
        mac.update(normalised.as_bytes());
        Some(hex::encode(mac.finalize().into_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_mailbox_have_one_fingerprint() {
        let prints = Fingerprinter::new(b"key").unwrap();
        let plain = prints.email("janedoe@gmail.com");
        assert!(plain.as_ref().is_some_and(|print| print.len() == 64));
        for same in [" Jane.Doe@Gmail.com ", "jane.doe+shop@googlemail.com", "JANEDOE@gmail.com"] {
            assert_eq!(prints.email(same), plain, "{same}");
        }
        assert_eq!(prints.email("a+b@example.com"), prints.email("A@example.com"));
        assert_ne!(prints.email("j.doe@example.com"), prints.email("jdoe@example.com"));
        assert_ne!(Fingerprinter::new(b"other").unwrap().email("janedoe@gmail.com"), plain);
    }

    #[test]
    fn what_is_no_address_has_no_fingerprint() {
        let prints = Fingerprinter::new(b"key").unwrap();
        for text in ["", "@", "a@", "@b", "...@gmail.com", "nobody"] {
            assert_eq!(prints.email(text), None, "{text}");
        }
        assert_eq!(Fingerprinter::new(b"").unwrap_err(), EmptySecret);
    }
}
