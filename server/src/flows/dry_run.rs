//! Dry run (N10): what a draft of a program would make of past orders, order by order and affiliate by
//! affiliate, with the steps. Reads only. Who is credited stays as it was decided; everything else is
//! computed as if the draft had been in force: the same functions as for a real order, on what was
//! known when each order came.

use std::{collections::BTreeMap, sync::Arc};

use domain::{
    attribution::{Credit, Decision},
    commission::{
        Commission, CommissionContext, FieldError, check_rules, commission_of, level_commission,
    },
    ids::{AffiliateId, OrderId, ProgramId, ShopifyId},
    money::Currency,
    program::ProgramRules,
    time::UtcTime,
};
use serde::{Deserialize, Serialize};
use storage::{
    DbConn, StorageError,
    affiliates::{self, Affiliate},
    conversions::{self, ConversionRow},
    orders::{self, Order},
};

use self::sales::PastSales;
use super::{
    attribute::names_of,
    book_changes::read_conversion,
    explanation::{read_decision, read_explanation},
    recompute::{
        history::{History, NewPart},
        uplines,
    },
    shop_book::ShopBook,
};

mod bonuses;
mod report;
mod sales;

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
    let trial = Trial {
        book,
        program: draft.program,
        rules: Arc::new(draft.rules.clone()),
        sales: PastSales::read(conn, book, draft)?,
    };
    let mut people: BTreeMap<AffiliateId, Affiliate> = BTreeMap::new();
    let mut found = DryRun {
        currency: book.currency(),
        orders: Vec::new(),
        affiliates: Vec::new(),
        is_cut: false,
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

/// A draft under trial.
struct Trial<'a> {
    book: &'a ShopBook,
    program: ProgramId,
    rules: Arc<ProgramRules>,
    sales: PastSales,
}

/// What is known of one page of orders.
struct Page<'a> {
    rows: BTreeMap<OrderId, Vec<ConversionRow>>,
    people: &'a BTreeMap<AffiliateId, Affiliate>,
    history: History,
    chains: std::collections::HashMap<AffiliateId, Affiliate>,
}

