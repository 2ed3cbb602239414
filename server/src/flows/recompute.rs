//! What the present state of a batch of orders means for every affiliate that has a part in one: the
//! commission, computed again from the beginning, and the change that follows. Reads only; the change
//! is booked by `book_changes`.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use domain::{
    attribution::{Credit, Decision, Method, Share},
    commission::{CommissionContext, commission_of},
    conversion::{Conversion, Facts, PayoutRate, PayoutTerms, settle},
    ids::{AffiliateId, ClickId, ConversionId, OrderId, ShopifyId},
    order::OrderState,
    program::{CustomerKind, CustomerRule, ProgramRules},
    reason::Reason,
    time::UtcTime,
};
use storage::{
    StorageError, WriteTx,
    affiliates::{self, Affiliate},
    conversions::{self, ConversionRow},
    orders::{self, Order},
};

use super::{
    attribute::names_of,
    book_changes::{Booking, read_conversion, write_conversion},
    explanation::{Explanation, read_explanation},
    shop_book::ShopBook,
};

/// An order whose attribution has been decided.
pub(super) type DecidedOrder<'a> = (&'a Order, Decision);

/// What recomputing a batch of orders needs to know.
pub(super) struct Known {
    rows: HashMap<OrderId, Vec<ConversionRow>>,
    affiliates: HashMap<AffiliateId, Affiliate>,
    first_orders: HashMap<ShopifyId, Vec<(UtcTime, OrderId)>>,
}

/// Orders of one customer that are looked at, to find which charge of a subscription one is.
const CUSTOMER_ORDERS_MAX: u32 = 200;

impl Known {
    pub(super) fn read(
        tx: &mut WriteTx<'_>,
        book: &ShopBook,
        decided: &[DecidedOrder<'_>],
    ) -> Result<Self, StorageError> {
        let ids: Vec<_> = decided.iter().map(|(order, _)| order.id).collect();
        let mut rows: HashMap<_, Vec<ConversionRow>> = HashMap::new();
        for row in conversions::conversions_of_orders(tx, book.shop, &ids)? {
            rows.entry(row.order_id).or_default().push(row);
        }
        let credited = decided.iter().flat_map(|(_, decision)| {
            let refused = decision.disqualified.iter().map(|one| one.affiliate);
            decision.credits.iter().map(|credit| credit.affiliate).chain(refused)
        });
        let booked = rows.values().flatten().map(|row| row.affiliate_id);
        let named: HashSet<AffiliateId> = credited.chain(booked).collect();
        let named: Vec<AffiliateId> = named.into_iter().collect();
        let affiliates = match named.is_empty() {
            true => HashMap::new(),
            false => affiliates::affiliates_by_ids(tx, book.shop, &named)?,
        };
        let mut known = Self { rows, affiliates, first_orders: HashMap::new() };
        known.read_history(tx, book, decided)?;
        Ok(known)
    }

    /// The earlier orders of the batch's customers, where a program asks for them.
    fn read_history(
        &mut self,
        tx: &mut WriteTx<'_>,
        book: &ShopBook,
        decided: &[DecidedOrder<'_>],
    ) -> Result<(), StorageError> {
        let mut customers: Vec<ShopifyId> = decided
            .iter()
            .filter(|(order, decision)| {
                decision.credits.iter().any(|credit| {
                    self.rules_of(book, credit.affiliate, order.ordered_at)
                        .is_some_and(|(_, rules)| needs_history(&rules))
                })
            })
            .filter_map(|(order, _)| order.customer_id)
            .collect();
        customers.sort_unstable();
        customers.dedup();
        if customers.is_empty() {
            return Ok(());
        }
        let found = orders::orders_of_customers(tx, book.shop, &customers, CUSTOMER_ORDERS_MAX)?;
        for order in found {
            if let Some(customer) = order.customer_id {
                let entry = (order.ordered_at, order.id);
                self.first_orders.entry(customer).or_default().push(entry);
            }
        }
        Ok(())
    }

    /// The version of the affiliate's program for an order placed at this time.
    fn rules_of(
        &self,
        book: &ShopBook,
        affiliate: AffiliateId,
        at: UtcTime,
    ) -> Option<(i64, Arc<ProgramRules>)> {
        let program = self.affiliates.get(&affiliate)?.program_id;
        let version = book.version_at(program, at)?;
        Some((version.version, Arc::clone(&version.rules)))
    }

    pub(super) fn bookings<'a>(
        &'a self,
        tx: &mut WriteTx<'_>,
        book: &ShopBook,
        order: &'a Order,
        decision: &Decision,
        now: UtcTime,
    ) -> Result<OrderBookings<'a>, StorageError> {
        let none = Vec::new();
        let rows: Vec<&ConversionRow> = self.rows.get(&order.id).unwrap_or(&none).iter().collect();
        let mut found = OrderBookings { bookings: Vec::new(), reason: decision.reason.clone() };
        let mut refusals = Vec::new();
        for part in parts(decision, &rows) {
            let row = rows.iter().copied().find(|row| row.affiliate_id == part.affiliate);
            let (booking, zero_reason) = self.booking(tx, book, order, &part, row, now)?;
            found.bookings.extend(booking);
            if part.refused.is_none() {
                refusals.push(zero_reason.filter(Reason::refuses_credit));
            }
        }
        if let Some(first) = refusals.first().filter(|_| refusals.iter().all(Option::is_some)) {
            found.reason.clone_from(first);
        }
        Ok(found)
    }

