//! Why an order earns nothing, or why an amount went down. A closed set with stable names: postback
//! filters, pages and the ledger all use them. Not here: free explanations for people.

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::attribution::Method;

/// A reason with a stable name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// Every click was too old for its window (G57).
    OutsideWindow,
    /// Nobody had a code, click or binding on the order.
    NoAffiliate,
    /// The buyer is the affiliate (G61, G62).
    SelfReferral,
    /// The affiliate was not active when the order was placed (G86).
    AffiliateInactive,
    /// The program is for first orders only (G64).
    NotNewCustomer,
    /// The base is below the program's minimum.
    MinimumOrder,
    /// Nothing on the order earns commission (G09).
    ExcludedOnly,
    /// The subscription has had all charges that earn (G78).
    TermEnded,
    /// Everything was given back (G29).
    Refunded,
    /// The order was cancelled (G43).
    Cancelled,
    /// An edit removed everything that earned.
    ItemsRemoved,
    /// The payment was voided or expired.
    PaymentVoided,
    /// The bank took the money back (G47).
    Chargeback,
    /// A test order.
    TestOrder,
    /// The order was deleted in Shopify.
    Deleted,
    /// Credit moved to somebody else by this method.
    Superseded(Method),
    /// Declined by hand: the affiliate broke the terms.
    BreachOfTerms,
    /// Declined by hand: the same order twice.
    DuplicateOrder,
    /// Declined by hand: the buyer failed a credit check.
    FailedCreditCheck,
    /// Declined by hand: the goods were not available.
    OutOfStock,
    /// Another affiliate network has a click on the order (N19).
    OtherNetwork,
    /// A fraud rule, by its name: `fraud:velocity`.
    Fraud(String),
    /// A merchant's own words.
    Other(String),
}

/// Every reason whose name is fixed.
const FIXED: [Reason; 25] = [
    Reason::OutsideWindow,
    Reason::NoAffiliate,
    Reason::SelfReferral,
    Reason::AffiliateInactive,
    Reason::NotNewCustomer,
    Reason::MinimumOrder,
    Reason::ExcludedOnly,
    Reason::TermEnded,
    Reason::Refunded,
    Reason::Cancelled,
    Reason::ItemsRemoved,
    Reason::PaymentVoided,
    Reason::Chargeback,
    Reason::TestOrder,
    Reason::Deleted,
    Reason::Superseded(Method::Manual),
    Reason::Superseded(Method::Coupon),
    Reason::Superseded(Method::Customer),
    Reason::Superseded(Method::Link),
    Reason::Superseded(Method::Product),
    Reason::BreachOfTerms,
    Reason::DuplicateOrder,
    Reason::FailedCreditCheck,
    Reason::OutOfStock,
    Reason::OtherNetwork,
];

impl Reason {
    /// The stable name.
    ///
    /// ```
    /// # use domain::reason::Reason;
    /// assert_eq!(Reason::SelfReferral.as_str(), "self_referral");
    /// assert_eq!(Reason::Fraud("velocity".into()).as_str(), "fraud:velocity");
    /// assert_eq!(Reason::parse("fraud:velocity"), Reason::Fraud("velocity".into()));
    /// assert_eq!(Reason::parse("asked us to"), Reason::Other("asked us to".into()));
    /// ```
    #[must_use]
    pub fn as_str(&self) -> Cow<'_, str> {
        Cow::Borrowed(match self {
            Self::OutsideWindow => "outside_window",
            Self::NoAffiliate => "no_affiliate",
            Self::SelfReferral => "self_referral",
            Self::AffiliateInactive => "affiliate_inactive",
            Self::NotNewCustomer => "not_new_customer",
            Self::MinimumOrder => "minimum_order",
            Self::ExcludedOnly => "excluded_only",
            Self::TermEnded => "term_ended",
            Self::Refunded => "refunded",
            Self::Cancelled => "cancelled",
            Self::ItemsRemoved => "items_removed",
            Self::PaymentVoided => "payment_voided",
            Self::Chargeback => "chargeback",
            Self::TestOrder => "test_order",
            Self::Deleted => "deleted",
            Self::Superseded(method) => method.superseded(),
            Self::BreachOfTerms => "breach_of_terms",
            Self::DuplicateOrder => "duplicate_order",
            Self::FailedCreditCheck => "failed_credit_check",
            Self::OutOfStock => "out_of_stock",
            Self::OtherNetwork => "other_network",
            Self::Fraud(rule) => return Cow::Owned(format!("fraud:{rule}")),
            Self::Other(words) => words,
        })
    }

    /// Reads a stable name; anything unknown is a merchant's own words.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        if let Some(known) = FIXED.iter().find(|reason| reason.as_str() == text) {
            return known.clone();
        }
        match text.strip_prefix("fraud:") {
            Some(rule) => Self::Fraud(rule.to_owned()),
            None => Self::Other(text.to_owned()),
        }
    }

    /// True where the credit itself is refused (the order is fine, but this affiliate may not earn
    /// on it); false where something happened to the order or its money.
    #[must_use]
    pub const fn refuses_credit(&self) -> bool {
        match self {
            Self::OutsideWindow
            | Self::NoAffiliate
            | Self::SelfReferral
            | Self::AffiliateInactive
            | Self::NotNewCustomer
            | Self::MinimumOrder
            | Self::ExcludedOnly
            | Self::TermEnded
            | Self::Superseded(_)
            | Self::BreachOfTerms
            | Self::DuplicateOrder
            | Self::FailedCreditCheck
            | Self::OutOfStock
            | Self::OtherNetwork
            | Self::Fraud(_)
            | Self::Other(_) => true,
            Self::Refunded
            | Self::Cancelled
            | Self::ItemsRemoved
            | Self::PaymentVoided
            | Self::Chargeback
            | Self::TestOrder
            | Self::Deleted => false,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.as_str())
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.as_str())
    }
}

impl<'de> Deserialize<'de> for Reason {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::parse(&String::deserialize(deserializer)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fixed_reason_reads_back_from_its_name() {
        for reason in FIXED {
            assert_eq!(Reason::parse(&reason.as_str()), reason);
            let json = serde_json::to_string(&reason).unwrap();
            assert_eq!(serde_json::from_str::<Reason>(&json).unwrap(), reason);
        }
    }

    #[test]
    fn names_are_unique() {
        let names: std::collections::BTreeSet<_> =
            FIXED.iter().map(|reason| reason.as_str().into_owned()).collect();
        assert_eq!(names.len(), FIXED.len());
    }

    #[test]
    fn superseded_names_the_method_that_won() {
        assert_eq!(Reason::Superseded(Method::Manual).to_string(), "superseded by manual");
    }
}
