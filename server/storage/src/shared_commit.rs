//! SQLite's one writer. A commit there costs the same whether it ends one unit of work or ten: the
//! hot pages of every table are written and synced. So units that come while another one runs join
//! its transaction, each in a savepoint of its own, and all are answered after the one commit.
//!
//! Sharing is an attempt. Whatever does not go smoothly (a conflict, a full disk, a panic) is rolled
//! back and run again alone, by [`write::run`], as if nobody else had been there.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread::{self, JoinHandle},
    time::Duration,
};

use diesel::connection::SimpleConnection;
use tokio::sync::oneshot;

use crate::{
    DbConn, StorageError, TxError, WriteTx, gate::Gate, ids::IdMaker, pool::DbPool,
    store::with_connection, write,
};

/// Most units of one transaction, so that the first of them does not wait for ever.
const UNITS_MAX: usize = 16;

/// Hands units of work to the writing thread, and ends it when dropped.
pub(crate) struct SharedCommits {
    /// None only while it is dropped.
    queue: Option<mpsc::Sender<Turn>>,
    thread: Option<JoinHandle<()>>,
    wait_max: Duration,
}

impl Drop for SharedCommits {
    /// Waits for the thread: whoever has dropped the database finds its file closed.
    fn drop(&mut self) {
        self.queue = None;
        // A closure may own the last clone of the database, and is dropped on the thread itself.
        if let Some(writing) = self.thread.take_if(|it| it.thread().id() != thread::current().id())
        {
            let _ = writing.join();
        }
    }
}

/// A unit that waits. Who takes it out decides about it: the writer, or a caller out of patience.
type Turn = Arc<Mutex<Option<Box<dyn Unit>>>>;

fn take(turn: &Turn) -> Option<Box<dyn Unit>> {
    turn.lock().unwrap_or_else(PoisonError::into_inner).take()
}

impl SharedCommits {
    /// Starts the writing thread. It passes the gate like everybody who writes.
    ///
    /// # Errors
    /// [`StorageError::Unavailable`] when there can be no further thread.
    pub(crate) fn start(
        writers: DbPool,
        gate: Gate,
        ids: Arc<IdMaker>,
        wait_max: Duration,
    ) -> Result<Self, StorageError> {
        let (queue, turns) = mpsc::channel();
        let writer = Writer { turns, writers, gate, ids };
        let thread = thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || writer.work())
            .map_err(|error| StorageError::Unavailable(error.to_string()))?;
        Ok(Self { queue: Some(queue), thread: Some(thread), wait_max })
    }

    /// As [`crate::Storage::write`].
    pub(crate) async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnMut(&mut WriteTx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: TxError + Send + 'static,
    {
        let (answer, mut answered) = oneshot::channel();
        let unit: Box<dyn Unit> = Box::new(Closure { work, outcome: None, answer });
        let turn = Arc::new(Mutex::new(Some(unit)));
        let gone = || StorageError::Other("a write ended without an answer".to_owned());
        let queue = self.queue.as_ref().ok_or_else(gone)?;
        queue.send(Arc::clone(&turn)).map_err(|_closed| gone())?;
        let outcome = match tokio::time::timeout(self.wait_max, &mut answered).await {
            Ok(outcome) => outcome,
            Err(_) if take(&turn).is_some() => {
                return Err(
                    StorageError::Busy(format!("no turn within {:?}", self.wait_max)).into()
                );
            }
            // It runs already.
            Err(_) => answered.await,
        };
        outcome.unwrap_or_else(|_panicked| Err(gone().into()))
    }
}

/// What became of a unit in a shared transaction.
enum Shared {
    /// It stays, if the commit succeeds.
    Written,
    /// Its own error, final if the commit succeeds: it may rest on what the others wrote.
    Refused,
    /// Others were in the way.
    Disturbed,
    /// The connection cannot be trusted any more.
    Panicked,
}

