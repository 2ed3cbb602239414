//! What the law asks: what is known of a buyer, forgetting a buyer, erasing a shop. Amounts stay when
//! a buyer goes; nothing stays when a shop goes. Not here: who asks (`flows::privacy`).

use diesel::{prelude::*, sql_types::BigInt};
use domain::{
    ids::{DeliveryId, OrderId, ShopId, ShopifyId},
    time::UtcTime,
};

use crate::{
    Body, DbConn, Json, StorageError, WriteTx, bulk,
    columns::{Bound as _, record},
    orders::Order,
    schema::{data_requests, deliveries, delivery_bodies, orders},
    shops::one,
    sql::execute,
};

/// Orders of one buyer that are looked at, at most.
const ORDERS_MAX: i64 = 100_000;

/// Who a buyer is to us. Anything may be missing, not everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Buyer {
    /// Shopify's customer.
    pub customer_id: Option<ShopifyId>,
    /// The fingerprint of the e-mail.
    pub email_fingerprint: Option<String>,
    /// Orders that Shopify names.
    pub order_ids: Vec<ShopifyId>,
}

/// The orders of a buyer, as far as any of their marks says so.
///
/// # Errors
/// [`StorageError`].
pub fn orders_of_buyer(
    conn: &mut DbConn,
    shop: ShopId,
    buyer: &Buyer,
) -> Result<Vec<Order>, StorageError> {
    let of_shop = || orders::table.filter(orders::shop_id.eq(shop.0)).select(Order::as_select());
    let mut found: Vec<Order> = Vec::new();
    if let Some(customer) = buyer.customer_id {
        let query = of_shop().filter(orders::customer_id.eq(customer.to_db())).limit(ORDERS_MAX);
        found.extend(query.load::<Order>(conn)?);
    }
    if let Some(fingerprint) = &buyer.email_fingerprint {
        // A fingerprint is hex, so it has no wildcards, and stands nowhere else in the state.
        let query = of_shop().filter(orders::state.like(format!("%{fingerprint}%")));
        found.extend(query.limit(ORDERS_MAX).load::<Order>(conn)?);
    }
    for chunk in buyer.order_ids.chunks(500) {
        let ids: Vec<i64> = chunk.iter().map(|id| id.to_db()).collect();
        let query = of_shop().filter(orders::shopify_order_id.eq_any(ids)).limit(ORDERS_MAX);
        found.extend(query.load::<Order>(conn)?);
    }
    found.sort_by_key(|order| order.id);
    found.dedup_by_key(|order| order.id);
    Ok(found)
}

/// Cuts the tie between what was earned and the visit that brought it.
///
/// # Errors
/// [`StorageError`].
pub fn clicks_unlink(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    order_ids: &[OrderId],
) -> Result<(), StorageError> {
    let rows = order_ids
        .iter()
        .map(|id| Ok(vec![shop.value()?, id.value()?]))
        .collect::<Result<_, StorageError>>()?;
    let text = "UPDATE conversions SET click_id = NULL \
         WHERE (shop_id, order_id) IN (SELECT v.shop, v.order_id FROM {rows})";
    bulk::execute(tx, text, &["shop", "order_id"], rows)?;
    Ok(())
}

/// Forgets a customer outside of orders.
///
/// # Errors
/// [`StorageError`].
pub fn customer_forget(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    customer: ShopifyId,
) -> Result<(), StorageError> {
    for text in [
        "DELETE FROM customer_bindings WHERE shop_id = ? AND customer_id = ?",
        "DELETE FROM data_requests WHERE shop_id = ? AND customer_id = ?",
        "UPDATE affiliates SET shopify_customer_id = NULL \
         WHERE shop_id = ? AND shopify_customer_id = ?",
    ] {
        execute!(&mut **tx, text, [shop, customer]);
    }
    // Goals that the customer's first order reached stay, without saying whose order it was.
    let text = "UPDATE goal_conversions SET subject = 'forgotten:' || CAST(id AS TEXT) \
         WHERE shop_id = ? AND subject = ?";
    execute!(&mut **tx, text, [shop, format!("customer:{customer}")]);
    Ok(())
}

