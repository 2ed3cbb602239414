//! Orders in lists: the merchant's page, a customer's history, the customers of a time.

use diesel::{dsl::exists, prelude::*, sql_types::BigInt};
use domain::{
    ids::{OrderId, ShopId, ShopifyId},
    money::Currency,
    time::UtcTime,
};

use super::Order;
use crate::{
    DbConn, StorageError,
    columns::record,
    lookup::{keys_of_shop, lookup},
    schema::{conversions, orders},
    sql::load,
};

record! {
    /// An order as lists show it: without its state and decision.
    pub struct OrderSummary in orders {
        /// Ours.
        pub id: OrderId,
        /// Its shop.
        pub shop_id: ShopId,
        /// Shopify's id.
        pub shopify_order_id: ShopifyId,
        /// The merchant's name for it, `#1001`.
        pub name: String,
        /// When it was placed.
        pub ordered_at: UtcTime,
        /// The buyer's account.
        pub customer_id: Option<ShopifyId>,
        /// The shop's currency.
        pub currency: Currency,
        /// Total as charged.
        pub total_minor: i64,
        /// Why nobody is credited, or less than usual.
        pub reason: Option<String>,
        /// A charge of a subscription, as far as the payload can tell.
        pub is_charge: bool,
    }
}

/// Which orders a list shows. The default is all.
#[derive(Debug, Clone, Default)]
pub struct OrderFilter {
    /// With a conversion of this status.
    pub conversion_status: Option<String>,
    /// With this reason.
    pub reason: Option<String>,
    /// With exactly this name.
    pub name: Option<String>,
    /// Placed from this moment on.
    pub from: Option<UtcTime>,
    /// Placed before this moment.
    pub until: Option<UtcTime>,
}

/// A page of the shop's orders, newest first, older than the last one of the page before.
///
/// # Errors
/// [`StorageError`].
pub fn order_page(
    conn: &mut DbConn,
    shop: ShopId,
    filter: &OrderFilter,
    before: Option<(UtcTime, OrderId)>,
    limit: i64,
) -> Result<Vec<OrderSummary>, StorageError> {
    let (time, id) = before.map_or((i64::MAX, i64::MAX), |(time, id)| (time.micros(), id.0));
    let mut query = orders::table
        .filter(orders::shop_id.eq(shop.0))
        .filter(orders::ordered_at.le(time))
        .filter(orders::ordered_at.lt(time).or(orders::id.lt(id)))
        .order((orders::ordered_at.desc(), orders::id.desc()))
        .limit(limit)
        .select(OrderSummary::as_select())
        .into_boxed();
    if let Some(status) = &filter.conversion_status {
        query = query.filter(exists(
            conversions::table
                .filter(conversions::order_id.eq(orders::id))
                .filter(conversions::status.eq(status)),
        ));
    }
    if let Some(reason) = &filter.reason {
        query = query.filter(orders::reason.eq(reason));
    }
    if let Some(name) = &filter.name {
        query = query.filter(orders::name.eq(name));
    }
    if let Some(from) = filter.from {
        query = query.filter(orders::ordered_at.ge(from.micros()));
    }
    if let Some(until) = filter.until {
        query = query.filter(orders::ordered_at.lt(until.micros()));
    }
    Ok(query.load(conn)?)
}

/// How many orders of the shop were placed within a time.
///
/// # Errors
/// [`StorageError`].
pub fn order_count_between(
    conn: &mut DbConn,
    shop: ShopId,
    (from, until): (UtcTime, UtcTime),
) -> Result<i64, StorageError> {
    let query = orders::table
        .filter(orders::shop_id.eq(shop.0))
        .filter(orders::ordered_at.ge(from.micros()))
        .filter(orders::ordered_at.lt(until.micros()))
        .count();
    Ok(query.get_result(conn)?)
}

/// The first orders of some customers, oldest first per customer, at most `limit` for each: whether
/// an order is a customer's first, and which charge of a subscription it is. In a batch, save its
/// orders first, so that they see one another.
///
/// # Errors
/// [`StorageError`].
pub fn orders_of_customers(
    conn: &mut DbConn,
    shop: ShopId,
    customers: &[ShopifyId],
    limit: u32,
) -> Result<Vec<OrderSummary>, StorageError> {
    let keys = keys_of_shop(&shop, customers)?;
    let per_key = format!(
        "WHERE shop_id = ? AND customer_id = ? \
         ORDER BY ordered_at, id LIMIT {limit}"
    );
    Ok(lookup!(conn, OrderSummary, &per_key, keys))
}

/// Whole orders placed within a time, oldest first, after the last one of the page before: for what is
/// computed again from them.
///
/// # Errors
/// [`StorageError`].
pub fn orders_between(
    conn: &mut DbConn,
    shop: ShopId,
    (from, until): (UtcTime, UtcTime),
    after: Option<(UtcTime, OrderId)>,
    limit: i64,
) -> Result<Vec<Order>, StorageError> {
    let (time, id) = after.map_or((i64::MIN, i64::MIN), |(time, id)| (time.micros(), id.0));
    let query = orders::table
        .filter(orders::shop_id.eq(shop.0))
        .filter(orders::ordered_at.ge(from.micros().max(time)))
        .filter(orders::ordered_at.lt(until.micros()))
        .filter(orders::ordered_at.gt(time).or(orders::id.gt(id)))
        .order((orders::ordered_at, orders::id))
        .limit(limit)
        .select(Order::as_select());
    Ok(query.load(conn)?)
}

/// Customers who ordered in a time, and how many orders of each are known in all.
///
/// # Errors
/// [`StorageError`].
pub fn customers_between(
    conn: &mut DbConn,
    shop: ShopId,
    (from, until): (UtcTime, UtcTime),
    limit: i64,
) -> Result<Vec<(ShopifyId, i64)>, StorageError> {
    let text = "SELECT customer_id, COUNT(*) FROM orders WHERE shop_id = ? AND customer_id IN \
         (SELECT customer_id FROM orders WHERE shop_id = ? AND customer_id IS NOT NULL \
         AND ordered_at >= ? AND ordered_at < ?) \
         GROUP BY customer_id ORDER BY customer_id LIMIT ?";
    let found: Vec<(i64, i64)> =
        load!(conn, text, [shop, shop, from, until, limit] => (BigInt, BigInt) as (i64, i64));
    Ok(found.into_iter().map(|(customer, count)| (ShopifyId::from_db(customer), count)).collect())
}
