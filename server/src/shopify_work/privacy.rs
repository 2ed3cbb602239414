//! Forgetting a buyer and erasing a shop, at leisure: both go through everything that is stored.

use domain::ids::DeliveryId;
use shopify::payloads;
use storage::{
    StorageError,
    privacy::{bodies_drop, orders_of_buyer, shop_erase},
    shops::Shop,
};

use crate::{
    admin_api::AdminError,
    app::App,
    flows::privacy::{Forgotten, asking_body, drop_bodies, forget_buyer},
};

/// Forgets whom a delivery names.
pub(super) async fn redact_customer(
    app: &App,
    shop: &Shop,
    delivery: &str,
) -> Result<(), AdminError> {
    let delivery = delivery.parse().map(DeliveryId);
    let delivery =
        delivery.map_err(|_no_number| AdminError::Broken("no delivery's id".to_owned()))?;
    // Without its body it was done before: the body names the buyer, so it goes last.
    let body = app.storage.read(move |conn| asking_body(conn, delivery)).await?;
    let Some(body) = body else { return Ok(()) };
    let redact = payloads::customer_redact(&body)
        .map_err(|error| AdminError::Broken(format!("customers/redact: {error}")))?;
    let mut forgotten = Forgotten::of(redact, &app.fingerprints);
    let (id, buyer, now) = (shop.id, forgotten.buyer.clone(), app.clock.now());
    let books = std::sync::Arc::clone(&app.books);
    let orders = app
        .storage
        .write(move |tx| {
            let orders = orders_of_buyer(tx, id, &buyer)?;
            forget_buyer(tx, &books, id, &orders, &buyer, now)?;
            Ok::<_, StorageError>(orders)
        })
        .await?;
    forgotten.also(&orders);
    let mut after = Some(DeliveryId(0));
    while let Some(from) = after {
        let named = forgotten.clone();
        after = app.storage.write(move |tx| drop_bodies(tx, id, &named, delivery, from)).await?;
    }
    app.storage.write(move |tx| bodies_drop(tx, &[delivery])).await?;
    tracing::info!(shop = id.0, orders = orders.len(), "a buyer is forgotten");
    Ok(())
}

/// Erases everything of a shop that has removed the app.
pub(super) async fn erase_shop(app: &App, shop: &Shop) -> Result<(), AdminError> {
    if shop.uninstalled_at.is_none() {
        return Ok(());
    }
    let id = shop.id;
    app.storage.write(move |tx| shop_erase(tx, id)).await?;
    tracing::info!(shop = id.0, "a shop is erased");
    Ok(())
}
