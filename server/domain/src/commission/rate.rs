//! Which rate a line earns, in the order of domain rules 3.3, and the exact amounts that follow.
//! Rounding is not here (`rounding`), tier tables neither (`tiers`).
//!
//! Order of lookup: exclusion (which a special rate of the same product beats) → affiliate and
//! product → product or variant → collection (the highest) → coupon → affiliate → new or returning
//! customer → charge of a subscription → order value → performance → program.

use std::{cmp::Reverse, fmt};

use crate::{
    affiliate::fold_code,
    attribution::Method,
    ids::ShopifyId,
    money::{BasisPoints, Money, allocate_wide},
    order::OrderLine,
    program::{ProgramRules, RateMatch, TierMode},
};

use super::{
    CommissionContext,
    base::{BaseLine, OrderBase},
    rounding::EXACT,
    rules::{Plan, Rate, RuleError, Tiers},
    tiers::{slices, step_at},
};

/// The rate of one line and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LineRate {
    amount: Amount,
    source: Source,
    text: String,
    /// Where the rate comes from, for people.
    pub(super) why: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Amount {
    Rate(Rate),
    /// The line's part of an order cut into slices, exact.
    Slices(i128),
    /// The subscription has had all charges that earn.
    TermEnded,
}

/// Lines with one source pay a flat amount per order together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Special(usize),
    Charge,
    OrderValue,
    Performance,
    Program,
}

impl LineRate {
    pub(super) const fn is_term_ended(&self) -> bool {
        matches!(self.amount, Amount::TermEnded)
    }
}

impl fmt::Display for LineRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Whether a line can earn under a program: no gift card, no tip, not excluded. A product that is
/// bound to an affiliate is evidence for that affiliate only if this holds. // G09, G11, G12, G19
#[must_use]
pub fn may_earn(rules: &ProgramRules, context: &CommissionContext, line: &OrderLine) -> bool {
    why_skipped(rules, context, line).is_none()
}

/// Why a line never earns.
pub(super) fn why_skipped(
    rules: &ProgramRules,
    context: &CommissionContext,
    line: &OrderLine,
) -> Option<&'static str> {
    if line.gift_card {
        return Some("gift card");
    }
    if line.tip {
        return Some("tip");
    }
    let product = line.product_id?;
    let is_excluded = rules.exclude.product_ids.contains(&product)
        || collections(rules, Some(product))
            .iter()
            .any(|collection| rules.exclude.collection_ids.contains(&ShopifyId(*collection)));
    let target = Target { rules, context, product_id: Some(product), variant_id: line.variant_id };
    let is_rescued = || {
        rules.rates.iter().any(|special| {
            let names_product =
                special.applies_to.product_id.is_some() || special.applies_to.variant_id.is_some();
            names_product && target.meets(&special.applies_to)
        })
    };
    (is_excluded && !is_rescued()).then_some("excluded product")
}

/// Finds the rate of each line of one order.
pub(super) struct Lookup<'a> {
    plan: &'a Plan<'a>,
    context: &'a CommissionContext,
    order_minor: i64,
    /// A charge of a subscription whose payload does not say which lines are on it.
    is_charge_as_a_whole: bool,
    order_value: Option<Sliced>,
    performance: Option<Sliced>,
}

/// An order cut into slices: the exact part of each line, and the slices for people.
struct Sliced {
    parts: Vec<i128>,
    rates: String,
    amounts: String,
}

impl<'a> Lookup<'a> {
    pub(super) fn new(
        plan: &'a Plan<'a>,
        context: &'a CommissionContext,
        base: &OrderBase,
    ) -> Result<Self, RuleError> {
        let cut = |tiers: Option<&Tiers>, start: i64| match tiers {
            Some(tiers) if tiers.mode == TierMode::Marginal => {
                Sliced::new(plan, tiers, start, base).map(Some)
            }
            _ => Ok(None),
        };
        Ok(Self {
            plan,
            context,
            order_minor: base.total_minor(),
            is_charge_as_a_whole: !base.lines.iter().any(|line| line.is_subscription),
            order_value: cut(plan.order_value.as_ref(), 0)?,
            performance: cut(plan.performance.as_ref(), context.approved_sales_minor)?,
        })
    }

    /// The rate of the `index`-th line.
    pub(super) fn rate_of(&self, index: usize, line: &BaseLine) -> LineRate {
        if self.charge_of(line).is_some_and(|charge| self.is_past_term(charge)) {
            return LineRate {
                amount: Amount::TermEnded,
                source: Source::Charge,
                text: "0%".to_owned(),
                why: "term ended".to_owned(),
            };
        }
        let mut found = self
            .special(line)
            .or_else(|| self.charge_rate(line))
            .or_else(|| self.order_value_rate(index))
            .or_else(|| self.performance_rate(index))
            .unwrap_or_else(|| self.program_rate());
        if !line.is_goods() {
            found.why = format!("shipping: {}", found.why);
        }
        found
    }

