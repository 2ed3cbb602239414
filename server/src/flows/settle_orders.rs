//! Settles orders: takes in what webhooks say, decides who is credited, computes what each
//! conversion earns now, and books the difference, all in one write for a batch of orders of one
//! shop.
//!
//! Repeat-safe: the order's state absorbs repeats in any order ([`domain::order::OrderState`]), and
//! a change of a conversion can be booked only once (`book_changes`).

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use domain::{
    affiliate::fold_code,
    attribution::{Credit, Decision, Share},
    commission::{Commission, CommissionContext, commission_of},
    conversion::{Conversion, Facts, PayoutTerms, settle},
    ids::{AffiliateId, ConversionId, DeliveryId, ShopifyId},
    order::OrderState,
    program::{CustomerKind, CustomerRule, ProgramRules},
    reason::Reason,
    time::UtcTime,
};
use serde::{Deserialize, Serialize};
use storage::{
    StorageError, WriteTx,
    affiliates::{self, Affiliate},
    conversions::{self, ConversionRow},
    firings::Firing,
    inbox,
    orders::{self, LockedOrder},
    shops,
};

use super::{
    attribute::{Connections, names_of},
    book_changes::{Booking, book_changes, read_conversion, write_conversion},
    order_news::OrderNews,
    recover_click::recover_clicks,
    shop_book::{ShopBook, ShopBooks},
};
use crate::visit_token::VisitTokens;

/// What settling needs besides the database.
#[derive(Debug, Clone)]
pub struct Settler {
    books: Arc<ShopBooks>,
    tokens: VisitTokens,
}

/// How an amount came about, stored with its conversion and shown to the merchant.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Explanation {
    /// What the rate depends on besides the order; fixed when the order was first seen.
    pub context: CommissionContext,
    /// The computation as of the last event.
    pub commission: Commission,
}

/// Deliveries of one shop, in the order of arrival, with what they say about orders.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// Each delivery is done when the batch is; one without news has nothing else to do.
    pub arrived: Vec<(DeliveryId, Option<OrderNews>)>,
}

impl Batch {
    /// The deliveries.
    pub fn deliveries(&self) -> impl Iterator<Item = DeliveryId> {
        self.arrived.iter().map(|(id, _)| *id)
    }

    /// One batch for each delivery.
    pub fn singles(self) -> impl Iterator<Item = Self> {
        self.arrived.into_iter().map(|one| Self { arrived: vec![one] })
    }

    fn news(&self) -> impl Iterator<Item = &OrderNews> {
        self.arrived.iter().filter_map(|(_, news)| news.as_ref())
    }
}

impl Settler {
    /// A settler that shares the books of its process.
    #[must_use]
    pub fn new(books: Arc<ShopBooks>, tokens: VisitTokens) -> Self {
        Self { books, tokens }
    }

    /// Settles a batch and marks its deliveries done. Gives back the firings to be sent.
    ///
    /// # Errors
    /// [`StorageError`]; then nothing of the batch is stored.
    pub fn settle(
        &self,
        tx: &mut WriteTx<'_>,
        shop: domain::ids::ShopId,
        batch: &Batch,
        now: UtcTime,
        lease_until: Option<UtcTime>,
    ) -> Result<Vec<Firing>, StorageError> {
        let mut book = self.books.of(tx, shop)?;
        if let Some(currency) = first_currency(&book, batch) {
            shops::shop_update_currency(tx, shop, currency)?;
            book = self.books.of(tx, shop)?;
        }
        let mut locked = lock_and_apply(tx, &book, batch, now)?;
        self.decide(tx, &book, &mut locked, now)?;
        orders::orders_save(tx, &locked)?;
        let fired = self.recompute(tx, &book, &locked, now, lease_until)?;
        let done: Vec<DeliveryId> = batch.deliveries().collect();
        inbox::deliveries_finish(tx, &done)?;
        Ok(fired)
    }

    /// Credits an order by the merchant's own choice; whoever was credited loses it with the reason
    /// "superseded by manual". Gives back the firings to be sent.
    ///
    /// # Errors
    /// [`StorageError::NotFound`] for an order that never arrived or a stranger's affiliate.
    pub fn assign(
        &self,
        tx: &mut WriteTx<'_>,
        shop: domain::ids::ShopId,
        order: ShopifyId,
        affiliate: AffiliateId,
        now: UtcTime,
    ) -> Result<Vec<Firing>, StorageError> {
        let book = self.books.of(tx, shop)?;
        affiliates::affiliate_by_id(tx, shop, affiliate)?.ok_or(StorageError::NotFound)?;
        let mut locked = orders::orders_lock(tx, shop, &[order], book.currency(), now)?;
        let Some(snapshot) = locked.first().and_then(|order| order.row.state.0.snapshot.clone())
        else {
            return Err(StorageError::NotFound);
        };
        let mut known = Connections::read(tx, &book, &self.tokens, &[&snapshot], now)?;
        known.add(affiliates::affiliates_by_ids(tx, shop, &[affiliate])?);
        let decision = known.decide(&book, &self.tokens, &snapshot, Some(affiliate), now);
        for order in &mut locked {
            store_decision(order, &decision)?;
        }
        orders::orders_save(tx, &locked)?;
        self.recompute(tx, &book, &locked, now, None)
    }

