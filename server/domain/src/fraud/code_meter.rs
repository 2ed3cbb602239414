//! The coupon meter (N18): which affiliates' codes are used by buyers whom their affiliate did not send.
//! A code that is read out in a podcast looks like that as well, so what speaks for a leak is weighed:
//! where the buyers came from, and whether somebody else had brought them. It accuses nobody and decides
//! nothing; the merchant looks.
//!
//! The moment at which a code is typed is known to nobody: Shopify tells neither webhooks nor pixels of
//! it, and the web pixel is silent about visitors without an affiliate's visit (N20), who are the ones in
//! question. What is known instead: whether the affiliate's link was ever clicked, the site from which
//! the buyer came, and the time since a click on somebody else's link.

use crate::{
    attribution::{Decision, Method},
    ids::AffiliateId,
    time::UtcTime,
};

use super::{FraudSettings, is_host_below};

/// Fewer orders than these say nothing about a code.
pub const CODE_ORDERS_MIN: i64 = 5;

/// Orders with which a code counts at most for the shop's norm: a bestseller that leaked must not become
/// what is ordinary.
const NORM_ORDERS_MAX: i64 = 30;

/// A share of buyers from coupon sites, or of codes found at the last moment, above this (basis points)
/// is not ordinary, though most codes of the shop have it.
const NORM_DIRECT_MAX_BPS: i64 = 500;

/// Distance to the norm (basis points) from which on a code deserves a look.
const UNUSUAL_BPS: i64 = 1_000;

/// All of it, in basis points.
const WHOLE_BPS: i64 = 10_000;

/// A code that decided about an order, and what speaks for its having leaked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeUse {
    /// As the buyer typed it.
    pub code: String,
    /// Whose it is.
    pub affiliate: AffiliateId,
    /// What to count.
    pub uses: CodeUses,
}

/// How often a code was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CodeUses {
    /// Orders that the code decided.
    pub orders: i64,
    /// Of these: no click on a link of its affiliate is known.
    pub without_click: i64,
    /// Of these without a click: the buyer came from a coupon site.
    pub from_coupon_sites: i64,
    /// Of these without a click: the buyer had come through somebody else's link moments before.
    pub last_moment: i64,
}

/// What an order says about the code that decided it; nothing when something else decided. An
/// affiliate who may not be credited (the buyer, somebody blocked) gives nothing to count.
///
/// ```
/// # use domain::{attribution::*, fraud::*, ids::*, time::UtcTime};
/// # let credit = Credit { affiliate: AffiliateId(1), method: Method::Coupon, click: None,
/// #     coupon: Some("ANNA10".into()), share: Share::WHOLE };
/// let decision = Decision { credits: vec![credit], ..Decision::default() };
/// let noon = UtcTime::parse("2026-03-01T12:00:00Z").unwrap();
/// // Bob's link, four minutes before: the code took the order from him.
/// let clicks = [(AffiliateId(2), noon.plus_seconds(-240))];
/// let used = code_use(&FraudSettings::default(), &decision, noon, &clicks, Some("www.honey.com"));
/// let expected = CodeUses { orders: 1, without_click: 1, from_coupon_sites: 1, last_moment: 1 };
/// assert_eq!(used.unwrap().uses, expected);
/// // Anna's own visitor.
/// let clicks = [(AffiliateId(1), noon.plus_days(-3))];
/// let used = code_use(&FraudSettings::default(), &decision, noon, &clicks, Some("www.honey.com"));
/// assert_eq!(used.unwrap().uses, CodeUses { orders: 1, ..CodeUses::default() });
/// ```
#[must_use]
pub fn code_use(
    settings: &FraudSettings,
    decision: &Decision,
    ordered_at: UtcTime,
    clicks: &[(AffiliateId, UtcTime)],
    referring_host: Option<&str>,
) -> Option<CodeUse> {
    let credit = decision.credits.first().filter(|credit| credit.method == Method::Coupon)?;
    let code = credit.coupon.clone()?;
    let has_click = clicks.iter().any(|(whose, _)| *whose == credit.affiliate);
    let is_from_coupon_site = referring_host
        .is_some_and(|host| settings.coupon_sites.iter().any(|site| is_host_below(host, site)));
    let latest = clicks.iter().map(|(_, at)| *at).max();
    let is_last_moment =
        latest.is_some_and(|at| ordered_at.seconds_since(at) < settings.late_code_seconds);
    let count = |is_so: bool| i64::from(is_so && !has_click);
    let uses = CodeUses {
        orders: 1,
        without_click: count(true),
        from_coupon_sites: count(is_from_coupon_site),
        last_moment: count(is_last_moment),
    };
    Some(CodeUse { code, affiliate: credit.affiliate, uses })
}

/// What is ordinary in a shop: shares over all its codes, in basis points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Norm {
    /// Orders without a click.
    pub without_click_bps: i64,
    /// Orders from coupon sites.
    pub from_coupon_sites_bps: i64,
    /// Orders at the last moment.
    pub last_moment_bps: i64,
}

