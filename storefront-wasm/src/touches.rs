//! What is a touch: following somebody's link, not coming back to a page that a link once opened.

use crate::query::take_until;
use crate::writer::number_at_start;

/// The same link again within this time is a reload, not a touch; the server's rule too.
pub const REPEAT_SECONDS: u32 = 60;

/// Whose touch earns the commission: what the merchant chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Model {
    /// The newest.
    Last,
    /// The oldest.
    First,
    /// All of them.
    Linear,
}

/// Whether the link of this hash is no touch, seen from those that are known (newest first): the
/// newest is of the same link and less than [`REPEAT_SECONDS`] old, or the page was reloaded or gone
/// back to, which is nobody's doing but the visitor's.
///
/// ```
/// use storefront::touches::is_repeated;
/// assert!(is_repeated(b"1000*7*ANNA~", 7, 1059, false));
/// assert!(!is_repeated(b"1000*7*ANNA~", 7, 1060, false));
/// assert!(!is_repeated(b"1010*8*BOB~1000*7*ANNA~", 7, 1020, false));
/// assert!(is_repeated(b"1010*8*BOB~1000*7*ANNA~", 7, 5000, true));
/// ```
#[must_use]
pub fn is_repeated(touches: &[u8], hash: u32, now: u32, is_revisit: bool) -> bool {
    let mut hash_of_newest = touches;
    let at = number_at_start(take_until(&mut hash_of_newest, b'*'));
    let is_reload =
        hash == number_at_start(hash_of_newest) && now.wrapping_sub(at) < REPEAT_SECONDS;
    !touches.is_empty() && (is_revisit || is_reload)
}

/// What tells one link from another: FNV-1a over its query.
#[must_use]
pub fn hash(query: &[u8]) -> u32 {
    query
        .iter()
        .fold(0x811c_9dc5, |hash: u32, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}
