//! What the present state of a batch of orders means for every affiliate that has a part in one,
//! those above it included: the commission, computed again from the beginning, and the change that
//! follows. Reads only; the change is booked by `book_changes`.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use domain::{
    attribution::Decision,
    commission::{Commission, CommissionContext, commission_of, level_commission},
    conversion::{Conversion, Facts, PayoutRate, PayoutTerms, settle},
    ids::{AffiliateId, ConversionId, OrderId},
    program::ProgramRules,
    reason::Reason,
    time::UtcTime,
};
use storage::{
    DbConn, StorageError, WriteTx,
    affiliates::{self, Affiliate},
    conversions::{self, ConversionRow},
    orders::Order,
};

use self::{
    history::History,
    parts::{Part, parts},
};
use super::{
    attribute::names_of,
    book_changes::{Booking, read_conversion, write_conversion},
    explanation::{Explanation, Upline, read_explanation},
    order_facts::LookedUp,
    shop_book::ShopBook,
};

pub(super) mod history;
mod parts;
pub(super) mod uplines;

/// An order whose attribution has been decided.
pub(super) type DecidedOrder<'a> = (&'a Order, Decision);

/// What recomputing a batch of orders needs to know.
pub(super) struct Known {
    rows: HashMap<OrderId, Vec<ConversionRow>>,
    affiliates: HashMap<AffiliateId, Affiliate>,
    history: History,
    facts: LookedUp,
}

/// By which rules an affiliate's part of an order is computed, for ever.
struct Basis {
    version: i64,
    rules: Arc<ProgramRules>,
    context: CommissionContext,
    uplines: Vec<Upline>,
}