    fn booking<'a>(
        &'a self,
        tx: &mut WriteTx<'_>,
        book: &ShopBook,
        order: &'a Order,
        part: &Part<'_>,
        row: Option<&ConversionRow>,
        now: UtcTime,
    ) -> Result<(Option<Booking<'a>>, Option<Reason>), StorageError> {
        let Some(affiliate) = self.affiliates.get(&part.affiliate) else { return Ok((None, None)) };
        let state = &order.state.0;
        let (version, rules, context) = match row {
            // A conversion keeps its version and its context for ever.
            Some(row) => {
                let explanation: Explanation = read_explanation(row)?;
                let Some(known) = book.version(row.program_id, row.program_version) else {
                    return Ok((None, None));
                };
                (known.version, Arc::clone(&known.rules), explanation.context)
            }
            None => {
                let Some((version, rules)) = self.rules_of(book, affiliate.id, order.ordered_at)
                else {
                    return Ok((None, None));
                };
                let context = self.context(tx, book, order, affiliate, part, &rules)?;
                (version, rules, context)
            }
        };
        let commission = match commission_of(state, &rules, &context) {
            Ok(commission) => commission.share(part.share),
            Err(error) => {
                tracing::error!(order = order.id.0, %error, "commission cannot be computed");
                return Ok((None, None));
            }
        };
        let before = row.map(read_conversion).transpose()?;
        let payout = payout_terms(affiliate, order)?;
        let facts = Facts {
            order: state,
            commission: &commission,
            rules: &rules,
            disqualified: part.refused.as_ref(),
            payout: &payout,
        };
        let zero_reason = commission.zero_reason.clone();
        let Some(change) = settle(before.as_ref(), &facts) else { return Ok((None, zero_reason)) };
        let commission = match change.conversion.commission_minor {
            counted if counted == commission.total.minor => commission,
            counted => commission.with_total(counted),
        };
        let explanation = Explanation { context, commission };
        let mut row = match row {
            Some(row) => row.clone(),
            None => new_row(tx, order, affiliate, part, version, &change.conversion, now),
        };
        row.explanation = serde_json::to_string(&explanation)
            .map_err(|error| StorageError::Other(format!("explanation: {error}")))?;
        row.ordered_at = order.ordered_at;
        row.updated_at = now;
        row.share_index = i64::from(part.share.index);
        if part.refused.is_none() {
            row.method = part.method.as_str().to_owned();
            row.click_id = part.click;
        }
        write_conversion(&mut row, &change.conversion)?;
        Ok((Some(Booking { order, affiliate, row, before, change }), zero_reason))
    }

    fn context(
        &self,
        tx: &mut WriteTx<'_>,
        book: &ShopBook,
        order: &Order,
        affiliate: &Affiliate,
        part: &Part<'_>,
        rules: &ProgramRules,
    ) -> Result<CommissionContext, StorageError> {
        let earlier = order.customer_id.and_then(|id| self.first_orders.get(&id));
        let earlier = earlier.map_or(0, |orders| {
            orders.iter().filter(|earlier| **earlier < (order.ordered_at, order.id)).count()
        });
        let is_subscription = is_subscription(&order.state.0);
        Ok(CommissionContext {
            method: part.method,
            coupon: part.coupon.map(ToOwned::to_owned),
            affiliate_names: names_of(affiliate),
            customer: if earlier > 0 { CustomerKind::Returning } else { CustomerKind::New },
            charge_number: (is_subscription && rules.recurring.is_some())
                .then(|| i64::try_from(earlier).unwrap_or(i64::MAX).saturating_add(1)),
            approved_sales_minor: approved_sales(tx, book, order, affiliate, rules)?,
        })
    }
}

