//! Calls to Shopify that have to be made. A task is one row per shop, kind and subject; whoever works
//! on it holds its row until it says that it is done, or until its lease ends because it died. Nobody
//! else works on the same task meanwhile, even when it is asked for again: it runs once more then. What
//! is done is gone; what recurs gets its next time; what failed too often is kept with its error.

use diesel::prelude::*;
use domain::{ids::ShopId, time::UtcTime};

use crate::{
    DbConn, StorageError, WriteTx, bulk,
    columns::{Record, record, text_enum},
    schema::shopify_tasks,
    sql::{execute, load},
};

text_enum! {
    /// What has to be done.
    pub enum TaskKind {
        /// Read the shop's name, currency, zone and scopes.
        ReadShop = "read_shop",
        /// Renew the token although nobody needs it now: an unused one dies after 90 days.
        KeepAlive = "keep_alive",
        /// Compare our orders with Shopify's.
        Reconcile = "reconcile",
        /// Read an order whole; the subject is its id.
        FetchOrder = "fetch_order",
        /// Connect the web pixel.
        ConnectPixel = "connect_pixel",
        /// Tell the theme extension the shop's rules.
        TellStorefront = "tell_storefront",
        /// Look up what only Shopify knows of an order, and settle it; the subject is its id.
        LookUpOrder = "look_up_order",
        /// Read which plan the shop pays for.
        ReadPlan = "read_plan",
        /// Charge the usage up to yesterday.
        ChargeUsage = "charge_usage",
        /// Bring the codes of a program's discount to where they should be; the subject is its id.
        SyncCodes = "sync_codes",
        /// Pay a round by store credit; the subject is its number.
        PayStoreCredit = "pay_store_credit",
        /// Erase a buyer; the subject is the delivery that asks for it.
        RedactCustomer = "redact_customer",
        /// Erase the shop.
        EraseShop = "erase_shop",
    }
}

text_enum! {
    /// Whether it will be tried.
    pub enum TaskState {
        /// At `run_at`.
        Due = "due",
        /// Not any more: it failed too often.
        Failed = "failed",
    }
}

record! {
    /// A task.
    pub struct Task in shopify_tasks {
        /// Ours.
        pub id: i64,
        /// Its shop.
        pub shop_id: ShopId,
        /// What has to be done.
        pub kind: TaskKind,
        /// With what; empty where the kind says it all.
        pub subject: String,
        /// Whether it will be tried.
        pub state: TaskState,
        /// When it may be worked on.
        pub run_at: UtcTime,
        /// Leases taken so far, the present one included.
        pub attempts: i64,
        /// Why the last try failed.
        pub error: Option<String>,
        /// When it came up.
        pub created_at: UtcTime,
        /// Who works on it.
        pub held_by: Option<i64>,
        /// Until when nobody else may.
        pub held_until: Option<UtcTime>,
        /// Somebody asked for it while it was being worked on.
        pub is_asked_again: bool,
    }
}

/// Asks for a task now. One that is being worked on runs once more.
///
/// # Errors
/// [`StorageError`].
pub fn task_add(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    kind: TaskKind,
    subject: &str,
    now: UtcTime,
) -> Result<(), StorageError> {
    let task = Task::new(tx, (shop, kind, subject), now);
    add(tx, task)
}

/// Plans a task, of this kind with this subject, for later; it stays where it is planned for earlier.
///
/// # Errors
/// [`StorageError`].
pub fn task_plan(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    (kind, subject): (TaskKind, &str),
    now: UtcTime,
    run_at: UtcTime,
) -> Result<(), StorageError> {
    let task = Task { run_at, ..Task::new(tx, (shop, kind, subject), now) };
    add(tx, task)
}

impl Task {
    /// Due now. Its id is of now whenever it runs: an id of the future would carry every later id of
    /// the process there.
    fn new(
        tx: &WriteTx<'_>,
        (shop, kind, subject): (ShopId, TaskKind, &str),
        now: UtcTime,
    ) -> Self {
        Self {
            id: tx.next_id(now),
            shop_id: shop,
            kind,
            subject: subject.to_owned(),
            state: TaskState::Due,
            run_at: now,
            attempts: 0,
            error: None,
            created_at: now,
            held_by: None,
            held_until: None,
            is_asked_again: false,
        }
    }
}

fn add(tx: &mut WriteTx<'_>, task: Task) -> Result<(), StorageError> {
    let tail = "ON CONFLICT (shop_id, kind, subject) DO UPDATE SET state = 'due', attempts = 0, \
         run_at = CASE WHEN excluded.run_at < shopify_tasks.run_at THEN excluded.run_at \
         ELSE shopify_tasks.run_at END, is_asked_again = shopify_tasks.held_by IS NOT NULL";
    bulk::insert(tx, &[task], tail)?;
    Ok(())
}

/// Leases the task that has been due longest, if its kind is none of `but`; two claimers never get the
/// same one. Crosses shops: workers serve all.
///
/// # Errors
/// [`StorageError`].
pub fn task_claim(
    tx: &mut WriteTx<'_>,
    now: UtcTime,
    lease_until: UtcTime,
    but: &[TaskKind],
) -> Result<Option<Task>, StorageError> {
    // SQLite needs no lock: there is one writer.
    let lock = if matches!(&**tx, DbConn::Postgres(_)) { "FOR UPDATE SKIP LOCKED" } else { "" };
    let text = format!(
        "WITH ready AS (SELECT id FROM shopify_tasks WHERE {} ORDER BY run_at LIMIT 1 {lock}) \
         UPDATE shopify_tasks SET held_by = ?, held_until = ?, is_asked_again = FALSE, \
         attempts = attempts + 1 WHERE id IN (SELECT id FROM ready) RETURNING {}",
        free_but(but),
        Task::COLUMNS.join(", ")
    );
    let holder = tx.next_id(now);
    let claimed = load!(&mut **tx, &text, [now, now, holder, lease_until]
        => <Task as Record>::SqlType as Task);
    Ok(claimed.into_iter().next())
}