/// Forgets what a browser said at an order, and every event for pixels that tells of it.
///
/// # Errors
/// [`StorageError`].
pub fn signals_forget(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    subject: &str,
) -> Result<(), StorageError> {
    for text in [
        "DELETE FROM browser_signals WHERE shop_id = ? AND subject = ?",
        "DELETE FROM pixel_attempts WHERE event_id IN \
         (SELECT id FROM pixel_events WHERE shop_id = ? AND order_subject = ?)",
        "DELETE FROM pixel_events WHERE shop_id = ? AND order_subject = ?",
    ] {
        execute!(&mut **tx, text, [shop, subject]);
    }
    Ok(())
}

/// Forgets the requests of somebody who is known by an e-mail only.
///
/// # Errors
/// [`StorageError`].
pub fn email_forget(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    fingerprint: &str,
) -> Result<(), StorageError> {
    let text = "DELETE FROM data_requests WHERE shop_id = ? AND email_fingerprint = ?";
    execute!(&mut **tx, text, [shop, fingerprint]);
    Ok(())
}

/// Bodies of the shop's webhooks, by id, after one of them: to look who is named in them.
///
/// # Errors
/// [`StorageError`].
pub fn bodies_after(
    conn: &mut DbConn,
    shop: ShopId,
    after: DeliveryId,
    limit: i64,
) -> Result<Vec<(DeliveryId, Body)>, StorageError> {
    let query = delivery_bodies::table
        .inner_join(deliveries::table.on(deliveries::id.eq(delivery_bodies::delivery_id)))
        .filter(deliveries::shop_id.eq(shop.0))
        .filter(delivery_bodies::delivery_id.gt(after.0))
        .order(delivery_bodies::delivery_id)
        .limit(limit)
        .select((delivery_bodies::delivery_id, delivery_bodies::body));
    let found: Vec<(i64, Vec<u8>)> = query.load(conn)?;
    Ok(found.into_iter().map(|(id, body)| (DeliveryId(id), Body(body))).collect())
}

/// Drops bodies. Crosses shops: the caller has found them in one.
///
/// # Errors
/// [`StorageError`].
pub fn bodies_drop(tx: &mut WriteTx<'_>, ids: &[DeliveryId]) -> Result<(), StorageError> {
    let rows = ids.iter().map(|id| Ok(vec![id.value()?])).collect::<Result<_, StorageError>>()?;
    let text = "DELETE FROM delivery_bodies WHERE delivery_id IN (SELECT v.id FROM {rows})";
    bulk::execute(tx, text, &["id"], rows)?;
    Ok(())
}

record! {
    /// A buyer asks what we know. What we know is read when the merchant downloads it.
    pub struct DataRequest in data_requests {
        /// Ours.
        pub id: i64,
        /// Its shop.
        pub shop_id: ShopId,
        /// Shopify's number of it.
        pub shopify_request_id: ShopifyId,
        /// Who asks.
        pub customer_id: Option<ShopifyId>,
        /// The fingerprint of who asks.
        pub email_fingerprint: Option<String>,
        /// Their orders.
        pub order_ids: Json<Vec<ShopifyId>>,
        /// When it came; it has to be answered within 30 days.
        pub received_at: UtcTime,
        /// When the merchant took the answer.
        pub downloaded_at: Option<UtcTime>,
    }
}

/// Keeps a request, once.
///
/// # Errors
/// [`StorageError`].
pub fn data_request_insert(
    tx: &mut WriteTx<'_>,
    request: &DataRequest,
) -> Result<(), StorageError> {
    let tail = "ON CONFLICT (shop_id, shopify_request_id) DO NOTHING";
    bulk::insert(tx, std::slice::from_ref(request), tail)?;
    Ok(())
}

/// The shop's requests, newest first.
///
/// # Errors
/// [`StorageError`].
pub fn data_requests_of(
    conn: &mut DbConn,
    shop: ShopId,
    limit: i64,
) -> Result<Vec<DataRequest>, StorageError> {
    let query = data_requests::table
        .filter(data_requests::shop_id.eq(shop.0))
        .order(data_requests::id.desc())
        .limit(limit)
        .select(DataRequest::as_select());
    Ok(query.load(conn)?)
}

