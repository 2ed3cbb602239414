//! Affiliates' Meta pixels as the browser keeps them: the second until which they may fire, then for
//! each a piece of Meta's address from the pixel's id on, a space before each. The server makes the
//! pieces; the page puts Meta's endpoint before them, so no other address can ever be called.
//!
//! ```text
//! <until> <id>&if=false&…&eid=pv-<click id>- <id>&… PageView,ViewContent
//! ```

use crate::output::Output;
use crate::page_url::clean;
use crate::scan::{END, behind, byte_at};

/// Where every hit goes.
pub const ENDPOINT: &str = "https://www.facebook.com/tr/?id=";

/// How many pixels an affiliate may have.
pub const PIXELS_MAX: u32 = 5;

/// Whether this is a hit for a pixel: Meta's endpoint, 5 to 20 digits, and nothing that could end a
/// line or a word.
///
/// ```
/// use storefront::pixel::is_hit;
/// assert!(is_hit(b"https://www.facebook.com/tr/?id=123456789012345&ev=PageView"));
/// assert!(!is_hit(b"https://www.facebook.com.evil.example/tr/?id=123456789012345&ev=PageView"));
/// assert!(!is_hit(b"https://www.facebook.com/tr/?id=12x45&ev=PageView"));
/// ```
#[must_use]
pub fn is_hit(url: &[u8]) -> bool {
    let piece = url.strip_prefix(ENDPOINT.as_bytes()).unwrap_or_default();
    is_piece(piece, 0) && url.iter().all(u8::is_ascii_graphic)
}

/// Whether an id of 5 to 20 digits stands here, and more behind it.
#[inline]
fn is_piece(text: &[u8], at: usize) -> bool {
    let mut end = at;
    while byte_at(text, end).is_ascii_digit() {
        end += 1;
    }
    byte_at(text, end) == '&' && (5..=20).contains(&(end - at))
}

/// Writes a line for each kept pixel that is one: `H`, its piece, and the clean addresses of the page
/// and of the one before it, a space before each.
#[inline]
pub fn write_hits<const N: usize>(
    input: &[u8],
    pixels: usize,
    page: usize,
    referrer: usize,
    out: &mut Output<N>,
) {
    let mut at = pixels;
    let mut left = PIXELS_MAX;
    while byte_at(input, at) != END && left > 0 {
        let next = behind(input, at, ' ');
        if is_piece(input, at) {
            left -= 1;
            out.byte('H');
            out.copy(input, at, ' ');
            out.byte(' ');
            clean(input, page, out);
            out.byte(' ');
            clean(input, referrer, out);
            out.byte(END);
        }
        at = next;
    }
}
