//! Affiliates' own Facebook pixels (U9 to U11): which ids are taken, who has to agree, and what a hit
//! or a server event says. The shop's own pixel and other affiliates' pixels have no part in any of
//! it (N16): every hit is for one number, and nothing is ever loaded that could see the page.
//! Not here: who is credited (`attribution`), sending (`delivery` of the server).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

pub mod address;
pub mod hit;
pub mod server_event;

/// Most pixels of one affiliate.
pub const PIXELS_MAX: usize = 5;

/// The network's id of a pixel: 5 to 20 digits, so that nothing else can reach a URL or a script.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PixelNumber(String);

/// Not a pixel id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a pixel ID is a number of 5 to 20 digits")]
pub struct BadPixelNumber;

impl PixelNumber {
    /// Reads an id, with or without blanks around it.
    ///
    /// ```
    /// # use domain::pixel::PixelNumber;
    /// assert_eq!(PixelNumber::parse(" 1234567890123456 ").unwrap().as_str(), "1234567890123456");
    /// assert!(PixelNumber::parse("1234&ev=Purchase").is_err());
    /// ```
    ///
    /// # Errors
    /// [`BadPixelNumber`].
    pub fn parse(text: &str) -> Result<Self, BadPixelNumber> {
        let digits = text.trim();
        let is_number =
            (5..=20).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        if is_number { Ok(Self(digits.to_owned())) } else { Err(BadPixelNumber) }
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Every id seen in public has 15 or 16 digits; another one wants a second look.
    #[must_use]
    pub const fn is_usual(&self) -> bool {
        matches!(self.0.len(), 15 | 16)
    }
}

/// What is told to a pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum PixelEvent {
    /// A page was opened.
    PageView,
    /// A product was looked at.
    ViewContent,
    /// A product was put into the cart.
    AddToCart,
    /// The checkout was begun.
    InitiateCheckout,
    /// An order was placed.
    Purchase,
}

impl PixelEvent {
    /// All, in the order of a visit.
    pub const ALL: [Self; 5] = [
        Self::PageView,
        Self::ViewContent,
        Self::AddToCart,
        Self::InitiateCheckout,
        Self::Purchase,
    ];

    /// The network's own name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PageView => "PageView",
            Self::ViewContent => "ViewContent",
            Self::AddToCart => "AddToCart",
            Self::InitiateCheckout => "InitiateCheckout",
            Self::Purchase => "Purchase",
        }
    }

    /// The inverse of [`PixelEvent::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.as_str() == text)
    }

    /// The merchant has to allow it too: it says what a visitor looks at.
    #[must_use]
    pub const fn is_optional(self) -> bool {
        self.browsing_name().is_some()
    }

    /// What Shopify calls an optional event: the web pixel hears it and tells it on.
    #[must_use]
    pub const fn browsing_name(self) -> Option<&'static str> {
        match self {
            Self::ViewContent => Some("product_viewed"),
            Self::AddToCart => Some("product_added_to_cart"),
            Self::InitiateCheckout => Some("checkout_started"),
            Self::PageView | Self::Purchase => None,
        }
    }
}

/// Which amount a Purchase carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PurchaseValue {
    /// What the order is worth.
    #[default]
    Order,
    /// What the affiliate earns.
    Commission,
}

impl PurchaseValue {
    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Commission => "commission",
        }
    }

    /// The inverse of [`PurchaseValue::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Order, Self::Commission].into_iter().find(|value| value.as_str() == text)
    }
}

/// What an affiliate chose for one pixel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PixelChoice {
    /// What it wants to hear of.
    pub events: BTreeSet<PixelEvent>,
    /// The amount of a Purchase.
    pub value: PurchaseValue,
}

impl Default for PixelChoice {
    fn default() -> Self {
        let events = BTreeSet::from([PixelEvent::PageView, PixelEvent::Purchase]);
        Self { events, value: PurchaseValue::default() }
    }
}

/// The merchant's part: what affiliates' pixels may be told at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PixelRules {
    /// A pixel is silent until the merchant has approved it.
    pub needs_approval: bool,
    /// Events besides PageView and Purchase that affiliates may choose.
    pub allows_browsing_events: bool,
    /// A Purchase may carry the order's value; else the commission.
    pub allows_order_value: bool,
    /// Visitors who refused the sale of their data are told under limited data use, and not left out.
    pub uses_limited_data: bool,
}

impl Default for PixelRules {
    fn default() -> Self {
        Self {
            needs_approval: false,
            allows_browsing_events: false,
            allows_order_value: true,
            uses_limited_data: false,
        }
    }
}

