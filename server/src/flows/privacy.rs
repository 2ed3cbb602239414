//! What privacy law asks of us: an answer to "what do you know of me", forgetting a buyer while the
//! sums stay, erasing a shop. Not here: when (webhooks, tasks).

use domain::{
    ids::{DeliveryId, OrderId, ShopId, ShopifyId},
    money::Money,
    order::OrderState,
    time::UtcTime,
};
use serde_json::{Value, json};
use shopify::{fingerprint::Fingerprinter, payloads::CustomerRedact};
use storage::{
    DbConn, StorageError, WriteTx,
    conversions::conversions_of_orders,
    inbox::delivery_bodies_of,
    orders::{Order, orders_lock, orders_save},
    privacy::{
        Buyer, DataRequest, bodies_after, bodies_drop, clicks_unlink, customer_forget,
        data_request_downloaded, email_forget, orders_of_buyer, signals_forget,
    },
};

use super::{enqueue_pixel_events::order_subject, shop_book::ShopBooks};

/// Orders that are forgotten in one write.
const ORDERS_MAX: usize = 200;
/// Bodies that are looked through in one read.
const BODIES: i64 = 200;

/// What a webhook asks to forget, in the words in which it is looked for.
#[derive(Debug, Clone)]
pub struct Forgotten {
    /// Who.
    pub buyer: Buyer,
    /// Texts that must not be left in any stored body.
    needles: Vec<String>,
}

impl Forgotten {
    /// From the body of `customers/redact`.
    #[must_use]
    pub fn of(redact: CustomerRedact, fingerprints: &Fingerprinter) -> Self {
        let person = redact.person;
        let mut needles: Vec<String> = redact.order_ids.iter().map(ToString::to_string).collect();
        needles.extend(person.customer_id.map(|id| id.to_string()));
        needles.extend(person.email.iter().chain(&person.phone).cloned());
        let buyer = Buyer {
            customer_id: person.customer_id,
            email_fingerprint: person.email.and_then(|email| fingerprints.email(&email)),
            order_ids: redact.order_ids,
        };
        Self { buyer, needles }
    }

    /// Bodies of the orders that were found as well.
    pub fn also(&mut self, orders: &[Order]) {
        self.needles.extend(orders.iter().map(|order| order.shopify_order_id.to_string()));
        self.needles.sort();
        self.needles.dedup();
    }

    /// Whether a body names the buyer or one of their orders. It may name somebody else with the same
    /// digits; then a copy that nobody needs any more goes too.
    fn is_named_in(&self, body: &[u8]) -> bool {
        let contains = |needle: &String| {
            !needle.is_empty()
                && body.windows(needle.len()).any(|at| at.eq_ignore_ascii_case(needle.as_bytes()))
        };
        self.needles.iter().any(contains)
    }
}

/// The body of the delivery that asks to forget somebody; none when it is gone.
///
/// # Errors
/// [`StorageError`].
pub fn asking_body(
    conn: &mut DbConn,
    delivery: DeliveryId,
) -> Result<Option<Vec<u8>>, StorageError> {
    let mut found = delivery_bodies_of(conn, &[delivery])?;
    found.remove(&delivery).map(|body| body.unpack()).transpose()
}

/// Forgets a buyer in orders, clicks and bindings. Amounts, decisions and entries stay as they are.
///
/// # Errors
/// [`StorageError`].
pub fn forget_buyer(
    tx: &mut WriteTx<'_>,
    books: &ShopBooks,
    shop: ShopId,
    orders: &[Order],
    buyer: &Buyer,
    now: UtcTime,
) -> Result<(), StorageError> {
    let currency = books.of(tx, shop)?.currency();
    for chunk in orders.chunks(ORDERS_MAX) {
        let ids: Vec<ShopifyId> = chunk.iter().map(|order| order.shopify_order_id).collect();
        let mut locked = orders_lock(tx, shop, &ids, currency, now)?;
        for order in &mut locked {
            order.row.customer_id = None;
            forget_in_state(&mut order.row.state.0);
        }
        orders_save(tx, &locked)?;
        let ids: Vec<OrderId> = locked.iter().map(|order| order.row.id).collect();
        clicks_unlink(tx, shop, &ids)?;
        for order in &locked {
            let subject = order_subject(order.row.shopify_order_id);
            signals_forget(tx, shop, &subject)?;
        }
    }
    if let Some(customer) = buyer.customer_id {
        customer_forget(tx, shop, customer)?;
    }
    if let Some(fingerprint) = &buyer.email_fingerprint {
        email_forget(tx, shop, fingerprint)?;
    }
    Ok(())
}

