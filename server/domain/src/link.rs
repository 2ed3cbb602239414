//! What an entry link says: who sent the visitor, and what the affiliate wants to get back. The
//! rules themselves are `storefront`'s, shared with the browser; here they become owned values.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use storefront::params::{VALUE_CHARS_MAX, Value};

/// An entry link, read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EntryLink {
    /// Codes that may name the affiliate, best first.
    pub codes: Vec<String>,
    /// What the link carries along.
    pub params: LinkParams,
    /// Something of the link was cut or dropped (E14).
    pub is_cut: bool,
}

/// Parameters of an entry link, kept with the click (T2, T3, E14). The affiliate's own click id
/// stands under [`LinkParams::CLICK_ID`] whatever the link called it (C3).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LinkParams(pub BTreeMap<String, String>);

impl LinkParams {
    /// Canonical name of the affiliate's click id.
    pub const CLICK_ID: &'static str = "click_id";
}

impl EntryLink {
    /// Reads a landing URL, absolute or from its path on. Never fails: a URL that says nothing
    /// gives an empty link.
    ///
    /// ```
    /// # use domain::link::EntryLink;
    /// let link = EntryLink::read("https://shop.example/p?ref=ANNA&sub1=zone-42&affclickid=w5f");
    /// assert_eq!(link.codes, ["ANNA"]);
    /// assert_eq!(link.params.0["sub1"], "zone-42");
    /// assert_eq!(link.params.0["click_id"], "w5f");
    /// ```
    #[must_use]
    pub fn read(url: &str) -> Self {
        let query = query_of(url).as_bytes();
        let mut kept = storefront::link_params(query);
        let mut params: BTreeMap<String, String> = kept
            .by_ref()
            .map(|param| (param.name.as_str().to_owned(), text_of(&param.value)))
            .collect();
        if let Some(click_id) = storefront::click_id(query) {
            params.insert(LinkParams::CLICK_ID.to_owned(), text_of(&click_id));
        }
        let codes = storefront::referrals(query, None)
            .flat_map(|referral| [Some(referral.code), referral.imported_number])
            .flatten()
            .map(|code| code.as_str().to_owned())
            .collect();
        Self { codes, params: LinkParams(params), is_cut: kept.losses().is_any() }
    }
}

fn text_of(value: &Value<'_>) -> String {
    let mut text = String::with_capacity(value.encoded_len().min(VALUE_CHARS_MAX));
    text.extend(value.chars());
    text
}

/// What the storefront put into the cart, as an order brings it back: anybody's text, so the token is
/// still to be checked, and the landing is only as good as an address that somebody opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CartVisit<'a> {
    /// The visit's token.
    pub token: Option<&'a str>,
    /// A landing that the storefront could not report, from its path or its `?` on.
    pub landing: Option<&'a str>,
}

impl<'a> CartVisit<'a> {
    /// Reads the attribute in any of its forms.
    ///
    /// ```
    /// # use domain::link::CartVisit;
    /// assert_eq!(CartVisit::read("v1.payload.mac").token, Some("v1.payload.mac"));
    /// let blocked = CartVisit::read("raw~?ref=ANNA&sub1=7");
    /// assert_eq!((blocked.token, blocked.landing), (None, Some("?ref=ANNA&sub1=7")));
    /// ```
    #[must_use]
    pub fn read(attribute: &'a str) -> Self {
        let read = storefront::cart::CartAttribute::read(attribute.as_bytes());
        let text = |bytes| str::from_utf8(bytes).ok().filter(|text| !text.is_empty());
        Self { token: text(read.token), landing: text(read.landing) }
    }
}

fn query_of(url: &str) -> &str {
    let without_fragment = url.split_once('#').map_or(url, |(before, _)| before);
    without_fragment.split_once('?').map_or("", |(_, query)| query)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i9_a_pass_through_parameter_is_kept_under_its_name_and_as_the_click_id() {
        let link = EntryLink::read("/?external_transaction_id=AFFILI_CLICKID&ref=A#top");
        assert_eq!(link.params.0["external_transaction_id"], "AFFILI_CLICKID");
        assert_eq!(link.params.0["click_id"], "AFFILI_CLICKID");
        assert!(!link.is_cut);
    }

    #[test]
    fn a_link_without_a_query_names_nobody() {
        assert_eq!(EntryLink::read("https://shop.example/ref=ANNA"), EntryLink::default());
    }

    #[test]
    fn e14_more_than_thirty_parameters_are_cut_and_flagged() {
        let query: Vec<String> = (0..40).map(|n| format!("p{n}=x")).collect();
        let link = EntryLink::read(&format!("/?{}", query.join("&")));
        assert_eq!(link.params.0.len(), 30);
        assert!(link.is_cut);
    }
}
