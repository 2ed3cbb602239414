//! The r2d2 pools. A connection is handed out only to who passed the `gate`, so nobody waits here.

use std::time::Duration;

use diesel::{
    connection::SimpleConnection,
    r2d2::{HandleError, ManageConnection, Pool, R2D2Connection},
};

use crate::{
    StorageError,
    address::Address,
    conn::{self, DbConn, Purpose},
};

/// How long opening a connection may take; r2d2's own default is half a minute.
const CONNECT_MAX: Duration = Duration::from_secs(5);

pub(crate) type DbPool = Pool<Manager>;

/// Opens connections for r2d2.
#[derive(Debug)]
pub(crate) struct Manager {
    address: Address,
    purpose: Purpose,
}

/// A pool of at most `size` connections. Connects once right away: a wrong password is reported at
/// the start, with its cause.
pub(crate) fn open_pool(
    address: &Address,
    purpose: Purpose,
    size: u32,
) -> Result<DbPool, StorageError> {
    let manager = Manager { address: address.clone(), purpose };
    if !matches!(address, Address::Memory) {
        manager.connect()?;
    }
    Ok(Pool::builder()
        .max_size(size)
        // With a spare one, taking a connection opens the next in the background, and a database that
        // was dropped would still touch its file.
        .min_idle(Some(0))
        .connection_timeout(CONNECT_MAX)
        // A connection keeps its prepared statements, and in memory it is the database.
        .idle_timeout(None)
        .max_lifetime(None)
        // A restarted server leaves dead connections behind; a file does not.
        .test_on_check_out(matches!(address, Address::Postgres(_)))
        .error_handler(Box::new(LogErrors))
        .build_unchecked(manager))
}

impl ManageConnection for Manager {
    type Connection = DbConn;
    type Error = StorageError;

    fn connect(&self) -> Result<DbConn, StorageError> {
        conn::open(&self.address, self.purpose)
    }

    fn is_valid(&self, conn: &mut DbConn) -> Result<(), StorageError> {
        Ok(conn.batch_execute("SELECT 1")?)
    }

    /// After a panic or inside a broken transaction a connection is thrown away (pitfall 10).
    fn has_broken(&self, conn: &mut DbConn) -> bool {
        std::thread::panicking() || conn.is_broken()
    }
}

#[derive(Debug)]
struct LogErrors;

impl HandleError<StorageError> for LogErrors {
    fn handle_error(&self, error: StorageError) {
        tracing::warn!(%error, "cannot open a database connection");
    }
}
