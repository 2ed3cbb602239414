//! Reads an order whole and settles it as if its webhook had come.

use domain::ids::ShopifyId;
use serde_json::Value;
use shopify::admin::{
    fetched_order::fetched_order,
    orders::{ReadLines, ReadOrder, ReadRefund, add_page, next_page},
};
use storage::notify::{Channel, notify};

use crate::{
    admin_api::{AdminError, ShopAddress},
    app::App,
    flows::order_news::{CART_ATTRIBUTE, News, OrderNews},
};

/// Fetches and settles an order; false when Shopify does not have it any more.
///
/// # Errors
/// [`AdminError`].
pub async fn fetch_order(
    app: &App,
    shop: &ShopAddress,
    order: ShopifyId,
) -> Result<bool, AdminError> {
    let Some(whole) = read_whole(app, shop, order).await? else { return Ok(false) };
    let now = app.clock.now();
    let fetched = fetched_order(&whole, now, &app.fingerprints, CART_ATTRIBUTE)
        .map_err(|error| AdminError::Broken(format!("order {order}: {error}")))?;
    let news = OrderNews { order, what: News::Fetched(Box::new(fetched)) };
    let (settler, id) = (app.settler.clone(), shop.id);
    app.storage
        .write(move |tx| {
            let fired = settler.settle_fetched(tx, id, news.clone(), now)?;
            if !fired.is_empty() {
                notify(tx, Channel::Outbox)?;
            }
            Ok::<_, storage::StorageError>(())
        })
        .await?;
    Ok(true)
}

/// The order with all its lines and refunds, however many pages they are.
async fn read_whole(
    app: &App,
    shop: &ShopAddress,
    id: ShopifyId,
) -> Result<Option<Value>, AdminError> {
    let api = &app.admin_api;
    let Some(mut order) = api.call(shop, &ReadOrder { id }).await? else { return Ok(None) };
    let mut next = next_page(&order, LINES);
    while let Some(after) = next {
        let page = api.call(shop, &ReadLines { id, after }).await?;
        next = next_page(&page, LINES);
        add_page(&mut order, LINES, page);
    }
    let listed = order.get("refunds").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut refunds = Vec::with_capacity(listed.len());
    for refund in &listed {
        let id = refund.get("id").and_then(Value::as_str).unwrap_or_default();
        refunds.push(read_refund(app, shop, id).await?);
    }
    if let Some(order) = order.as_object_mut() {
        order.insert("refunds".to_owned(), Value::Array(refunds));
    }
    Ok(Some(order))
}

async fn read_refund(app: &App, shop: &ShopAddress, id: &str) -> Result<Value, AdminError> {
    let ask = |after| ReadRefund { id: id.to_owned(), after };
    let mut refund = app.admin_api.call(shop, &ask(None)).await?;
    let mut next = next_page(&refund, REFUND_LINES);
    while next.is_some() {
        let page = app.admin_api.call(shop, &ask(next)).await?;
        next = next_page(&page, REFUND_LINES);
        add_page(&mut refund, REFUND_LINES, page);
    }
    Ok(refund)
}

const LINES: &str = "lineItems";
const REFUND_LINES: &str = "refundLineItems";
