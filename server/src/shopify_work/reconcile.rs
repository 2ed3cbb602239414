//! Compares our orders with Shopify's (N12): webhooks get lost, come twice and come late, so every
//! night the orders that changed since the last good point are listed, and those that we do not know in
//! their present state are fetched. Deletions and lost chargebacks change no order, so the orders that
//! we know are looked up as well (`standing`). What was missed is kept as a report.

use domain::{
    ids::{ShopId, ShopifyId},
    time::UtcTime,
};
use shopify::admin::orders::{ChangedOrder, ListChanged};
use storage::{
    DbConn, Json, StorageError,
    installations::{installation, installation_insert_if_absent, installation_set_reconciled},
    orders::orders_by_shopify_ids,
    reconciliations::{Drift, Reconciliation, reconciliation_save},
};

use super::fetch_order;
use crate::{
    admin_api::{AdminError, ShopAddress},
    app::App,
};

mod standing;

/// The first comparison looks back so far; Shopify shows no older orders without further approval.
const FIRST_DAYS: i64 = 59;
/// Changes from before the last good point that are looked at once more: clocks differ, and lists lag.
const OVERLAP_S: i64 = 900;
/// Changes so recent that their webhook may still be on its way are no drift.
const GRACE_S: i64 = 30;
/// Orders that a report names.
const NAMED_MAX: usize = 100;

/// How far a comparison got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Orders looked at.
    pub checked: u64,
    /// Orders to look at, about.
    pub total: Option<u64>,
    /// Of them, not known in their present state.
    pub drifted: u64,
}

/// What a comparison found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconciled {
    /// Orders that changed from then on were looked at.
    pub since: UtcTime,
    /// So many.
    pub checked: u64,
    /// So many were unknown.
    pub missing: u64,
    /// So many had changed without our hearing of it.
    pub stale: u64,
}

/// Compares and mends. `since` overrules the last good point.
///
/// # Errors
/// [`AdminError`]; what was mended until then stays, and the report says how far it got.
pub async fn reconcile(
    app: &App,
    shop: &ShopAddress,
    since: Option<UtcTime>,
    mut progress: impl FnMut(Progress),
) -> Result<Reconciled, AdminError> {
    let now = app.clock.now();
    let since = match since {
        Some(since) => since,
        None => last_good_point(app, shop.id, now).await?,
    };
    let mut run = Reconciliation {
        id: app.storage.next_id(now),
        shop_id: shop.id,
        started_at: now,
        finished_at: None,
        since,
        checked: 0,
        missing: 0,
        stale: 0,
        drift: Json(Vec::new()),
        error: None,
    };
    let mut outcome = compare(app, shop, &mut run, &mut progress).await;
    if outcome.is_ok() {
        outcome = standing::compare(app, shop, &mut run).await;
    }
    run.finished_at = Some(app.clock.now());
    run.error = outcome.as_ref().err().map(AdminError::advice);
    let (report, id) = (run.clone(), shop.id);
    let is_whole = outcome.is_ok();
    app.storage
        .write(move |tx| {
            reconciliation_save(tx, &report)?;
            if is_whole {
                installation_insert_if_absent(tx, id, now)?;
                installation_set_reconciled(tx, id, report.started_at)?;
            }
            Ok::<_, StorageError>(())
        })
        .await?;
    outcome?;
    let count = |number: i64| u64::try_from(number).unwrap_or(0);
    Ok(Reconciled {
        since,
        checked: count(run.checked),
        missing: count(run.missing),
        stale: count(run.stale),
    })
}

async fn last_good_point(app: &App, shop: ShopId, now: UtcTime) -> Result<UtcTime, StorageError> {
    let row = app.storage.read(move |conn| installation(conn, shop)).await?;
    let known = row.and_then(|row| row.reconciled_until);
    Ok(known.map_or(now.plus_days(-FIRST_DAYS), |known| known.plus_seconds(-OVERLAP_S)))
}

async fn compare(
    app: &App,
    shop: &ShopAddress,
    run: &mut Reconciliation,
    progress: &mut impl FnMut(Progress),
) -> Result<(), AdminError> {
    let mut after = None;
    let mut total = None;
    loop {
        let page = app.admin_api.call(shop, &ListChanged { since: run.since, after }).await?;
        total = total.or(page.count);
        for (changed, known_at) in drifted(app, shop.id, &page.orders).await? {
            // Gone between the list and now: the look-up of what we know finds it.
            if !fetch_order(app, shop, changed.id).await? {
                continue;
            }
            note(run, &changed, known_at);
        }
        run.checked += i64::try_from(page.orders.len()).unwrap_or(0);
        let count = |number: i64| u64::try_from(number).unwrap_or(0);
        progress(Progress {
            checked: count(run.checked),
            total,
            drifted: count(run.missing + run.stale),
        });
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(()),
        }
    }
}

fn note(run: &mut Reconciliation, changed: &ChangedOrder, known_at: Option<UtcTime>) {
    match known_at {
        None => run.missing += 1,
        Some(_) => run.stale += 1,
    }
    if run.drift.0.len() < NAMED_MAX {
        run.drift.0.push(Drift {
            order: changed.id,
            name: changed.name.clone(),
            changed_at: changed.updated_at,
            known_at,
        });
    }
}

/// Those of the orders that we do not know in their present state, with the last state that we know.
async fn drifted(
    app: &App,
    shop: ShopId,
    listed: &[ChangedOrder],
) -> Result<Vec<(ChangedOrder, Option<UtcTime>)>, StorageError> {
    let newest = app.clock.now().plus_seconds(-GRACE_S);
    let settled: Vec<ChangedOrder> =
        listed.iter().filter(|order| order.updated_at <= newest).cloned().collect();
    app.storage
        .read(move |conn| {
            let mut drifted = Vec::new();
            for order in settled {
                match knowledge(conn, shop, &order)? {
                    Knowledge::Present => {}
                    Knowledge::Stale(at) => drifted.push((order, Some(at))),
                    Knowledge::None => drifted.push((order, None)),
                }
            }
            Ok(drifted)
        })
        .await
}

enum Knowledge {
    Present,
    Stale(UtcTime),
    None,
}

/// Shopify's times are whole seconds, so two changes may share one: payment and cancellation are
/// compared as well.
fn knowledge(
    conn: &mut DbConn,
    shop: ShopId,
    order: &ChangedOrder,
) -> Result<Knowledge, StorageError> {
    let ids: [ShopifyId; 1] = [order.id];
    let row = orders_by_shopify_ids(conn, shop, &ids)?.pop();
    let Some(snapshot) = row.and_then(|row| row.state.0.snapshot) else {
        return Ok(Knowledge::None);
    };
    let is_same =
        snapshot.payment == order.payment && snapshot.cancelled_at.is_some() == order.is_cancelled;
    let is_present = snapshot.updated_at > order.updated_at
        || (snapshot.updated_at == order.updated_at && is_same);
    Ok(if is_present { Knowledge::Present } else { Knowledge::Stale(snapshot.updated_at) })
}