impl Known {
    pub(super) fn read(
        conn: &mut DbConn,
        book: &ShopBook,
        decided: &[DecidedOrder<'_>],
    ) -> Result<Self, StorageError> {
        let ids: Vec<_> = decided.iter().map(|(order, _)| order.id).collect();
        let mut rows: HashMap<_, Vec<ConversionRow>> = HashMap::new();
        for row in conversions::conversions_of_orders(conn, book.shop, &ids)? {
            rows.entry(row.order_id).or_default().push(row);
        }
        let credited = decided.iter().flat_map(|(_, decision)| {
            let refused = decision.disqualified.iter().map(|one| one.affiliate);
            decision.credits.iter().map(|credit| credit.affiliate).chain(refused)
        });
        let booked = rows.values().flatten().map(|row| row.affiliate_id);
        let mut named: HashSet<AffiliateId> = credited.chain(booked).collect();
        for row in rows.values().flatten() {
            named.extend(stored_uplines(book, row)?);
        }
        let named: Vec<AffiliateId> = named.into_iter().collect();
        let affiliates = match named.is_empty() {
            true => HashMap::new(),
            false => affiliates::affiliates_by_ids(conn, book.shop, &named)?,
        };
        let shopify_ids: Vec<_> = decided.iter().map(|(order, _)| order.shopify_order_id).collect();
        let facts = LookedUp::read(conn, book, &shopify_ids)?;
        let mut known = Self { rows, affiliates, history: History::default(), facts };
        let new_parts = known.new_parts(book, decided);
        known.history = History::read(conn, book, &new_parts)?;
        uplines::read_chains(conn, book, &new_parts, &mut known.affiliates)?;
        Ok(known)
    }

    /// The parts of which nothing is stored yet, with the rules that they will keep.
    fn new_parts<'a>(
        &self,
        book: &ShopBook,
        decided: &'a [DecidedOrder<'a>],
    ) -> Vec<history::NewPart<'a>> {
        let mut found = Vec::new();
        for (order, decision) in decided {
            let rows = self.rows.get(&order.id).map_or(&[][..], Vec::as_slice);
            for credit in &decision.credits {
                if row_of(rows, credit.affiliate, credit.affiliate).is_some() {
                    continue;
                }
                let Some(affiliate) = self.affiliates.get(&credit.affiliate) else { continue };
                let version = book.version_at(affiliate.program_id, order.ordered_at);
                found.extend(version.map(|version| history::NewPart {
                    order,
                    affiliate: affiliate.clone(),
                    rules: Arc::clone(&version.rules),
                }));
            }
        }
        found
    }

    pub(super) fn bookings<'a>(
        &'a self,
        tx: &WriteTx<'_>,
        book: &ShopBook,
        order: &'a Order,
        decision: &Decision,
        now: UtcTime,
    ) -> Result<OrderBookings<'a>, StorageError> {
        let rows = self.rows.get(&order.id).map_or(&[][..], Vec::as_slice);
        let mut found = OrderBookings { bookings: Vec::new(), reason: decision.reason.clone() };
        let mut refusals = Vec::new();
        for part in parts(decision, rows) {
            let row = row_of(rows, part.affiliate, part.affiliate);
            let Some(affiliate) = self.affiliates.get(&part.affiliate) else { continue };
            let Some(basis) = self.basis(book, order, affiliate, &part, row)? else { continue };
            let Some(commission) = commission_for(order, &basis, &part) else { continue };
            if part.refused.is_none() {
                let refusal = commission.zero_reason.clone().filter(Reason::refuses_credit);
                refusals.push(refusal);
            }
            let direct = Account { affiliate, source: affiliate, level: 0, row };
            let case = Case { order, decision, part: &part, basis: &basis, now };
            found.bookings.extend(case.booking(tx, &direct, commission.clone())?);
            for (index, upline) in basis.uplines.iter().enumerate() {
                let Some(above) = self.affiliates.get(&upline.affiliate) else { continue };
                let row = row_of(rows, above.id, affiliate.id);
                let level = level_commission(&basis.rules.levels, index, &commission);
                let Ok(Some(commission)) = level else { continue };
                let is_nothing = commission.zero_reason.is_some() || part.refused.is_some();
                if row.is_none() && (is_nothing || upline.refused.is_some()) {
                    continue;
                }
                let level = i64::try_from(index).unwrap_or(i64::MAX).saturating_add(1);
                let account = Account { affiliate: above, source: affiliate, level, row };
                found.bookings.extend(case.booking(tx, &account, commission)?);
            }
        }
        if let Some(first) = refusals.first().filter(|_| refusals.iter().all(Option::is_some)) {
            found.reason.clone_from(first);
        }
        Ok(found)
    }

    /// A conversion keeps its version, its context and those above it for ever.
    fn basis(
        &self,
        book: &ShopBook,
        order: &Order,
        affiliate: &Affiliate,
        part: &Part<'_>,
        row: Option<&ConversionRow>,
    ) -> Result<Option<Basis>, StorageError> {
        if let Some(row) = row {
            let Explanation { context, uplines, .. } = read_explanation(row)?;
            let known = book.version(row.program_id, row.program_version);
            return Ok(known.map(|known| Basis {
                version: known.version,
                rules: self.facts.rules(order.shopify_order_id, &known.rules),
                context,
                uplines,
            }));
        }
        let Some(known) = book.version_at(affiliate.program_id, order.ordered_at) else {
            return Ok(None);
        };
        let rules = self.facts.rules(order.shopify_order_id, &known.rules);
        let customer = self.history.customer_kind(order);
        let context = CommissionContext {
            method: part.method,
            coupon: part.coupon.map(ToOwned::to_owned),
            affiliate_names: names_of(affiliate),
            customer: self.facts.customer_kind(order.shopify_order_id, customer),
            charge_number: self.history.charge_number(order, &rules),
            approved_sales_minor: self.history.approved_sales(book, order, affiliate, &rules),
        };
        let uplines = uplines::chain(&self.affiliates, affiliate, &rules, order);
        Ok(Some(Basis { version: known.version, rules, context, uplines }))
    }
}

/// Those above a stored conversion: one of them may earn only now, and has no conversion yet.
fn stored_uplines(book: &ShopBook, row: &ConversionRow) -> Result<Vec<AffiliateId>, StorageError> {
    let version = book.version(row.program_id, row.program_version);
    if row.level > 0 || version.is_none_or(|version| version.rules.levels.is_empty()) {
        return Ok(Vec::new());
    }
    let uplines = read_explanation(row)?.uplines;
    Ok(uplines.iter().map(|upline| upline.affiliate).collect())
}

/// What one affiliate's part of the order earns now.
fn commission_for(order: &Order, basis: &Basis, part: &Part<'_>) -> Option<Commission> {
    match commission_of(&order.state.0, &basis.rules, &basis.context) {
        Ok(commission) => Some(commission.share(part.share)),
        Err(error) => {
            tracing::error!(order = order.id.0, %error, "commission cannot be computed");
            None
        }
    }
}

/// The stored conversion of an affiliate that comes from somebody's credit.
fn row_of(
    rows: &[ConversionRow],
    affiliate: AffiliateId,
    source: AffiliateId,
) -> Option<&ConversionRow> {
    rows.iter().find(|row| row.affiliate_id == affiliate && row.source_id == source)
}

