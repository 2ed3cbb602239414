//! What an order earns, from its present state alone: base, rate, one rounding, cap. After every
//! event the whole computation runs again, so there is no refund arithmetic (domain rules 3.5).
//! Read [`commission_of`] first. Not here: who earns it (`attribution`) and what is booked
//! (`conversion`).

use serde::{Deserialize, Serialize};

use crate::{
    attribution::{Method, Share},
    ids::ShopifyId,
    money::{Money, allocate},
    order::{OrderLine, OrderSnapshot, OrderState, PaymentStatus},
    program::{CustomerKind, CustomerRule, ProgramRules},
    reason::Reason,
};

use self::{
    base::BaseLine,
    rate::{LineRate, Lookup},
    rules::Plan,
};

pub mod base;
pub mod bonus;
mod exact;
mod rate;
pub mod rounding;
pub mod rules;
mod sliced;
mod special;
pub mod tiers;
pub mod upline;

pub use self::{
    bonus::{BonusReached, bonuses_reached},
    rules::{FieldError, RuleError, check_rules},
    special::may_earn,
    upline::{level_commission, upline_shares},
};

/// What the rate depends on besides the order: fixed when the order is first seen, and the same in
/// every later computation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommissionContext {
    /// How the affiliate is connected to the order.
    pub method: Method,
    /// The deciding coupon.
    pub coupon: Option<String>,
    /// Names by which a special rate may mean this affiliate: code and key.
    pub affiliate_names: Vec<String>,
    /// Whether the buyer had ordered before.
    pub customer: CustomerKind,
    /// For an order of a subscription: which charge it is, from 1.
    pub charge_number: Option<i64>,
    /// The affiliate's approved net sales in the tier's period before this order (G68); where a
    /// program does not demote, the highest sum reached.
    pub approved_sales_minor: i64,
}

impl CommissionContext {
    /// A context of which nothing is known but the method and the affiliate.
    #[must_use]
    pub fn bare(method: Method, affiliate_names: Vec<String>) -> Self {
        Self {
            method,
            coupon: None,
            affiliate_names,
            customer: CustomerKind::New,
            charge_number: None,
            approved_sales_minor: 0,
        }
    }
}

/// What an order earns and how that came about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commission {
    /// The base: what remains of the sale and counts.
    pub sales: Money,
    /// The commission.
    pub total: Money,
    /// The order's lines with their part; the parts sum to the total.
    pub lines: Vec<LineCommission>,
    /// Why nothing is earned. None with a total of 0.00 is an order that is worth 0.00 (G83).
    pub zero_reason: Option<Reason>,
    /// Part of the base that refunds and chargebacks have taken back so far.
    pub refunded: Money,
    /// What the order would have earned without the program's cap, where the cap bit (G82).
    pub uncapped: Option<Money>,
}

/// One line's part of a commission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineCommission {
    /// Shopify's line item id; none for shipping.
    pub line_item_id: Option<ShopifyId>,
    /// What remains of the line and counts.
    pub base: Money,
    /// The rate for people: `10%`, `5.00 per item`.
    pub rate: String,
    /// The line's part of the commission.
    pub commission: Money,
    /// Where the rate comes from, or why nothing is earned.
    pub why: String,
}

