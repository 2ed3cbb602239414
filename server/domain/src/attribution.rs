//! Who is credited for an order, and why everybody else is not. Not here: what the credit is worth
//! (`commission`), and rules that need the order's amounts (minimum, new customers, excluded
//! products), which refuse a credit later through [`Decision::refuse`].

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::{
    affiliate::AffiliateStatus,
    fraud::{Consequence, Finding},
    ids::{AffiliateId, ClickId, ShopifyId},
    reason::Reason,
    time::UtcTime,
};

use self::{
    claim::{Case, Claim},
    outcome::Loser,
};

mod claim;
mod outcome;

/// How an affiliate is connected to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The merchant assigned the order.
    Manual,
    /// The affiliate's coupon was used.
    Coupon,
    /// The buyer is bound to the affiliate (G79).
    Customer,
    /// The buyer came through the affiliate's link.
    Link,
    /// A product is bound to the affiliate.
    Product,
}

impl Method {
    /// All, in the default precedence (domain rules 3.1).
    pub const ALL: [Self; 5] =
        [Self::Manual, Self::Coupon, Self::Customer, Self::Link, Self::Product];

    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Coupon => "coupon",
            Self::Customer => "customer",
            Self::Link => "link",
            Self::Product => "product",
        }
    }

    /// The inverse of [`Method::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == text)
    }

    /// What is said of a candidate who lost to this method.
    pub(crate) const fn superseded(self) -> &'static str {
        match self {
            Self::Manual => "superseded by manual",
            Self::Coupon => "superseded by coupon",
            Self::Customer => "superseded by customer",
            Self::Link => "superseded by link",
            Self::Product => "superseded by product",
        }
    }
}

/// Which of several clicks earns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClickModel {
    /// The latest click within its window (G51).
    #[default]
    LastClick,
    /// The earliest click within its window (G52).
    FirstClick,
    /// Every affiliate with a click within its window, in equal shares.
    Linear,
}

/// A shop's choices about attribution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AttributionSettings {
    /// Which of several clicks earns.
    pub click_model: ClickModel,
    /// Order of the methods. Manual assignment always comes first, and a method that is not named
    /// comes after the named ones: a merchant can reorder, not switch off.
    pub precedence: Vec<Method>,
    /// Days in which a click earns, where the program does not say; 0 switches links off.
    pub window_days: i64,
}

impl Default for AttributionSettings {
    fn default() -> Self {
        Self {
            click_model: ClickModel::default(),
            precedence: Method::ALL.to_vec(),
            window_days: 30,
        }
    }
}

impl AttributionSettings {
    /// Every method once, in the order in which they are asked.
    fn methods(&self) -> Vec<Method> {
        let mut methods = vec![Method::Manual];
        for method in self.precedence.iter().chain(&Method::ALL) {
            if !methods.contains(method) {
                methods.push(*method);
            }
        }
        methods
    }
}

/// What attribution must know of an affiliate, as of the order time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AffiliateFacts {
    /// Who.
    pub id: AffiliateId,
    /// Only active affiliates are credited (G86).
    pub status: AffiliateStatus,
    /// Normalised and hashed e-mail.
    pub email_fingerprint: Option<String>,
    /// The affiliate's own customer account in the shop.
    pub shopify_customer_id: Option<ShopifyId>,
    /// The program's window in days; the shop's when absent.
    pub window_days: Option<i64>,
}

/// A click as a candidate for credit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Touch {
    /// The click.
    pub click: ClickId,
    /// Whose link it was.
    pub affiliate: AffiliateId,
    /// When.
    pub at: UtcTime,
}

/// Everything that connects an order to affiliates.
#[derive(Debug, Clone)]
pub struct Evidence<'a> {
    /// Shopify's `created_at`.
    pub ordered_at: UtcTime,
    /// The buyer's account.
    pub customer_id: Option<ShopifyId>,
    /// The buyer's e-mail, normalised and hashed as the affiliates' are.
    pub email_fingerprint: Option<String>,
    /// Affiliate-owned codes on the order, in the order of `discount_codes`.
    pub coupons: Vec<(String, AffiliateId)>,
    /// The visitor's clicks, in any order.
    pub touches: Vec<Touch>,
    /// Whom the buyer is bound to.
    pub customer_binding: Option<AffiliateId>,
    /// Whom the order's products are bound to, in the order of the lines; without products that
    /// the affiliate's program excludes (G12, `commission::may_earn`).
    pub product_bindings: Vec<AffiliateId>,
    /// Whom the merchant assigned.
    pub manual: Option<AffiliateId>,
    /// Every affiliate named above; one that is missing counts as inactive.
    pub affiliates: &'a HashMap<AffiliateId, AffiliateFacts>,
}

/// The answer, as it is stored with the order (N5).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Decision {
    /// Who is credited: nobody, one, or several with the linear model.
    pub credits: Vec<Credit>,
    /// Who would have been credited but for a rule.
    pub disqualified: Option<Disqualified>,
    /// Why nobody is credited; none when somebody is.
    pub reason: Option<Reason>,
    /// Why the credit waits for a person, the first one being the reason shown.
    #[serde(default)]
    pub holds: Vec<Reason>,
    /// Who was considered and lost.
    pub candidates: Vec<Candidate>,
}