/// Who gets something of a part, and what is stored of it.
struct Account<'a> {
    affiliate: &'a Affiliate,
    source: &'a Affiliate,
    level: i64,
    row: Option<&'a ConversionRow>,
}

/// One part of one order, now.
struct Case<'a, 'p> {
    order: &'a Order,
    decision: &'p Decision,
    part: &'p Part<'p>,
    basis: &'p Basis,
    now: UtcTime,
}

impl<'a> Case<'a, '_> {
    fn booking(
        &self,
        tx: &WriteTx<'_>,
        account: &Account<'a>,
        commission: Commission,
    ) -> Result<Option<Booking<'a>>, StorageError> {
        let (order, affiliate) = (self.order, account.affiliate);
        let before = account.row.map(read_conversion).transpose()?;
        let payout = payout_terms(affiliate, order)?;
        let facts = Facts {
            order: &order.state.0,
            commission: &commission,
            rules: &self.basis.rules,
            disqualified: self.part.refused.as_ref(),
            hold: self.decision.holds.first(),
            payout: &payout,
        };
        let Some(change) = settle(before.as_ref(), &facts) else { return Ok(None) };
        let commission = match change.conversion.commission_minor {
            counted if counted == commission.total.minor => commission,
            counted => commission.with_total(counted),
        };
        let mut row = match account.row {
            Some(row) => row.clone(),
            None => self.new_row(tx, account, &change.conversion),
        };
        row.explanation = self.explanation(account, commission)?;
        row.ordered_at = order.ordered_at;
        row.updated_at = self.now;
        row.share_index = i64::from(self.part.share.index);
        if self.part.refused.is_none() {
            row.method = self.part.method.as_str().to_owned();
            row.click_id = self.part.click.filter(|_| account.level == 0);
        }
        write_conversion(&mut row, &change.conversion)?;
        Ok(Some(Booking { order, affiliate, row, before, change }))
    }

    /// Who is above learns nothing of how the buyer came.
    fn explanation(
        &self,
        account: &Account<'_>,
        commission: Commission,
    ) -> Result<String, StorageError> {
        let explanation = match account.level {
            0 => Explanation {
                context: self.basis.context.clone(),
                commission,
                uplines: self.basis.uplines.clone(),
            },
            _ => Explanation {
                context: CommissionContext::bare(self.part.method, names_of(account.affiliate)),
                commission,
                uplines: Vec::new(),
            },
        };
        serde_json::to_string(&explanation)
            .map_err(|error| StorageError::Other(format!("explanation: {error}")))
    }

    fn new_row(
        &self,
        tx: &WriteTx<'_>,
        account: &Account<'_>,
        conversion: &Conversion,
    ) -> ConversionRow {
        let (order, now) = (self.order, self.now);
        ConversionRow {
            id: ConversionId(tx.next_id(now)),
            shop_id: order.shop_id,
            order_id: order.id,
            affiliate_id: account.affiliate.id,
            level: account.level,
            source_id: account.source.id,
            program_id: account.source.program_id,
            program_version: self.basis.version,
            click_id: self.part.click.filter(|_| account.level == 0),
            method: self.part.method.as_str().to_owned(),
            share_index: i64::from(self.part.share.index),
            status: conversion.status.as_str().to_owned(),
            reason: None,
            currency: conversion.currency,
            sales_minor: 0,
            commission_minor: 0,
            first_commission_minor: 0,
            payout_currency: conversion.payout_currency,
            payout_rate: None,
            payout_minor: 0,
            explanation: String::new(),
            memory: String::new(),
            ordered_at: order.ordered_at,
            approve_at: None,
            approved_at: None,
            version: 0,
            created_at: now,
            updated_at: now,
        }
    }
}

/// What one order's conversions come to.
pub(super) struct OrderBookings<'a> {
    pub(super) bookings: Vec<Booking<'a>>,
    /// Why nobody is credited, if nobody is.
    pub(super) reason: Option<Reason>,
}

pub(super) fn payout_terms(
    affiliate: &Affiliate,
    order: &Order,
) -> Result<PayoutTerms, StorageError> {
    Ok(PayoutTerms::new(order.currency, affiliate.payout_currency, payout_rate(affiliate)?))
}

/// The rate into the affiliate's currency, if there is one.
pub(super) fn payout_rate(affiliate: &Affiliate) -> Result<Option<PayoutRate>, StorageError> {
    affiliate
        .payout_rate
        .as_deref()
        .map(PayoutRate::parse)
        .transpose()
        .map_err(|error| StorageError::Corrupt(format!("affiliate {}: {error}", affiliate.id)))
}
