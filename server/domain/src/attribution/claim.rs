//! What speaks for each affiliate: which claims there are, how they rank, and what is wrong with
//! them. Not here: the order of the methods (`decide`), and how the answer is written (`outcome`).

use std::collections::HashSet;

use crate::{
    ids::{AffiliateId, ClickId},
    reason::Reason,
};

use super::{AttributionSettings, ClickModel, Evidence, Method, Touch};

/// One affiliate's best claim through one method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Claim {
    pub(super) affiliate: AffiliateId,
    pub(super) method: Method,
    pub(super) touch: Option<Touch>,
    pub(super) coupon: Option<String>,
}

/// One order under one shop's settings.
#[derive(Debug, Clone, Copy)]
pub(super) struct Case<'a> {
    pub(super) settings: &'a AttributionSettings,
    pub(super) evidence: &'a Evidence<'a>,
}

impl Case<'_> {
    /// The claims of one method, best first, one per affiliate.
    pub(super) fn claims(&self, method: Method) -> Vec<Claim> {
        let evidence = self.evidence;
        let plain = |affiliate| Claim { affiliate, method, touch: None, coupon: None };
        let mut claims: Vec<Claim> = match method {
            Method::Manual => evidence.manual.into_iter().map(plain).collect(),
            Method::Customer => evidence.customer_binding.into_iter().map(plain).collect(),
            Method::Product => evidence.product_bindings.iter().copied().map(plain).collect(),
            Method::Coupon => evidence
                .coupons
                .iter()
                .map(|(code, affiliate)| Claim { coupon: Some(code.clone()), ..plain(*affiliate) })
                .collect(),
            Method::Link => self
                .ranked_touches()
                .into_iter()
                .map(|touch| Claim { touch: Some(touch), ..plain(touch.affiliate) })
                .collect(),
        };
        let mut seen = HashSet::new();
        claims.retain(|claim| seen.insert(claim.affiliate));
        claims
    }

    /// What keeps a claim from winning, if anything.
    pub(super) fn flaw(&self, claim: &Claim) -> Option<Reason> {
        if claim.touch.is_some_and(|touch| !self.is_in_window(&touch)) {
            return Some(Reason::OutsideWindow);
        }
        let facts = self.evidence.affiliates.get(&claim.affiliate);
        let may_earn = facts.is_some_and(|facts| facts.status.may_earn());
        (!may_earn).then_some(Reason::AffiliateInactive)
    }

    /// The buyer is the affiliate: same mailbox or same customer account. // G61, G62
    pub(super) fn is_self_referral(&self, affiliate: AffiliateId) -> bool {
        fn both_equal<T: PartialEq>(one: Option<&T>, other: Option<&T>) -> bool {
            one.is_some() && one == other
        }
        let buyer = self.evidence;
        self.evidence.affiliates.get(&affiliate).is_some_and(|facts| {
            both_equal(facts.email_fingerprint.as_ref(), buyer.email_fingerprint.as_ref())
                || both_equal(facts.shopify_customer_id.as_ref(), buyer.customer_id.as_ref())
        })
    }

    /// The click that belongs to a claim: the deciding one, or else the affiliate's latest within
    /// the window. With the linear model the latest is as good as the first, and its link
    /// parameters are fresher.
    pub(super) fn click_of(&self, claim: &Claim) -> Option<ClickId> {
        match claim.touch {
            Some(touch) if self.settings.click_model != ClickModel::Linear => Some(touch.click),
            _ => self
                .evidence
                .touches
                .iter()
                .filter(|touch| touch.affiliate == claim.affiliate && self.is_in_window(touch))
                .max_by_key(|touch| (touch.at, touch.click))
                .map(|touch| touch.click),
        }
    }

    /// Clicks up to the order, those within their window first, then as the click model ranks them.
    /// With the linear model the earliest comes first: the odd cent goes to who came first.
    fn ranked_touches(&self) -> Vec<Touch> {
        let ordered_at = self.evidence.ordered_at;
        let mut touches: Vec<Touch> =
            self.evidence.touches.iter().filter(|touch| touch.at <= ordered_at).copied().collect();
        touches.sort_by_key(|touch| (touch.at, touch.click));
        if self.settings.click_model == ClickModel::LastClick {
            touches.reverse();
        }
        touches.sort_by_key(|touch| !self.is_in_window(touch));
        touches
    }

    /// Half-open: a click at `t` earns for orders before `t + n × 86,400 s`. // G57, G58, G59
    fn is_in_window(&self, touch: &Touch) -> bool {
        let facts = self.evidence.affiliates.get(&touch.affiliate);
        let days = facts.and_then(|facts| facts.window_days).unwrap_or(self.settings.window_days);
        let ordered_at = self.evidence.ordered_at;
        touch.at <= ordered_at && ordered_at < touch.at.plus_days(days.max(0))
    }
}
