//! Which parameters of a landing URL name the affiliate, the affiliate's own click, and other
//! networks' clicks. Whether a code belongs to anybody is for the database to say, so the codes
//! come one after another, best first. Names match without regard to case.

use core::num::NonZeroUsize;

use crate::params::Value;
use crate::query::{Pair, pairs};
use crate::scan::{END, behind, behind_word, byte_at};
use crate::token::{Token, is_code};

/// The names that carry an affiliate's code, best first: our own (`ref`), those of widespread link
/// formats, and those of the apps we import from, whose old links must go on working. A shop's own
/// name comes before all of them.
pub const REFERRAL_NAMES: [&str; 5] = ["ref", "aff", "affid", "sca_ref", "rfsn"];

/// The names that carry the affiliate's click id, best first (C3, T5, I9). Names that say whose
/// click it is win over those that networks also use for their own click, a placement or a campaign:
/// the sample of T2 has both `affclickid` and, behind it, the platform's own `clickid`.
pub const CLICK_ID_NAMES: [&str; 7] =
    ["affclickid", "external_transaction_id", "trackid", "click_id", "clickid", "subid", "cid"];

/// The names by which other networks mark a click as theirs (N19).
pub const FOREIGN_CLICK_NAMES: [ForeignClick; 17] = [
    affiliate_network("awc"),       // Awin
    affiliate_network("irclickid"), // impact.com
    affiliate_network("cjevent"),   // CJ
    affiliate_network("ranSiteID"), // Rakuten Advertising
    affiliate_network("sscid"),     // ShareASale
    affiliate_network("clickref"),  // Partnerize
    affiliate_network("tduid"),     // Tradedoubler
    affiliate_network("admitad_uid"),
    advertising("gclid"),  // Google Ads
    advertising("gbraid"), // Google Ads, iOS
    advertising("wbraid"), // Google Ads, iOS
    advertising("dclid"),  // Google display
    advertising("fbclid"), // Meta: on every link followed from Facebook or Instagram, paid or not
    advertising("msclkid"),
    advertising("ttclid"),
    advertising("twclid"),
    advertising("epik"), // Pinterest
];

/// One code found on a landing URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Referral {
    /// The code, case kept.
    pub code: Token,
    /// What to look for when nobody has that code: the affiliate's number in the app that the link
    /// comes from. `sca_ref=3122711.jthhvz8Ao8` names affiliate 3122711.
    pub imported_number: Option<Token>,
}

/// The codes on a landing URL's query, at most one for each name, best first. `shop_name` is the
/// parameter name that the merchant chose, if any.
///
/// ```
/// let codes: Vec<_> = storefront::referrals(b"sca_ref=3122711.jthhvz8Ao8&ref=ANNA", None).collect();
/// assert_eq!(codes[0].code.as_str(), "ANNA");
/// assert_eq!(codes[1].code.as_str(), "3122711.jthhvz8Ao8");
/// assert_eq!(codes[1].imported_number.unwrap().as_str(), "3122711");
/// ```
pub fn referrals<'a>(
    query: &'a [u8],
    shop_name: Option<&'a str>,
) -> impl Iterator<Item = Referral> + use<'a> {
    let ours = REFERRAL_NAMES.into_iter();
    let ours =
        ours.filter(move |name| !shop_name.is_some_and(|own| own.eq_ignore_ascii_case(name)));
    shop_name.into_iter().chain(ours).filter_map(|name| {
        let value = named(query, name).map(|pair| pair.value).find(|value| is_code(value, 0))?;
        let code = Token::decode(trimmed(value))?;
        let is_imported = IMPORTED_NAMES.iter().any(|imported| name.eq_ignore_ascii_case(imported));
        let imported_number = if is_imported { number_before_dot(&code) } else { None };
        Some(Referral { code, imported_number })
    })
}

/// Where the first of those codes stands in a query, up to an `&`, with its escapes: all that a browser
/// needs to know. The names stand in a text of their own, a `|` between them.
///
/// ```
/// # use storefront::referral::best_code;
/// assert_eq!(best_code(b"aff=BOB&ref=%41NNA", 0, b"ref|aff", 0).unwrap().get(), 12);
/// ```
#[must_use]
#[inline]
pub fn best_code(text: &[u8], query: usize, names: &[u8], mut name: usize) -> Option<NonZeroUsize> {
    while byte_at(names, name) != END {
        let found = code_named(text, query, names, name);
        if found.is_some() {
            return found;
        }
        name = behind(names, name, '|');
    }
    None
}

