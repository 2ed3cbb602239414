//! Reading a URL's query: its pairs still encoded, and form decoding (`+` is a space, `%XX` a byte)
//! that takes anything. A bad escape stays as it was written; what is not UTF-8 becomes U+FFFD.
//! What the names mean is not here.

use core::str;

use crate::scan::decoded_at;

/// One `name=value` of a query, both sides still percent-encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair<'a> {
    /// What stands before the first `=`.
    pub name: &'a [u8],
    /// What stands behind it; empty when there is none.
    pub value: &'a [u8],
}

impl Pair<'_> {
    /// Whether the decoded name is `name`, not minding case (E4).
    #[must_use]
    pub fn is_named(&self, name: &str) -> bool {
        let mut written = decoded_bytes(self.name);
        name.bytes().all(|byte| written.next().is_some_and(|it| it.eq_ignore_ascii_case(&byte)))
            && written.next().is_none()
    }
}

/// The query of a URL, whole or relative: what stands behind the first `?` and before any `#`.
///
/// ```
/// use storefront::query::query_of;
/// assert_eq!(query_of(b"https://shop.example/a?ref=ANNA#b?c=d"), b"ref=ANNA");
/// assert_eq!(query_of(b"/products/bag"), b"");
/// ```
#[must_use]
pub fn query_of(mut url: &[u8]) -> &[u8] {
    let mut query = take_until(&mut url, b'#');
    take_until(&mut query, b'?');
    query
}

/// The pairs of a query in their order. Empty ones (`&&`) are passed over.
#[must_use]
pub const fn pairs(query: &[u8]) -> Pairs<'_> {
    Pairs { rest: query }
}

/// See [`pairs`].
#[derive(Debug, Clone)]
pub struct Pairs<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Pairs<'a> {
    type Item = Pair<'a>;

    fn next(&mut self) -> Option<Pair<'a>> {
        while !self.rest.is_empty() {
            let mut value = take_until(&mut self.rest, b'&');
            if !value.is_empty() {
                let name = take_until(&mut value, b'=');
                return Some(Pair { name, value });
            }
        }
        None
    }
}

/// Takes what stands before the first separator off the front, and the separator with it: everything,
/// when there is none.
fn take_until<'a>(text: &mut &'a [u8], separator: u8) -> &'a [u8] {
    let end = text.iter().position(|byte| *byte == separator).unwrap_or(text.len());
    let (before, behind) = text.split_at_checked(end).unwrap_or_default();
    *text = behind.get(1..).unwrap_or_default();
    before
}

/// A text's bytes with the escapes resolved; they need not be UTF-8.
#[must_use]
pub fn decoded_bytes(encoded: &[u8]) -> DecodedBytes<'_> {
    DecodedBytes { rest: encoded }
}

/// A text's characters with the escapes resolved. Like `String::from_utf8_lossy` it gives U+FFFD
/// for what is not UTF-8, and also for NUL, which PostgreSQL cannot store in a text.
///
/// ```
/// use storefront::query::decoded_chars;
/// assert!(decoded_chars(b"fb+ads%2F%C3%A9t%C3%A9").eq("fb ads/été".chars()));
/// assert!(decoded_chars(b"100%+off%zz").eq("100% off%zz".chars()));
/// ```
#[must_use]
pub fn decoded_chars(encoded: &[u8]) -> DecodedChars<'_> {
    DecodedChars { bytes: decoded_bytes(encoded), is_lossy: false }
}

/// See [`decoded_bytes`].
#[derive(Debug, Clone)]
pub struct DecodedBytes<'a> {
    rest: &'a [u8],
}

impl Iterator for DecodedBytes<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let decoded = decoded_at(self.rest, 0);
        self.rest = self.rest.get(decoded.len()..)?;
        Some(decoded.byte())
    }
}

/// See [`decoded_chars`].
#[derive(Debug, Clone)]
pub struct DecodedChars<'a> {
    bytes: DecodedBytes<'a>,
    is_lossy: bool,
}

impl DecodedChars<'_> {
    /// Whether something in the characters given so far had to be replaced by U+FFFD.
    #[must_use]
    pub const fn is_lossy(&self) -> bool {
        self.is_lossy
    }

    fn replacement(&mut self) -> char {
        self.is_lossy = true;
        char::REPLACEMENT_CHARACTER
    }
}

