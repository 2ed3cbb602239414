//! Reading one text by positions. Slices of it would be two numbers each, and returned through memory:
//! in the browser that is half of a small module. A position is one number, and any position may be
//! read: behind the end there are only line breaks. A byte is read as the character of its number,
//! which is a number of the size that WebAssembly has. Functions stay functions there, for the same
//! reason; elsewhere the compiler decides.

use core::num::NonZeroUsize;

/// Ends a text, and stands everywhere behind it.
pub const END: char = '\n';

/// Where there is nothing.
pub const NOWHERE: usize = usize::MAX;

/// The byte at a position.
#[must_use]
#[cfg_attr(target_family = "wasm", inline(never))]
pub fn byte_at(text: &[u8], at: usize) -> char {
    text.get(at).map_or(END, |byte| char::from(*byte))
}

/// The position behind the next separator; the end, if there is none before it.
///
/// ```
/// use storefront::scan::{END, behind};
/// assert_eq!(behind(b"a~bc\nd", 0, '~'), 2);
/// assert_eq!(behind(b"a~bc\nd", 2, '~'), 4);
/// assert_eq!(behind(b"a~bc\nd", 2, END), 5);
/// ```
#[must_use]
#[cfg_attr(target_family = "wasm", inline(never))]
pub fn behind(text: &[u8], mut at: usize, separator: char) -> usize {
    loop {
        let byte = byte_at(text, at);
        if byte == separator {
            return at + 1;
        }
        if byte == END {
            return at;
        }
        at += 1;
    }
}

/// Where a line starts; the first one is 0.
#[must_use]
#[cfg_attr(target_family = "wasm", inline(never))]
pub fn line(text: &[u8], number: usize) -> usize {
    (0..number).fold(0, |at, _| behind(text, at, END))
}

/// The whole number at a position; 0 without digits. Wraps, never fails: what comes from a browser's
/// storage is anybody's text.
#[must_use]
#[cfg_attr(target_family = "wasm", inline(never))]
pub fn number_at(text: &[u8], mut at: usize) -> u32 {
    let mut number: u32 = 0;
    loop {
        let digit = u32::from(byte_at(text, at)).wrapping_sub(u32::from('0'));
        if digit > 9 {
            return number;
        }
        number = number.wrapping_mul(10).wrapping_add(digit);
        at += 1;
    }
}

/// Whether one of these words stands at a position; there is a `|` behind each of them.
///
/// ```
/// use storefront::scan::starts_with;
/// assert!(starts_with(b"utm_id=1", 0, b"fbclid=|utm_|"));
/// assert!(!starts_with(b"utm", 0, b"fbclid=|utm_|"));
/// ```
#[must_use]
#[cfg_attr(target_family = "wasm", inline(never))]
pub fn starts_with(text: &[u8], from: usize, words: &[u8]) -> bool {
    let (mut at, mut is_same) = (from, true);
    for byte in words {
        if *byte == b'|' {
            if is_same {
                return true;
            }
            (at, is_same) = (from, true);
        } else {
            is_same &= byte_at(text, at) == char::from(*byte);
            at += 1;
        }
    }
    false
}

/// A byte of a URL with its escape resolved, and how long it is as written.
#[derive(Debug, Clone, Copy)]
pub struct Decoded(usize);

impl Decoded {
    /// The byte.
    #[must_use]
    pub const fn byte(self) -> u8 {
        self.0.to_le_bytes()[0]
    }

    /// One byte as written, or three.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "never empty")]
    pub const fn len(self) -> usize {
        self.0 >> 8
    }
}

/// The byte at a position, form decoded: `+` is a space, `%XX` a byte, a bad escape a percent sign.
#[must_use]
#[cfg_attr(target_family = "wasm", inline(never))]
pub fn decoded_at(text: &[u8], at: usize) -> Decoded {
    let byte = byte_at(text, at);
    let digit = |place| hex_digit(byte_at(text, at.wrapping_add(place)));
    let (high, low) = (digit(1), digit(2));
    if byte == '%' && high | low < 16 {
        return Decoded(3 << 8 | high << 4 | low);
    }
    Decoded(1 << 8 | number_of(if byte == '+' { ' ' } else { byte }))
}

/// The position behind a word and the terminator that follows it, if both stand here. The word is in
/// small letters and ends at a `|` or at its text's end; capitals are as good, and escapes are resolved
/// (E4).
///
/// ```
/// # use storefront::scan::behind_word;
/// let position = |query: &[u8]| behind_word(query, 0, b"ref|aff", 0, '=').map(|it| it.get());
/// assert_eq!(position(b"ref=ANNA"), Some(4));
/// assert_eq!(position(b"%52ef=ANNA"), Some(6));
/// assert_eq!(position(b"refx=ANNA"), None);
/// ```
#[must_use]
#[cfg_attr(target_family = "wasm", inline(never))]
pub fn behind_word(
    text: &[u8],
    mut at: usize,
    words: &[u8],
    mut word: usize,
    terminator: char,
) -> Option<NonZeroUsize> {
    loop {
        let wanted = byte_at(words, word);
        if wanted == END || wanted == '|' {
            let is_over = byte_at(text, at) == terminator;
            return NonZeroUsize::new(if is_over { at + 1 } else { 0 });
        }
        let found = decoded_at(text, at);
        if char::from(found.byte()).to_ascii_lowercase() != wanted {
            return None;
        }
        at += found.len();
        word += 1;
    }
}

/// A large number for what is none.
#[cfg_attr(target_family = "wasm", inline(never))]
fn hex_digit(byte: char) -> usize {
    let digit = number_of(byte).wrapping_sub(number_of('0'));
    if digit < 10 {
        return digit;
    }
    let letter = (number_of(byte) | 32).wrapping_sub(number_of('a'));
    if letter < 6 { letter + 10 } else { 16 }
}

/// As wide as a position.
fn number_of(byte: char) -> usize {
    usize::from(u32::from(byte).to_le_bytes()[0])
}

#[cfg(test)]
mod tests {
    use std::prelude::v1::*;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_bad_escape_is_read_as_it_was_written() {
        for (text, byte, len) in [
            ("%41", b'A', 3),
            ("%4", b'%', 1),
            ("%zz", b'%', 1),
            ("%G0", b'%', 1),
            ("+", b' ', 1),
            ("", b'\n', 1),
        ] {
            let decoded = decoded_at(text.as_bytes(), 0);
            assert_eq!((decoded.byte(), decoded.len()), (byte, len), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_position_of_any_text_can_be_read(
            text in prop::collection::vec(any::<u8>(), 0..99), at in 0..200usize, separator: char,
        ) {
            let next = behind(&text, at, separator);
            prop_assert!(next >= at && next <= text.len().max(at) + 1);
            let _ = number_at(&text, at);
            let _ = behind_word(&text, at, &text, next, separator);
        }
    }
}
