//! Long work, asked for by a merchant and done by the workers, step by step. A step reads; the worker
//! stores what it came to together with the place of the next one, so a process that dies loses one step
//! and repeats none (`storage::jobs`).

use std::sync::atomic::{AtomicI64, Ordering};

use domain::{
    ids::{OrderId, ProgramId},
    program::ProgramRules,
    time::UtcTime,
};
use serde::{Deserialize, Serialize};
use storage::{
    DbConn, StorageError, WriteTx,
    jobs::{Job, JobKind, Step, job_insert},
};

use super::{
    dry_run::{Draft, DraftFacts, DryRunError, Report, dry_run_watched, table},
    export_orders::{OrderList, Place, export_part, orders_to_look_at},
    record_activity::Act,
    shop_book::ShopBooks,
};

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "task", rename_all = "snake_case")]
pub enum Task {
    /// The list of orders as a file.
    ExportOrders {
        /// Which.
        list: OrderList,
    },
    /// A draft program over past orders.
    DryRun(Box<DryRunTask>),
}

/// A dry run that is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DryRunTask {
    /// The program.
    pub program: ProgramId,
    /// Its number in the shop.
    pub number: i64,
    /// The rules to try.
    pub rules: ProgramRules,
    /// Orders placed from here on…
    pub from: UtcTime,
    /// …and before here.
    pub until: UtcTime,
    /// The editor's form, to go back to the draft.
    pub fields: Vec<(String, String)>,
}

/// Why a step came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// It never will.
    #[error("{0}")]
    Impossible(String),
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl storage::TxError for JobError {
    fn storage_error(&self) -> Option<&StorageError> {
        match self {
            Self::Storage(error) => Some(error),
            Self::Impossible(_) => None,
        }
    }
}

/// How far a step is that is still under way; read while it works.
#[derive(Debug, Default)]
pub struct Progress(AtomicI64);

impl Progress {
    /// So much is done.
    pub fn set(&self, done: usize) {
        self.0.store(i64::try_from(done).unwrap_or(i64::MAX), Ordering::Relaxed);
    }

    /// How much is done.
    #[must_use]
    pub fn done(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Asks for work.
///
/// # Errors
/// [`StorageError`].
pub fn ask(tx: &mut WriteTx<'_>, act: Act, task: &Task) -> Result<Job, StorageError> {
    let kind = match task {
        Task::ExportOrders { .. } => JobKind::ExportOrders,
        Task::DryRun(_) => JobKind::DryRun,
    };
    let input = serde_json::to_string(task)
        .map_err(|error| StorageError::Other(format!("task: {error}")))?;
    job_insert(tx, act.shop, kind, &input, &act.actor.to_string(), act.now)
}

/// What a job was asked for.
///
/// # Errors
/// [`StorageError::Corrupt`] when the column is not one that the program writes.
pub fn read_task(job: &Job) -> Result<Task, StorageError> {
    serde_json::from_str(&job.input)
        .map_err(|error| StorageError::Corrupt(format!("job {}: {error}", job.id)))
}

/// How much there is to do in all, where that is known beforehand.
///
/// # Errors
/// [`JobError`].
pub fn total(conn: &mut DbConn, job: &Job) -> Result<Option<i64>, JobError> {
    let list = match read_task(job)? {
        Task::ExportOrders { list } => list,
        Task::DryRun(task) => {
            OrderList { from: Some(task.from), until: Some(task.until), ..OrderList::default() }
        }
    };
    Ok(Some(orders_to_look_at(conn, job.shop_id, &list)?))
}

/// The job's next step, with what Shopify said of its draft. Reads only.
///
/// # Errors
/// [`JobError`].
pub fn next_step(
    conn: &mut DbConn,
    books: &ShopBooks,
    job: &Job,
    facts: &DraftFacts,
    progress: &Progress,
) -> Result<Step, JobError> {
    match read_task(job)? {
        Task::ExportOrders { list } => {
            let part = export_part(conn, job.shop_id, &list, place_of(job)?)?;
            Ok(Step {
                content: part.content.into_bytes(),
                place: part.next.map(|(at, id)| format!("{}:{id}", at.micros())),
                done: job.done.saturating_add(part.looked_at),
                total: job.total,
                result: None,
            })
        }
        Task::DryRun(task) => {
            let book = books.of(conn, job.shop_id)?;
            let draft = Draft {
                program: task.program,
                rules: &task.rules,
                from: task.from,
                until: task.until,
                facts,
            };
            let run = dry_run_watched(conn, &book, &draft, &|done| progress.set(done));
            let run = run.map_err(|error| match error {
                DryRunError::Rules(errors) => {
                    let first = errors.into_iter().next();
                    JobError::Impossible(first.map_or_else(String::new, |one| one.message))
                }
                DryRunError::Storage(error) => JobError::Storage(error),
            })?;
            let report = serde_json::to_string(&Report::of(&run))
                .map_err(|error| StorageError::Other(format!("report: {error}")))?;
            Ok(Step {
                content: table(&run).into_bytes(),
                place: None,
                done: job.total.unwrap_or_else(|| progress.done()),
                total: job.total,
                result: Some(report),
            })
        }
    }
}

/// Where an export goes on.
fn place_of(job: &Job) -> Result<Option<Place>, StorageError> {
    let Some(text) = &job.place else { return Ok(None) };
    let read = || {
        let (at, id) = text.split_once(':')?;
        Some((UtcTime::from_micros(at.parse().ok()?), OrderId(id.parse().ok()?)))
    };
    match read() {
        Some(place) => Ok(Some(place)),
        None => Err(StorageError::Corrupt(format!("place of job {}: {text}", job.id))),
    }
}
