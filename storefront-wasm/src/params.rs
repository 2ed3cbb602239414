//! The link parameters: what an affiliate added to a link so that it comes back in the postback
//! (T2–T4), within the limits of E14. Nothing is changed or left out silently: [`Losses`].
//! Which of them name the affiliate or the click is `referral`'s business.

use core::fmt::{self, Write};

use crate::query::{DecodedChars, Pair, decoded_chars, pairs};
use crate::token::Token;

/// How many parameters are kept of one link. // E14
pub const PARAM_COUNT_MAX: usize = 30;

/// How many characters are kept of one value. // E14
pub const VALUE_CHARS_MAX: usize = 512;

/// Names that begin like this are ours: no link can set them. // T5, C3
pub const RESERVED_PREFIX: &str = "trb_";

/// The parameter that carries our own id of a visit. Reserved, and unlike any name that affiliates
/// and networks use, so that a `clickid` on a link can never take its place. // C3
pub const VISIT_NAME: &str = "trb_visit";

/// The parameters worth keeping of a query, first come first served. Read [`LinkParams::losses`]
/// when the iterator has ended.
///
/// ```
/// let mut params = storefront::link_params(b"ref=ANNA&sub1=zone-42&trb_visit=1&bad%20name=x");
/// assert_eq!(params.next().unwrap().to_string(), "ref=ANNA");
/// assert_eq!(params.next().unwrap().to_string(), "sub1=zone-42");
/// assert!(params.next().is_none());
/// assert!(params.losses().names_refused && params.losses().names_reserved);
/// ```
#[must_use]
pub fn link_params(query: &[u8]) -> LinkParams<'_, impl Iterator<Item = Pair<'_>>> {
    LinkParams { pairs: pairs(query), kept: [None; PARAM_COUNT_MAX], losses: Losses::default() }
}

/// One kept parameter.
#[derive(Debug, Clone)]
pub struct LinkParam<'a> {
    /// The name as written; compare it with [`Token::is`].
    pub name: Token,
    /// The decoded value, 0 to 512 characters.
    pub value: Value<'a>,
}

impl fmt::Display for LinkParam<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.name, self.value)
    }
}

/// A decoded value of at most 512 characters; `to_string()` it, or go through its characters.
#[derive(Debug, Clone)]
pub struct Value<'a> {
    encoded: &'a [u8],
}

impl<'a> Value<'a> {
    /// A value as it stands in a query.
    #[must_use]
    pub const fn new(encoded: &'a [u8]) -> Self {
        Self { encoded }
    }

    /// The characters that are kept.
    pub fn chars(&self) -> impl Iterator<Item = char> + use<'a> {
        self.decoded().take(VALUE_CHARS_MAX)
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.encoded.is_empty()
    }

    /// Bytes as written: hardly fewer than the text has.
    #[must_use]
    pub const fn encoded_len(&self) -> usize {
        self.encoded.len()
    }

    fn decoded(&self) -> DecodedChars<'a> {
        decoded_chars(self.encoded)
    }
}

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.chars().try_for_each(|c| f.write_char(c))
    }
}

/// What of a link's parameters was not kept as it was written. // E14
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Losses {
    /// More than 30 names; those behind were left out.
    pub names_over_limit: bool,
    /// A name outside `[A-Za-z0-9_.-]{1,64}` was left out.
    pub names_refused: bool,
    /// One of our own names was left out.
    pub names_reserved: bool,
    /// A name came again, not minding case; the first one was kept.
    pub names_repeated: bool,
    /// A value of more than 512 characters was cut.
    pub values_cut: bool,
    /// A value held NUL or something that is not UTF-8, now U+FFFD.
    pub values_replaced: bool,
}

impl Losses {
    /// Whether anything was lost at all.
    #[must_use]
    pub fn is_any(&self) -> bool {
        *self != Self::default()
    }
}

/// See [`link_params`].
#[derive(Debug, Clone)]
pub struct LinkParams<'a, P: Iterator<Item = Pair<'a>>> {
    pairs: P,
    /// The names given out so far, to notice repetitions.
    kept: [Option<Token>; PARAM_COUNT_MAX],
    losses: Losses,
}

impl<'a, P: Iterator<Item = Pair<'a>>> LinkParams<'a, P> {
    /// What was lost among the pairs read so far.
    #[must_use]
    pub const fn losses(&self) -> Losses {
        self.losses
    }

    fn keep(&mut self, pair: Pair<'a>) -> Kept<'a> {
        let Some(name) = Token::decode(pair.name) else {
            self.losses.names_refused = true;
            return Kept::No;
        };
        if is_reserved(&name) {
            self.losses.names_reserved = true;
            return Kept::No;
        }
        if self.kept.iter().flatten().any(|earlier| earlier.is(name.as_str())) {
            self.losses.names_repeated = true;
            return Kept::No;
        }
        let Some(slot) = self.kept.iter_mut().find(|slot| slot.is_none()) else {
            self.losses.names_over_limit = true;
            return Kept::Full;
        };
        *slot = Some(name);
        let value = Value::new(pair.value);
        let mut chars = value.decoded();
        for _ in chars.by_ref().take(VALUE_CHARS_MAX) {}
        self.losses.values_replaced |= chars.is_lossy();
        self.losses.values_cut |= chars.next().is_some();
        Kept::Yes(LinkParam { name, value })
    }
}

