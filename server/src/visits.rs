//! The way in for what shoppers' browsers report: whatever is waiting is committed in one transaction
//! (group commit, as the inbox does it), so that clicks far more frequent than orders cost one sync
//! for many. A report is answered only after its commit.
//!
//! One visitor always goes to the same writer, so that two reports of one visit that arrive together
//! are seen one after the other.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

use domain::{ids::ShopId, link::EntryLink};
use storage::{Backend, StorageError, creatives::ImpressionSeen};
use tokio::sync::{mpsc, oneshot};

use crate::{
    app::App,
    flows::{
        record_click::{Recorded, Uncounted, Visit, count_visits, record_clicks},
        record_impression::record_impressions,
    },
};

/// Most reports of one transaction.
const BATCH_MAX: usize = 512;
/// Reports that may wait for a commit before callers are told to come again later.
const WAITING_MAX: usize = 4_096;

/// One report.
#[derive(Debug, Clone)]
pub enum Report {
    /// A visit through a link.
    Visit(Visit),
    /// A visit that is only counted, with what its landing URL says.
    Uncounted(Uncounted, EntryLink),
    /// A banner was seen.
    Impression(ImpressionSeen),
}

/// A caller that waits for its commit.
struct Waiting {
    shop: ShopId,
    report: Report,
    answer: oneshot::Sender<Result<Recorded, StorageError>>,
}

/// Hands reports to the writers and waits for their commit.
#[derive(Clone)]
pub struct VisitDesk {
    queues: Vec<mpsc::Sender<Waiting>>,
}

impl VisitDesk {
    /// Starts the writers.
    #[must_use]
    pub fn start(app: &App) -> Self {
        // SQLite has one writer; on PostgreSQL commits of several connections overlap.
        let writers = match app.storage.backend() {
            Backend::Sqlite => 1,
            Backend::Postgres => 3,
        };
        let queues = (0..writers)
            .map(|_| {
                let (queue, waiting) = mpsc::channel(WAITING_MAX);
                tokio::spawn(write_batches(app.clone(), waiting));
                queue
            })
            .collect();
        Self { queues }
    }

    /// Records a report durably.
    ///
    /// # Errors
    /// [`StorageError`]: nothing is stored, and the browser may come again.
    pub async fn record(&self, shop: ShopId, report: Report) -> Result<Recorded, StorageError> {
        let full = || StorageError::Busy("too many visits are waiting".to_owned());
        let (answer, answered) = oneshot::channel();
        let writer = self.writer_of(&report).ok_or_else(full)?;
        writer.try_send(Waiting { shop, report, answer }).map_err(|_full| full())?;
        answered
            .await
            .unwrap_or_else(|_closed| Err(StorageError::Other("the desk was closed".to_owned())))
    }

    fn writer_of(&self, report: &Report) -> Option<&mpsc::Sender<Waiting>> {
        let mut hasher = DefaultHasher::new();
        match report {
            Report::Visit(visit) => visit.visitor.hash(&mut hasher),
            Report::Uncounted(_, link) => link.codes.hash(&mut hasher),
            Report::Impression(seen) => seen.viewer.hash(&mut hasher),
        }
        let count = u64::try_from(self.queues.len()).ok().filter(|count| *count > 0)?;
        self.queues.get(usize::try_from(hasher.finish() % count).ok()?)
    }
}

async fn write_batches(app: App, mut waiting: mpsc::Receiver<Waiting>) {
    loop {
        let mut batch = Vec::with_capacity(BATCH_MAX);
        if waiting.recv_many(&mut batch, BATCH_MAX).await == 0 {
            return;
        }
        write_batch(&app, batch).await;
    }
}

async fn write_batch(app: &App, batch: Vec<Waiting>) {
    let now = app.clock.now();
    let mut by_shop: BTreeMap<ShopId, ShopReports> = BTreeMap::new();
    for waiting in batch {
        by_shop.entry(waiting.shop).or_default().add(waiting);
    }
    for (shop, reports) in by_shop {
        let books = std::sync::Arc::clone(&app.books);
        let ShopReports { visits, visit_callers, uncounted, seen, other_callers } = reports;
        let count = visits.len() + uncounted.len() + seen.len();
        let written = app
            .storage
            .write(move |tx| {
                let book = books.of(tx, shop)?;
                let recorded = record_clicks(tx, &book, &visits, now)?;
                count_visits(tx, &book, &uncounted, now)?;
                record_impressions(tx, &book, &seen, now)?;
                Ok::<_, StorageError>(recorded)
            })
            .await;
        if let Err(error) = &written {
            tracing::error!(%error, count, "visits could not be stored");
        }
        // A caller that has gone away still has its visit stored.
        match written {
            Ok(recorded) => {
                for (caller, recorded) in visit_callers.into_iter().zip(recorded) {
                    let _ = caller.send(Ok(recorded));
                }
                for caller in other_callers {
                    let _ = caller.send(Ok(Recorded::Nobody));
                }
            }
            Err(error) => {
                for caller in visit_callers.into_iter().chain(other_callers) {
                    let _ = caller.send(Err(StorageError::Unavailable(error.to_string())));
                }
            }
        }
    }
}

type Caller = oneshot::Sender<Result<Recorded, StorageError>>;

/// A batch's reports of one shop, by what is done with them.
#[derive(Default)]
struct ShopReports {
    visits: Vec<Visit>,
    visit_callers: Vec<Caller>,
    uncounted: Vec<(Uncounted, EntryLink)>,
    seen: Vec<ImpressionSeen>,
    other_callers: Vec<Caller>,
}

impl ShopReports {
    fn add(&mut self, waiting: Waiting) {
        match waiting.report {
            Report::Visit(visit) => {
                self.visits.push(visit);
                self.visit_callers.push(waiting.answer);
            }
            Report::Uncounted(why, link) => {
                self.uncounted.push((why, link));
                self.other_callers.push(waiting.answer);
            }
            Report::Impression(seen) => {
                self.seen.push(seen);
                self.other_callers.push(waiting.answer);
            }
        }
    }
}
