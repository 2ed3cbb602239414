//! Work with Shopify that nobody waits for: tasks from the table, tried again until they are done, and
//! what is done every day for every shop. The steps are here; asking is `admin_api`'s, writing the
//! flows'.

use std::time::Duration;

use domain::{ids::ShopifyId, time::UtcTime};
use storage::{
    StorageError,
    shopify_tasks::{
        Task, TaskKind, task_again, task_finish, task_give_up, task_next_due_at, tasks_claim,
    },
    shops::{self, Shop},
};

use crate::{
    admin_api::{AdminError, ShopAddress},
    app::App,
};

mod codes;
mod collections;
mod fetch_order;
mod look_up_order;
mod pay_store_credit;
mod pixel;
mod plan;
mod privacy;
mod reconcile;
mod shop_facts;
mod store_credit;
mod storefront;

pub use fetch_order::fetch_order;
pub use pixel::connect_pixel;
pub use plan::{charge_usage, offer_usage_plan, raise_cap, read_plan};
pub use reconcile::{Progress, Reconciled, reconcile};
pub use shop_facts::read_shop;
pub use store_credit::{Credited, give_store_credit};
pub use storefront::tell_storefront;

/// How often the table is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Tasks that are worked on at the same time.
const TASKS_MAX: i64 = 4;
/// Until another process may take over a task of one that died; reconciling takes longest.
const LEASE_S: i64 = 900;
/// Tries of a task before it is left.
const ATTEMPTS_MAX: i64 = 8;

/// Works on tasks for as long as the process lives.
pub async fn run(app: App) {
    loop {
        match run_due(&app).await {
            Ok(0) => tokio::time::sleep(LOOK_EVERY).await,
            Ok(_) => {}
            Err(error) => {
                tracing::error!(%error, "tasks cannot be read");
                tokio::time::sleep(LOOK_EVERY * 4).await;
            }
        }
    }
}

/// Works on the tasks that are due now, and tells how many there were.
///
/// # Errors
/// [`StorageError`] of the table; what a task meets is written into it.
pub async fn run_due(app: &App) -> Result<usize, StorageError> {
    let now = app.clock.now();
    let due = app.storage.read(task_next_due_at).await?;
    if due.is_none_or(|due| due > now) {
        return Ok(0);
    }
    let lease_until = now.plus_seconds(LEASE_S);
    let tasks = app.storage.write(move |tx| tasks_claim(tx, now, lease_until, TASKS_MAX)).await?;
    let count = tasks.len();
    let mut running = tokio::task::JoinSet::new();
    for task in tasks {
        let app = app.clone();
        running.spawn(async move { run_task(&app, task).await });
    }
    while let Some(ended) = running.join_next().await {
        if let Err(error) = ended {
            tracing::error!(%error, "a task broke off; its lease will end");
        }
    }
    Ok(count)
}

async fn run_task(app: &App, task: Task) {
    let outcome = perform(app, &task).await;
    let now = app.clock.now();
    let written = match outcome {
        Ok(()) => {
            let again = every(task.kind).map(|seconds| now.plus_seconds(seconds));
            app.storage
                .write(move |tx| match again {
                    Some(at) => task_again(tx, &task, at, None),
                    None => task_finish(tx, &task),
                })
                .await
        }
        Err(error) => failed(app, task, &error, now).await,
    };
    if let Err(error) = written {
        tracing::error!(%error, "a task cannot be finished; its lease will end");
    }
}

/// A daily task comes again tomorrow, whatever happened; others wait longer with every try.
async fn failed(
    app: &App,
    task: Task,
    error: &AdminError,
    now: UtcTime,
) -> Result<(), StorageError> {
    tracing::warn!(shop = task.shop_id.0, kind = task.kind.as_str(), %error, "a task failed");
    let text = error.to_string();
    let wait_s = 15_i64 << task.attempts.clamp(0, 10);
    let can_pass = error.is_passing() || matches!(error, AdminError::NotConnected);
    let again = match every(task.kind) {
        Some(seconds) if task.attempts >= ATTEMPTS_MAX => Some(seconds),
        Some(seconds) => Some(wait_s.min(seconds)),
        None if can_pass && task.attempts < ATTEMPTS_MAX => Some(wait_s),
        None => None,
    };
    app.storage
        .write(move |tx| match again {
            Some(seconds) => task_again(tx, &task, now.plus_seconds(seconds), Some(&text)),
            None => task_give_up(tx, &task, &text),
        })
        .await
}

/// Seconds after which a task comes again by itself.
const fn every(kind: TaskKind) -> Option<i64> {
    const DAY_S: i64 = 86_400;
    match kind {
        TaskKind::KeepAlive | TaskKind::Reconcile | TaskKind::ReadShop | TaskKind::ChargeUsage => {
            Some(DAY_S)
        }
        TaskKind::FetchOrder
        | TaskKind::ConnectPixel
        | TaskKind::TellStorefront
        | TaskKind::LookUpOrder
        | TaskKind::ReadPlan
        | TaskKind::SyncCodes
        | TaskKind::PayStoreCredit
        | TaskKind::RedactCustomer
        | TaskKind::EraseShop => None,
    }
}

async fn perform(app: &App, task: &Task) -> Result<(), AdminError> {
    let id = task.shop_id;
    let found = app.storage.read(move |conn| shops::shop_by_id(conn, id)).await?;
    let shop: Shop = found.ok_or(StorageError::NotFound)?;
    let address = ShopAddress::from(&shop);
    let subject = || {
        let id = task.subject.parse().map(ShopifyId);
        id.map_err(|_no_number| AdminError::Broken(format!("{:?} is no id", task.subject)))
    };
    match task.kind {
        TaskKind::RedactCustomer => privacy::redact_customer(app, &shop, &task.subject).await,
        TaskKind::EraseShop => privacy::erase_shop(app, &shop).await,
        // Whoever has removed the app is left alone.
        _ if shop.uninstalled_at.is_some() => Ok(()),
        TaskKind::ReadShop => read_shop(app, &address).await,
        TaskKind::KeepAlive => keep_alive(app, &address).await,
        TaskKind::ConnectPixel => connect_pixel(app, &address).await,
        TaskKind::TellStorefront => tell_storefront(app, &address).await,
        TaskKind::FetchOrder => fetch_order(app, &address, subject()?).await.map(|_news| ()),
        TaskKind::LookUpOrder => {
            look_up_order::look_up_order(app, &address, task, subject()?).await
        }
        TaskKind::ReadPlan => read_plan(app, &address).await,
        TaskKind::ChargeUsage => charge_usage(app, &address).await,
        TaskKind::SyncCodes => codes::sync_codes(app, &address, &task.subject).await,
        TaskKind::PayStoreCredit => {
            pay_store_credit::pay_store_credit(app, &shop, &task.subject).await
        }
        TaskKind::Reconcile => reconcile(app, &address, None, |_| {}).await.map(|_found| ()),
    }
}

/// A token that nobody uses for 90 days dies: it is renewed every day, needed or not.
async fn keep_alive(app: &App, shop: &ShopAddress) -> Result<(), AdminError> {
    let token = app.admin_api.token(shop).await?;
    app.admin_api.renew(shop, token.generation).await?;
    read_plan(app, shop).await
}