impl<'a, P: Iterator<Item = Pair<'a>>> Iterator for LinkParams<'a, P> {
    type Item = LinkParam<'a>;

    /// Stops at the first name too many: a hostile query costs no more than a full one.
    fn next(&mut self) -> Option<LinkParam<'a>> {
        while !self.losses.names_over_limit {
            let pair = self.pairs.next()?;
            if let Kept::Yes(param) = self.keep(pair) {
                return Some(param);
            }
        }
        None
    }
}

enum Kept<'a> {
    Yes(LinkParam<'a>),
    No,
    Full,
}

fn is_reserved(name: &Token) -> bool {
    name.as_str()
        .get(..RESERVED_PREFIX.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(RESERVED_PREFIX))
}

#[cfg(test)]
mod tests {
    use std::prelude::v1::*;
    use std::{format, vec};

    use proptest::prelude::*;

    use super::*;

    fn read(query: &str) -> (Vec<String>, Losses) {
        let mut params = link_params(query.as_bytes());
        let kept = params.by_ref().map(|param| param.to_string()).collect();
        (kept, params.losses())
    }

    #[test]
    fn t3_any_name_of_the_pattern_is_kept_without_registration() {
        let (kept, losses) =
            read("affid=101&campaign=2001&affclickid=1122223444455565666&x.y-z_1=&flag");
        assert_eq!(
            kept,
            ["affid=101", "campaign=2001", "affclickid=1122223444455565666", "x.y-z_1=", "flag="]
        );
        assert!(!losses.is_any());
    }

    #[test]
    fn e14_the_31st_name_is_left_out_and_flagged() {
        let query =
            |count: usize| (0..count).map(|i| format!("p{i}={i}")).collect::<Vec<_>>().join("&");
        let (kept, losses) = read(&query(30));
        assert_eq!((kept.len(), losses.is_any()), (30, false));
        let (kept, losses) = read(&query(31));
        assert_eq!(kept.last().unwrap(), "p29=29");
        assert_eq!(losses, Losses { names_over_limit: true, ..Losses::default() });
    }

    #[test]
    fn e14_a_value_is_cut_after_512_characters_not_bytes() {
        let exact = "é".repeat(512);
        assert_eq!(read(&format!("a={exact}")), (vec![format!("a={exact}")], Losses::default()));
        let (kept, losses) = read(&format!("a={exact}%C3%A9"));
        assert_eq!(kept, [format!("a={exact}")]);
        assert_eq!(losses, Losses { values_cut: true, ..Losses::default() });
    }

    #[test]
    fn e14_a_name_outside_the_pattern_is_left_out_and_flagged() {
        let refused = Losses { names_refused: true, ..Losses::default() };
        for name in ["", "a%20b", "a[]", "n%00", "%C3%A9", "x".repeat(65).as_str()] {
            assert_eq!(read(&format!("{name}=1&ok=2")), (vec!["ok=2".into()], refused), "{name}");
        }
    }

    #[test]
    fn c3_a_link_cannot_set_our_own_visit_id_however_it_is_spelt() {
        for name in [VISIT_NAME, "TRB_VISIT", "trb%5Fvisit", "%74rb_visit", "trb_anything"] {
            let (kept, losses) = read(&format!("{name}=forged"));
            assert!(kept.is_empty(), "{name}");
            assert_eq!(losses, Losses { names_reserved: true, ..Losses::default() });
        }
        assert_eq!(read("trb=1&trbx_=2").0, ["trb=1", "trbx_=2"]);
    }

    #[test]
    fn the_first_of_a_repeated_name_is_kept_and_the_rest_flagged() {
        let (kept, losses) = read("sub1=a&SUB1=b&sub%31=c&sub2=d");
        assert_eq!(kept, ["sub1=a", "sub2=d"]);
        assert_eq!(losses, Losses { names_repeated: true, ..Losses::default() });
    }

    #[test]
    fn a_value_that_is_not_utf8_or_holds_nul_is_flagged() {
        let replaced = Losses { values_replaced: true, ..Losses::default() };
        assert_eq!(read("a=%E9"), (vec!["a=\u{fffd}".into()], replaced));
        assert_eq!(read("a=x%00y"), (vec!["a=x\u{fffd}y".into()], replaced));
    }

    proptest! {
        #[test]
        fn any_bytes_give_bounded_output(query in prop::collection::vec(any::<u8>(), 0..4_000)) {
            let mut params = link_params(&query);
            let kept: Vec<LinkParam<'_>> = params.by_ref().collect();
            prop_assert!(kept.len() <= PARAM_COUNT_MAX);
            for param in &kept {
                prop_assert!(Token::parse(param.name.as_str().as_bytes()).is_some());
                let value = param.value.to_string();
                prop_assert!(value.chars().count() <= VALUE_CHARS_MAX);
                prop_assert!(!value.contains('\0'));
            }
        }

        #[test]
        fn what_fits_the_limits_is_read_back_exactly(
            written in prop::collection::btree_map("[a-z0-9_.-]{1,64}", "[^\0]{0,512}", 0..30usize),
        ) {
            prop_assume!(!written.keys().any(|name| name.starts_with(RESERVED_PREFIX)));
            let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&written).finish();
            let mut params = link_params(query.as_bytes());
            let read: Vec<_> = params.by_ref().map(|p| (p.name.to_string(), p.value.to_string())).collect();
            prop_assert_eq!(read, written.into_iter().collect::<Vec<_>>());
            prop_assert!(!params.losses().is_any());
        }
    }
}