/// The affiliate's own click id on a landing URL's query: the first name of [`CLICK_ID_NAMES`] that
/// has a value. It is the affiliate's text and never our id of the visit.
#[must_use]
pub fn click_id(query: &[u8]) -> Option<Value<'_>> {
    CLICK_ID_NAMES.iter().find_map(|name| filled(query, name))
}

/// A parameter by which another network claims the visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ForeignClick {
    /// The parameter's name.
    pub name: &'static str,
    /// What claims it.
    pub network: Network,
}

/// Who claims a visit besides us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// An affiliate network: it may ask a commission for the same order.
    Affiliate,
    /// An advertising platform: the shop may have paid for the click.
    Advertising,
}

/// The other networks that claim a visit, in the order of [`FOREIGN_CLICK_NAMES`] (N19). A name of
/// the merchant's own choice is asked for with [`is_filled`].
pub fn foreign_clicks(query: &[u8]) -> impl Iterator<Item = ForeignClick> {
    FOREIGN_CLICK_NAMES.into_iter().filter(|foreign| is_filled(query, foreign.name))
}

/// Whether a query has a parameter of this name with a value.
#[must_use]
pub fn is_filled(query: &[u8], name: &str) -> bool {
    filled(query, name).is_some()
}

/// The names in [`REFERRAL_NAMES`] whose values look like `<number>.<token>`: UpPromote, Refersion.
const IMPORTED_NAMES: [&str; 2] = ["sca_ref", "rfsn"];

const fn affiliate_network(name: &'static str) -> ForeignClick {
    ForeignClick { name, network: Network::Affiliate }
}

const fn advertising(name: &'static str) -> ForeignClick {
    ForeignClick { name, network: Network::Advertising }
}

/// Where the first value under this name stands that is a code.
#[inline]
fn code_named(text: &[u8], query: usize, names: &[u8], name: usize) -> Option<NonZeroUsize> {
    let mut pair = query;
    while byte_at(text, pair) != END {
        let value = behind_word(text, pair, names, name, '=');
        if value.is_some_and(|value| is_code(text, value.get())) {
            return value;
        }
        pair = behind(text, pair, '&');
    }
    None
}

fn named<'a>(query: &'a [u8], name: &str) -> impl Iterator<Item = Pair<'a>> {
    pairs(query).filter(move |pair| pair.is_named(name))
}

fn filled<'a>(query: &'a [u8], name: &str) -> Option<Value<'a>> {
    named(query, name).map(|pair| Value::new(pair.value)).find(|value| !value.is_empty())
}

/// Without the spaces that copying a link leaves at its ends.
fn trimmed(mut encoded: &[u8]) -> &[u8] {
    const SPACES: [&[u8]; 3] = [b"+", b"%20", b" "];
    while let Some(rest) = SPACES.iter().find_map(|space| encoded.strip_prefix(*space)) {
        encoded = rest;
    }
    while let Some(rest) = SPACES.iter().find_map(|space| encoded.strip_suffix(*space)) {
        encoded = rest;
    }
    encoded
}

fn number_before_dot(code: &Token) -> Option<Token> {
    let (number, _) = code.as_str().split_once('.')?;
    let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { Token::parse(number.as_bytes()) } else { None }
}

#[cfg(test)]
mod tests {
    use std::prelude::v1::*;

    use proptest::prelude::*;

    use super::*;

    fn codes(query: &str, shop_name: Option<&str>) -> Vec<String> {
        referrals(query.as_bytes(), shop_name).map(|referral| referral.code.to_string()).collect()
    }

    fn click(query: &str) -> Option<String> {
        click_id(query.as_bytes()).map(|value| value.to_string())
    }

    #[test]
    fn codes_come_in_the_order_of_the_names_not_of_the_link() {
        let query = "rfsn=5.a&sca_ref=4.a&affid=3&aff=2&ref=1&via=0";
        assert_eq!(codes(query, None), ["1", "2", "3", "4.a", "5.a"]);
        assert_eq!(codes(query, Some("via")), ["0", "1", "2", "3", "4.a", "5.a"]);
        assert_eq!(codes(query, Some("AFF")), ["2", "1", "3", "4.a", "5.a"]);
    }

    #[test]
    fn a_value_that_cannot_be_a_code_is_passed_over() {
        assert_eq!(codes("ref=&ref=a%20b&ref=ANNA&ref=BOB", None), ["ANNA"]);
        assert_eq!(codes("ref=%2B&aff=BOB", None), ["BOB"]);
        assert_eq!(codes("preref=ANNA&ref2=BOB&ref", None), Vec::<String>::new());
    }