/// A request of the shop.
///
/// # Errors
/// [`StorageError`].
pub fn data_request_by_id(
    conn: &mut DbConn,
    shop: ShopId,
    id: i64,
) -> Result<Option<DataRequest>, StorageError> {
    let query = data_requests::table
        .find(id)
        .filter(data_requests::shop_id.eq(shop.0))
        .select(DataRequest::as_select());
    Ok(query.first(conn).optional()?)
}

/// The merchant has taken the answer.
///
/// # Errors
/// [`StorageError::NotFound`] without such a request.
pub fn data_request_downloaded(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    id: i64,
    at: UtcTime,
) -> Result<(), StorageError> {
    let text = "UPDATE data_requests SET downloaded_at = ? WHERE id = ? AND shop_id = ?";
    one(execute!(&mut **tx, text, [at, id, shop]))
}

/// Every table with a shop's rows, those that others refer to last. A test compares it with the
/// databases.
pub const TABLES_OF_SHOP: &[&str] = &[
    "job_pieces",
    "jobs",
    "mail_outbox",
    "letter_choices",
    "letters",
    "notices",
    "shop_contacts",
    "activity",
    "password_links",
    "payout_releases",
    "payout_entries",
    "payouts",
    "payout_batches",
    "payout_templates",
    "program_signups",
    "affiliate_profiles",
    "attempts",
    "firings",
    "signing_secrets",
    "postbacks",
    "pixel_attempts",
    "pixel_events",
    "browser_signals",
    "pixels",
    "visit_counts",
    "link_names",
    "creative_stats",
    "creatives",
    "goal_conversions",
    "goals",
    "manual_entries",
    "ledger_entries",
    "ledger_heads",
    "ledger_daily_heads",
    "period_sales",
    "bonus_grants",
    "balances",
    "daily_stats",
    "code_days",
    "conversions",
    "orders",
    "clicks",
    "customer_bindings",
    "product_bindings",
    "coupons",
    "shop_codes",
    "program_discounts",
    "portal_sessions",
    "affiliates",
    "program_versions",
    "programs",
    "data_requests",
    "product_collections",
    "store_credits",
    "usage_charges",
    "shop_plans",
    "order_facts",
    "reconciliations",
    "shopify_tasks",
    "installations",
    "deliveries",
];

/// Erases a shop. What stays is its domain and when it was here: a webhook that comes late still finds
/// whom it is for.
///
/// # Errors
/// [`StorageError`].
pub fn shop_erase(tx: &mut WriteTx<'_>, shop: ShopId) -> Result<(), StorageError> {
    for text in [
        "DELETE FROM delivery_bodies WHERE delivery_id IN \
         (SELECT id FROM deliveries WHERE shop_id = ?)",
        "DELETE FROM creative_images WHERE creative_id IN \
         (SELECT id FROM creatives WHERE shop_id = ?)",
        "DELETE FROM impressions_seen WHERE creative_id IN \
         (SELECT id FROM creatives WHERE shop_id = ?)",
    ] {
        execute!(&mut **tx, text, [shop]);
    }
    let pictures = "DELETE FROM creative_images WHERE creative_id IN \
         (SELECT id FROM creatives WHERE shop_id = ?)";
    execute!(&mut **tx, pictures, [shop]);
    // Affiliates refer to one another.
    execute!(&mut **tx, "UPDATE affiliates SET upline_id = NULL WHERE shop_id = ?", [shop]);
    for table in TABLES_OF_SHOP {
        let text = format!("DELETE FROM {table} WHERE shop_id = ?");
        execute!(&mut **tx, &text, [shop]);
    }
    let failures = "DELETE FROM login_failures WHERE account LIKE ?";
    execute!(&mut **tx, failures, [format!("{shop}:%")]);
    let text = "UPDATE shops SET name = domain, shopify_shop_id = NULL, currency = NULL, \
         timezone = 'UTC', settings = '{}', revision = revision + 1 WHERE id = ?";
    one(execute!(&mut **tx, text, [shop]))
}

/// How many rows of a shop a table has. For those who look after an erasure.
///
/// # Errors
/// [`StorageError`].
pub fn rows_of_shop(conn: &mut DbConn, shop: ShopId, table: &str) -> Result<i64, StorageError> {
    let text = format!("SELECT COUNT(*) FROM {table} WHERE shop_id = ?");
    let found = crate::sql::load!(conn, &text, [shop] => BigInt as i64);
    Ok(found.first().copied().unwrap_or(0))
}