impl Trial<'_> {
    fn orders(
        &self,
        conn: &mut DbConn,
        orders: &[Order],
        people: &mut BTreeMap<AffiliateId, Affiliate>,
    ) -> Result<Vec<DryOrder>, DryRunError> {
        let mut decided: Vec<(&Order, Decision)> = Vec::new();
        for order in orders {
            decided.extend(read_decision(order)?.map(|decision| (order, decision)));
        }
        let credits = decided.iter().flat_map(|(_, decision)| &decision.credits);
        read_people(conn, self.book, credits.map(|credit| credit.affiliate), people)?;
        decided.retain(|(_, decision)| self.credits(decision, people).next().is_some());

        let ids: Vec<OrderId> = decided.iter().map(|(order, _)| order.id).collect();
        let mut rows: BTreeMap<OrderId, Vec<ConversionRow>> = BTreeMap::new();
        for row in conversions::conversions_of_orders(conn, self.book.shop, &ids)? {
            rows.entry(row.order_id).or_default().push(row);
        }
        read_people(conn, self.book, rows.values().flatten().map(|row| row.affiliate_id), people)?;
        let parts: Vec<NewPart<'_>> = decided
            .iter()
            .flat_map(|(order, decision)| {
                let credits = self.credits(decision, people);
                credits.filter_map(|credit| people.get(&credit.affiliate)).map(|affiliate| {
                    let rules = Arc::clone(&self.rules);
                    NewPart { order, affiliate: affiliate.clone(), rules }
                })
            })
            .collect();
        let history = History::read(conn, self.book, &parts)?;
        let mut chains = people.iter().map(|(id, affiliate)| (*id, affiliate.clone())).collect();
        uplines::read_chains(conn, self.book, &parts, &mut chains)?;
        people.extend(chains.iter().map(|(id, affiliate)| (*id, affiliate.clone())));
        let page = Page { rows, people, history, chains };
        decided.iter().map(|(order, decision)| self.order(&page, order, decision)).collect()
    }

    /// The credits of affiliates of this program.
    fn credits<'d>(
        &self,
        decision: &'d Decision,
        people: &BTreeMap<AffiliateId, Affiliate>,
    ) -> impl Iterator<Item = &'d Credit> {
        decision.credits.iter().filter(|credit| {
            people.get(&credit.affiliate).is_some_and(|one| one.program_id == self.program)
        })
    }

    fn order(
        &self,
        page: &Page<'_>,
        order: &Order,
        decision: &Decision,
    ) -> Result<DryOrder, DryRunError> {
        let rows = page.rows.get(&order.id).map_or(&[][..], Vec::as_slice);
        let mut parts = Vec::new();
        for credit in self.credits(decision, page.people) {
            if let Some(affiliate) = page.people.get(&credit.affiliate) {
                self.part(page, order, credit, affiliate, rows, &mut parts)?;
            }
        }
        Ok(DryOrder {
            id: order.id,
            shopify_order_id: order.shopify_order_id,
            name: order.name.clone(),
            ordered_at: order.ordered_at,
            parts,
        })
    }

    /// One credit and the levels above it.
    fn part(
        &self,
        page: &Page<'_>,
        order: &Order,
        credit: &Credit,
        affiliate: &Affiliate,
        rows: &[ConversionRow],
        parts: &mut Vec<DryPart>,
    ) -> Result<(), DryRunError> {
        let context = CommissionContext {
            method: credit.method,
            coupon: credit.coupon.clone(),
            affiliate_names: names_of(affiliate),
            customer: page.history.customer_kind(order),
            charge_number: page.history.charge_number(order, &self.rules),
            approved_sales_minor: self.sales.before(self.book, affiliate.id, order),
        };
        let commission = match commission_of(&order.state.0, &self.rules, &context) {
            Ok(commission) => commission.share(credit.share),
            Err(error) => {
                tracing::error!(order = order.id.0, %error, "commission cannot be computed");
                return Ok(());
            }
        };
        let of = |who: AffiliateId| {
            rows.iter().find(|row| row.affiliate_id == who && row.source_id == affiliate.id)
        };
        parts.push(compared(affiliate.id, 0, of(affiliate.id), Some(commission.clone()))?);
        let chain = uplines::chain(&page.chains, affiliate, &self.rules, order);
        for (index, upline) in chain.iter().enumerate() {
            let level = level_commission(&self.rules.levels, index, &commission);
            let commission = level.ok().flatten().filter(|_| upline.refused.is_none());
            let row = of(upline.affiliate);
            let earns = commission.as_ref().is_some_and(|one| one.zero_reason.is_none());
            if earns || row.is_some() {
                let level = i64::try_from(index).unwrap_or(i64::MAX).saturating_add(1);
                parts.push(compared(upline.affiliate, level, row, commission)?);
            }
        }
        // Levels that only the present rules pay.
        for row in rows.iter().filter(|row| row.source_id == affiliate.id && row.level > 0) {
            if chain.iter().all(|upline| upline.affiliate != row.affiliate_id) {
                parts.push(compared(row.affiliate_id, row.level, Some(row), None)?);
            }
        }
        Ok(())
    }
}

/// What is stored beside what would be. A person's rejection stands whatever the rules say.
fn compared(
    affiliate: AffiliateId,
    level: i64,
    row: Option<&ConversionRow>,
    new_steps: Option<Commission>,
) -> Result<DryPart, DryRunError> {
    let stored = row.map(read_conversion).transpose()?;
    let is_rejected = stored.as_ref().is_some_and(|one| one.memory.is_rejected_by_review);
    let new_minor = new_steps.as_ref().map_or(0, |steps| steps.total.minor);
    Ok(DryPart {
        affiliate,
        level,
        old_minor: stored.map_or(0, |one| one.commission_minor),
        new_minor: if is_rejected { 0 } else { new_minor },
        old_steps: row.map(read_explanation).transpose()?.map(|known| known.commission),
        new_steps,
    })
}

fn read_people(
    conn: &mut DbConn,
    book: &ShopBook,
    ids: impl Iterator<Item = AffiliateId>,
    people: &mut BTreeMap<AffiliateId, Affiliate>,
) -> Result<(), StorageError> {
    let mut missing: Vec<AffiliateId> = ids.filter(|id| !people.contains_key(id)).collect();
    missing.sort_unstable();
    missing.dedup();
    if !missing.is_empty() {
        people.extend(affiliates::affiliates_by_ids(conn, book.shop, &missing)?);
    }
    Ok(())
}
