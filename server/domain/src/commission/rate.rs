//! Which rate a line earns, in the order of domain rules 3.3, and why.
//! Not here: which special rate is the most specific (`special`), and amounts (`exact`).
//!
//! Order of lookup: exclusion (which a special rate of the same product beats) → affiliate and
//! product → product or variant → collection (the highest) → coupon → affiliate → new or returning
//! customer → charge of a subscription → order value → performance → program.

use std::fmt;

use crate::program::TierMode;

use super::{
    CommissionContext,
    base::{BaseLine, OrderBase},
    rules::{Plan, Rate, RuleError, Tiers},
    sliced::Sliced,
    special,
    tiers::step_at,
};

/// The rate of one line and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LineRate {
    pub(super) amount: Amount,
    pub(super) source: Source,
    text: String,
    /// Where the rate comes from, for people.
    pub(super) why: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Amount {
    Rate(Rate),
    /// The line's part of an order cut into slices, exact.
    Slices(i128),
    /// The subscription has had all charges that earn.
    TermEnded,
}

/// Lines with one source pay a flat amount per order together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
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
            .special_rate(line)
            .or_else(|| self.charge_rate(line))
            .or_else(|| self.order_value_rate(index))
            .or_else(|| self.performance_rate(index))
            .unwrap_or_else(|| self.program_rate());
        if !line.is_goods() {
            found.why = format!("shipping: {}", found.why);
        }
        found
    }

    fn special_rate(&self, line: &BaseLine) -> Option<LineRate> {
        let (index, special) = special::most_specific(self.plan, self.context, line)?;
        let why = format!("special rate: {}", special::described(special.applies_to));
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
            return sliced_rate(sliced, index, Source::OrderValue, "order value");
        }
        let rate = step_at(&tiers.steps, self.order_minor)?;
        Some(self.line_rate(rate, Source::OrderValue, "order value tier".to_owned()))
    }

    fn performance_rate(&self, index: usize) -> Option<LineRate> {
        let tiers = self.plan.performance.as_ref()?;
        if let Some(sliced) = &self.performance {
            return sliced_rate(sliced, index, Source::Performance, "performance");
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

fn sliced_rate(sliced: &Sliced, index: usize, source: Source, table: &str) -> Option<LineRate> {
    Some(LineRate {
        amount: Amount::Slices(*sliced.parts.get(index)?),
        source,
        text: sliced.rates.clone(),
        why: format!("{table} slices of the order: {}", sliced.amounts),
    })
}
