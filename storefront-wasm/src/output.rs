//! Writing into a buffer of fixed size. What does not fit is left out altogether: nobody is to act on
//! half an address.

use crate::scan::{END, behind, byte_at};

/// A text of at most `N` bytes. The buffer is its own, because then the one of the browser has an
/// address that its compiler knows, and nobody has to pass it on.
#[derive(Debug)]
#[repr(C)]
pub struct Output<const N: usize> {
    len: usize,
    buffer: [u8; N],
}

impl<const N: usize> Output<N> {
    /// An empty text.
    #[must_use]
    pub const fn new() -> Self {
        Self { len: 0, buffer: [0; N] }
    }

    /// Starts again.
    pub const fn clear(&mut self) {
        self.len = 0;
    }

    /// How much was written; nothing, if it found no room.
    #[must_use]
    pub const fn len(&self) -> usize {
        if self.len > N { 0 } else { self.len }
    }

    /// Whether there is nothing to read.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What was written.
    #[must_use]
    pub fn written(&self) -> &[u8] {
        self.buffer.get(..self.len()).unwrap_or_default()
    }

    /// One byte, as `scan` reads it.
    #[inline(never)]
    pub fn byte(&mut self, byte: char) {
        if let Some(slot) = self.buffer.get_mut(self.len) {
            [*slot, ..] = u32::from(byte).to_le_bytes();
        }
        self.len += 1;
    }

    /// A whole number, decimal.
    #[inline(never)]
    pub fn number(&mut self, number: u32) {
        if number > 9 {
            self.number(number / 10);
        }
        self.byte(char::from(b'0' | (number % 10).to_le_bytes()[0]));
    }

    /// A text up to a separator; returns the position behind that.
    #[inline(never)]
    pub fn copy(&mut self, text: &[u8], mut at: usize, separator: char) -> usize {
        let next = behind(text, at, separator);
        loop {
            let byte = byte_at(text, at);
            if byte == separator || byte == END {
                return next;
            }
            self.byte(byte);
            at += 1;
        }
    }

    /// A text up to `end`, in parts that each have a separator behind them: as many whole ones as find
    /// room in `len_max` bytes.
    #[inline(never)]
    pub fn parts(&mut self, text: &[u8], from: usize, separator: char, end: char, len_max: usize) {
        let mut at = from;
        loop {
            let byte = byte_at(text, at);
            if byte == end || byte == END || behind(text, at, separator) - from > len_max {
                return;
            }
            self.byte(byte);
            at += 1;
        }
    }
}

impl<const N: usize> Default for Output<N> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use std::prelude::v1::*;

    use proptest::prelude::*;

    use super::*;
    use crate::scan::number_at;

    #[test]
    fn a_text_that_finds_no_room_is_none() {
        let mut out = Output::<5>::new();
        out.copy(b"abcde", 0, END);
        assert_eq!(out.written(), b"abcde");
        out.byte('f');
        assert!(out.is_empty() && out.written().is_empty());
    }

    #[test]
    fn parts_are_left_out_whole() {
        let mut out = Output::<99>::new();
        out.parts(b"one&two&three", 0, '&', END, 12);
        out.byte('|');
        out.parts(b"1~2~@x", 0, '~', '@', 12);
        assert_eq!(out.written(), b"one&two&|1~2~");
    }

    proptest! {
        #[test]
        fn numbers_are_read_back(number in any::<u32>()) {
            let mut out = Output::<10>::new();
            out.number(number);
            prop_assert_eq!(number_at(out.written(), 0), number);
        }
    }
}
