//! Dry run (N10): what a draft of a program would make of past orders, order by order and affiliate by
//! affiliate, with the steps. Reads only. Who is credited stays as it was decided; everything else is
//! computed as if the draft had been in force: the same functions as for a real order, on what was
//! known when each order came.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use domain::{
    commission::{Commission, FieldError, check_rules},
    ids::{AffiliateId, OrderId, ProgramId, ShopifyId},
    money::Currency,
    program::ProgramRules,
    time::UtcTime,
};
use serde::{Deserialize, Serialize};
use storage::{DbConn, StorageError, affiliates::Affiliate, orders};

use self::{sales::PastSales, trial::Trial};
use super::shop_book::ShopBook;

mod bonuses;
mod report;
mod sales;
mod trial;

pub use report::{ChangedPart, Report, table};

/// Orders read at once.
const PAGE: i64 = 500;
/// Orders that one dry run looks at.
const ORDERS_MAX: usize = 50_000;

/// A program that is not in force, and the orders to try it on.
#[derive(Debug, Clone, Copy)]
pub struct Draft<'a> {
    /// The program whose affiliates are looked at.
    pub program: ProgramId,
    /// Its rules as they would be.
    pub rules: &'a ProgramRules,
    /// Orders placed from here on…
    pub from: UtcTime,
    /// …and before here.
    pub until: UtcTime,
    /// What only Shopify knows.
    pub facts: &'a DraftFacts,
}

/// What only Shopify knows and a draft's rules ask for, looked up for the draft (`shopify_work::draft_facts`).
/// An order that was looked up when it came is tried with what was found then.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DraftFacts {
    /// Of the collections that the rules name, those that a product is in.
    pub collections: BTreeMap<u64, Vec<u64>>,
    /// Customers who had ordered before the first order that is known here.
    pub returning: BTreeSet<ShopifyId>,
    /// Why something of it is not known, in words for the merchant.
    pub problem: Option<String>,
}

/// What a draft would make of past orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DryRun {
    /// Of every amount.
    pub currency: Currency,
    /// Oldest first; orders of other programs are left out.
    pub orders: Vec<DryOrder>,
    /// Sums, the largest difference first.
    pub affiliates: Vec<DryAffiliate>,
    /// There were more orders than one dry run looks at; the newest are missing.
    pub is_cut: bool,
    /// What Shopify could not be asked, in words for the merchant.
    pub problem: Option<String>,
}

/// One order under the draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DryOrder {
    /// The order.
    pub id: OrderId,
    /// Shopify's id.
    pub shopify_order_id: ShopifyId,
    /// The merchant's name for it.
    pub name: String,
    /// When it was placed.
    pub ordered_at: UtcTime,
    /// Everybody who earns or would earn.
    pub parts: Vec<DryPart>,
}

/// One affiliate's part of an order, now and under the draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DryPart {
    /// Whose.
    pub affiliate: AffiliateId,
    /// 0 for the credit itself, 1, 2 … for those above.
    pub level: i64,
    /// What it earns now.
    pub old_minor: i64,
    /// What it would earn.
    pub new_minor: i64,
    /// How the present amount came about; none where nothing is stored.
    pub old_steps: Option<Commission>,
    /// How the amount under the draft comes about; none where only the present rules pay this part.
    pub new_steps: Option<Commission>,
}

/// One affiliate's sums.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DryAffiliate {
    /// Who.
    pub id: AffiliateId,
    /// For people.
    pub name: String,
    /// Orders with a part of this affiliate.
    pub orders: i64,
    /// What these orders earn now.
    pub old_minor: i64,
    /// What they would earn.
    pub new_minor: i64,
    /// Bonuses granted for the periods of these orders.
    pub old_bonus_minor: i64,
    /// Bonuses that these periods would reach.
    pub new_bonus_minor: i64,
}

/// Why there is no dry run.
#[derive(Debug, thiserror::Error)]
pub enum DryRunError {
    /// The draft could not be published.
    #[error("the draft's rules are not usable")]
    Rules(Vec<FieldError>),
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl DryRun {
    /// What all parts earn now, bonuses included.
    #[must_use]
    pub fn old_minor(&self) -> i64 {
        self.affiliates.iter().map(|one| one.old_minor + one.old_bonus_minor).sum()
    }

    /// What all parts would earn, bonuses included.
    #[must_use]
    pub fn new_minor(&self) -> i64 {
        self.affiliates.iter().map(|one| one.new_minor + one.new_bonus_minor).sum()
    }
}

/// Tries a draft on past orders.
///
/// # Errors
/// [`DryRunError`].
pub fn dry_run(
    conn: &mut DbConn,
    book: &ShopBook,
    draft: &Draft<'_>,
) -> Result<DryRun, DryRunError> {
    dry_run_watched(conn, book, draft, &|_| {})
}

/// As [`dry_run`]; `watch` hears how many orders have been looked at, every few hundred.
///
/// # Errors
/// [`DryRunError`].
pub fn dry_run_watched(
    conn: &mut DbConn,
    book: &ShopBook,
    draft: &Draft<'_>,
    watch: &dyn Fn(usize),
) -> Result<DryRun, DryRunError> {
    check_rules(draft.rules, book.currency()).map_err(DryRunError::Rules)?;
    let mut rules = draft.rules.clone();
    rules.product_collections.extend(draft.facts.collections.clone());
    let trial = Trial {
        book,
        program: draft.program,
        rules: Arc::new(rules),
        returning: &draft.facts.returning,
        sales: PastSales::read(conn, book, draft)?,
    };
    let mut people: BTreeMap<AffiliateId, Affiliate> = BTreeMap::new();
    let mut found = DryRun {
        currency: book.currency(),
        orders: Vec::new(),
        affiliates: Vec::new(),
        is_cut: false,
        problem: draft.facts.problem.clone(),
    };
    let (times, mut after, mut seen) = ((draft.from, draft.until), None, 0_usize);
    loop {
        let page = orders::orders_between(conn, book.shop, times, after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = Some((last.ordered_at, last.id));
        seen = seen.saturating_add(page.len());
        watch(seen);
        found.orders.extend(trial.orders(conn, &page, &mut people)?);
        if seen >= ORDERS_MAX {
            found.is_cut = true;
            break;
        }
    }
    found.affiliates = sums(&found.orders, &people);
    bonuses::add(conn, book, draft, &found.orders, &mut found.affiliates)?;
    found.affiliates.sort_by_key(|one| {
        let difference = one.new_minor + one.new_bonus_minor - one.old_minor - one.old_bonus_minor;
        (std::cmp::Reverse(difference.saturating_abs()), one.id)
    });
    Ok(found)
}

fn sums(orders: &[DryOrder], people: &BTreeMap<AffiliateId, Affiliate>) -> Vec<DryAffiliate> {
    let mut sums: BTreeMap<AffiliateId, DryAffiliate> = BTreeMap::new();
    for part in orders.iter().flat_map(|order| &order.parts) {
        let sum = sums.entry(part.affiliate).or_insert_with(|| DryAffiliate {
            id: part.affiliate,
            name: people.get(&part.affiliate).map_or_else(String::new, |one| one.name.clone()),
            orders: 0,
            old_minor: 0,
            new_minor: 0,
            old_bonus_minor: 0,
            new_bonus_minor: 0,
        });
        sum.orders += 1;
        sum.old_minor = sum.old_minor.saturating_add(part.old_minor);
        sum.new_minor = sum.new_minor.saturating_add(part.new_minor);
    }
    sums.into_values().collect()
}
