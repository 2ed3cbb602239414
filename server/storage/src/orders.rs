//! Shopify orders as we know them, and the lock that makes two deliveries about one order take turns.

use diesel::prelude::*;
use domain::{
    ids::{OrderId, ShopId, ShopifyId},
    money::Currency,
    order::OrderState,
    time::UtcTime,
};

use crate::{
    DbConn, Json, StorageError, WriteTx, bulk,
    columns::record,
    lookup::{keys_of_shop, lookup},
    schema::orders,
};

mod lists;

pub use lists::{
    OrderFilter, OrderSummary, customers_between, order_count_between, order_page, orders_between,
    orders_of_customers,
};

record! {
    /// One order.
    pub struct Order in orders {
        /// Ours.
        pub id: OrderId,
        /// Its shop.
        pub shop_id: ShopId,
        /// Shopify's id.
        pub shopify_order_id: ShopifyId,
        /// The merchant's name for it, `#1001`; empty while only refunds have arrived.
        pub name: String,
        /// When it was placed; when we first heard of it while only refunds have arrived.
        pub ordered_at: UtcTime,
        /// The buyer's account.
        pub customer_id: Option<ShopifyId>,
        /// The shop's currency.
        pub currency: Currency,
        /// Total as charged, for display.
        pub total_minor: i64,
        /// Everything known about it.
        pub state: Json<OrderState>,
        /// The attribution decision, as JSON.
        pub decision: Option<String>,
        /// Why nobody is credited, or less than usual.
        pub reason: Option<String>,
        /// A charge of a subscription, as far as the payload can tell.
        pub is_charge: bool,
        /// When we first heard of it.
        pub created_at: UtcTime,
        /// When it last changed here.
        pub updated_at: UtcTime,
    }
}

/// An order that this transaction alone may change. Only [`orders_lock`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedOrder {
    /// The row; change it and give it to [`orders_save`].
    pub row: Order,
    is_new: bool,
}

impl LockedOrder {
    /// Nothing about it is stored yet.
    #[must_use]
    pub const fn is_new(&self) -> bool {
        self.is_new
    }
}

/// Locks orders of one shop until the transaction ends, whether or not they exist, and returns them
/// in the order of their Shopify ids; what is not stored yet comes as an empty order to fill in.
/// Everything that changes an order, its conversions or their entries does this first, so two
/// deliveries about one order never race. At most a few hundred at once: PostgreSQL's lock table is
/// finite.
///
/// # Errors
/// [`StorageError`].
pub fn orders_lock(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    shopify_order_ids: &[ShopifyId],
    currency: Currency,
    now: UtcTime,
) -> Result<Vec<LockedOrder>, StorageError> {
    let mut ids: Vec<ShopifyId> = shopify_order_ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    take_locks(tx, shop, &ids)?;
    let mut known = stored(tx, shop, &ids)?;
    known.sort_by_key(|order| order.shopify_order_id);
    let mut known = known.into_iter().peekable();
    let mut locked = Vec::with_capacity(ids.len());
    for id in ids {
        locked.push(match known.next_if(|order| order.shopify_order_id == id) {
            Some(row) => LockedOrder { row, is_new: false },
            None => {
                let row = empty_order(OrderId(tx.next_id(now)), shop, id, currency, now);
                LockedOrder { row, is_new: true }
            }
        });
    }
    Ok(locked)
}

/// PostgreSQL: one advisory lock per order, because a row that does not exist cannot be locked; in
/// one sequence everywhere, so that nobody waits in a circle. Two orders that share a key only wait
/// for each other. SQLite: the write transaction is the lock.
fn take_locks(tx: &mut WriteTx<'_>, shop: ShopId, ids: &[ShopifyId]) -> Result<(), StorageError> {
    let DbConn::Postgres(_) = &**tx else {
        return Ok(());
    };
    let mut keys: Vec<i64> = ids.iter().map(|id| lock_key(shop, *id)).collect();
    keys.sort_unstable();
    let rows = keys.into_iter().map(|key| vec![crate::sql::Value::integer(key)]).collect();
    let text = "SELECT v.key FROM {rows} WHERE pg_advisory_xact_lock(v.key) IS NOT NULL";
    bulk::load(tx, text, &["key"], rows)?;
    Ok(())
}

/// Any mixture of both ids.
const fn lock_key(shop: ShopId, order: ShopifyId) -> i64 {
    order.to_db() ^ shop.0.rotate_left(32)
}

fn stored(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    ids: &[ShopifyId],
) -> Result<Vec<Order>, StorageError> {
    orders_by_shopify_ids(tx, shop, ids)
}

fn empty_order(
    id: OrderId,
    shop_id: ShopId,
    shopify_order_id: ShopifyId,
    currency: Currency,
    now: UtcTime,
) -> Order {
    Order {
        id,
        shop_id,
        shopify_order_id,
        name: String::new(),
        ordered_at: now,
        customer_id: None,
        currency,
        total_minor: 0,
        state: Json::default(),
        decision: None,
        reason: None,
        is_charge: false,
        created_at: now,
        updated_at: now,
    }
}

/// Stores locked orders, new ones and changed ones. Before their conversions, which reference them.
///
/// # Errors
/// [`StorageError`].
pub fn orders_save(tx: &mut WriteTx<'_>, orders: &[LockedOrder]) -> Result<(), StorageError> {
    let rows: Vec<Order> = orders.iter().map(|order| order.row.clone()).collect();
    let tail = "ON CONFLICT (id) DO UPDATE SET name = excluded.name, \
         ordered_at = excluded.ordered_at, customer_id = excluded.customer_id, \
         currency = excluded.currency, total_minor = excluded.total_minor, \
         state = excluded.state, decision = excluded.decision, reason = excluded.reason, \
         is_charge = excluded.is_charge, updated_at = excluded.updated_at";
    bulk::insert(tx, &rows, tail)?;
    Ok(())
}

/// An order of the shop.
///
/// # Errors
/// [`StorageError`].
pub fn order_by_id(
    conn: &mut DbConn,
    shop: ShopId,
    id: OrderId,
) -> Result<Option<Order>, StorageError> {
    let query =
        orders::table.find(id.0).filter(orders::shop_id.eq(shop.0)).select(Order::as_select());
    Ok(query.first(conn).optional()?)
}

/// An order of the shop by Shopify's id.
///
/// # Errors
/// [`StorageError`].
pub fn order_by_shopify_id(
    conn: &mut DbConn,
    shop: ShopId,
    id: ShopifyId,
) -> Result<Option<Order>, StorageError> {
    let query = orders::table
        .filter(orders::shop_id.eq(shop.0))
        .filter(orders::shopify_order_id.eq(id.to_db()))
        .select(Order::as_select());
    Ok(query.first(conn).optional()?)
}

/// Orders of the shop by Shopify's ids.
///
/// # Errors
/// [`StorageError`].
pub fn orders_by_shopify_ids(
    conn: &mut DbConn,
    shop: ShopId,
    ids: &[ShopifyId],
) -> Result<Vec<Order>, StorageError> {
    let keys = keys_of_shop(&shop, ids)?;
    Ok(lookup!(conn, Order, "WHERE shop_id = ? AND shopify_order_id = ?", keys))
}
