//! Long work that a merchant asked for, step by step. Whoever works on a job has moved `run_at` to the
//! end of a lease; a step stores its piece of the file together with the place where the next one
//! begins, so a process that dies loses one step and repeats none.

use diesel::prelude::*;
use domain::{
    ids::{JobId, ShopId},
    time::UtcTime,
};

use crate::{
    DbConn, StorageError, WriteTx, bulk,
    columns::{Record, record, text_enum},
    schema::{job_pieces, jobs},
    shops::one,
    sql::{execute, load},
};

text_enum! {
    /// What is to be done.
    pub enum JobKind {
        /// The list of orders as a file.
        ExportOrders = "export_orders",
        /// A draft program over past orders.
        DryRun = "dry_run",
    }
}

text_enum! {
    /// How far a job is.
    pub enum JobState {
        /// Waits for its next step, or is in one.
        Due = "due",
        /// Finished, with its result.
        Done = "done",
        /// Given up.
        Failed = "failed",
    }
}

record! {
    /// A job.
    pub struct Job in jobs {
        /// Ours; grows with time.
        pub id: JobId,
        /// Its shop.
        pub shop_id: ShopId,
        /// What is to be done.
        pub kind: JobKind,
        /// With what, as JSON.
        pub input: String,
        /// How far it is.
        pub state: JobState,
        /// When it may be worked on.
        pub run_at: UtcTime,
        /// Leases since the last step that was stored.
        pub attempts: i64,
        /// Where the next step begins.
        pub place: Option<String>,
        /// How much is done.
        pub done: i64,
        /// Of how much, where that is known.
        pub total: Option<i64>,
        /// Pieces of its file.
        pub pieces: i64,
        /// What its page shows, as JSON.
        pub result: Option<String>,
        /// Why it was given up.
        pub error: Option<String>,
        /// Who asked for it.
        pub author: String,
        /// When.
        pub created_at: UtcTime,
        /// When it ended.
        pub finished_at: Option<UtcTime>,
    }
}

record! {
    /// A piece of a job's file.
    pub struct JobPiece in job_pieces {
        /// Its job.
        pub job_id: JobId,
        /// From 0.
        pub place: i64,
        /// Its shop.
        pub shop_id: ShopId,
        /// The bytes.
        pub content: Vec<u8>,
    }
}

/// What one step came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Step {
    /// The next piece of the file; nothing where there is none.
    pub content: Vec<u8>,
    /// Where the next step begins; none when this was the last one.
    pub place: Option<String>,
    /// How much is done.
    pub done: i64,
    /// Of how much.
    pub total: Option<i64>,
    /// What the page shows, with the last step.
    pub result: Option<String>,
}

/// Asks for a job.
///
/// # Errors
/// [`StorageError`].
pub fn job_insert(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    kind: JobKind,
    input: &str,
    author: &str,
    now: UtcTime,
) -> Result<Job, StorageError> {
    let job = Job {
        id: JobId(tx.next_id(now)),
        shop_id: shop,
        kind,
        input: input.to_owned(),
        state: JobState::Due,
        run_at: now,
        attempts: 0,
        place: None,
        done: 0,
        total: None,
        pieces: 0,
        result: None,
        error: None,
        author: author.to_owned(),
        created_at: now,
        finished_at: None,
    };
    bulk::insert(tx, std::slice::from_ref(&job), "")?;
    Ok(job)
}

/// Leases the job that has been due longest; two claimers never get the same one. Crosses shops: workers
/// serve all.
///
/// # Errors
/// [`StorageError`].
pub fn job_claim(
    tx: &mut WriteTx<'_>,
    now: UtcTime,
    lease_until: UtcTime,
) -> Result<Option<Job>, StorageError> {
    // SQLite needs no lock: there is one writer.
    let lock = if matches!(&**tx, DbConn::Postgres(_)) { "FOR UPDATE SKIP LOCKED" } else { "" };
    let text = format!(
        "WITH ready AS (SELECT id FROM jobs WHERE state = 'due' AND run_at <= ? \
         ORDER BY run_at LIMIT 1 {lock}) \
         UPDATE jobs SET run_at = ?, attempts = attempts + 1 \
         WHERE id IN (SELECT id FROM ready) RETURNING {}",
        Job::COLUMNS.join(", ")
    );
    let claimed = load!(&mut **tx, &text, [now, lease_until] => <Job as Record>::SqlType as Job);
    Ok(claimed.into_iter().next())
}

/// When the next job becomes due. Crosses shops: for the worker's timer.
///
/// # Errors
/// [`StorageError`].
pub fn job_next_due_at(conn: &mut DbConn) -> Result<Option<UtcTime>, StorageError> {
    // The constant state lets both databases use the index of what is due.
    let text = "SELECT run_at FROM jobs WHERE state = 'due' ORDER BY run_at LIMIT 1";
    let found = load!(conn, text, [] => diesel::sql_types::BigInt as i64);
    Ok(found.first().copied().map(UtcTime::from_micros))
}