impl Iterator for DecodedChars<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        let mut ahead = self.bytes.clone();
        if let Some(letter @ 1..=0x7f) = ahead.next() {
            self.bytes = ahead;
            return Some(char::from(letter));
        }
        let mut ahead = self.bytes.clone();
        let mut window = [0; UTF8_LEN_MAX];
        let mut len = 0;
        for (slot, byte) in window.iter_mut().zip(&mut ahead) {
            *slot = byte;
            len += 1;
        }
        let window = window.get(..len)?;
        let (valid, bad_len) = match str::from_utf8(window) {
            Ok(valid) => (valid, 0),
            Err(error) => {
                let valid = window.get(..error.valid_up_to()).unwrap_or_default();
                // No error length means: it ends in mid-character. When nothing valid stands before
                // that, the window is the text's whole rest, because no character exceeds a window.
                (str::from_utf8(valid).unwrap_or_default(), error.error_len().unwrap_or(len))
            }
        };
        match valid.chars().next() {
            Some(found) => {
                skip(&mut self.bytes, found.len_utf8());
                Some(if found == '\0' { self.replacement() } else { found })
            }
            None if len == 0 => None,
            None => {
                skip(&mut self.bytes, bad_len);
                Some(self.replacement())
            }
        }
    }
}

const UTF8_LEN_MAX: usize = 4;

fn skip(bytes: &mut DecodedBytes<'_>, count: usize) {
    for _ in bytes.take(count) {}
}

#[cfg(test)]
mod tests {
    use std::prelude::v1::*;

    use proptest::prelude::*;

    use super::*;

    fn decoded(encoded: &str) -> String {
        decoded_chars(encoded.as_bytes()).collect()
    }

    #[test]
    fn the_query_ends_at_the_fragment_and_keeps_later_question_marks() {
        assert_eq!(query_of(b"https://a.example/x?q=1?2&r=3#f"), b"q=1?2&r=3");
        assert_eq!(query_of(b"https://a.example/#?ref=ANNA"), b"");
        assert_eq!(query_of(b"?ref=ANNA"), b"ref=ANNA");
        assert_eq!(query_of(b""), b"");
    }

    #[test]
    fn pairs_split_at_the_first_equals_sign_and_skip_empty_ones() {
        let found: Vec<_> = pairs(b"&a=1=2&&b&=c&").map(|pair| (pair.name, pair.value)).collect();
        let none: &[u8] = b"";
        assert_eq!(found, [(&b"a"[..], &b"1=2"[..]), (b"b", none), (none, b"c")]);
    }

    #[test]
    fn names_compare_without_case_and_through_escapes() {
        let pair = Pair { name: b"Sca%5fREF", value: b"" };
        assert!(pair.is_named("sca_ref"));
        assert!(!pair.is_named("sca_re"));
        assert!(!pair.is_named("sca_ref2"));
    }

    #[test]
    fn bad_escapes_stay_as_they_were_written() {
        for text in ["%", "%4", "%zz", "%%", "a%2", "%+1".replace('+', "-").as_str()] {
            assert_eq!(decoded(text), text);
        }
        assert_eq!(decoded("%%41"), "%A");
    }

    #[test]
    fn bytes_that_are_not_utf8_and_nul_become_the_replacement_character() {
        for (encoded, expected) in [
            ("%E9t%E9", "\u{fffd}t\u{fffd}"),
            ("a%00b", "a\u{fffd}b"),
            ("%F0%9F%92", "\u{fffd}"),
            ("%F0%9F%92x", "\u{fffd}x"),
            ("%ED%A0%80", "\u{fffd}\u{fffd}\u{fffd}"),
        ] {
            let mut chars = decoded_chars(encoded.as_bytes());
            assert_eq!(chars.by_ref().collect::<String>(), expected, "{encoded}");
            assert!(chars.is_lossy(), "{encoded}");
        }
        let mut clean = decoded_chars("%EF%BF%BD%F0%9F%92%B6é".as_bytes());
        assert_eq!(clean.by_ref().collect::<String>(), "\u{fffd}💶é");
        assert!(!clean.is_lossy());
    }

    proptest! {
        #[test]
        fn decoding_agrees_with_the_url_library_on_any_bytes(
            text in prop::collection::vec(prop_oneof![Just(b'%'), Just(b'+'), any::<u8>(), 0x30..0x47u8], 0..60),
        ) {
            let query: Vec<u8> = text.into_iter().filter(|byte| !b"&=".contains(byte)).collect();
            let theirs = url::form_urlencoded::parse(&query).next().map(|(name, _)| name.replace('\0', "\u{fffd}"));
            let ours: String = decoded_chars(&query).collect();
            prop_assert_eq!(ours, theirs.unwrap_or_default());
        }

        #[test]
        fn what_the_url_library_writes_is_read_back(
            written in prop::collection::vec(("[^\0]{0,12}", "[^\0]{0,12}"), 0..8),
        ) {
            let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&written).finish();
            let read: Vec<(String, String)> = pairs(query.as_bytes())
                .map(|pair| (decoded_chars(pair.name).collect(), decoded_chars(pair.value).collect()))
                .collect();
            prop_assert_eq!(read, written);
        }
    }
}