/// What the present state of an order earns under a program's rules.
///
/// 1. What remains of each line ([`base`]); 2. the rate of each line ([`tiers`] among others);
/// 3. the exact sum, rounded once and capped, shared over the lines ([`rounding`]).
///
/// ```
/// # use domain::{commission::*, attribution::*, order::*, program::ProgramRules};
/// # let line = |id: u64, quantity: i64, unit_price_minor: i64, discount_minor: i64| {
/// #     serde_json::json!({"id": id, "product_id": null, "variant_id": null, "title": "",
/// #         "quantity": quantity, "current_quantity": quantity, "tax_minor": 0,
/// #         "unit_price_minor": unit_price_minor, "discount_minor": discount_minor,
/// #         "gift_card": false, "tip": false, "subscription": false})
/// # };
/// # let snapshot: OrderSnapshot = serde_json::from_value(serde_json::json!({
/// #     "updated_at": "2026-03-01T12:00:00Z", "triggered_at": "2026-03-01T12:00:00Z",
/// #     "ordered_at": "2026-03-01T12:00:00Z", "shopify_order_id": 1, "name": "#1001",
/// #     "currency": "USD", "taxes_included": false, "test": false, "cancelled_at": null,
/// #     "payment": "paid", "fulfilled": false, "discount_codes": [], "customer_id": null,
/// #     "email_fingerprint": null, "attribution_tokens": [], "landing_site": null,
/// #     "source_name": null, "shipping_minor": 1000, "shipping_tax_minor": 0,
/// #     "total_minor": 0, "refunds": [], "lines": [line(1, 2, 3000, 600), line(2, 1, 4000, 400)],
/// # })).unwrap();
/// # let one_unit_of_the_first_line: Refund = serde_json::from_value(serde_json::json!({
/// #     "id": 7, "created_at": "2026-03-02T12:00:00Z", "settlement": "settled", "kept_minor": 0,
/// #     "lines": [{"line_id": 1, "quantity": 1, "subtotal_minor": 2700, "tax_minor": 0}],
/// #     "beyond_items_minor": 0, "beyond_items_tax_minor": 0,
/// #     "shipping_minor": 0, "shipping_tax_minor": 0,
/// # })).unwrap();
/// # let rules: ProgramRules = serde_json::from_str(
/// #     r#"{"key": "main", "commission": {"type": "percent", "value": "10"}}"#).unwrap();
/// let mut order = OrderState::default();
/// order.apply_snapshot(snapshot); // 2 × 30.00 and 40.00, 10 % off, shipping 10.00
/// let context = CommissionContext::bare(Method::Link, vec!["ANNA".into()]);
/// let commission = commission_of(&order, &rules, &context).unwrap();
/// assert_eq!(commission.total.decimal(), "9.00"); // G01
/// order.apply_refund(one_unit_of_the_first_line);
/// let commission = commission_of(&order, &rules, &context).unwrap();
/// assert_eq!(commission.total.decimal(), "6.30"); // G30
/// ```
///
/// # Errors
/// [`RuleError`] when the rules cannot be read, no picture of the order has arrived, or an amount
/// leaves 64 bits.
pub fn commission_of(
    order: &OrderState,
    rules: &ProgramRules,
    context: &CommissionContext,
) -> Result<Commission, RuleError> {
    let snapshot = order.snapshot.as_ref().ok_or(RuleError::OrderNotSeen)?;
    let plan = Plan::parse(rules, snapshot.currency)?;
    let why_skipped = |line: &OrderLine| special::why_skipped(rules, context, line);
    let base = base::of_order(order, snapshot, &plan, &why_skipped)?;
    let lookup = Lookup::new(&plan, context, &base)?;
    let rates: Vec<LineRate> =
        base.lines.iter().enumerate().map(|(index, line)| lookup.rate_of(index, line)).collect();
    let zero_reason = order_zero_reason(order, snapshot, rules, &base)
        .or_else(|| refusal(&plan, context, &base, &rates));

    let exact = exact::exact_amounts(&base.lines, &rates)?;
    let split = match zero_reason {
        None => rounding::round_once(&exact, plan.cap_minor)?,
        Some(_) => rounding::Split::zero(exact.len()),
    };
    Ok(describe(snapshot, &base, &rates, &split, zero_reason))
}

impl Commission {
    /// The same commission with another total, shared over the lines again: what counts of it when an
    /// edit after approval has raised it and the merchant has not consented (domain rules 3.5).
    #[must_use]
    pub fn with_total(&self, total_minor: i64) -> Self {
        let mut counted = self.clone();
        counted.total.minor = total_minor;
        let weights: Vec<i64> = self.lines.iter().map(|line| line.commission.minor).collect();
        for (line, minor) in counted.lines.iter_mut().zip(allocate(total_minor, &weights)) {
            line.commission.minor = minor;
        }
        counted
    }

    /// One affiliate's equal part of a split order (linear model): the total is split, then the
    /// part is spread over the lines again. After a refund the new total is split, so the parts
    /// always sum to it.
    ///
    /// ```
    /// # use domain::{attribution::Share, commission::*, money::*};
    /// # let usd = |minor| Money::new(minor, Currency::USD);
    /// let whole = Commission { sales: usd(10_000), total: usd(1_000), lines: vec![],
    ///     zero_reason: None, refunded: usd(0), uncapped: None };
    /// let parts = [0, 1, 2].map(|index| whole.share(Share { index, of: 3 }).total.minor);
    /// assert_eq!(parts, [334, 333, 333]);
    /// ```
    #[must_use]
    pub fn share(&self, share: Share) -> Self {
        if share.of <= 1 {
            return self.clone();
        }
        let part = |money: Money| Money::new(part_of(money.minor, share), money.currency);
        let total = part(self.total);
        let weights: Vec<i64> = self.lines.iter().map(|line| line.commission.minor).collect();
        let amounts = allocate(total.minor, &weights);
        let lines = self.lines.iter().zip(amounts).map(|(line, amount)| LineCommission {
            commission: Money::new(amount, line.commission.currency),
            why: format!("{}; part {} of {}", line.why, u64::from(share.index) + 1, share.of),
            ..line.clone()
        });
        Self {
            sales: part(self.sales),
            total,
            lines: lines.collect(),
            zero_reason: self.zero_reason.clone(),
            refunded: part(self.refunded),
            uncapped: self.uncapped.map(part),
        }
    }
}