impl PixelRules {
    /// Whether a pixel with this choice hears of an event.
    #[must_use]
    pub fn allows(&self, choice: &PixelChoice, event: PixelEvent) -> bool {
        choice.events.contains(&event) && (!event.is_optional() || self.allows_browsing_events)
    }

    /// The amount that a pixel with this choice is told.
    #[must_use]
    pub const fn value(&self, choice: &PixelChoice) -> PurchaseValue {
        if self.allows_order_value { choice.value } else { PurchaseValue::Commission }
    }

    /// How a visitor's consent lets affiliates' pixels be told; none: not at all.
    #[must_use]
    pub const fn manner(&self, consent: Consent) -> Option<Manner> {
        match consent {
            Consent { marketing: true, sale: true } => Some(Manner::Full),
            Consent { marketing: true, sale: false } if self.uses_limited_data => {
                Some(Manner::Limited)
            }
            _ => None,
        }
    }
}

/// With or without the network's flags for limited data use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Everything was allowed.
    Full,
    /// The sale of data was refused.
    Limited,
}

/// What a visitor allowed, as the browser reports it in two bits (storefront rules, section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Consent {
    /// Attribution.
    pub marketing: bool,
    /// Affiliates' pixels, together with marketing.
    pub sale: bool,
}

impl Consent {
    /// Bit 1 is marketing, bit 2 the sale of data; other bits mean nothing.
    #[must_use]
    pub const fn from_bits(bits: i64) -> Self {
        Self { marketing: bits & 1 != 0, sale: bits & 2 != 0 }
    }

    /// The inverse of [`Consent::from_bits`].
    #[must_use]
    pub fn bits(self) -> i64 {
        i64::from(self.marketing) + 2 * i64::from(self.sale)
    }
}

/// `purchase-<order>`: the same from the browser and from the server, so that the network counts
/// one purchase.
#[must_use]
pub fn purchase_id(order: crate::ids::ShopifyId) -> String {
    format!("purchase-{order}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn u11_a_pixel_id_is_nothing_but_five_to_twenty_digits() {
        for good in ["12345", "123456789012345", "12345678901234567890"] {
            assert_eq!(PixelNumber::parse(good).unwrap().as_str(), good);
        }
        for bad in
            ["", "1234", "123456789012345678901", "12345a", "12 345", "１２３４５６", "-12345"]
        {
            assert_eq!(PixelNumber::parse(bad), Err(BadPixelNumber), "{bad}");
        }
        assert!(PixelNumber::parse("1234567890123456").unwrap().is_usual());
        assert!(!PixelNumber::parse("12345").unwrap().is_usual());
    }

    #[test]
    fn n20_only_both_bits_of_consent_let_a_pixel_be_told_in_full() {
        let rules = PixelRules::default();
        let manners: Vec<_> = (0..4).map(|bits| rules.manner(Consent::from_bits(bits))).collect();
        assert_eq!(manners, [None, None, None, Some(Manner::Full)]);
        let limited = PixelRules { uses_limited_data: true, ..rules };
        let manners: Vec<_> = (0..4).map(|bits| limited.manner(Consent::from_bits(bits))).collect();
        assert_eq!(manners, [None, Some(Manner::Limited), None, Some(Manner::Full)]);
    }

    #[test]
    fn browsing_events_need_the_affiliate_and_the_merchant() {
        let mut choice = PixelChoice::default();
        let mut rules = PixelRules::default();
        assert!(rules.allows(&choice, PixelEvent::PageView));
        assert!(!rules.allows(&choice, PixelEvent::AddToCart));
        choice.events.insert(PixelEvent::AddToCart);
        assert!(!rules.allows(&choice, PixelEvent::AddToCart));
        rules.allows_browsing_events = true;
        assert!(rules.allows(&choice, PixelEvent::AddToCart));
    }

    #[test]
    fn the_merchant_may_keep_the_order_value_to_itself() {
        let choice = PixelChoice::default();
        assert_eq!(PixelRules::default().value(&choice), PurchaseValue::Order);
        let rules = PixelRules { allows_order_value: false, ..PixelRules::default() };
        assert_eq!(rules.value(&choice), PurchaseValue::Commission);
    }

    #[test]
    fn a_stored_choice_reads_back() {
        let text = serde_json::to_string(&PixelChoice::default()).unwrap();
        assert_eq!(text, r#"{"events":["PageView","Purchase"],"value":"order"}"#);
        assert_eq!(serde_json::from_str::<PixelChoice>(&text).unwrap(), PixelChoice::default());
    }
}