    #[test]
    fn names_match_in_any_case_and_spaces_around_a_code_are_forgiven() {
        assert_eq!(codes("REF=ANNA", None), ["ANNA"]);
        assert_eq!(codes("ref=ANNA%20", None), ["ANNA"]);
        assert_eq!(codes("ref=+%20ANNA+", None), ["ANNA"]);
    }

    #[test]
    fn a_link_of_an_imported_app_gives_the_number_before_the_dot_as_second_choice() {
        let referral = |query: &'static str| referrals(query.as_bytes(), None).next().unwrap();
        let uppromote = referral("sca_ref=3122711.jthhvz8Ao8&sca_source=GitHub");
        assert!(uppromote.code.is("3122711.jthhvz8Ao8"));
        assert!(uppromote.imported_number.unwrap().is("3122711"));
        assert!(referral("rfsn=812.f00").imported_number.unwrap().is("812"));
        for no_number in ["ref=812.f00", "sca_ref=812", "sca_ref=.x", "sca_ref=8a.x"] {
            assert_eq!(referral(no_number).imported_number, None, "{no_number}");
        }
    }

    #[test]
    fn c3_every_alias_gives_the_click_id() {
        for name in ["clickid", "click_id", "cid", "subid", "trackid", "affclickid"] {
            assert_eq!(
                click(&std::format!("ref=A&{name}=abc123")).as_deref(),
                Some("abc123"),
                "{name}"
            );
        }
        assert_eq!(
            click("external_transaction_id=AFFILI_CLICKID").as_deref(),
            Some("AFFILI_CLICKID")
        );
        assert_eq!(click("ref=A&sub1=zone"), None);
    }

    #[test]
    fn t2_the_affiliates_click_id_wins_over_the_platforms() {
        let link = "clickid=abc123&affid=101&campaign=2001&affclickid=1122223444455565666";
        assert_eq!(click(link).as_deref(), Some("1122223444455565666"));
        assert_eq!(click("affclickid=&clickid=abc123").as_deref(), Some("abc123"));
    }

    #[test]
    fn a_click_id_keeps_its_case_and_is_decoded_once() {
        assert_eq!(click("click_id=Ab%2525C").as_deref(), Some("Ab%25C"));
    }

    #[test]
    fn n19_other_networks_are_recognised_and_told_from_advertising() {
        let found: Vec<_> = foreign_clicks(b"fbclid=x&AWC=12_34&gclid=&ref=A").collect();
        assert_eq!(found, [affiliate_network("awc"), advertising("fbclid")]);
        assert_eq!(foreign_clicks(b"ref=ANNA").count(), 0);
        assert!(is_filled(b"partner_click=7", "partner_click"));
        assert!(!is_filled(b"partner_click=", "partner_click"));
    }

    proptest! {
        #[test]
        fn any_bytes_give_at_most_one_code_for_each_name(
            query in prop::collection::vec(any::<u8>(), 0..500),
            shop_name in prop::option::of("[a-z]{1,6}"),
        ) {
            let found = referrals(&query, shop_name.as_deref()).count();
            prop_assert!(found <= REFERRAL_NAMES.len() + 1);
            prop_assert!(click_id(&query).is_none_or(|value| value.chars().count() <= 512));
            prop_assert!(foreign_clicks(&query).count() <= FOREIGN_CLICK_NAMES.len());
        }

        #[test]
        fn the_best_code_is_the_first_of_all(query in "([a-z]{0,2}(ref|aff|affid|%72ef|REF)=([ +%20]{0,4}[A-Z.]{0,3}[ +%20x]{0,4})&?){0,4}") {
            let names = REFERRAL_NAMES.join("|");
            let best = best_code(query.as_bytes(), 0, names.as_bytes(), 0).and_then(|at| {
                let value = query.get(at.get()..).and_then(|rest| rest.split('&').next()).unwrap_or_default();
                Token::decode(trimmed(value.as_bytes()))
            });
            let first = referrals(query.as_bytes(), None).next().map(|referral| referral.code);
            prop_assert_eq!(best, first);
        }

        #[test]
        fn a_code_survives_the_link(code in "[A-Za-z0-9_.-]{1,64}", before in "[a-z]{1,5}=[a-z%+]{0,9}") {
            prop_assume!(!REFERRAL_NAMES.iter().any(|name| before.starts_with(&std::format!("{name}="))));
            let query = std::format!("{before}&ref={code}");
            prop_assert_eq!(codes(&query, None), [code]);
        }
    }
}