    /// Decides about orders whose first full picture has arrived. A decision stays: an affiliate who
    /// is blocked in May keeps April's orders.
    fn decide(
        &self,
        tx: &mut WriteTx<'_>,
        book: &ShopBook,
        locked: &mut [LockedOrder],
        now: UtcTime,
    ) -> Result<(), StorageError> {
        let undecided: Vec<_> = locked
            .iter()
            .filter(|order| order.row.decision.is_none())
            .filter_map(|order| order.row.state.0.snapshot.clone())
            .collect();
        let snapshots: Vec<_> = undecided.iter().collect();
        recover_clicks(tx, book, &self.tokens, &snapshots, now)?;
        let known = Connections::read(tx, book, &self.tokens, &snapshots, now)?;
        for order in locked.iter_mut().filter(|order| order.row.decision.is_none()) {
            if let Some(snapshot) = &order.row.state.0.snapshot {
                let decision = known.decide(book, &self.tokens, snapshot, None, now);
                store_decision(order, &decision)?;
            }
        }
        Ok(())
    }

    /// Brings the conversions of changed orders up to date.
    fn recompute(
        &self,
        tx: &mut WriteTx<'_>,
        book: &ShopBook,
        locked: &[LockedOrder],
        now: UtcTime,
        lease_until: Option<UtcTime>,
    ) -> Result<Vec<Firing>, StorageError> {
        let decided = decided_orders(locked)?;
        let known = Known::read(tx, book, &decided)?;
        let mut bookings = Vec::new();
        let mut reasons = HashMap::new();
        for (order, decision) in &decided {
            let found = known.bookings(tx, book, order, decision, now)?;
            bookings.extend(found.bookings);
            reasons.insert(order.id, found.reason.as_ref().map(ToString::to_string));
        }
        save_reasons(tx, locked, &reasons)?;
        if bookings.is_empty() {
            return Ok(Vec::new());
        }
        book_changes(tx, book, &bookings, now, lease_until)
    }
}

/// The shop's currency as its first order tells it, when nobody has yet.
fn first_currency(book: &ShopBook, batch: &Batch) -> Option<domain::money::Currency> {
    if book.knows_currency() {
        return None;
    }
    batch.news().find_map(OrderNews::currency)
}

fn lock_and_apply(
    tx: &mut WriteTx<'_>,
    book: &ShopBook,
    batch: &Batch,
    now: UtcTime,
) -> Result<Vec<LockedOrder>, StorageError> {
    let ids: Vec<ShopifyId> = batch.news().map(|news| news.order).collect();
    let mut locked = orders::orders_lock(tx, book.shop, &ids, book.currency(), now)?;
    let mut by_order: HashMap<ShopifyId, Vec<&OrderNews>> = HashMap::new();
    for news in batch.news() {
        by_order.entry(news.order).or_default().push(news);
    }
    for order in &mut locked {
        for news in by_order.remove(&order.row.shopify_order_id).unwrap_or_default() {
            news.what.clone().apply(&mut order.row.state.0);
        }
        describe(order, now);
    }
    Ok(locked)
}

/// Copies what lists and look-ups need out of the order's state.
fn describe(order: &mut LockedOrder, now: UtcTime) {
    let row = &mut order.row;
    row.updated_at = now;
    if let Some(snapshot) = &row.state.0.snapshot {
        row.name.clone_from(&snapshot.name);
        row.ordered_at = snapshot.ordered_at;
        row.customer_id = snapshot.customer_id;
        row.currency = snapshot.currency;
        row.total_minor = snapshot.total_minor;
    }
}

fn store_decision(order: &mut LockedOrder, decision: &Decision) -> Result<(), StorageError> {
    let text = serde_json::to_string(decision)
        .map_err(|error| StorageError::Other(format!("decision: {error}")))?;
    order.row.decision = Some(text);
    order.row.reason = decision.reason.as_ref().map(ToString::to_string);
    Ok(())
}

/// The stored decision of an order.
///
/// # Errors
/// [`StorageError::Corrupt`] when the column is not one that the program writes.
pub fn read_decision(order: &orders::Order) -> Result<Option<Decision>, StorageError> {
    order
        .decision
        .as_deref()
        .map(serde_json::from_str)
        .transpose()
        .map_err(|error| StorageError::Corrupt(format!("decision of order {}: {error}", order.id)))
}

