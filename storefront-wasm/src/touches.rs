//! What is a touch: following somebody's link, not coming back to a page that a link once opened.

use crate::scan::{END, behind, byte_at, number_at};

/// The same link again within this time is a reload, not a touch; the server's rule too.
pub const REPEAT_SECONDS: u32 = 60;

/// Whether the link of this hash is no touch, seen from those that are known (newest first): the
/// newest is of the same link and less than [`REPEAT_SECONDS`] old, or the page was reloaded or gone
/// back to, which is nobody's doing but the visitor's.
///
/// ```
/// use storefront::touches::is_repeated;
/// assert!(is_repeated(b"1000*7*ANNA~", 0, 7, 1059, false));
/// assert!(!is_repeated(b"1000*7*ANNA~", 0, 7, 1060, false));
/// assert!(!is_repeated(b"1010*8*BOB~1000*7*ANNA~", 0, 7, 1020, false));
/// assert!(is_repeated(b"1010*8*BOB~1000*7*ANNA~", 0, 7, 5000, true));
/// ```
#[must_use]
#[inline]
pub fn is_repeated(text: &[u8], touches: usize, hash: u32, now: u32, is_revisit: bool) -> bool {
    let at = number_at(text, touches);
    let is_same = hash == number_at(text, behind(text, touches, '*'));
    let is_any = at != 0;
    is_any && (is_revisit || is_same && now.wrapping_sub(at) < REPEAT_SECONDS)
}

/// What tells one link from another: FNV-1a over its query, up to the end.
#[must_use]
#[inline(never)]
pub fn hash(text: &[u8], mut at: usize) -> u32 {
    let mut hash: u32 = 0x811c_9dc5;
    loop {
        let byte = byte_at(text, at);
        if byte == END {
            return hash;
        }
        hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        at += 1;
    }
}
