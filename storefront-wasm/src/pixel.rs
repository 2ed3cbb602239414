//! Hits of affiliates' Meta pixels. The server makes the first address; only what certainly is one
//! passes, and later hits of the visit are made from it.

use crate::page_url::clean;
use crate::query::take_until;
use crate::writer::{IN_A_COOKIE, IN_A_VALUE, Writer};

/// Where every hit goes: no other address is ever called.
const ENDPOINT: &[u8] = b"https://www.facebook.com/tr/?id=";

/// Whether this is a hit for a pixel: Meta's endpoint, 5 to 20 digits, and nothing that could
/// end a line.
///
/// ```
/// use storefront::pixel::is_hit;
/// assert!(is_hit(b"https://www.facebook.com/tr/?id=123456789012345&ev=PageView"));
/// assert!(!is_hit(b"https://www.facebook.com.evil.example/tr/?id=123456789012345&ev=PageView"));
/// assert!(!is_hit(b"https://www.facebook.com/tr/?id=12x45&ev=PageView"));
/// ```
#[must_use]
#[inline(never)]
pub fn is_hit(url: &[u8]) -> bool {
    let mut rest = url.strip_prefix(ENDPOINT).unwrap_or_default();
    let id = take_until(&mut rest, b'&');
    (5..=20).contains(&id.len())
        && id.iter().all(u8::is_ascii_digit)
        && url.iter().all(u8::is_ascii_graphic)
}

/// What a hit tells.
#[derive(Debug, Clone, Copy)]
pub struct Event<'a> {
    /// Meta's name of it.
    pub name: &'a [u8],
    /// The event's id and what else belongs to it, as a piece of a query: `purchase-1001&cd[value]=…`.
    /// Empty for a further view of a page, whose id follows from the first.
    pub details: &'a [u8],
    /// The page.
    pub page: &'a [u8],
    /// The page before it.
    pub referrer: &'a [u8],
    /// Milliseconds since 1970, decimal.
    pub now_ms: &'a [u8],
}

/// Writes the hit of another event, made from one that passed [`is_hit`]: what stands before its `eid`
/// stays, the rest is new.
///
/// ```
/// use storefront::{pixel::{Event, write_hit}, writer::Writer};
/// let first = b"https://www.facebook.com/tr/?id=12345&if=false&eid=pv-7-0&ev=PageView&dl=x";
/// let event = Event { name: b"PageView", details: b"", page: b"https://a.example/cart", referrer: b"", now_ms: b"99" };
/// let mut buffer = [0; 256];
/// let mut out = Writer::new(&mut buffer);
/// write_hit(first, &event, &mut out);
/// out.finish();
/// let hit = "https://www.facebook.com/tr/?id=12345&if=false&eid=pv-7-99&ev=PageView&ts=99\
///     &dl=https%3A%2F%2Fa.example%2F&rl=\n";
/// assert_eq!(str::from_utf8(out.written()), Ok(hit));
/// ```
#[inline(never)]
pub fn write_hit(mut first: &[u8], event: &Event<'_>, out: &mut Writer<'_>) {
    let visit = loop {
        let piece = take_until(&mut first, b'&');
        if piece.is_empty() || piece.starts_with(b"eid=") {
            break piece;
        }
        out.text(piece);
        out.byte(b'&');
    };
    if event.details.is_empty() {
        out.text(visit.strip_suffix(b"0").unwrap_or(visit));
        out.text(event.now_ms);
    } else {
        out.text(b"eid=");
        out.escaped(event.details, IN_A_COOKIE);
    }
    out.text(b"&ev=");
    out.text(event.name);
    out.text(b"&ts=");
    out.text(event.now_ms);
    out.text(b"&dl=");
    write_clean(event.page, out);
    out.text(b"&rl=");
    write_clean(event.referrer, out);
}

#[inline(never)]
fn write_clean(url: &[u8], out: &mut Writer<'_>) {
    clean(url, |piece| out.escaped(piece, IN_A_VALUE));
}