    /// The most specific special rate that applies.
    fn special(&self, line: &BaseLine) -> Option<LineRate> {
        let target = Target {
            rules: self.plan.rules,
            context: self.context,
            product_id: line.product_id,
            variant_id: line.variant_id,
        };
        let (index, special) = self
            .plan
            .specials
            .iter()
            .enumerate()
            .filter(|(_, special)| target.meets(special.applies_to))
            .min_by_key(|(_, special)| {
                let rank = rank(special.applies_to);
                let amount = if rank == Rank::Collection { worth(special.rate, line) } else { 0 };
                (
                    rank,
                    Reverse(conditions(special.applies_to)),
                    special.applies_to.variant_id.is_none(),
                    Reverse(amount),
                )
            })?;
        let why = format!("special rate: {}", described(special.applies_to));
        Some(self.line_rate(special.rate, Source::Special(index), why))
    }

    /// Which charge of a subscription the line belongs to.
    fn charge_of(&self, line: &BaseLine) -> Option<i64> {
        let is_charged = line.is_subscription || self.is_charge_as_a_whole;
        self.context.charge_number.filter(|_| is_charged && line.is_goods())
    }

    fn is_past_term(&self, charge: i64) -> bool {
        let max = self.plan.recurring.as_ref().and_then(|recurring| recurring.max_charges);
        max.is_some_and(|max| charge > max)
    }

    /// The step of the line's charge: steps count charges one after the other. // G77
    fn charge_rate(&self, line: &BaseLine) -> Option<LineRate> {
        let charge = self.charge_of(line)?;
        let mut covered = 0_i64;
        for (charges, rate) in &self.plan.recurring.as_ref()?.steps {
            covered = charges.map_or(i64::MAX, |charges| covered.saturating_add(charges));
            if charge <= covered {
                return Some(self.line_rate(*rate, Source::Charge, format!("charge {charge}")));
            }
        }
        None
    }

    fn order_value_rate(&self, index: usize) -> Option<LineRate> {
        let tiers = self.plan.order_value.as_ref()?;
        if let Some(sliced) = &self.order_value {
            return sliced.line_rate(index, Source::OrderValue, "order value");
        }
        let rate = step_at(&tiers.steps, self.order_minor)?;
        Some(self.line_rate(rate, Source::OrderValue, "order value tier".to_owned()))
    }

    fn performance_rate(&self, index: usize) -> Option<LineRate> {
        let tiers = self.plan.performance.as_ref()?;
        if let Some(sliced) = &self.performance {
            return sliced.line_rate(index, Source::Performance, "performance");
        }
        let rate = step_at(&tiers.steps, self.context.approved_sales_minor.max(0))?;
        Some(self.line_rate(rate, Source::Performance, "performance tier".to_owned()))
    }

    fn program_rate(&self) -> LineRate {
        match self.plan.rate {
            Some(rate) => self.line_rate(rate, Source::Program, "program rate".to_owned()),
            None => self.line_rate(Rate::NOTHING, Source::Program, "no rate is set".to_owned()),
        }
    }

    fn line_rate(&self, rate: Rate, source: Source, why: String) -> LineRate {
        LineRate { amount: Amount::Rate(rate), source, text: rate.text(self.plan.currency), why }
    }
}

impl Sliced {
    /// Cuts the whole base and shares the exact amount over all lines by their base; a line with a
    /// special rate leaves its part unused. Below the first step the program's rate counts.
    fn new(
        plan: &Plan<'_>,
        tiers: &Tiers,
        start: i64,
        base: &OrderBase,
    ) -> Result<Self, RuleError> {
        let points = |rate: Rate| match rate {
            Rate::Percent(points) => points,
            Rate::FlatPerOrder(_) | Rate::FlatPerItem(_) => BasisPoints(0),
        };
        let steps: Vec<_> = tiers.steps.iter().map(|(from, rate)| (*from, points(*rate))).collect();
        let below = plan.rate.map_or(BasisPoints(0), points);
        let cut = slices(&steps, below, start, base.total_minor());
        let exact: i128 =
            cut.iter().map(|slice| i128::from(slice.amount_minor) * i128::from(slice.rate.0)).sum();
        let weights: Vec<i128> =
            base.lines.iter().map(|line| i128::from(line.base_minor)).collect();
        let texts = |text: &dyn Fn(&super::tiers::Slice) -> String| {
            cut.iter().map(text).collect::<Vec<_>>().join(" + ")
        };
        Ok(Self {
            parts: allocate_wide(exact, &weights).ok_or(RuleError::OutOfRange)?,
            rates: texts(&|slice| slice.rate.to_string()),
            amounts: texts(&|slice| {
                let amount = Money::new(slice.amount_minor, plan.currency).decimal();
                format!("{amount} at {}", slice.rate)
            }),
        })
    }

    fn line_rate(&self, index: usize, source: Source, table: &str) -> Option<LineRate> {
        Some(LineRate {
            amount: Amount::Slices(*self.parts.get(index)?),
            source,
            text: self.rates.clone(),
            why: format!("{table} slices of the order: {}", self.amounts),
        })
    }
}

