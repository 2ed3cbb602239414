//! Work with Shopify that nobody waits for: tasks from the table, tried again until they are done, and
//! what is done every day for every shop. The steps are here; asking is `admin_api`'s, writing the
//! flows'.

use std::{collections::HashSet, time::Duration};

use domain::{ids::ShopifyId, time::UtcTime};
use storage::{
    StorageError, WriteTx,
    shopify_tasks::{
        Task, TaskKind, task_again, task_claim, task_finish, task_give_up, task_hold, task_is_due,
    },
    shops::{self, Shop},
};
use tokio::task::JoinSet;

use crate::{
    admin_api::{AdminError, ShopAddress},
    app::App,
};

mod codes;
mod collections;
mod draft_facts;
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

pub use draft_facts::draft_facts;
pub use fetch_order::fetch_order;
pub use pixel::connect_pixel;
pub use plan::{charge_usage, offer_usage_plan, raise_cap, read_plan};
pub use reconcile::{Progress, Reconciled, reconcile};
pub use shop_facts::read_shop;
pub use store_credit::{Credited, give_store_credit};
pub use storefront::tell_storefront;

/// How often the table is looked at while there is a free place.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Tasks that are worked on at the same time.
const TASKS_MAX: usize = 8;
/// Of these, such as go through all orders of a shop or all payments of a round: what somebody waits for
/// finds a place beside them.
const LONG_MAX: usize = 4;
const LONG: &[TaskKind] =
    &[TaskKind::Reconcile, TaskKind::PayStoreCredit, TaskKind::RedactCustomer, TaskKind::EraseShop];
/// Until another process may take over the task of one that died.
const LEASE_S: i64 = 120;
/// How often a process that lives says so.
const HOLD_EVERY: Duration = Duration::from_secs(30);
/// Tries of a daily task before it waits for the next day.
const ATTEMPTS_MAX: i64 = 8;

/// Works on tasks for as long as the process lives.
pub async fn run(app: App) {
    let mut places = Places::default();
    loop {
        if let Err(error) = places.fill(&app).await {
            tracing::error!(%error, "tasks cannot be read");
            tokio::time::sleep(LOOK_EVERY * 4).await;
        }
        tokio::select! {
            () = places.wait_for_one(), if !places.running.is_empty() => {}
            () = tokio::time::sleep(LOOK_EVERY), if places.is_free() => {}
        }
    }
}

/// Works on the tasks that are due now, as many as there are places, and tells how many there were.
///
/// # Errors
/// [`StorageError`] of the table; what a task meets is written into it.
pub async fn run_due(app: &App) -> Result<usize, StorageError> {
    let mut places = Places::default();
    let filled = places.fill(app).await;
    let count = places.running.len();
    while !places.running.is_empty() {
        places.wait_for_one().await;
    }
    filled.map(|()| count)
}

/// The tasks that this process works on.
#[derive(Default)]
struct Places {
    running: JoinSet<()>,
    long: HashSet<tokio::task::Id>,
}

impl Places {
    fn is_free(&self) -> bool {
        self.running.len() < TASKS_MAX
    }

    /// Starts what is due until every place is taken.
    async fn fill(&mut self, app: &App) -> Result<(), StorageError> {
        while self.is_free() {
            let now = app.clock.now();
            let but = if self.long.len() < LONG_MAX { &[] } else { LONG };
            // Looking writes nothing.
            if !app.storage.read(move |conn| task_is_due(conn, now, but)).await? {
                break;
            }
            let lease_until = now.plus_seconds(LEASE_S);
            let claim = move |tx: &mut WriteTx<'_>| task_claim(tx, now, lease_until, but);
            let Some(task) = app.storage.write(claim).await? else { break };
            let is_long = LONG.contains(&task.kind);
            let app = app.clone();
            let started = self.running.spawn(async move { run_task(&app, task).await });
            if is_long {
                self.long.insert(started.id());
            }
        }
        Ok(())
    }

    /// Until one of the tasks has ended.
    async fn wait_for_one(&mut self) {
        let Some(ended) = self.running.join_next_with_id().await else { return };
        let id = match ended {
            Ok((id, ())) => id,
            Err(error) => {
                tracing::error!(%error, "a task broke off; its lease will end");
                error.id()
            }
        };
        self.long.remove(&id);
    }
}

async fn run_task(app: &App, task: Task) {
    let outcome = tokio::select! {
        outcome = perform(app, &task) => outcome,
        () = keep_hold(app, &task) => {
            tracing::warn!(shop = task.shop_id.0, kind = task.kind.as_str(), "a task was taken over");
            return;
        }
    };
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

/// Keeps the lease for as long as the task takes; ends when somebody else has it, or when it has run out
/// because the database could not be reached.
async fn keep_hold(app: &App, task: &Task) {
    let mut ends = app.clock.now().plus_seconds(LEASE_S);
    loop {
        tokio::time::sleep(HOLD_EVERY).await;
        let now = app.clock.now();
        let (held, until) = (task.clone(), now.plus_seconds(LEASE_S));
        match app.storage.write(move |tx| task_hold(tx, &held, until)).await {
            Ok(true) => ends = until,
            Ok(false) => return,
            Err(error) if ends <= now => {
                tracing::error!(%error, "the lease of a task has run out");
                return;
            }
            Err(error) => tracing::warn!(%error, "the lease of a task is not kept yet"),
        }
    }
}

/// A daily task comes again tomorrow, whatever happened; others wait longer with every try, up to four
/// hours, for as long as the failure may pass: a payment that is under way is never forgotten.
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
        None if can_pass => Some(wait_s),
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