/// The `index`-th of `of` equal parts, odd units to the first ones: what [`allocate`] gives for
/// equal weights, without the list.
fn part_of(total: i64, share: Share) -> i64 {
    let of = i64::from(share.of);
    let (quotient, remainder) = (total / of, total % of);
    let gets_one_more = i64::from(share.index) < remainder.abs();
    quotient + if gets_one_more { remainder.signum() } else { 0 }
}

/// Why nothing remains of the order, whoever is credited.
fn order_zero_reason(
    order: &OrderState,
    snapshot: &OrderSnapshot,
    rules: &ProgramRules,
    base: &base::OrderBase,
) -> Option<Reason> {
    let is_refunded = base.is_gone_by_refund() || snapshot.payment == PaymentStatus::Refunded;
    let is_gone = is_refunded || base.is_gone();
    if !base.has_goods() {
        Some(Reason::ExcludedOnly)
    } else if snapshot.test {
        Some(Reason::TestOrder)
    } else if order.deleted {
        Some(Reason::Deleted)
    } else if order.charged_back {
        Some(Reason::Chargeback)
    } else if is_refunded {
        Some(Reason::Refunded)
    } else if snapshot.cancelled_at.is_some() && !base::is_kept(order, rules) {
        Some(Reason::Cancelled)
    } else if snapshot.payment == PaymentStatus::Voided {
        Some(Reason::PaymentVoided)
    } else {
        is_gone.then_some(Reason::ItemsRemoved)
    }
}

/// Why this program pays nothing for an order that is otherwise fine.
fn refusal(
    plan: &Plan<'_>,
    context: &CommissionContext,
    base: &base::OrderBase,
    rates: &[LineRate],
) -> Option<Reason> {
    let is_returning = context.customer == CustomerKind::Returning;
    if plan.rules.customers == CustomerRule::NewOnly && is_returning {
        return Some(Reason::NotNewCustomer);
    }
    let mut goods = base.lines.iter().zip(rates).filter(|(line, _)| line.is_goods());
    if goods.all(|(_, rate)| rate.is_term_ended()) {
        return Some(Reason::TermEnded);
    }
    let minimum = plan.minimum_order_minor?;
    (base.total_minor() < minimum).then_some(Reason::MinimumOrder)
}

/// Writes the result down for people and for the ledger.
fn describe(
    snapshot: &OrderSnapshot,
    base: &base::OrderBase,
    rates: &[LineRate],
    split: &rounding::Split,
    zero_reason: Option<Reason>,
) -> Commission {
    let is_order_void = zero_reason.as_ref().is_some_and(|reason| !reason.refuses_credit());
    let takes_back = matches!(zero_reason, Some(Reason::Refunded | Reason::Chargeback));
    let left_minor = base.total_minor();
    let refunded_minor =
        base.refunded_minor.saturating_add(if takes_back { left_minor } else { 0 });
    let counted = |line: &BaseLine| if is_order_void { 0 } else { line.base_minor };
    let earning =
        base.lines.iter().zip(rates).zip(&split.parts).map(|((line, rate), part)| LineCommission {
            line_item_id: line.id,
            base: snapshot.money(counted(line)),
            rate: rate.to_string(),
            commission: snapshot.money(*part),
            why: zero_reason.as_ref().map_or_else(|| rate.why.clone(), Reason::to_string),
        });
    let skipped = base.skipped.iter().map(|line| LineCommission {
        line_item_id: Some(line.id),
        base: snapshot.money(0),
        rate: "0%".to_owned(),
        commission: snapshot.money(0),
        why: line.why.to_owned(),
    });
    Commission {
        sales: snapshot.money(if is_order_void { 0 } else { left_minor }),
        total: snapshot.money(split.total()),
        lines: earning.chain(skipped).collect(),
        zero_reason,
        refunded: snapshot.money(refunded_minor),
        uncapped: split.uncapped.map(|minor| snapshot.money(minor)),
    }
}

#[cfg(test)]
mod tests;
