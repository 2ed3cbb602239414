//! One page of past orders under a draft: what each part earns now and would earn, by the same functions
//! as for a real order.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use domain::{
    attribution::{Credit, Decision},
    commission::{Commission, CommissionContext, commission_of, level_commission},
    ids::{AffiliateId, OrderId, ProgramId, ShopifyId},
    program::{CustomerKind, ProgramRules},
};
use storage::{
    DbConn, StorageError,
    affiliates::{self, Affiliate},
    conversions::{self, ConversionRow},
    orders::Order,
};

use super::{DryOrder, DryPart, DryRunError, sales::PastSales};
use crate::flows::{
    attribute::names_of,
    book_changes::read_conversion,
    explanation::{read_decision, read_explanation},
    order_facts::{LookedUp, needs_collections, needs_customer},
    recompute::{
        history::{History, NewPart},
        uplines,
    },
    shop_book::ShopBook,
};

/// A draft under trial.
pub(super) struct Trial<'a> {
    pub(super) book: &'a ShopBook,
    pub(super) program: ProgramId,
    pub(super) rules: Arc<ProgramRules>,
    /// Customers who had ordered before any order that is known here.
    pub(super) returning: &'a BTreeSet<ShopifyId>,
    pub(super) sales: PastSales,
}

/// What is known of one page of orders.
struct Page<'a> {
    rows: BTreeMap<OrderId, Vec<ConversionRow>>,
    people: &'a BTreeMap<AffiliateId, Affiliate>,
    history: History,
    looked_up: LookedUp,
    chains: std::collections::HashMap<AffiliateId, Affiliate>,
}

impl Trial<'_> {
    /// The orders of a page that credit somebody of the program; whoever they name is added to `people`.
    pub(super) fn orders(
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
        let looked_up = self.looked_up(conn, &decided)?;
        let mut chains = people.iter().map(|(id, affiliate)| (*id, affiliate.clone())).collect();
        uplines::read_chains(conn, self.book, &parts, &mut chains)?;
        people.extend(chains.iter().map(|(id, affiliate)| (*id, affiliate.clone())));
        let page = Page { rows, people, history, looked_up, chains };
        decided.iter().map(|(order, decision)| self.order(&page, order, decision)).collect()
    }

    /// What Shopify said of the orders when they came, where the draft asks for it.
    fn looked_up(
        &self,
        conn: &mut DbConn,
        decided: &[(&Order, Decision)],
    ) -> Result<LookedUp, StorageError> {
        if !needs_collections(&self.rules) && !needs_customer(&self.rules) {
            return Ok(LookedUp::default());
        }
        let ids: Vec<ShopifyId> = decided.iter().map(|(order, _)| order.shopify_order_id).collect();
        LookedUp::of_orders(conn, self.book.shop, &ids)
    }

    /// Whether the buyer had ordered before: here, or before the app was there.
    fn customer_kind(&self, page: &Page<'_>, order: &Order) -> CustomerKind {
        let ours = match order.customer_id.filter(|id| self.returning.contains(id)) {
            Some(_) => CustomerKind::Returning,
            None => page.history.customer_kind(order),
        };
        page.looked_up.customer_kind(order.shopify_order_id, ours)
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
            customer: self.customer_kind(page, order),
            charge_number: page.history.charge_number(order, &self.rules),
            approved_sales_minor: self.sales.before(self.book, affiliate.id, order),
        };
        let rules = page.looked_up.rules(order.shopify_order_id, &self.rules);
        let commission = match commission_of(&order.state.0, &rules, &context) {
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
