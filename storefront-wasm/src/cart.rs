//! What the storefront wrote into the cart, as the order brings it back. Nothing in it can be
//! believed: the token is signed, the landing is only as good as an address that somebody opened.

use crate::state::State;

/// Stands before the query of the landing page where WebAssembly could not run.
pub const RAW_PREFIX: &[u8] = b"raw~";

/// The cart attribute, read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CartAttribute<'a> {
    /// The visit's token, not checked; empty without one.
    pub token: &'a [u8],
    /// A landing whose report was never answered, from its path or its `?` on; empty without one.
    pub landing: &'a [u8],
}

impl<'a> CartAttribute<'a> {
    /// Reads any of its three forms: a token, a whole state, or the bare query.
    ///
    /// ```
    /// use storefront::cart::CartAttribute;
    /// let token = CartAttribute::read(b"v1.payload.mac");
    /// assert_eq!((token.token, token.landing), (&b"v1.payload.mac"[..], &b""[..]));
    /// let state = CartAttribute::read(b"1795241528~v1.p.m~1*3*BOB~1*2*ANNA~@r1/?ref=BOB");
    /// assert_eq!((state.token, state.landing), (&b"v1.p.m"[..], &b"/?ref=BOB"[..]));
    /// assert_eq!(CartAttribute::read(b"raw~?ref=ANNA&sub1=7").landing, b"?ref=ANNA&sub1=7");
    /// ```
    #[must_use]
    pub fn read(text: &'a [u8]) -> Self {
        if let Some(landing) = text.strip_prefix(RAW_PREFIX) {
            return Self { token: b"", landing };
        }
        if !text.first().is_some_and(u8::is_ascii_digit) {
            return Self { token: text, landing: b"" };
        }
        // Whether its time is over is for the server's own clock and clicks to say.
        let state = State::read(text, 0);
        let until_tilde =
            text.get(state.token..).and_then(|rest| rest.split(|it| *it == b'~').next());
        let from_slash = state.landing.checked_sub(1).and_then(|at| text.get(at..));
        Self {
            token: until_tilde.unwrap_or_default(),
            landing: from_slash.filter(|it| it.starts_with(b"/")).unwrap_or_default(),
        }
    }
}
