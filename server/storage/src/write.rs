//! One write: a transaction that is never nested, run again a bounded number of times when others
//! were in the way.

use std::{
    ops::{Deref, DerefMut},
    time::Duration,
};

use diesel::connection::{AnsiTransactionManager, Connection, TransactionManager};
use domain::time::UtcTime;

use crate::{DbConn, StorageError, ids::IdMaker};

/// Tries in all when the database says "busy", "deadlock" or "serialization failure".
const TRIES_MAX: u32 = 6;
/// First pause between tries; doubles each time.
const PAUSE: Duration = Duration::from_millis(4);

/// Proof that a write transaction is open; only [`crate::Storage::write`] makes one. Reads through
/// it see what it wrote.
#[expect(missing_debug_implementations, reason = "a connection has nothing to show")]
pub struct WriteTx<'a> {
    conn: &'a mut DbConn,
    ids: &'a IdMaker,
}

impl<'a> WriteTx<'a> {
    pub(crate) fn new(conn: &'a mut DbConn, ids: &'a IdMaker) -> Self {
        Self { conn, ids }
    }

    /// A new id. Make ids here and not before the write: the closure may run again because an id
    /// was taken (see [`crate::ids`]).
    #[must_use]
    pub fn next_id(&self, now: UtcTime) -> i64 {
        self.ids.next(now)
    }
}

impl Deref for WriteTx<'_> {
    type Target = DbConn;

    fn deref(&self) -> &DbConn {
        self.conn
    }
}

impl DerefMut for WriteTx<'_> {
    fn deref_mut(&mut self) -> &mut DbConn {
        self.conn
    }
}

/// An error that a write closure may return. Any error rolls the transaction back; what is inside
/// decides whether the closure runs again.
pub trait TxError: From<StorageError> {
    /// The storage error in it, if that is what it is.
    fn storage_error(&self) -> Option<&StorageError>;
}

impl TxError for StorageError {
    fn storage_error(&self) -> Option<&StorageError> {
        Some(self)
    }
}

/// Runs a closure in one transaction and commits.
pub(crate) fn run<T, E: TxError>(
    conn: &mut DbConn,
    ids: &IdMaker,
    mut work: impl FnMut(&mut WriteTx<'_>) -> Result<T, E>,
) -> Result<T, E> {
    let mut was_conflict = false;
    let mut pause = PAUSE;
    for left in (0..TRIES_MAX).rev() {
        let error = match run_once(conn, ids, &mut work) {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        match error.storage_error() {
            Some(StorageError::Busy(_)) if left > 0 => {
                std::thread::sleep(pause);
                pause *= 2;
            }
            // Two processes with one node, or two that both took "the next number": once more, with
            // new ids. A second time it is a real conflict.
            Some(StorageError::Conflict(_)) if !was_conflict && left > 0 => {
                was_conflict = true;
                ids.choose_node()?;
            }
            _ => return Err(error),
        }
    }
    Err(StorageError::Busy("gave up".to_owned()).into())
}

fn run_once<T, E: TxError>(
    conn: &mut DbConn,
    ids: &IdMaker,
    work: &mut impl FnMut(&mut WriteTx<'_>) -> Result<T, E>,
) -> Result<T, E> {
    begin(conn)?;
    match work(&mut WriteTx::new(conn, ids)) {
        Ok(value) => {
            commit(conn)?;
            Ok(value)
        }
        Err(error) => {
            if let Err(second) = rollback(conn) {
                // The connection counts as broken now and is thrown away; the first error matters.
                tracing::warn!(error = %second, "cannot roll back");
            }
            Err(error)
        }
    }
}

/// SQLite must take its write lock at the start: a deferred transaction that reads and then writes
/// fails at once when another wrote in between, whatever the busy timeout (pitfall 1). Both refuse
/// to begin inside a transaction (pitfall 8).
pub(crate) fn begin(conn: &mut DbConn) -> Result<(), StorageError> {
    match conn {
        DbConn::Postgres(c) => AnsiTransactionManager::begin_transaction_sql(c, "BEGIN")?,
        DbConn::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE")?,
    }
    Ok(())
}

pub(crate) fn commit(conn: &mut DbConn) -> Result<(), StorageError> {
    Ok(<DbConn as Connection>::TransactionManager::commit_transaction(conn)?)
}

pub(crate) fn rollback(conn: &mut DbConn) -> Result<(), StorageError> {
    Ok(<DbConn as Connection>::TransactionManager::rollback_transaction(conn)?)
}
