//! The one grammar for affiliate codes and parameter names: `[A-Za-z0-9_.-]{1,64}` (E14).
//! Held by value in a fixed buffer. Case is kept; comparing without case is for whoever compares.

use core::fmt;

use crate::query::decoded_bytes;
use crate::scan::{END, byte_at, decoded_at};

/// The longest code or parameter name, in characters (all of them ASCII).
pub const TOKEN_LEN_MAX: usize = 64;

/// An affiliate code or a parameter name: 1 to 64 of `A-Z a-z 0-9 _ . -`.
///
/// ```
/// use storefront::Token;
/// assert_eq!(Token::parse(b"ANNA-10").unwrap().as_str(), "ANNA-10");
/// assert_eq!(Token::decode(b"sca%5Fref").unwrap().as_str(), "sca_ref");
/// assert!(Token::parse(b"").is_none());
/// assert!(Token::parse(b"a b").is_none());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Token {
    /// Zero behind `len`, so that the derived comparison is that of the texts.
    bytes: [u8; TOKEN_LEN_MAX],
    len: usize,
}

impl Token {
    /// Takes text as it stands; `None` when it breaks the grammar.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        Self::collect(text.iter().copied())
    }

    /// Takes text as it stands in a URL's query, with escapes.
    #[must_use]
    pub fn decode(encoded: &[u8]) -> Option<Self> {
        Self::collect(decoded_bytes(encoded))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.bytes.get(..self.len).and_then(|text| core::str::from_utf8(text).ok()).unwrap_or("")
    }

    /// Whether this is the name `other`, not minding case.
    #[must_use]
    pub fn is(&self, other: &str) -> bool {
        self.as_str().eq_ignore_ascii_case(other)
    }

    fn collect(text: impl Iterator<Item = u8>) -> Option<Self> {
        let mut token = Self { bytes: [0; TOKEN_LEN_MAX], len: 0 };
        for byte in text {
            if !is_token_byte(byte) {
                return None;
            }
            *token.bytes.get_mut(token.len)? = byte;
            token.len += 1;
        }
        (token.len > 0).then_some(token)
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

/// Whether a code stands here, up to an `&`, when its escapes are resolved and the spaces that copying
/// a link leaves at its ends are forgiven.
#[must_use]
#[inline(never)]
pub fn is_code(text: &[u8], mut at: usize) -> bool {
    let mut len = 0;
    let mut is_over = false;
    loop {
        if matches!(byte_at(text, at), '&' | END) {
            return (1..=TOKEN_LEN_MAX).contains(&len);
        }
        let decoded = decoded_at(text, at);
        at += decoded.len();
        if decoded.byte() == b' ' {
            is_over = len > 0;
        } else if is_over || !is_token_byte(decoded.byte()) {
            return false;
        } else {
            len += 1;
        }
    }
}

const fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e14_a_name_of_64_characters_passes_and_one_of_65_does_not() {
        assert_eq!(Token::parse(&[b'x'; 64]).unwrap().as_str().len(), 64);
        assert_eq!(Token::parse(&[b'x'; 65]), None);
    }

    #[test]
    fn only_letters_digits_underscore_dot_and_hyphen_pass() {
        for byte in 0..=u8::MAX {
            let allowed = byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
            assert_eq!(Token::parse(&[byte]).is_some(), allowed, "byte {byte}");
        }
    }

    #[test]
    fn escapes_are_resolved_before_the_grammar_is_checked() {
        assert!(Token::decode(b"%41NNA").unwrap().is("anna"));
        assert_eq!(Token::decode(b"AN+NA"), None);
        assert_eq!(Token::decode(b"ANNA%00"), None);
        assert_eq!(Token::decode(b"M%C3%BCller"), None);
    }
}