/// Exact amounts per line, in ten-thousandths of a minor unit. A flat amount per order is paid once
/// for all lines of its source, as long as one of them is worth anything. // G05, G06, G41, G42
pub(super) fn exact_amounts(
    lines: &[BaseLine],
    rates: &[LineRate],
) -> Result<Vec<i128>, RuleError> {
    let mut exact = Vec::with_capacity(lines.len());
    for (line, rate) in lines.iter().zip(rates) {
        exact.push(match rate.amount {
            Amount::Rate(Rate::Percent(points)) => {
                i128::from(line.base_minor) * i128::from(points.0)
            }
            Amount::Rate(Rate::FlatPerItem(each)) if line.base_minor > 0 => {
                let minor = i128::from(each) * i128::from(line.units);
                let minor = i64::try_from(minor).map_err(RuleError::overflow)?;
                i128::from(minor) * EXACT
            }
            Amount::Slices(part) => part,
            Amount::Rate(Rate::FlatPerItem(_) | Rate::FlatPerOrder(_)) | Amount::TermEnded => 0,
        });
    }
    for (first, rate) in rates.iter().enumerate() {
        let Amount::Rate(Rate::FlatPerOrder(minor)) = rate.amount else {
            continue;
        };
        if rates.iter().take(first).any(|earlier| earlier.source == rate.source) {
            continue;
        }
        let weights: Vec<i128> = lines
            .iter()
            .zip(rates)
            .map(|(line, other)| {
                let belongs = other.source == rate.source && line.is_goods();
                if belongs { i128::from(line.base_minor) } else { 0 }
            })
            .collect();
        if weights.iter().all(|weight| *weight == 0) {
            continue;
        }
        let parts = allocate_wide(i128::from(minor) * EXACT, &weights);
        for (amount, part) in exact.iter_mut().zip(parts.ok_or(RuleError::OutOfRange)?) {
            *amount += part;
        }
    }
    Ok(exact)
}

/// What a rate would pay for one line alone: to compare two rates.
fn worth(rate: Rate, line: &BaseLine) -> i128 {
    match rate {
        Rate::Percent(points) => i128::from(line.base_minor) * i128::from(points.0),
        Rate::FlatPerOrder(minor) => i128::from(minor) * EXACT,
        Rate::FlatPerItem(each) => {
            i128::from(each).saturating_mul(i128::from(line.units)).saturating_mul(EXACT)
        }
    }
}

/// How specific a special rate is, most specific first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    AffiliateAndProduct,
    Product,
    Collection,
    Coupon,
    Affiliate,
    Customer,
}

const fn rank(applies_to: &RateMatch) -> Rank {
    let names_product = applies_to.product_id.is_some() || applies_to.variant_id.is_some();
    if names_product && applies_to.affiliate.is_some() {
        Rank::AffiliateAndProduct
    } else if names_product {
        Rank::Product
    } else if applies_to.collection_id.is_some() {
        Rank::Collection
    } else if applies_to.coupon.is_some() {
        Rank::Coupon
    } else if applies_to.affiliate.is_some() {
        Rank::Affiliate
    } else {
        Rank::Customer
    }
}

fn conditions(applies_to: &RateMatch) -> usize {
    parts(applies_to).len()
}

fn described(applies_to: &RateMatch) -> String {
    parts(applies_to).join(" and ")
}

fn parts(applies_to: &RateMatch) -> Vec<&'static str> {
    let customer = applies_to.customer.map(|_| "customer");
    [
        applies_to.affiliate.as_ref().map(|_| "affiliate"),
        applies_to.product_id.map(|_| "product"),
        applies_to.variant_id.map(|_| "variant"),
        applies_to.collection_id.map(|_| "collection"),
        applies_to.coupon.as_ref().map(|_| "coupon"),
        customer,
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What a special rate's conditions are held against.
struct Target<'a> {
    rules: &'a ProgramRules,
    context: &'a CommissionContext,
    product_id: Option<ShopifyId>,
    variant_id: Option<ShopifyId>,
}

impl Target<'_> {
    /// All given conditions hold.
    fn meets(&self, applies_to: &RateMatch) -> bool {
        let is_coupon = |wanted: &String| {
            self.context.method == Method::Coupon
                && self.context.coupon.as_deref().map(fold_code) == Some(fold_code(wanted))
        };
        let is_affiliate = |wanted: &String| {
            let wanted = fold_code(wanted);
            self.context.affiliate_names.iter().any(|name| fold_code(name) == wanted)
        };
        let in_collection = |collection: ShopifyId| {
            collections(self.rules, self.product_id).contains(&collection.0)
        };
        applies_to.product_id.is_none_or(|product| self.product_id == Some(product))
            && applies_to.variant_id.is_none_or(|variant| self.variant_id == Some(variant))
            && applies_to.collection_id.is_none_or(in_collection)
            && applies_to.coupon.as_ref().is_none_or(is_coupon)
            && applies_to.affiliate.as_ref().is_none_or(is_affiliate)
            && applies_to.customer.is_none_or(|customer| self.context.customer == customer)
    }
}

/// The collections of a product, as far as they were looked up.
fn collections(rules: &ProgramRules, product: Option<ShopifyId>) -> &[u64] {
    product.and_then(|product| rules.product_collections.get(&product.0)).map_or(&[], Vec::as_slice)
}
