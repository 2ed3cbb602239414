//! One connection to either database, and what is set on it when it opens.
//! Not here: how many there are (`pool`), who gets one when (`store`, `gate`).

use std::path::Path;

use diesel::{Connection, PgConnection, SqliteConnection, connection::SimpleConnection};

use crate::{StorageError, address::Address};

/// A connection to SQLite or PostgreSQL. Query it as any diesel connection; what its combined
/// backend cannot express goes through `on_each!`.
#[derive(diesel::MultiConnection)]
pub enum DbConn {
    /// A PostgreSQL session.
    Postgres(PgConnection),
    /// An open SQLite file.
    Sqlite(SqliteConnection),
}

/// The same query text for both backends, typed for each: needed for our prepared statements, and
/// on the hot path because the combined backend builds every statement's text anew.
macro_rules! on_each {
    ($conn:expr, $c:ident => $body:expr) => {
        match $conn {
            $crate::conn::DbConn::Postgres($c) => $body,
            $crate::conn::DbConn::Sqlite($c) => $body,
        }
    };
}
pub(crate) use on_each;

/// Loads rows that are going to be written back changed: until the transaction ends nobody else changes
/// them, so no change is lost. SQLite has one writer anyway. The query is typed for each backend.
macro_rules! load_to_change {
    ($tx:expr, $query:expr) => {
        match &mut **$tx {
            // Not the stronger FOR UPDATE, for which everybody who references the rows would wait.
            $crate::conn::DbConn::Postgres(c) => $query.for_no_key_update().load(c),
            $crate::conn::DbConn::Sqlite(c) => $query.load(c),
        }
    };
}
pub(crate) use load_to_change;

/// What a SQLite connection is for; both kinds see the same file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Read,
    Write,
}

/// Opens a connection. Not diesel's `establish` of the enum: it tries one backend after the other and
/// reports only the last (architecture 5.4, pitfall 2).
pub(crate) fn open(address: &Address, purpose: Purpose) -> Result<DbConn, StorageError> {
    match address {
        Address::Postgres(url) => {
            let mut conn = PgConnection::establish(url).map_err(unavailable)?;
            conn.batch_execute(POSTGRES_SETTINGS)?;
            Ok(DbConn::Postgres(conn))
        }
        Address::Sqlite(path) => {
            create_private(path)?;
            let path = path.to_str().ok_or_else(|| unavailable("its path is not UTF-8"))?;
            open_sqlite(path, purpose)
        }
        Address::Memory => open_sqlite(":memory:", purpose),
    }
}

/// A wait for a lock is bounded, and a forgotten transaction ends. No sequential scans: everything we
/// ask has its index, and a prepared statement keeps the plan that was made while its table was
/// empty. No bitmap scans: without statistics the planner takes a shop for a thousand rows and would
/// collect and sort all of its million for a page whose rows stand in the index in their order. No
/// JIT: the planner overrates arrays and would compile for longer than it runs.
pub(crate) const POSTGRES_SETTINGS: &str = "SET jit = off; SET enable_seqscan = off; \
     SET enable_bitmapscan = off; SET lock_timeout = '10s'; SET statement_timeout = '60s'; \
     SET idle_in_transaction_session_timeout = '60s'";

/// In this order: the first makes the others wait instead of failing (pitfall 11). FULL: an
/// acknowledged webhook survives a power cut; group commit makes it cheap. A checkpoint syncs the
/// whole file, hence rarely: after 8,000 pages (32 MB) of log.
const SQLITE_SETTINGS: &[&str] = &[
    "PRAGMA busy_timeout = 5000",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA mmap_size = 268435456",
    "PRAGMA wal_autocheckpoint = 8000",
    "PRAGMA journal_size_limit = 67108864",
];

fn open_sqlite(path: &str, purpose: Purpose) -> Result<DbConn, StorageError> {
    let mut conn = SqliteConnection::establish(path).map_err(unavailable)?;
    for setting in SQLITE_SETTINGS {
        conn.batch_execute(setting)?;
    }
    // The one writer keeps the hot ends of all indexes in its cache; readers share the mapped file.
    conn.batch_execute(match purpose {
        Purpose::Write => "PRAGMA cache_size = -65536",
        Purpose::Read => "PRAGMA cache_size = -8192; PRAGMA query_only = ON",
    })?;
    Ok(DbConn::Sqlite(conn))
}

/// Makes the file and its folder, readable by nobody else: it holds e-mail addresses and password
/// hashes. SQLite gives its log files the same mode.
fn create_private(path: &Path) -> Result<(), StorageError> {
    if path.exists() {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(unavailable)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop).map_err(unavailable)
}

fn unavailable(error: impl std::fmt::Display) -> StorageError {
    StorageError::Unavailable(error.to_string())
}
