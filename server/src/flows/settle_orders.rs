//! Settles orders: takes in what webhooks say, decides who is credited, computes what each
//! conversion earns now, and books the difference, all in one write for a batch of orders of one
//! shop.
//!
//! Repeat-safe: the order's state absorbs repeats in any order ([`domain::order::OrderState`]), and
//! a change of a conversion can be booked only once (`book_changes`).

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use domain::{
    attribution::Decision,
    ids::{AffiliateId, DeliveryId, OrderId, ShopId, ShopifyId},
    money::Currency,
    time::UtcTime,
};
use storage::{
    StorageError, WriteTx, affiliates,
    firings::Firing,
    inbox,
    orders::{self, LockedOrder},
    shops,
};

use super::{
    attribute::Connections,
    book_changes::book_changes,
    count_codes::{UsedCode, count_codes},
    explanation::read_decision,
    order_facts::orders_without_facts,
    order_news::{News, OrderNews},
    recompute::{DecidedOrder, Known},
    recover_click::recover_clicks,
    shop_book::{ShopBook, ShopBooks},
    suspicions::Suspicions,
};
use crate::visit_token::VisitTokens;

/// What settling needs besides the database.
#[derive(Debug, Clone)]
pub struct Settler {
    books: Arc<ShopBooks>,
    tokens: VisitTokens,
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

    /// Orders of which an edit was told, without what it changed: they have to be fetched.
    pub fn edited(&self) -> impl Iterator<Item = ShopifyId> {
        let is_edit = |news: &&OrderNews| matches!(news.what, News::Edited(_));
        self.news().filter(is_edit).map(|news| news.order)
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
        shop: ShopId,
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
        let waiting = orders_without_facts(tx, &book, &locked, now)?;
        let used = self.decide(tx, &book, &mut locked, &waiting, now)?;
        orders::orders_save(tx, &locked)?;
        let fired = self.recompute(tx, &book, &locked, now, lease_until)?;
        count_codes(tx, &book, &used)?;
        let done: Vec<DeliveryId> = batch.deliveries().collect();
        inbox::deliveries_finish(tx, &done)?;
        Ok(fired)
    }

    /// Settles news that no delivery brought: what we asked Shopify for ourselves. Gives back the
    /// firings to be sent.
    ///
    /// # Errors
    /// [`StorageError`]; then nothing is stored.
    pub fn settle_fetched(
        &self,
        tx: &mut WriteTx<'_>,
        shop: ShopId,
        news: OrderNews,
        now: UtcTime,
    ) -> Result<Vec<Firing>, StorageError> {
        // No delivery has this id, so none is marked done.
        let batch = Batch { arrived: vec![(DeliveryId(0), Some(news))] };
        self.settle(tx, shop, &batch, now, None)
    }

    /// Settles an order that waited for Shopify's facts. Gives back the firings to be sent.
    ///
    /// # Errors
    /// [`StorageError`]; then nothing is stored.
    pub fn settle_waiting(
        &self,
        tx: &mut WriteTx<'_>,
        shop: ShopId,
        order: ShopifyId,
        now: UtcTime,
    ) -> Result<Vec<Firing>, StorageError> {
        let book = self.books.of(tx, shop)?;
        let mut locked = orders::orders_lock(tx, shop, &[order], book.currency(), now)?;
        let used = self.decide(tx, &book, &mut locked, &HashSet::new(), now)?;
        orders::orders_save(tx, &locked)?;
        let fired = self.recompute(tx, &book, &locked, now, None)?;
        count_codes(tx, &book, &used)?;
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
        shop: ShopId,
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

    /// Brings an order's conversions up to date without news: after a person's rejection was taken back.
    /// Gives back the firings to be sent.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn resettle(
        &self,
        tx: &mut WriteTx<'_>,
        shop: ShopId,
        order: ShopifyId,
        now: UtcTime,
    ) -> Result<Vec<Firing>, StorageError> {
        let book = self.books.of(tx, shop)?;
        let locked = orders::orders_lock(tx, shop, &[order], book.currency(), now)?;
        self.recompute(tx, &book, &locked, now, None)
    }

    /// Decides about orders whose first full picture has arrived, but for those that wait for facts. A
    /// decision stays: an affiliate who is blocked in May keeps April's orders. Gives back the codes that
    /// decided, each once for ever.
    fn decide(
        &self,
        tx: &mut WriteTx<'_>,
        book: &ShopBook,
        locked: &mut [LockedOrder],
        waiting: &HashSet<ShopifyId>,
        now: UtcTime,
    ) -> Result<Vec<UsedCode>, StorageError> {
        let is_next = |order: &LockedOrder| {
            order.row.decision.is_none() && !waiting.contains(&order.row.shopify_order_id)
        };
        let undecided: Vec<_> = locked
            .iter()
            .filter(|order| is_next(order))
            .filter_map(|order| order.row.state.0.snapshot.clone())
            .collect();
        let snapshots: Vec<_> = undecided.iter().collect();
        recover_clicks(tx, book, &self.tokens, &snapshots, now)?;
        let known = Connections::read(tx, book, &self.tokens, &snapshots, now)?;
        let mut suspicions = Suspicions::read(tx, book, &snapshots)?;
        let mut used = Vec::new();
        for order in locked.iter_mut().filter(|order| is_next(order)) {
            if let Some(snapshot) = &order.row.state.0.snapshot {
                let decision = known.decide(book, &self.tokens, snapshot, None, now);
                let visits = known.visits(book, &self.tokens, snapshot, now);
                // Before the rules: a code of coupon sites is counted though its orders are refused.
                used.extend(UsedCode::of(book, snapshot, &visits, &decision));
                let decision = suspicions.judge(tx, book, snapshot, &visits, decision)?;
                store_decision(order, &decision)?;
            }
        }
        Ok(used)
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
        let mut bookings = Vec::with_capacity(decided.len());
        let mut reasons = HashMap::with_capacity(decided.len());
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
fn first_currency(book: &ShopBook, batch: &Batch) -> Option<Currency> {
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
        row.is_charge = snapshot.is_charge();
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

fn decided_orders(locked: &[LockedOrder]) -> Result<Vec<DecidedOrder<'_>>, StorageError> {
    let mut decided = Vec::new();
    for order in locked {
        if let Some(decision) = read_decision(&order.row)? {
            decided.push((&order.row, decision));
        }
    }
    Ok(decided)
}

/// Stores why nobody is credited, where the commission says so and not the attribution.
fn save_reasons(
    tx: &mut WriteTx<'_>,
    locked: &[LockedOrder],
    reasons: &HashMap<OrderId, Option<String>>,
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

/// Groups news by shop, keeping their order: a batch is settled shop by shop.
#[must_use]
pub fn by_shop(news: Vec<(ShopId, DeliveryId, Option<OrderNews>)>) -> BTreeMap<ShopId, Batch> {
    let mut batches: BTreeMap<ShopId, Batch> = BTreeMap::new();
    for (shop, delivery, news) in news {
        batches.entry(shop).or_default().arrived.push((delivery, news));
    }
    batches
}
