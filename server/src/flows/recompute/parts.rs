//! Which affiliates have, or had, a credit for an order. Not here: those above them (`uplines`).

use domain::{
    attribution::{Credit, Decision, Method, Share},
    ids::{AffiliateId, ClickId},
    reason::Reason,
};
use storage::conversions::ConversionRow;

/// A part of an order that belongs to one affiliate: credited, or refused.
pub(in crate::flows) struct Part<'a> {
    pub(in crate::flows) affiliate: AffiliateId,
    pub(in crate::flows) method: Method,
    pub(in crate::flows) click: Option<ClickId>,
    pub(in crate::flows) coupon: Option<&'a str>,
    pub(in crate::flows) share: Share,
    pub(in crate::flows) refused: Option<Reason>,
}

impl<'a> Part<'a> {
    fn credited(credit: &'a Credit) -> Self {
        Self {
            affiliate: credit.affiliate,
            method: credit.method,
            click: credit.click,
            coupon: credit.coupon.as_deref(),
            share: credit.share,
            refused: None,
        }
    }
}

/// Every affiliate that has, or had, a credit for the order.
pub(in crate::flows) fn parts<'a>(decision: &'a Decision, rows: &[ConversionRow]) -> Vec<Part<'a>> {
    let mut parts: Vec<Part<'a>> = decision.credits.iter().map(Part::credited).collect();
    parts.extend(decision.disqualified.as_ref().map(|disqualified| Part {
        affiliate: disqualified.affiliate,
        method: disqualified.method,
        click: disqualified.click,
        coupon: disqualified.coupon.as_deref(),
        share: Share::WHOLE,
        refused: Some(disqualified.reason.clone()),
    }));
    let winner = decision.credits.first().map(|credit| credit.method);
    for row in rows.iter().filter(|row| row.level == 0) {
        if parts.iter().any(|part| part.affiliate == row.affiliate_id) {
            continue;
        }
        let method = Method::parse(&row.method);
        let (Some(method), Some(winner)) = (method, winner) else { continue };
        parts.push(Part {
            affiliate: row.affiliate_id,
            method,
            click: row.click_id,
            coupon: None,
            share: Share::WHOLE,
            refused: Some(Reason::Superseded(winner)),
        });
    }
    parts
}