type DecidedOrder<'a> = (&'a orders::Order, Decision);

fn decided_orders(locked: &[LockedOrder]) -> Result<Vec<DecidedOrder<'_>>, StorageError> {
    let mut decided = Vec::new();
    for order in locked {
        if let Some(decision) = read_decision(&order.row)? {
            decided.push((&order.row, decision));
        }
    }
    Ok(decided)
}

/// A part of an order that belongs to one affiliate: credited, or refused.
struct Part<'a> {
    affiliate: AffiliateId,
    method: domain::attribution::Method,
    click: Option<domain::ids::ClickId>,
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
        let method = domain::attribution::Method::parse(&row.method);
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

/// What one order's conversions come to.
struct OrderBookings<'a> {
    bookings: Vec<Booking<'a>>,
    /// Why nobody is credited, if nobody is.
    reason: Option<Reason>,
}

/// Stores why nobody is credited, where the commission says so and not the attribution.
fn save_reasons(
    tx: &mut WriteTx<'_>,
    locked: &[LockedOrder],
    reasons: &HashMap<domain::ids::OrderId, Option<String>>,
) -> Result<(), StorageError> {
    let mut changed = Vec::new();
    for order in locked {
        if let Some(reason) = reasons.get(&order.row.id).filter(|now| **now != order.row.reason) {
            let mut order = order.clone();
            order.row.reason.clone_from(reason);
            changed.push(order);
        }
    }
    if changed.is_empty() {
        return Ok(());
    }
    orders::orders_save(tx, &changed)
}

/// What recomputing a batch of orders needs to know.
struct Known {
    rows: HashMap<domain::ids::OrderId, Vec<ConversionRow>>,
    affiliates: HashMap<AffiliateId, Affiliate>,
    first_orders: HashMap<ShopifyId, Vec<(UtcTime, domain::ids::OrderId)>>,
}

/// Orders of one customer that are looked at, to find which charge of a subscription one is.
const CUSTOMER_ORDERS_MAX: u32 = 200;

impl Known {
    fn read(
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
        let named: std::collections::HashSet<AffiliateId> = credited.chain(booked).collect();
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

    fn bookings<'a>(
        &'a self,
        tx: &WriteTx<'_>,
        book: &ShopBook,
        order: &'a orders::Order,
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
        tx: &WriteTx<'_>,
        book: &ShopBook,
        order: &'a orders::Order,
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
                let context = self.context(order, affiliate, part, &rules);
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
        order: &orders::Order,
        affiliate: &Affiliate,
        part: &Part<'_>,
        rules: &ProgramRules,
    ) -> CommissionContext {
        let earlier = order.customer_id.and_then(|id| self.first_orders.get(&id));
        let earlier = earlier.map_or(0, |orders| {
            orders.iter().filter(|earlier| **earlier < (order.ordered_at, order.id)).count()
        });
        let is_subscription = is_subscription(&order.state.0);
        CommissionContext {
            method: part.method,
            coupon: part.coupon.map(fold_code),
            affiliate_names: names_of(affiliate),
            customer: if earlier > 0 { CustomerKind::Returning } else { CustomerKind::New },
            charge_number: (is_subscription && rules.recurring.is_some())
                .then(|| i64::try_from(earlier).unwrap_or(i64::MAX).saturating_add(1)),
            approved_sales_minor: 0,
        }
    }
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

/// The stored explanation of a conversion.
///
/// # Errors
/// [`StorageError::Corrupt`] when the column is not one that the program writes.
pub fn read_explanation(row: &ConversionRow) -> Result<Explanation, StorageError> {
    serde_json::from_str(&row.explanation)
        .map_err(|error| StorageError::Corrupt(format!("explanation of {}: {error}", row.id)))
}

fn payout_terms(affiliate: &Affiliate, order: &orders::Order) -> Result<PayoutTerms, StorageError> {
    let rate = affiliate
        .payout_rate
        .as_deref()
        .map(domain::conversion::PayoutRate::parse)
        .transpose()
        .map_err(|error| StorageError::Corrupt(format!("affiliate {}: {error}", affiliate.id)))?;
    Ok(PayoutTerms::new(order.currency, affiliate.payout_currency, rate))
}

fn new_row(
    tx: &WriteTx<'_>,
    order: &orders::Order,
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

/// Groups news by shop, keeping their order: a batch is settled shop by shop.
#[must_use]
pub fn by_shop(
    news: Vec<(domain::ids::ShopId, DeliveryId, Option<OrderNews>)>,
) -> BTreeMap<domain::ids::ShopId, Batch> {
    let mut batches: BTreeMap<domain::ids::ShopId, Batch> = BTreeMap::new();
    for (shop, delivery, news) in news {
        batches.entry(shop).or_default().arrived.push((delivery, news));
    }
    batches
}
