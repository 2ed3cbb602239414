//! What only Shopify knows of an order, where a program's rules ask for it: collections of products, and
//! whether the customer had ordered before the app was there. Orders wait for it, for seconds, so that
//! nobody is told an amount that is wrong. Not here: asking Shopify (`shopify_work::look_up_order`).

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use domain::{
    ids::{ShopId, ShopifyId},
    program::{CustomerKind, CustomerRule, ProgramRules},
    time::UtcTime,
};
use storage::{
    DbConn, StorageError, WriteTx,
    installations::installation,
    order_facts::{OrderFacts, order_facts_of},
    orders::LockedOrder,
    shopify_tasks::{TaskKind, task_add},
};

use super::shop_book::ShopBook;

/// Whether rules ask for the collections of products.
#[must_use]
pub fn needs_collections(rules: &ProgramRules) -> bool {
    !rules.exclude.collection_ids.is_empty()
        || rules.rates.iter().any(|rate| rate.applies_to.collection_id.is_some())
}

/// Whether rules ask if the customer had ordered before.
#[must_use]
pub fn needs_customer(rules: &ProgramRules) -> bool {
    rules.customers == CustomerRule::NewOnly
        || rules.rates.iter().any(|rate| rate.applies_to.customer.is_some())
}

/// Orders that have to wait for facts, of which nothing is decided yet; their look-up is asked for.
/// A shop that is not connected to Shopify waits for nothing.
///
/// # Errors
/// [`StorageError`].
pub(super) fn orders_without_facts(
    tx: &mut WriteTx<'_>,
    book: &ShopBook,
    locked: &[LockedOrder],
    now: UtcTime,
) -> Result<HashSet<ShopifyId>, StorageError> {
    if !book.needs_facts() {
        return Ok(HashSet::new());
    }
    let is_new = |order: &&LockedOrder| {
        let state = &order.row.state.0;
        order.row.decision.is_none() && state.snapshot.is_some() && !state.buyer_forgotten
    };
    let mut waiting: HashSet<ShopifyId> =
        locked.iter().filter(is_new).map(|order| order.row.shopify_order_id).collect();
    let asked: Vec<ShopifyId> = waiting.iter().copied().collect();
    for known in order_facts_of(tx, book.shop, &asked)? {
        waiting.remove(&known.shopify_order_id);
    }
    if waiting.is_empty() {
        return Ok(waiting);
    }
    let connection = installation(tx, book.shop)?;
    if !connection.is_some_and(|it| it.is_connected && it.token.is_some()) {
        return Ok(HashSet::new());
    }
    for order in &waiting {
        task_add(tx, book.shop, TaskKind::LookUpOrder, &order.to_string(), now)?;
    }
    Ok(waiting)
}

/// The facts about some orders of a shop; none, without a query, where no rules ask for them.
#[derive(Debug, Default)]
pub(super) struct LookedUp(HashMap<ShopifyId, OrderFacts>);

impl LookedUp {
    pub(super) fn read(
        conn: &mut DbConn,
        book: &ShopBook,
        orders: &[ShopifyId],
    ) -> Result<Self, StorageError> {
        if !book.needs_facts() {
            return Ok(Self::default());
        }
        Self::of_orders(conn, book.shop, orders)
    }

    /// The same whatever the present rules ask for.
    pub(super) fn of_orders(
        conn: &mut DbConn,
        shop: ShopId,
        orders: &[ShopifyId],
    ) -> Result<Self, StorageError> {
        let found = order_facts_of(conn, shop, orders)?;
        Ok(Self(found.into_iter().map(|facts| (facts.shopify_order_id, facts)).collect()))
    }

    /// The customer had ordered before, as Shopify says; else what our own orders say.
    pub(super) fn customer_kind(&self, order: ShopifyId, ours: CustomerKind) -> CustomerKind {
        match self.0.get(&order).and_then(|facts| facts.is_returning) {
            Some(true) => CustomerKind::Returning,
            Some(false) | None => ours,
        }
    }

    /// The rules, with the collections of the order's products.
    pub(super) fn rules(&self, order: ShopifyId, rules: &Arc<ProgramRules>) -> Arc<ProgramRules> {
        let facts = self.0.get(&order).filter(|facts| !facts.collections.0.is_empty());
        let Some(facts) = facts.filter(|_| needs_collections(rules)) else {
            return Arc::clone(rules);
        };
        let mut known = ProgramRules::clone(rules);
        known.product_collections.extend(facts.collections.0.clone());
        Arc::new(known)
    }
}
