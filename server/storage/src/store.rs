//! `Storage`: the only door to the database. A unit of work is a closure that gets a connection,
//! runs on a thread that may block, and is waited for.

use std::{cell::Cell, sync::Arc, time::Duration};

use domain::time::UtcTime;

use crate::{
    DbConn, StorageError, TxError, WriteTx,
    address::Address,
    conn::Purpose,
    gate::Gate,
    ids::IdMaker,
    migrate,
    pool::{DbPool, open_pool},
    shared_commit::SharedCommits,
    write,
};

/// Which database it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// A file, or memory.
    Sqlite,
    /// A server.
    Postgres,
}

/// Limits of the pool.
#[derive(Debug, Clone, Copy)]
pub struct StorageOptions {
    /// Most connections; on SQLite the readers, with one writer besides.
    pub connections_max: u32,
    /// Longest wait for a connection before [`StorageError::Busy`].
    pub wait_max: Duration,
}

impl Default for StorageOptions {
    fn default() -> Self {
        Self { connections_max: 8, wait_max: Duration::from_secs(15) }
    }
}

/// The database. Cloning is cheap and shares everything.
///
/// On SQLite there is one writing connection; writers queue for it in order and share its commits;
/// readers never wait for it. On PostgreSQL reads and writes share the pool.
#[derive(Clone)]
pub struct Storage(Arc<Inner>);

struct Inner {
    backend: Backend,
    ids: Arc<IdMaker>,
    readers: DbPool,
    read_gate: Gate,
    writers: DbPool,
    write_gate: Gate,
    /// Of a SQLite file: its writes share their commits.
    commits: Option<SharedCommits>,
}

impl std::fmt::Debug for Storage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Storage").field("backend", &self.0.backend).finish_non_exhaustive()
    }
}

impl Storage {
    /// Connects to `sqlite://path` or `postgres://…`, without migrating. A SQLite file that is not
    /// there is made.
    ///
    /// # Errors
    /// [`StorageError::Unavailable`] with the cause.
    pub fn connect(url: &str, options: StorageOptions) -> Result<Self, StorageError> {
        let address = Address::parse(url)?;
        let readers = open_pool(&address, Purpose::Read, options.connections_max)?;
        let read_gate = Gate::new(options.connections_max, options.wait_max);
        let (backend, writers, write_gate) = if matches!(address, Address::Sqlite(_)) {
            let writers = open_pool(&address, Purpose::Write, 1)?;
            (Backend::Sqlite, writers, Gate::new(1, options.wait_max))
        } else {
            (Backend::Postgres, readers.clone(), read_gate.clone())
        };
        let ids = Arc::new(IdMaker::new()?);
        let commits = match backend {
            Backend::Sqlite => {
                let (writers, gate, ids) = (writers.clone(), write_gate.clone(), Arc::clone(&ids));
                Some(SharedCommits::start(writers, gate, ids, options.wait_max)?)
            }
            // Its own commits overlap.
            Backend::Postgres => None,
        };
        Ok(Self(Arc::new(Inner { backend, ids, readers, read_gate, writers, write_gate, commits })))
    }

    /// A migrated SQLite database in memory, gone with the last clone: for simulations. Reads and
    /// writes take turns on its single connection; a closure that panics takes the data with it.
    ///
    /// # Errors
    /// [`StorageError`] when the migrations fail.
    pub fn in_memory() -> Result<Self, StorageError> {
        let wait_max = StorageOptions::default().wait_max;
        let readers = open_pool(&Address::Memory, Purpose::Write, 1)?;
        let read_gate = Gate::new(1, wait_max);
        let (writers, write_gate) = (readers.clone(), read_gate.clone());
        let ids = Arc::new(IdMaker::new()?);
        let storage = Self(Arc::new(Inner {
            backend: Backend::Sqlite,
            ids,
            readers,
            read_gate,
            writers,
            write_gate,
            commits: None,
        }));
        storage.migrate()?;
        Ok(storage)
    }