/// From now on no picture brings them back.
fn forget_in_state(state: &mut OrderState) {
    state.buyer_forgotten = true;
    if let Some(snapshot) = &mut state.snapshot {
        snapshot.forget_buyer();
    }
}

/// Drops the stored bodies that name a buyer, some at a time, but not yet the one that asks for it: gives
/// back where to go on, or none at the end.
///
/// # Errors
/// [`StorageError`].
pub fn drop_bodies(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    forgotten: &Forgotten,
    asking: DeliveryId,
    after: DeliveryId,
) -> Result<Option<DeliveryId>, StorageError> {
    let bodies = bodies_after(tx, shop, after, BODIES)?;
    let mut named = Vec::new();
    for (id, body) in &bodies {
        // What cannot be unpacked cannot be judged, and is of no use either.
        let is_named = body.unpack().map_or(true, |bytes| forgotten.is_named_in(&bytes));
        if is_named && *id != asking {
            named.push(*id);
        }
    }
    bodies_drop(tx, &named)?;
    Ok(bodies.last().map(|(id, _)| *id))
}

/// The orders that a request is about.
///
/// # Errors
/// [`StorageError`].
pub fn orders_asked_for(
    conn: &mut DbConn,
    request: &DataRequest,
) -> Result<Vec<Order>, StorageError> {
    let buyer = Buyer {
        customer_id: request.customer_id,
        email_fingerprint: request.email_fingerprint.clone(),
        order_ids: request.order_ids.0.clone(),
    };
    orders_of_buyer(conn, request.shop_id, &buyer)
}

/// The merchant takes the answer to a request.
///
/// # Errors
/// [`StorageError`].
pub fn answer_taken(
    tx: &mut WriteTx<'_>,
    request: &DataRequest,
    now: UtcTime,
) -> Result<(), StorageError> {
    data_request_downloaded(tx, request.shop_id, request.id, now)
}

/// Everything that we know of a buyer, for the merchant to hand over.
///
/// # Errors
/// [`StorageError`].
pub fn export_of(conn: &mut DbConn, request: &DataRequest) -> Result<Value, StorageError> {
    let orders = orders_asked_for(conn, request)?;
    let ids: Vec<OrderId> = orders.iter().map(|order| order.id).collect();
    let conversions = conversions_of_orders(conn, request.shop_id, &ids)?;
    let of_order = |order: &Order| {
        let snapshot = order.state.0.snapshot.as_ref();
        let credited: Vec<Value> = conversions
            .iter()
            .filter(|row| row.order_id == order.id)
            .map(|row| {
                json!({
                    "status": row.status,
                    "attributed_by": row.method,
                    "sales": Money::new(row.sales_minor, row.currency).decimal(),
                    "currency": row.currency,
                })
            })
            .collect();
        json!({
            "order_id": order.shopify_order_id.to_string(),
            "name": order.name,
            "placed_at": order.ordered_at,
            "customer_id": order.customer_id.map(|id| id.to_string()),
            "email_fingerprint": snapshot.and_then(|it| it.email_fingerprint.clone()),
            "landing_page": snapshot.and_then(|it| it.landing_site.clone()),
            "came_from": snapshot.and_then(|it| it.referring_host.clone()),
            "discount_codes": snapshot.map(|it| it.discount_codes.clone()).unwrap_or_default(),
            "visit_tokens": snapshot.map(|it| it.attribution_tokens.clone()).unwrap_or_default(),
            "total": Money::new(order.total_minor, order.currency).decimal(),
            "currency": order.currency,
            "affiliate_credit": credited,
        })
    };
    Ok(json!({
        "request": request.shopify_request_id.to_string(),
        "received_at": request.received_at,
        "explanation": "What the affiliate app Tributary keeps about this customer. An e-mail address \
            is kept only as a keyed fingerprint; names, addresses and telephone numbers are not kept.",
        "orders": orders.iter().map(of_order).collect::<Vec<_>>(),
    }))
}
