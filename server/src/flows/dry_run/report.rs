//! What is kept of a dry run: the sums, the orders that change most recently, and everything as a file.

use domain::{
    commission::Commission,
    ids::{AffiliateId, OrderId},
    money::{Currency, Money},
    payout::export::write_row,
    time::UtcTime,
};
use serde::{Deserialize, Serialize};

use super::{DryAffiliate, DryRun};

/// Affiliates and orders that the report holds; the file holds all.
const HELD_MAX: usize = 100;

/// What a page shows of a dry run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Of every amount.
    pub currency: Currency,
    /// Orders that were looked at.
    pub orders_count: i64,
    /// What they earn now.
    pub old_minor: i64,
    /// What they would earn.
    pub new_minor: i64,
    /// There were more orders than a dry run looks at.
    pub is_cut: bool,
    /// Sums, the largest difference first.
    pub affiliates: Vec<DryAffiliate>,
    /// Parts that change, newest first.
    pub changes: Vec<ChangedPart>,
    /// More parts change than are held.
    pub has_more: bool,
    /// What Shopify could not be asked, in words for the merchant.
    #[serde(default)]
    pub problem: Option<String>,
}

/// A part of an order that the draft would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedPart {
    /// The order.
    pub order: OrderId,
    /// The merchant's name for it.
    pub name: String,
    /// When it was placed.
    pub ordered_at: UtcTime,
    /// Whose part.
    pub affiliate: String,
    /// What it earns now.
    pub old_minor: i64,
    /// What it would earn.
    pub new_minor: i64,
    /// How the present amount came about.
    pub old_steps: Vec<String>,
    /// How the new one comes about.
    pub new_steps: Vec<String>,
}

impl Report {
    /// What is kept of a dry run.
    #[must_use]
    pub fn of(run: &DryRun) -> Self {
        let parts = run
            .orders
            .iter()
            .rev()
            .flat_map(|order| order.parts.iter().map(move |part| (order, part)));
        let mut changed = parts.filter(|(_, part)| part.old_minor != part.new_minor);
        let changes = changed.by_ref().take(HELD_MAX).map(|(order, part)| ChangedPart {
            order: order.id,
            name: order.name.clone(),
            ordered_at: order.ordered_at,
            affiliate: name_of(run, part.affiliate),
            old_minor: part.old_minor,
            new_minor: part.new_minor,
            old_steps: steps(part.old_steps.as_ref()),
            new_steps: steps(part.new_steps.as_ref()),
        });
        Self {
            changes: changes.collect(),
            has_more: changed.next().is_some(),
            currency: run.currency,
            orders_count: i64::try_from(run.orders.len()).unwrap_or(i64::MAX),
            old_minor: run.old_minor(),
            new_minor: run.new_minor(),
            is_cut: run.is_cut,
            problem: run.problem.clone(),
            affiliates: run.affiliates.iter().take(HELD_MAX).cloned().collect(),
        }
    }
}

/// Every part of every order, as a file.
#[must_use]
pub fn table(run: &DryRun) -> String {
    let mut file = String::new();
    write_row(
        &mut file,
        &[
            "order",
            "placed_at",
            "affiliate",
            "level",
            "old",
            "new",
            "difference",
            "currency",
            "old_steps",
            "new_steps",
        ],
    );
    let amount = |minor: i64| Money::new(minor, run.currency).decimal();
    for order in &run.orders {
        for part in &order.parts {
            let cells = [
                order.name.clone(),
                order.ordered_at.to_string(),
                name_of(run, part.affiliate),
                part.level.to_string(),
                amount(part.old_minor),
                amount(part.new_minor),
                amount(part.new_minor.saturating_sub(part.old_minor)),
                run.currency.to_string(),
                steps(part.old_steps.as_ref()).join(" | "),
                steps(part.new_steps.as_ref()).join(" | "),
            ];
            write_row(&mut file, &cells.each_ref().map(String::as_str));
        }
    }
    file
}

fn name_of(run: &DryRun, id: AffiliateId) -> String {
    let known = run.affiliates.iter().find(|one| one.id == id);
    known.map_or_else(|| id.to_string(), |one| one.name.clone())
}

/// How an amount comes about, line by line.
fn steps(commission: Option<&Commission>) -> Vec<String> {
    let Some(commission) = commission else { return Vec::new() };
    let line = |line: &domain::commission::LineCommission| {
        format!("{} × {} = {}: {}", line.base, line.rate, line.commission, line.why)
    };
    commission.lines.iter().map(line).collect()
}
