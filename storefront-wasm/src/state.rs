//! What the browser keeps of a visitor between pages: one text in a cookie and in local storage.
//!
//! ```text
//! v1~<until>~<token>~<touch>~<touch>~@<report id>/<path>?<query>
//! ```
//!
//! `until` is the second at which all of it ends, `token` what the server signed (empty before its
//! first answer), a touch is `<second>*<hash of the query>*<code>`, newest first, and behind the `@`
//! stands a landing that the server has not confirmed yet. Not here: what is a touch (`touches`).

use crate::query::take_until;
use crate::writer::{IN_A_COOKIE, Writer, number_at_start};

/// Most bytes of a landing, and of the touches, that are kept: together with the token they must find
/// room in a cookie, and in the 2,048 bytes that are read of a cart attribute. Parameters and touches
/// behind it are left out whole.
pub const PART_LEN_MAX: usize = 896;

/// How long a landing waits for the server's answer, which then says how long the visit counts.
pub const UNCONFIRMED_SECONDS: u32 = 30 * 86_400;

/// The kept text, read, and what comes to it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct State<'a> {
    /// When all of it ends, in seconds since 1970.
    pub until: u32,
    /// The visit's token as the server signed it, or empty.
    pub token: &'a [u8],
    /// The touch that comes before the others.
    pub new_touch: Option<Touch<'a>>,
    /// The touches, newest first, each with a `~` behind it.
    pub touches: &'a [u8],
    /// The server takes a report once for each id.
    pub report_id: &'a [u8],
    /// The landing that the server has not confirmed, from its path on; empty without one.
    pub landing: &'a [u8],
}

/// Somebody's link was followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Touch<'a> {
    /// In seconds since 1970.
    pub at: u32,
    /// What tells the link from others.
    pub hash: u32,
    /// Whose link it is, as it stands in the link.
    pub code: &'a [u8],
}

impl<'a> State<'a> {
    /// Reads what was kept. Nothing, when it is of another form or its time is over.
    ///
    /// ```
    /// use storefront::state::State;
    /// let text = b"v1~1795241528~v1.a.b~1792649528*7*ANNA~@r1/?ref=ANNA";
    /// let state = State::read(text, 1792649600);
    /// assert_eq!((state.token, state.report_id), (&b"v1.a.b"[..], &b"r1"[..]));
    /// assert_eq!(state.landing, b"/?ref=ANNA");
    /// assert_eq!(State::read(text, 1795241528), State::default());
    /// ```
    #[must_use]
    #[inline]
    pub fn read(text: &'a [u8], now: u32) -> Self {
        let mut landing = text;
        let mut touches = take_until(&mut landing, b'@');
        let is_of_this_form = take_until(&mut touches, b'~') == b"v1";
        let until = number_at_start(take_until(&mut touches, b'~'));
        if until <= now || !is_of_this_form {
            return Self::default();
        }
        let token = take_until(&mut touches, b'~');
        let mut path = landing;
        let report_id = take_until(&mut path, b'/');
        let landing = landing.get(report_id.len()..).unwrap_or_default();
        Self { until, token, new_touch: None, touches, report_id, landing }
    }

    /// Whether there is nothing worth keeping.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.token.is_empty() && !self.is_waiting()
    }

    /// Whether a landing waits for the server.
    #[must_use]
    pub const fn is_waiting(&self) -> bool {
        !self.landing.is_empty()
    }

    /// Writes it as [`State::read`] reads it.
    #[inline]
    pub fn write(&self, out: &mut Writer<'_>) {
        out.text(b"v1~");
        out.number(self.until);
        out.byte(b'~');
        out.text(self.token);
        out.byte(b'~');
        if let Some(touch) = &self.new_touch {
            out.number(touch.at);
            out.byte(b'*');
            out.number(touch.hash);
            out.byte(b'*');
            out.text(touch.code);
            out.byte(b'~');
        }
        out.text(shortened(self.touches, b'~'));
        if self.is_waiting() {
            out.byte(b'@');
            out.text(self.report_id);
            out.escaped(shortened(self.landing, b'&'), IN_A_COOKIE);
        }
    }
}

/// As many whole parts as there is room for, with what ends the last of them.
#[inline(never)]
fn shortened(parts: &[u8], end: u8) -> &[u8] {
    let Some(mut kept) = parts.get(..PART_LEN_MAX) else { return parts };
    while let [rest @ .., last] = kept
        && *last != end
    {
        kept = rest;
    }
    kept
}
