//! Looks up what only Shopify knows of an order and settles it, once. When Shopify cannot say it, the
//! order is settled by what we know ourselves: a commission must not wait for ever.

use std::collections::BTreeMap;

use domain::ids::ShopifyId;
use shopify::admin::customers::CountOrders;
use storage::{
    Json, StorageError,
    notify::{Channel, notify},
    order_facts::{OrderFacts, order_facts_keep},
    orders::{Order, order_by_shopify_id, orders_of_customers},
    shopify_tasks::Task,
};

use super::collections::collections_of;
use crate::{
    admin_api::{AdminError, ShopAddress},
    app::App,
};

/// Tries before an order is settled without the facts.
const TRIES_MAX: i64 = 4;
/// Orders of a customer that are looked at.
const ORDERS_MAX: u32 = 200;

/// Looks up an order and settles it.
///
/// # Errors
/// [`AdminError`] while another try may bring the facts.
pub(super) async fn look_up_order(
    app: &App,
    shop: &ShopAddress,
    task: &Task,
    id: ShopifyId,
) -> Result<(), AdminError> {
    let own = shop.id;
    let found = app.storage.read(move |conn| order_by_shopify_id(conn, own, id)).await?;
    let Some(order) = found else { return Ok(()) };
    let blank = OrderFacts {
        shop_id: own,
        shopify_order_id: id,
        collections: Json(BTreeMap::new()),
        is_returning: None,
        looked_up_at: app.clock.now(),
    };
    let facts = match facts_of(app, shop, &order, blank.clone()).await {
        Ok(facts) => facts,
        Err(error) if error.is_passing() && task.attempts < TRIES_MAX => return Err(error),
        Err(error) => {
            tracing::warn!(shop = own.0, order = id.0, %error, "settled without Shopify's facts");
            blank
        }
    };
    let (settler, now) = (app.settler.clone(), app.clock.now());
    app.storage
        .write(move |tx| {
            order_facts_keep(tx, &facts)?;
            if !settler.settle_waiting(tx, own, id, now)?.is_empty() {
                notify(tx, Channel::Outbox)?;
            }
            Ok::<_, StorageError>(())
        })
        .await?;
    Ok(())
}

async fn facts_of(
    app: &App,
    shop: &ShopAddress,
    order: &Order,
    blank: OrderFacts,
) -> Result<OrderFacts, AdminError> {
    let own = shop.id;
    let books = std::sync::Arc::clone(&app.books);
    let book = app.storage.read(move |conn| books.of(conn, own)).await?;
    let mut facts = blank;
    if book.needs_collections() {
        let lines = order.state.0.snapshot.iter().flat_map(|snapshot| &snapshot.lines);
        let mut products: Vec<ShopifyId> = lines.filter_map(|line| line.product_id).collect();
        products.sort_unstable();
        products.dedup();
        let found = collections_of(app, shop, &products).await?;
        let plain = |ids: Vec<ShopifyId>| ids.into_iter().map(|id| id.0).collect();
        facts.collections =
            Json(found.into_iter().map(|(product, ids)| (product.0, plain(ids))).collect());
    }
    if book.needs_customer()
        && let Some(customer) = order.customer_id
    {
        facts.is_returning = had_ordered(app, shop, order, customer).await?;
    }
    Ok(facts)
}

/// Whether Shopify counts more orders of the customer than this one and those after it.
async fn had_ordered(
    app: &App,
    shop: &ShopAddress,
    order: &Order,
    customer: ShopifyId,
) -> Result<Option<bool>, AdminError> {
    let Some(count) = app.admin_api.call(shop, &CountOrders { customer }).await? else {
        return Ok(None);
    };
    let (own, place) = (shop.id, (order.ordered_at, order.id));
    let ours = app
        .storage
        .read(move |conn| orders_of_customers(conn, own, &[customer], ORDERS_MAX))
        .await?;
    let since = ours.iter().filter(|one| (one.ordered_at, one.id) >= place).count();
    Ok(Some(count > i64::try_from(since).unwrap_or(i64::MAX)))
}