/// A closure of any result, its outcome kept until it is certain.
trait Unit: Send {
    fn run_shared(&mut self, tx: &mut WriteTx<'_>) -> Shared;
    fn run_alone(self: Box<Self>, conn: &mut DbConn, ids: &IdMaker);
    fn answer(self: Box<Self>);
}

struct Closure<F, T, E> {
    work: F,
    outcome: Option<Result<T, E>>,
    answer: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> Unit for Closure<F, T, E>
where
    F: FnMut(&mut WriteTx<'_>) -> Result<T, E> + Send,
    T: Send,
    E: TxError + Send,
{
    fn run_shared(&mut self, tx: &mut WriteTx<'_>) -> Shared {
        let Ok(outcome) = catch_unwind(AssertUnwindSafe(|| (self.work)(tx))) else {
            return Shared::Panicked;
        };
        let shared = match &outcome {
            Ok(_) => Shared::Written,
            Err(error) => match error.storage_error() {
                Some(_) => Shared::Disturbed,
                None => Shared::Refused,
            },
        };
        self.outcome = Some(outcome);
        shared
    }

    fn run_alone(mut self: Box<Self>, conn: &mut DbConn, ids: &IdMaker) {
        self.outcome = Some(write::run(conn, ids, &mut self.work));
        self.answer();
    }

    fn answer(self: Box<Self>) {
        if let Some(outcome) = self.outcome {
            // A caller that has gone away still has its work done.
            let _ = self.answer.send(outcome);
        }
    }
}

/// A transaction that is being filled.
#[derive(Default)]
struct Group {
    /// Whose outcome is certain with the commit.
    settled: Vec<Box<dyn Unit>>,
    /// Who has to run again without the others.
    alone: Vec<Box<dyn Unit>>,
}

impl Group {
    fn is_full(&self) -> bool {
        self.settled.len() + self.alone.len() >= UNITS_MAX
    }

    /// Runs one more unit. The first needs no savepoint: nobody else's work is undone with it.
    ///
    /// # Errors
    /// What makes the whole transaction worthless.
    fn run(
        &mut self,
        mut unit: Box<dyn Unit>,
        conn: &mut DbConn,
        ids: &IdMaker,
    ) -> Result<(), Spoiled> {
        let is_first = self.settled.is_empty();
        if !is_first && conn.batch_execute("SAVEPOINT unit").is_err() {
            self.alone.push(unit);
            return Err(Spoiled::Transaction);
        }
        let ending = match unit.run_shared(&mut WriteTx::new(conn, ids)) {
            Shared::Panicked => return Err(Spoiled::Connection),
            Shared::Refused | Shared::Disturbed if is_first => {
                self.alone.push(unit);
                return Err(Spoiled::Transaction);
            }
            Shared::Written => {
                self.settled.push(unit);
                "RELEASE unit"
            }
            Shared::Refused => {
                self.settled.push(unit);
                "ROLLBACK TO unit; RELEASE unit"
            }
            Shared::Disturbed => {
                self.alone.push(unit);
                "ROLLBACK TO unit; RELEASE unit"
            }
        };
        if !is_first && conn.batch_execute(ending).is_err() {
            return Err(Spoiled::Transaction);
        }
        Ok(())
    }
}

/// How far the damage goes.
enum Spoiled {
    Transaction,
    Connection,
}

struct Writer {
    turns: mpsc::Receiver<Turn>,
    writers: DbPool,
    gate: Gate,
    ids: Arc<IdMaker>,
}

impl Writer {
    fn work(self) {
        while let Ok(turn) = self.turns.recv() {
            let _permit = loop {
                // Whoever writes on a thread of its own may take longer than callers wait.
                if let Ok(permit) = self.gate.enter_blocking() {
                    break permit;
                }
            };
            let Some(first) = take(&turn) else { continue };
            for unit in self.share(first) {
                self.run_alone(unit);
            }
        }
    }

    /// Runs a unit and those that come meanwhile; returns who has to run alone.
    fn share(&self, first: Box<dyn Unit>) -> Vec<Box<dyn Unit>> {
        let mut group = Group::default();
        let mut next = Some(first);
        let committed = with_connection(&self.writers, |conn| {
            write::begin(conn)?;
            while let Some(unit) = next.take() {
                match group.run(unit, conn, &self.ids) {
                    Ok(()) => next = if group.is_full() { None } else { self.waiting() },
                    Err(spoiled) => {
                        if matches!(spoiled, Spoiled::Transaction) {
                            write::rollback(conn)?;
                        }
                        // With its transaction left open the connection is thrown away.
                        return Ok(false);
                    }
                }
            }
            write::commit(conn)?;
            Ok::<_, StorageError>(true)
        });
        group.alone.extend(next);
        match committed {
            Ok(true) => group.settled.into_iter().for_each(|unit| unit.answer()),
            Ok(false) => group.alone.append(&mut group.settled),
            Err(error) => {
                tracing::warn!(%error, "a shared transaction failed; each of it runs alone");
                group.alone.append(&mut group.settled);
            }
        }
        group.alone
    }

    fn waiting(&self) -> Option<Box<dyn Unit>> {
        std::iter::from_fn(|| self.turns.try_recv().ok()).find_map(|turn| take(&turn))
    }

    fn run_alone(&self, unit: Box<dyn Unit>) {
        // A panic throws its connection away; its caller learns of it by the answer that never comes.
        let _ = catch_unwind(AssertUnwindSafe(|| {
            with_connection(&self.writers, |conn| {
                unit.run_alone(conn, &self.ids);
                Ok::<_, StorageError>(())
            })
        }));
    }
}
