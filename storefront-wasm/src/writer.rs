//! Writing into a buffer of fixed size, in lines. A line that does not fit is left out whole: nobody is
//! to act on half an address.

/// Lines written one after another into somebody else's buffer.
#[derive(Debug)]
pub struct Writer<'a> {
    buffer: &'a mut [u8],
    len: usize,
    line_start: usize,
}

/// What may stand in a value of a query besides letters and digits (RFC 3986, unreserved).
pub const IN_A_VALUE: &[u8] = b"-_.~";

/// What may stand in a cookie besides letters and digits (RFC 6265).
pub const IN_A_COOKIE: &[u8] = b"-_.~!#$%&'()*+/:<=>?@[]^`{|}";

impl<'a> Writer<'a> {
    /// An empty text in `buffer`.
    #[must_use]
    pub const fn new(buffer: &'a mut [u8]) -> Self {
        Self { buffer, len: 0, line_start: 0 }
    }

    /// How many bytes the finished lines have.
    #[must_use]
    pub const fn finished_len(&self) -> usize {
        self.line_start
    }

    /// The finished lines.
    #[must_use]
    pub fn written(&self) -> &[u8] {
        self.buffer.get(..self.line_start).unwrap_or_default()
    }

    /// One byte.
    #[inline(never)]
    pub fn byte(&mut self, byte: u8) {
        if let Some(slot) = self.buffer.get_mut(self.len) {
            *slot = byte;
        }
        self.len += 1;
    }

    /// A text as it is.
    #[inline(never)]
    pub fn text(&mut self, text: &[u8]) {
        for byte in text {
            self.byte(*byte);
        }
    }

    /// A whole number, decimal.
    #[inline(never)]
    pub fn number(&mut self, number: u32) {
        if number > 9 {
            self.number(number / 10);
        }
        self.byte(b'0' | (number % 10).to_le_bytes()[0]);
    }

    /// A text with everything as `%XX` but letters, digits and `allowed`.
    #[inline(never)]
    pub fn escaped(&mut self, text: &[u8], allowed: &[u8]) {
        for byte in text {
            if byte.is_ascii_alphanumeric() || allowed.iter().any(|it| it == byte) {
                self.byte(*byte);
            } else {
                self.byte(b'%');
                self.hex_digit(byte >> 4);
                self.hex_digit(byte & 15);
            }
        }
    }

    /// Ends the line; takes it back if it found no room.
    #[inline(never)]
    pub fn finish(&mut self) {
        self.byte(b'\n');
        if self.len <= self.buffer.len() {
            self.line_start = self.len;
        }
        self.len = self.line_start;
    }

    fn hex_digit(&mut self, digit: u8) {
        self.byte(if digit > 9 { digit + (b'A' - 10) } else { digit | b'0' });
    }
}

/// Reads a whole number from the start of a text; 0 without digits. Wraps, never fails: what comes
/// from a browser's storage is anybody's text.
#[must_use]
#[inline(never)]
pub fn number_at_start(text: &[u8]) -> u32 {
    let mut number: u32 = 0;
    for byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        number = number.wrapping_mul(10).wrapping_add(digit.into());
    }
    number
}

#[cfg(test)]
mod tests {
    use std::prelude::v1::*;

    use proptest::prelude::*;

    use super::*;

    fn written(write: impl FnOnce(&mut Writer<'_>)) -> String {
        let mut buffer = [0; 4096];
        let mut out = Writer::new(&mut buffer);
        write(&mut out);
        out.finish();
        String::from_utf8(out.written().trim_ascii_end().to_vec()).unwrap()
    }

    #[test]
    fn a_line_that_finds_no_room_leaves_nothing_behind() {
        let mut buffer = [0; 5];
        let mut out = Writer::new(&mut buffer);
        for text in [&b"ab"[..], b"defg", b"h"] {
            out.text(text);
            out.finish();
        }
        assert_eq!(out.written(), b"ab\nh\n");
    }

    proptest! {
        #[test]
        fn numbers_are_read_back(number in any::<u32>()) {
            let text = written(|out| out.number(number));
            prop_assert_eq!(&text, &number.to_string());
            prop_assert_eq!(number_at_start(text.as_bytes()), number);
        }

        #[test]
        fn an_escaped_text_is_read_back_as_one_value(text in ".{0,200}") {
            let escaped = written(|out| out.escaped(text.as_bytes(), IN_A_VALUE));
            let query = std::format!("a={escaped}");
            let read: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).collect();
            prop_assert_eq!(read, [("a".into(), text.into())]);
        }

        #[test]
        fn a_cookie_can_hold_any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let text = written(|out| out.escaped(&bytes, IN_A_COOKIE));
            prop_assert!(text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\",;\\".contains(&byte)));
        }
    }
}
