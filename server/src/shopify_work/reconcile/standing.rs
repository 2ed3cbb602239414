//! Looks up the orders that we know: one that Shopify does not have any more was deleted, and one with a
//! lost chargeback pays nothing. Neither has to change the order's time, so no list of changes tells it.

use std::sync::Arc;

use domain::{
    ids::{OrderId, ShopId},
    time::UtcTime,
};
use shopify::admin::orders::{ReadStanding, STANDING_MAX, Standing};
use storage::{
    StorageError,
    notify::{Channel, notify},
    orders::{Order, orders_between},
    reconciliations::{Drift, Reconciliation},
};

use super::{NAMED_MAX, OVERLAP_S};
use crate::{
    admin_api::{AdminError, ShopAddress},
    app::App,
    flows::order_news::{News, OrderNews},
};

/// Orders from so many days are looked up. Older ones Shopify does not show without further approval,
/// which would look as if they were deleted: the limit keeps away from that.
const LOOK_BACK_DAYS: i64 = 50;
/// When so many of the orders looked up seem to be deleted, and these are more than half of them, it
/// is rather a permission that is missing.
const UNLIKELY_COUNT: usize = 20;

/// Finds deletions and lost chargebacks, and settles them.
///
/// # Errors
/// [`AdminError`]; broken when an unlikely number of orders seems to be gone.
pub(super) async fn compare(
    app: &App,
    shop: &ShopAddress,
    run: &mut Reconciliation,
) -> Result<(), AdminError> {
    let now = app.clock.now();
    let range = (now.plus_days(-LOOK_BACK_DAYS), now.plus_seconds(-OVERLAP_S));
    let (mut looked_up, mut changed) = (0_usize, Vec::new());
    let mut after = None;
    loop {
        let page = page_of(app, shop.id, range, after).await?;
        let Some(last) = page.last() else { break };
        after = Some((last.ordered_at, last.id));
        let known: Vec<&Order> = page.iter().filter(|order| counts(order)).collect();
        for some in known.chunks(STANDING_MAX) {
            let ask =
                ReadStanding { orders: some.iter().map(|order| order.shopify_order_id).collect() };
            let told = app.admin_api.call(shop, &ask).await?;
            looked_up += some.len();
            for (order, (_, standing)) in some.iter().zip(told) {
                let what = match standing {
                    Standing::Gone => News::Deleted,
                    Standing::ChargedBack if !order.state.0.charged_back => News::ChargedBack,
                    Standing::ChargedBack | Standing::Present => continue,
                };
                changed.push((Order::clone(order), what));
            }
        }
    }
    let is_gone = |(_, what): &&(Order, News)| matches!(what, News::Deleted);
    let gone = changed.iter().filter(is_gone).count();
    if gone >= UNLIKELY_COUNT && gone.saturating_mul(2) > looked_up {
        return Err(AdminError::Denied(format!("{gone} of {looked_up} orders are not shown")));
    }
    for (order, what) in changed {
        note(run, &order, now);
        settle(app, shop.id, &order, what, now).await?;
    }
    Ok(())
}

async fn page_of(
    app: &App,
    shop: ShopId,
    range: (UtcTime, UtcTime),
    after: Option<(UtcTime, OrderId)>,
) -> Result<Vec<Order>, StorageError> {
    let limit = i64::try_from(STANDING_MAX).unwrap_or(i64::MAX).saturating_mul(5);
    app.storage.read(move |conn| orders_between(conn, shop, range, after, limit)).await
}

/// Orders of which there is a picture, and that are not known to be deleted. Sales that were entered by
/// hand never were in Shopify: looked up there, they would seem to be gone.
fn counts(order: &Order) -> bool {
    let state = &order.state.0;
    !order.shopify_order_id.is_by_hand() && state.snapshot.is_some() && !state.deleted
}

fn note(run: &mut Reconciliation, order: &Order, now: UtcTime) {
    run.stale += 1;
    if run.drift.0.len() < NAMED_MAX {
        run.drift.0.push(Drift {
            order: order.shopify_order_id,
            name: order.name.clone(),
            changed_at: now,
            known_at: order.state.0.snapshot.as_ref().map(|snapshot| snapshot.updated_at),
        });
    }
}

async fn settle(
    app: &App,
    shop: ShopId,
    order: &Order,
    what: News,
    now: UtcTime,
) -> Result<(), StorageError> {
    let settler = app.settler.clone();
    let news = Arc::new(OrderNews { order: order.shopify_order_id, what });
    app.storage
        .write(move |tx| {
            let fired = settler.settle_fetched(tx, shop, OrderNews::clone(&news), now)?;
            if !fired.is_empty() {
                notify(tx, Channel::Outbox)?;
            }
            Ok(())
        })
        .await
}