/// What the meter makes of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeVerdict {
    /// By how much the code is out of the ordinary, for the order of the list.
    pub suspicion_bps: i64,
    /// In a word.
    pub standing: CodeStanding,
}

/// What the meter makes of a code, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CodeStanding {
    /// Not enough orders to say anything.
    TooFew,
    /// Used as the shop's other codes are.
    Ordinary,
    /// More buyers than usual were not sent by the affiliate; it may be read out, or have leaked.
    Unusual,
    /// And more of them than usual come from coupon sites, or found the code when they were about to pay.
    Suspicious,
}

/// Judges every code of a shop against the shop's own norm; the verdicts are in the order of the codes.
///
/// Each share is taken at the lower end of what so few orders allow (Wilson's interval), so that one
/// order of one, a share of 100 %, counts for no more than 20 %. What is above the norm is added up; a
/// coupon site or the last moment counts three times, because a voice in a podcast explains neither.
///
/// ```
/// # use domain::fraud::*;
/// let uses = |orders, without_click, from_coupon_sites| CodeUses {
///     orders, without_click, from_coupon_sites, last_moment: 0 };
/// let codes =
///     [uses(60, 20, 0), uses(40, 10, 0), uses(1, 1, 1), uses(50, 45, 20), uses(80, 72, 0)];
/// let (_norm, verdicts) = judge_codes(&codes);
/// let standings: Vec<_> = verdicts.iter().map(|verdict| verdict.standing).collect();
/// use CodeStanding::*;
/// assert_eq!(standings, [Ordinary, Ordinary, TooFew, Suspicious, Unusual]);
/// assert!(verdicts[3].suspicion_bps > verdicts[4].suspicion_bps); // leaked before read out
/// ```
#[must_use]
pub fn judge_codes(codes: &[CodeUses]) -> (Norm, Vec<CodeVerdict>) {
    let norm = norm_of(codes);
    (norm, codes.iter().map(|uses| judge(&norm, uses)).collect())
}

fn judge(norm: &Norm, uses: &CodeUses) -> CodeVerdict {
    if uses.orders < CODE_ORDERS_MIN {
        return CodeVerdict { suspicion_bps: 0, standing: CodeStanding::TooFew };
    }
    let above = |count: i64, ordinary: i64| {
        lower_bound_bps(count, uses.orders).saturating_sub(ordinary).max(0)
    };
    let unsent = above(uses.without_click, norm.without_click_bps);
    let direct = above(uses.from_coupon_sites, norm.from_coupon_sites_bps.min(NORM_DIRECT_MAX_BPS))
        .saturating_add(above(uses.last_moment, norm.last_moment_bps.min(NORM_DIRECT_MAX_BPS)));
    let standing = match (unsent, direct) {
        (_, UNUSUAL_BPS..) => CodeStanding::Suspicious,
        (UNUSUAL_BPS.., 1..) => CodeStanding::Suspicious,
        (UNUSUAL_BPS.., _) => CodeStanding::Unusual,
        (_, _) => CodeStanding::Ordinary,
    };
    CodeVerdict { suspicion_bps: unsent.saturating_add(direct.saturating_mul(3)), standing }
}

/// Shares over all codes, each with at most [`NORM_ORDERS_MAX`] of its orders.
fn norm_of(codes: &[CodeUses]) -> Norm {
    let share = |count: fn(&CodeUses) -> i64| {
        let (mut parts, mut whole) = (0_i64, 0_i64);
        for uses in codes {
            let weight = uses.orders.min(NORM_ORDERS_MAX);
            let of_code = share_bps(count(uses), uses.orders).saturating_mul(weight);
            parts = parts.saturating_add(of_code);
            whole = whole.saturating_add(weight);
        }
        parts.checked_div(whole).unwrap_or(0)
    };
    Norm {
        without_click_bps: share(|uses| uses.without_click),
        from_coupon_sites_bps: share(|uses| uses.from_coupon_sites),
        last_moment_bps: share(|uses| uses.last_moment),
    }
}

fn share_bps(count: i64, of: i64) -> i64 {
    count.saturating_mul(WHOLE_BPS).checked_div(of).unwrap_or(0)
}

/// The lower end of Wilson's interval for `count` of `of`, with two standard deviations (95 of 100
/// times the true share is above the lower or below the upper end), in basis points:
/// `(count + 2 - 2 √(count (of - count) / of + 1)) / (of + 4)`.
fn lower_bound_bps(count: i64, of: i64) -> i64 {
    let bound = || {
        let (count, of) = (i128::from(count), i128::from(of));
        let scale = i128::from(WHOLE_BPS);
        let spread = count.checked_mul(of.checked_sub(count)?)?.checked_add(of)?;
        let root =
            spread.checked_mul(scale.checked_mul(scale)?)?.checked_div(of)?.checked_isqrt()?;
        let upper = count.checked_add(2)?.checked_mul(scale)?.checked_sub(root.checked_mul(2)?)?;
        i64::try_from(upper.checked_div(of.checked_add(4)?)?.max(0)).ok()
    };
    bound().unwrap_or(0)
}

#[cfg(test)]
mod tests;
