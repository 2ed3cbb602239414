//! The embedded migrations, one folder per database with equal names.

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::{DbConn, StorageError, conn::POSTGRES_SETTINGS};

const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");

/// Session lock of whoever migrates: any fixed number.
const LOCK: &str = "SELECT pg_advisory_lock(7214806150211226)";
const UNLOCK: &str = "SELECT pg_advisory_unlock(7214806150211226)";

/// Runs what is pending; returns how many. Safe when several processes start at once: the second
/// waits and then finds nothing to do.
pub(crate) fn run_pending(conn: &mut DbConn) -> Result<usize, StorageError> {
    match conn {
        // A session lock, because a migration may need to run outside a transaction. No limits of
        // time: a large table takes as long as it takes.
        DbConn::Postgres(c) => {
            c.batch_execute("SET lock_timeout = 0; SET statement_timeout = 0")?;
            c.batch_execute(LOCK)?;
            let done = c.run_pending_migrations(POSTGRES).map(|ran| ran.len());
            c.batch_execute(UNLOCK)?;
            c.batch_execute(POSTGRES_SETTINGS)?;
            done.map_err(failed)
        }
        // The write lock is the lock; the migrations' own transactions become savepoints.
        DbConn::Sqlite(c) => {
            AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE")?;
            match c.run_pending_migrations(SQLITE).map(|ran| ran.len()) {
                Ok(done) => {
                    AnsiTransactionManager::commit_transaction(c)?;
                    Ok(done)
                }
                Err(error) => {
                    AnsiTransactionManager::rollback_transaction(c)?;
                    Err(failed(error))
                }
            }
        }
    }
}

fn failed(error: Box<dyn std::error::Error + Send + Sync>) -> StorageError {
    StorageError::Other(format!("migration failed: {error}"))
}