/// The affiliate's approved net sales before an order, in the period that the program's performance
/// tiers count (G68). The order that crosses a step still earns the old rate.
fn approved_sales(
    tx: &mut WriteTx<'_>,
    book: &ShopBook,
    order: &Order,
    affiliate: &Affiliate,
    rules: &ProgramRules,
) -> Result<i64, StorageError> {
    let Some(tiers) = &rules.performance_tiers else { return Ok(0) };
    let from = tiers.scope.start(order.ordered_at, &book.timezone);
    let range = (from, order.ordered_at);
    conversions::conversion_approved_sales(tx, book.shop, affiliate.id, affiliate.program_id, range)
}

fn is_subscription(state: &OrderState) -> bool {
    state.snapshot.as_ref().is_some_and(|order| order.lines.iter().any(|line| line.subscription))
}

/// Whether the rules depend on what the buyer ordered before.
fn needs_history(rules: &ProgramRules) -> bool {
    rules.customers == CustomerRule::NewOnly
        || rules.recurring.is_some()
        || rules.rates.iter().any(|rate| rate.applies_to.customer.is_some())
}

/// What one order's conversions come to.
pub(super) struct OrderBookings<'a> {
    pub(super) bookings: Vec<Booking<'a>>,
    /// Why nobody is credited, if nobody is.
    pub(super) reason: Option<Reason>,
}

/// A part of an order that belongs to one affiliate: credited, or refused.
struct Part<'a> {
    affiliate: AffiliateId,
    method: Method,
    click: Option<ClickId>,
    coupon: Option<&'a str>,
    share: Share,
    refused: Option<Reason>,
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

/// Every affiliate that has, or had, a part in the order.
fn parts<'a>(decision: &'a Decision, rows: &[&ConversionRow]) -> Vec<Part<'a>> {
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
    for row in rows {
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

fn payout_terms(affiliate: &Affiliate, order: &Order) -> Result<PayoutTerms, StorageError> {
    let rate =
        affiliate.payout_rate.as_deref().map(PayoutRate::parse).transpose().map_err(|error| {
            StorageError::Corrupt(format!("affiliate {}: {error}", affiliate.id))
        })?;
    Ok(PayoutTerms::new(order.currency, affiliate.payout_currency, rate))
}

fn new_row(
    tx: &WriteTx<'_>,
    order: &Order,
    affiliate: &Affiliate,
    part: &Part<'_>,
    version: i64,
    conversion: &Conversion,
    now: UtcTime,
) -> ConversionRow {
    ConversionRow {
        id: ConversionId(tx.next_id(now)),
        shop_id: order.shop_id,
        order_id: order.id,
        affiliate_id: affiliate.id,
        program_id: affiliate.program_id,
        program_version: version,
        click_id: part.click,
        method: part.method.as_str().to_owned(),
        share_index: i64::from(part.share.index),
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
        version: 0,
        created_at: now,
        updated_at: now,
    }
}