/// Stores a step and gives the job as it then is; none when somebody else has taken it over meanwhile,
/// and nothing is stored.
///
/// # Errors
/// [`StorageError`].
pub fn job_step(
    tx: &mut WriteTx<'_>,
    job: &Job,
    step: &Step,
    now: UtcTime,
) -> Result<Option<Job>, StorageError> {
    let is_last = step.place.is_none();
    let after = Job {
        state: if is_last { JobState::Done } else { JobState::Due },
        attempts: if is_last { job.attempts } else { 1 },
        place: step.place.clone(),
        done: step.done,
        total: step.total,
        pieces: job.pieces.saturating_add(i64::from(!step.content.is_empty())),
        result: step.result.clone(),
        finished_at: is_last.then_some(now),
        ..job.clone()
    };
    let text = "UPDATE jobs SET state = ?, attempts = ?, place = ?, done = ?, total = ?, \
         pieces = ?, result = ?, finished_at = ? WHERE id = ? AND state = 'due' AND run_at = ?";
    let changed = execute!(
        &mut **tx,
        text,
        [
            after.state.as_str(),
            after.attempts,
            after.place.clone(),
            after.done,
            after.total,
            after.pieces,
            after.result.clone(),
            after.finished_at,
            job.id,
            job.run_at
        ]
    );
    if changed == 0 {
        return Ok(None);
    }
    if !step.content.is_empty() {
        let piece = JobPiece {
            job_id: job.id,
            place: job.pieces,
            shop_id: job.shop_id,
            content: step.content.clone(),
        };
        bulk::insert(tx, std::slice::from_ref(&piece), "")?;
    }
    Ok(Some(after))
}

/// Says how far a step is that is still under way, and holds the job for longer; false when somebody else
/// has taken it over.
///
/// # Errors
/// [`StorageError`].
pub fn job_hold(
    tx: &mut WriteTx<'_>,
    job: &Job,
    (done, total): (i64, Option<i64>),
    lease_until: UtcTime,
) -> Result<bool, StorageError> {
    let text = "UPDATE jobs SET done = ?, total = ?, run_at = ? \
         WHERE id = ? AND state = 'due' AND run_at = ?";
    Ok(execute!(&mut **tx, text, [done, total, lease_until, job.id, job.run_at]) > 0)
}

/// The job cannot be done; its page says why.
///
/// # Errors
/// [`StorageError`].
pub fn job_fail(
    tx: &mut WriteTx<'_>,
    job: &Job,
    error: &str,
    now: UtcTime,
) -> Result<(), StorageError> {
    let text = "UPDATE jobs SET state = 'failed', error = ?, finished_at = ? \
         WHERE id = ? AND state = 'due'";
    execute!(&mut **tx, text, [error, now, job.id]);
    Ok(())
}

/// A step failed and is tried again then.
///
/// # Errors
/// [`StorageError`].
pub fn job_again(tx: &mut WriteTx<'_>, job: &Job, run_at: UtcTime) -> Result<(), StorageError> {
    let text = "UPDATE jobs SET run_at = ? WHERE id = ? AND state = 'due' AND run_at = ?";
    execute!(&mut **tx, text, [run_at, job.id, job.run_at]);
    Ok(())
}

/// A job of the shop.
///
/// # Errors
/// [`StorageError`].
pub fn job_by_id(conn: &mut DbConn, shop: ShopId, id: JobId) -> Result<Option<Job>, StorageError> {
    let query = jobs::table.find(id.0).filter(jobs::shop_id.eq(shop.0)).select(Job::as_select());
    Ok(query.first(conn).optional()?)
}

/// The shop's jobs, newest first.
///
/// # Errors
/// [`StorageError`].
pub fn job_page(conn: &mut DbConn, shop: ShopId, limit: i64) -> Result<Vec<Job>, StorageError> {
    let query = jobs::table
        .filter(jobs::shop_id.eq(shop.0))
        .order(jobs::id.desc())
        .limit(limit)
        .select(Job::as_select());
    Ok(query.load(conn)?)
}

/// A piece of a job's file.
///
/// # Errors
/// [`StorageError`].
pub fn job_piece(
    conn: &mut DbConn,
    shop: ShopId,
    job: JobId,
    place: i64,
) -> Result<Option<Vec<u8>>, StorageError> {
    let query = job_pieces::table
        .find((job.0, place))
        .filter(job_pieces::shop_id.eq(shop.0))
        .select(JobPiece::as_select());
    let found: Option<JobPiece> = query.first(conn).optional()?;
    Ok(found.map(|piece| piece.content))
}

/// Drops up to `limit` jobs that ended before, with their files; how many there were. Crosses shops: for
/// the upkeep.
///
/// # Errors
/// [`StorageError`].
pub fn jobs_drop(
    tx: &mut WriteTx<'_>,
    ended_before: UtcTime,
    limit: i64,
) -> Result<usize, StorageError> {
    let text = "SELECT id FROM jobs WHERE finished_at IS NOT NULL AND finished_at < ? \
         ORDER BY id LIMIT ?";
    let found = load!(&mut **tx, text, [ended_before, limit] => diesel::sql_types::BigInt as i64);
    for id in &found {
        execute!(&mut **tx, "DELETE FROM job_pieces WHERE job_id = ?", [*id]);
        one(execute!(&mut **tx, "DELETE FROM jobs WHERE id = ?", [*id]))?;
    }
    Ok(found.len())
}
