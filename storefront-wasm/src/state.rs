//! What the browser keeps of a visitor between pages: one text in a cookie and in local storage.
//!
//! ```text
//! <until>~<token>~<touch>~<touch>~@<report id>/<path>?<query>
//! ```
//!
//! `until` is the second at which all of it ends, `token` what the server signed (empty before its
//! first answer), a touch is `<second>*<hash of the query>*<code>`, newest first, and behind the `@`
//! stands a landing that the server has not confirmed yet. Not here: what is a touch (`touches`), and
//! what is written when (`visit`).

use crate::scan::{END, behind, byte_at, number_at};

/// Most bytes of a landing, and of the touches, that are kept: together with the token they must find
/// room in a cookie, and in the 2,048 bytes that are read of a cart attribute. Parameters and touches
/// behind it are left out whole.
pub const PART_LEN_MAX: usize = 896;

/// Where the parts of a kept text are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// When all of it ends, in seconds since 1970; 0 for what is of another form.
    pub until: u32,
    /// The visit's token as the server signed it, up to a `~`.
    pub token: usize,
    /// The touches, each with a `~` behind it, up to an `@`.
    pub touches: usize,
    /// The id of a report that the server has not answered, up to a `/`; the server takes a report
    /// once for each id.
    pub report: usize,
    /// The landing that it tells, from behind its path's first `/`.
    pub landing: usize,
}

impl State {
    /// Finds them.
    ///
    /// ```
    /// use storefront::state::State;
    /// let text = b"1795241528~v1.a.b~1792649528*7*ANNA~@r1/?ref=ANNA";
    /// let state = State::read(text, 0);
    /// assert_eq!(state.until, 1795241528);
    /// assert!(text[state.token..].starts_with(b"v1.a.b~"));
    /// assert!(text[state.report..].starts_with(b"r1/"));
    /// assert_eq!(&text[state.landing..], b"?ref=ANNA");
    /// ```
    #[must_use]
    #[inline]
    pub fn read(text: &[u8], at: usize) -> Self {
        let token = behind(text, at, '~');
        let touches = behind(text, token, '~');
        let report = behind(text, touches, '@');
        let landing = behind(text, report, '/');
        Self { until: number_at(text, at), token, touches, report, landing }
    }

    /// Whether the server has signed the visit.
    #[must_use]
    #[inline]
    pub fn is_known(&self, text: &[u8]) -> bool {
        !matches!(byte_at(text, self.token), '~' | END)
    }

    /// Whether a landing waits for the server.
    #[must_use]
    #[inline]
    pub fn is_waiting(&self, text: &[u8]) -> bool {
        byte_at(text, self.report) != END
    }
}