/// One affiliate's credit for an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credit {
    /// Who.
    pub affiliate: AffiliateId,
    /// Through what.
    pub method: Method,
    /// The click whose link parameters belong to the conversion: the deciding one, or with another
    /// method the affiliate's latest click within the window.
    pub click: Option<ClickId>,
    /// The coupon as the buyer typed it.
    pub coupon: Option<String>,
    /// Which part of the commission.
    pub share: Share,
}

/// One of several equal parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Share {
    /// Which part, from 0; earlier parts get the odd cents.
    pub index: u32,
    /// How many parts.
    pub of: u32,
}

impl Share {
    /// All of it.
    pub const WHOLE: Self = Self { index: 0, of: 1 };
}

/// An affiliate who won but may not be credited. Nobody else is credited instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disqualified {
    /// Who.
    pub affiliate: AffiliateId,
    /// Through what.
    pub method: Method,
    /// The click, as in [`Credit`].
    pub click: Option<ClickId>,
    /// The coupon, as in [`Credit`].
    pub coupon: Option<String>,
    /// Why not.
    pub reason: Reason,
}

/// Somebody who was considered and lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// Who.
    pub affiliate: AffiliateId,
    /// Through what.
    pub method: Method,
    /// The click, if one was the claim.
    pub click: Option<ClickId>,
    /// The coupon, if one was the claim.
    pub coupon: Option<String>,
    /// Why: `superseded by coupon`, `a later click won`, `outside_window`, …
    pub lost: String,
}

/// Decides who is credited. The methods are asked in order of precedence, and the first claim that
/// is within its window and belongs to an active affiliate wins. If the winner is the buyer, nobody
/// is credited.
///
/// ```
/// # use std::collections::HashMap;
/// # use domain::{affiliate::AffiliateStatus, attribution::*, ids::*, time::UtcTime};
/// # let facts = |id| AffiliateFacts { id, status: AffiliateStatus::Active,
/// #     email_fingerprint: None, shopify_customer_id: None, window_days: None };
/// let (anna, bob) = (AffiliateId(1), AffiliateId(2));
/// let affiliates = HashMap::from([(anna, facts(anna)), (bob, facts(bob))]);
/// let day = |n| UtcTime::default().plus_days(n);
/// let evidence = Evidence {
///     ordered_at: day(6),
///     coupons: vec![("ANNA10".into(), anna)],
///     touches: vec![Touch { click: ClickId(7), affiliate: bob, at: day(5) }],
/// #   customer_id: None, email_fingerprint: None, customer_binding: None,
/// #   product_bindings: vec![], manual: None,
///     affiliates: &affiliates,
/// };
/// let decision = decide(&AttributionSettings::default(), &evidence); // G53
/// assert_eq!(decision.credits[0].affiliate, anna);
/// assert_eq!(decision.candidates[0].lost, "superseded by coupon");
/// ```
#[must_use]
pub fn decide(settings: &AttributionSettings, evidence: &Evidence<'_>) -> Decision {
    let case = Case { settings, evidence };
    let mut winners: Vec<Claim> = Vec::new();
    let mut losers: Vec<Loser> = Vec::new();
    for method in settings.methods() {
        for claim in case.claims(method) {
            let shares_credit = settings.click_model == ClickModel::Linear
                && winners.iter().chain([&claim]).all(|claim| claim.method == Method::Link);
            match case.flaw(&claim) {
                Some(flaw) => losers.push(Loser { claim, flaw: Some(flaw) }),
                None if winners.is_empty() || shares_credit => winners.push(claim),
                None => losers.push(Loser { claim, flaw: None }),
            }
        }
    }
    outcome::of_claims(&case, winners, &losers)
}

impl Decision {
    /// What the shop's rules about suspicious orders make of the decision: a rejection takes every
    /// credit away, a hold lets it wait. A merchant's own choice is never suspicious.
    #[must_use]
    pub fn after(mut self, findings: Vec<Finding>) -> Self {
        if self.credits.iter().any(|credit| credit.method == Method::Manual) {
            return self;
        }
        for Finding { reason, consequence } in findings {
            match consequence {
                Consequence::Credit => {}
                Consequence::Hold if self.credits.is_empty() => {}
                Consequence::Hold => self.holds.push(reason),
                Consequence::Reject => {
                    while let Some(credit) = self.credits.first() {
                        self.refuse(credit.affiliate, &reason);
                    }
                }
            }
        }
        self
    }

    /// Takes an affiliate's credit away for a rule that only the commission could know (minimum
    /// order, new customers, end of term). Call it on a copy when the rule may stop to apply, as an
    /// edit can lift an order over the minimum.
    pub fn refuse(&mut self, affiliate: AffiliateId, reason: &Reason) {
        let Some(index) = self.credits.iter().position(|credit| credit.affiliate == affiliate)
        else {
            return;
        };
        let credit = self.credits.remove(index);
        self.disqualified.get_or_insert(Disqualified {
            affiliate: credit.affiliate,
            method: credit.method,
            click: credit.click,
            coupon: credit.coupon,
            reason: reason.clone(),
        });
        if self.credits.is_empty() {
            self.reason = Some(reason.clone());
        }
    }
}

#[cfg(test)]
mod tests;