/// Whether [`task_claim`] would find something. Crosses shops: for the worker's timer.
///
/// # Errors
/// [`StorageError`].
pub fn task_is_due(
    conn: &mut DbConn,
    now: UtcTime,
    but: &[TaskKind],
) -> Result<bool, StorageError> {
    let text = format!("SELECT id FROM shopify_tasks WHERE {} LIMIT 1", free_but(but));
    let found = load!(conn, &text, [now, now] => diesel::sql_types::BigInt as i64);
    Ok(!found.is_empty())
}

/// Due at the first value, and nobody's at the second.
fn free_but(kinds: &[TaskKind]) -> String {
    // The constant state lets both databases use the index of what is due.
    let due = "state = 'due' AND run_at <= ? AND (held_until IS NULL OR held_until <= ?)";
    let but = kinds.iter().map(|kind| format!(" AND kind <> '{}'", kind.as_str()));
    due.to_owned() + &but.collect::<String>()
}

/// Keeps a claimed task for longer; false when somebody else has taken it over.
///
/// # Errors
/// [`StorageError`].
pub fn task_hold(
    tx: &mut WriteTx<'_>,
    task: &Task,
    lease_until: UtcTime,
) -> Result<bool, StorageError> {
    let text = "UPDATE shopify_tasks SET held_until = ? WHERE id = ? AND held_by = ?";
    Ok(execute!(&mut **tx, text, [lease_until, task.id, task.held_by]) == 1)
}

/// It is done: gone, unless it was asked for again meanwhile.
///
/// # Errors
/// [`StorageError`].
pub fn task_finish(tx: &mut WriteTx<'_>, task: &Task) -> Result<(), StorageError> {
    let text = "DELETE FROM shopify_tasks WHERE id = ? AND held_by = ? AND NOT is_asked_again";
    execute!(&mut **tx, text, [task.id, task.held_by]);
    release(tx, task)
}

/// It is done and comes again at `run_at`; or it failed and is tried again then.
///
/// # Errors
/// [`StorageError`].
pub fn task_again(
    tx: &mut WriteTx<'_>,
    task: &Task,
    run_at: UtcTime,
    error: Option<&str>,
) -> Result<(), StorageError> {
    let attempts = if error.is_some() { task.attempts } else { 0 };
    let text = "UPDATE shopify_tasks SET run_at = ?, attempts = ?, error = ? \
         WHERE id = ? AND held_by = ? AND NOT is_asked_again";
    let error = error.map(ToOwned::to_owned);
    execute!(&mut **tx, text, [run_at, attempts, error, task.id, task.held_by]);
    release(tx, task)
}

/// It failed too often.
///
/// # Errors
/// [`StorageError`].
pub fn task_give_up(tx: &mut WriteTx<'_>, task: &Task, error: &str) -> Result<(), StorageError> {
    let text = "UPDATE shopify_tasks SET state = 'failed', error = ? \
         WHERE id = ? AND held_by = ? AND NOT is_asked_again";
    execute!(&mut **tx, text, [error, task.id, task.held_by]);
    release(tx, task)
}

/// Whoever comes next may work on it.
fn release(tx: &mut WriteTx<'_>, task: &Task) -> Result<(), StorageError> {
    let text = "UPDATE shopify_tasks SET held_by = NULL, held_until = NULL, \
         is_asked_again = FALSE WHERE id = ? AND held_by = ?";
    execute!(&mut **tx, text, [task.id, task.held_by]);
    Ok(())
}

/// What failed in a shop is tried again now: it is connected again.
///
/// # Errors
/// [`StorageError`].
pub fn tasks_revive(tx: &mut WriteTx<'_>, shop: ShopId, now: UtcTime) -> Result<(), StorageError> {
    let text = "UPDATE shopify_tasks SET state = 'due', attempts = 0, run_at = ? \
         WHERE shop_id = ? AND error IS NOT NULL AND held_by IS NULL";
    execute!(&mut **tx, text, [now, shop]);
    Ok(())
}

/// Nothing more is done for a shop, but what privacy asks for.
///
/// # Errors
/// [`StorageError`].
pub fn tasks_drop_of(tx: &mut WriteTx<'_>, shop: ShopId) -> Result<(), StorageError> {
    let text = "DELETE FROM shopify_tasks WHERE shop_id = ? \
         AND kind <> 'redact_customer' AND kind <> 'erase_shop'";
    execute!(&mut **tx, text, [shop]);
    Ok(())
}

/// The shop's tasks, for people who look after it.
///
/// # Errors
/// [`StorageError`].
pub fn tasks_of(conn: &mut DbConn, shop: ShopId, limit: i64) -> Result<Vec<Task>, StorageError> {
    let query = shopify_tasks::table
        .filter(shopify_tasks::shop_id.eq(shop.0))
        .order(shopify_tasks::id)
        .limit(limit)
        .select(Task::as_select());
    Ok(query.load(conn)?)
}