    /// Runs the pending migrations and returns how many there were. Blocks; safe when several
    /// processes do it at once.
    ///
    /// # Errors
    /// [`StorageError`] when one fails; what ran before it stays on PostgreSQL, not on SQLite.
    pub fn migrate(&self) -> Result<usize, StorageError> {
        let _permit = self.0.write_gate.enter_blocking()?;
        with_connection(&self.0.writers, migrate::run_pending)
    }

    /// Which database it is.
    #[must_use]
    pub fn backend(&self) -> Backend {
        self.0.backend
    }

    /// A new id, for what is not written in the same moment; in a write take [`WriteTx::next_id`].
    #[must_use]
    pub fn next_id(&self, now: UtcTime) -> i64 {
        self.0.ids.next(now)
    }

    /// Reads. Each statement sees what was committed before it; for one picture over several
    /// statements use a write. When the caller goes away the closure still runs to its end.
    ///
    /// # Errors
    /// The closure's, or [`StorageError::Busy`] or [`StorageError::Unavailable`] before it ran.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&mut DbConn) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StorageError> + Send + 'static,
    {
        let permit = self.0.read_gate.enter().await?;
        let inner = Arc::clone(&self.0);
        on_blocking_thread(move || {
            let _permit = permit;
            with_connection(&inner.readers, work)
        })
        .await
    }

    /// Writes: one transaction, committed when the closure returns `Ok`, rolled back otherwise. The
    /// closure runs again when others were in the way, so it must not have effects elsewhere.
    ///
    /// # Errors
    /// The closure's, or a [`StorageError`] of the transaction itself.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnMut(&mut WriteTx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: TxError + Send + 'static,
    {
        if let Some(commits) = &self.0.commits {
            return commits.write(work).await;
        }
        let permit = self.0.write_gate.enter().await?;
        let inner = Arc::clone(&self.0);
        on_blocking_thread(move || {
            let _permit = permit;
            with_connection(&inner.writers, |conn| write::run(conn, &inner.ids, work))
        })
        .await
    }

    /// As [`Storage::read`], on the calling thread: for threads of their own, never in async code.
    ///
    /// # Errors
    /// As [`Storage::read`].
    pub fn read_blocking<T, E: From<StorageError>>(
        &self,
        work: impl FnOnce(&mut DbConn) -> Result<T, E>,
    ) -> Result<T, E> {
        refuse_nesting()?;
        let _permit = self.0.read_gate.enter_blocking()?;
        with_connection(&self.0.readers, work)
    }

    /// As [`Storage::write`], on the calling thread: for threads of their own, never in async code.
    ///
    /// # Errors
    /// As [`Storage::write`].
    pub fn write_blocking<T, E: TxError>(
        &self,
        work: impl FnMut(&mut WriteTx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        refuse_nesting()?;
        let _permit = self.0.write_gate.enter_blocking()?;
        with_connection(&self.0.writers, |conn| write::run(conn, &self.0.ids, work))
    }
}

async fn on_blocking_thread<T, E>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<StorageError> + Send + 'static,
{
    let joined = tokio::task::spawn_blocking(work).await;
    joined.unwrap_or_else(|error| Err(StorageError::Other(error.to_string()).into()))
}

thread_local! {
    /// A closure of ours runs on this thread.
    static IS_INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Inside a closure a second unit of work would wait for the connection that the first one holds.
fn refuse_nesting() -> Result<(), StorageError> {
    if IS_INSIDE.get() {
        return Err(StorageError::Other("a read or write inside another".to_owned()));
    }
    Ok(())
}

pub(crate) fn with_connection<T, E: From<StorageError>>(
    pool: &DbPool,
    work: impl FnOnce(&mut DbConn) -> Result<T, E>,
) -> Result<T, E> {
    /// Also when the closure panics.
    struct Leave;
    impl Drop for Leave {
        fn drop(&mut self) {
            IS_INSIDE.set(false);
        }
    }
    let mut conn = pool.get().map_err(|error| StorageError::Unavailable(error.to_string()))?;
    IS_INSIDE.set(true);
    let _leave = Leave;
    work(&mut conn)
}
