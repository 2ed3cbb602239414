//! The delivery worker: sends firings, from memory or claimed from the outbox. What an answer means is
//! said by `verdict`, and what came of it written by `results`.
//!
//! A firing is worked on under a lease. If this process dies, the lease ends and somebody sends it
//! again with the same transaction id; if it waited so long for a slot that the lease is about to
//! end, it is left to whoever claims it.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use domain::{
    ids::{AttemptId, PostbackId, ShopId},
    time::UtcTime,
};
use storage::{
    StorageError, WriteTx,
    firings::Firing,
    outbox::{self, FiringOutcome, FiringResult},
};
use tokio::sync::{Notify, mpsc};

use super::{
    backlog,
    exchange::{request_of, rules_of},
    http::limits::{GateLimits, Gates, HostKey},
    lanes::Lanes,
    results::{Finished, write_results},
    verdict::Try,
};
use crate::{
    app::App,
    flows::{
        prepare_firing::{Prepared, prepare_firing},
        shop_book::ShopBook,
    },
};

/// Firings in memory, waiting or under way; the outbox keeps the others.
const IN_MEMORY_MAX: usize = 8_192;
/// Of them, for one postback.
const PER_ENDPOINT_MAX: usize = 2_048;
/// Of them, for one whose receiver keeps us waiting: it would fill the memory of all.
const PER_SLOW_ENDPOINT_MAX: usize = 16;
/// Most firings of one claim.
const CLAIM_MAX: usize = 256;
/// How often the outbox is looked at when nobody wakes us.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// When a firing that found no room in memory is looked at again.
const NO_ROOM_SECONDS: i64 = 2;
/// Why it is.
const NO_ROOM: &str = "waiting for a free connection";
/// Why one is put back that would overtake another.
const EARLIER_FIRST: &str = "an earlier call about this order comes first";
/// From one call of a backlog to the next: ten a second at most (N7).
const BACKLOG_PACE: Duration = Duration::from_millis(100);

/// Starts sending. `queue` brings firings that this process wrote with a lease.
pub fn start(app: &App, queue: mpsc::Receiver<Vec<Firing>>, wake: &Arc<Notify>) -> Sender {
    let (results, finished) = mpsc::channel(IN_MEMORY_MAX);
    let sender = Sender(Arc::new(Inner {
        app: app.clone(),
        gates: Gates::new(GateLimits::default()),
        load: AtomicUsize::new(0),
        by_endpoint: Mutex::default(),
        lanes: Lanes::default(),
        results,
    }));
    tokio::spawn(write_results(app.clone(), finished));
    tokio::spawn(sender.clone().take_from_memory(queue));
    tokio::spawn(sender.clone().take_from_table(Arc::clone(wake)));
    sender
}

/// Sends firings. Cheap to clone.
#[derive(Clone)]
pub struct Sender(Arc<Inner>);

struct Inner {
    app: App,
    gates: Arc<Gates>,
    load: AtomicUsize,
    by_endpoint: Mutex<HashMap<PostbackId, usize>>,
    lanes: Lanes<Call>,
    results: mpsc::Sender<Finished>,
}

/// A firing with what it takes to send it.
struct Call {
    firing: Firing,
    book: Arc<ShopBook>,
    prepared: Prepared,
}

impl Sender {
    /// Firings in memory: for readiness, metrics and an orderly end.
    #[must_use]
    pub fn load(&self) -> usize {
        self.0.load.load(Ordering::Relaxed)
    }

    async fn take_from_memory(self, mut queue: mpsc::Receiver<Vec<Firing>>) {
        while let Some(firings) = queue.recv().await {
            self.dispatch(firings).await;
        }
    }

    async fn take_from_table(self, wake: Arc<Notify>) {
        loop {
            if let Err(error) = backlog::let_out(&self.0.app).await {
                tracing::error!(%error, "backlogs cannot be let out");
            }
            match self.claim().await {
                Ok(claimed) if !claimed.is_empty() => {
                    self.dispatch(claimed).await;
                    continue;
                }
                Ok(_) => {}
                Err(error) => tracing::error!(%error, "the outbox cannot be read"),
            }
            // Either way the table is looked at again.
            let _ = tokio::time::timeout(LOOK_EVERY, wake.notified()).await;
        }
    }

    async fn claim(&self) -> Result<Vec<Firing>, StorageError> {
        let room = IN_MEMORY_MAX.saturating_sub(self.load()).min(CLAIM_MAX);
        if room == 0 {
            return Ok(Vec::new());
        }
        let app = &self.0.app;
        let now = app.clock.now();
        let due = app.storage.read(outbox::firing_next_due_at).await?;
        if due.is_none_or(|due| due > now) {
            return Ok(Vec::new());
        }
        let lease_until = now.plus_seconds(app.settings.lease_seconds);
        let limit = i64::try_from(room).unwrap_or(i64::MAX);
        let claim = move |tx: &mut WriteTx<'_>| outbox::firings_claim(tx, now, lease_until, limit);
        let mut claimed = app.storage.write(claim).await?;
        for firing in &mut claimed {
            firing.run_at = lease_until;
        }
        Ok(claimed)
    }

    /// Builds the requests of a batch and starts a task for each.
    async fn dispatch(&self, firings: Vec<Firing>) {
        let prepared = match self.prepare(firings).await {
            Ok(prepared) => prepared,
            Err(error) => {
                tracing::error!(%error, "requests cannot be built; the leases will end");
                return;
            }
        };
        for (firing, book, prepared) in prepared {
            let postback = firing.postback_id;
            if let Prepared::Wait(until) = prepared {
                self.put_back(&firing, EARLIER_FIRST, until).await;
                continue;
            }
            if !self.enter(postback) {
                let later = self.0.app.clock.now().plus_seconds(NO_ROOM_SECONDS);
                self.put_back(&firing, NO_ROOM, later).await;
                continue;
            }
            let sender = self.clone();
            let call = Call { firing, book, prepared };
            if !call.firing.is_replay {
                tokio::spawn(async move { sender.work_off(call).await });
            } else if self.0.lanes.push(call.firing.postback_id, call) {
                tokio::spawn(async move { sender.work_off_lane(postback).await });
            }
        }
    }

    async fn work_off(&self, call: Call) {
        let postback = call.firing.postback_id;
        if let Some(finished) = self.send(call.firing, &call.book, call.prepared).await {
            // Closed only when the process ends; the lease will end too.
            let _ = self.0.results.send(finished).await;
        }
        self.leave(postback);
    }

    /// A backlog goes out one by one, in order and at its pace.
    async fn work_off_lane(&self, postback: PostbackId) {
        while let Some(call) = self.0.lanes.next(postback) {
            let pace = tokio::time::sleep(BACKLOG_PACE);
            self.work_off(call).await;
            pace.await;
        }
    }

    async fn prepare(
        &self,
        firings: Vec<Firing>,
    ) -> Result<Vec<(Firing, Arc<ShopBook>, Prepared)>, StorageError> {
        let books = Arc::clone(&self.0.app.books);
        let master_key = self.0.app.master_key.clone();
        let now = self.0.app.clock.now();
        let prepare = move |conn: &mut storage::DbConn| {
            let mut known: HashMap<ShopId, Arc<ShopBook>> = HashMap::new();
            let mut prepared = Vec::with_capacity(firings.len());
            for firing in firings {
                let book = match known.get(&firing.shop_id) {
                    Some(book) => Arc::clone(book),
                    None => {
                        let book = books.of(conn, firing.shop_id)?;
                        known.insert(firing.shop_id, Arc::clone(&book));
                        book
                    }
                };
                let request = prepare_firing(conn, &book, &master_key, &firing, now)?;
                prepared.push((firing, book, request));
            }
            Ok::<_, StorageError>(prepared)
        };
        self.0.app.storage.read(prepare).await
    }

    /// Sends one firing, or says why not. None when the lease is about to end.
    async fn send(&self, firing: Firing, book: &ShopBook, prepared: Prepared) -> Option<Finished> {
        let app = &self.0.app;
        let rendered = match prepared {
            Prepared::Send(request) => request.rendered,
            Prepared::NotSent(reason) => return Some(not_sent(&firing, reason, app.clock.now())),
            // Put back before it got here.
            Prepared::Wait(_) => return None,
        };
        let host = match HostKey::of_url(&rendered.url) {
            Ok(host) => host,
            Err(failure) => return Some(not_sent(&firing, failure.text, app.clock.now())),
        };
        let permit = self.0.gates.acquire(&host, firing.postback_id).await;
        let sent_at = app.clock.now();
        let margin_ms = (app.settings.lease_seconds * 500).min(12_000);
        if sent_at.plus_millis(margin_ms) > firing.run_at {
            return None;
        }
        let result = app.outgoing.send(&request_of(&rendered)).await;
        permit.finish(&result);
        let settings = &book.postback(firing.postback_id)?.settings;
        let made = Try {
            firing: &firing,
            number: firing.attempts + 1,
            at: sent_at,
            template: &settings.url,
            rendered: &rendered,
            result: &result,
        };
        let now = app.clock.now();
        let verdict = made.judge(&rules_of(settings), &app.settings.postback_retry_seconds, now);
        let attempt = made.attempt(AttemptId(app.storage.next_id(sent_at)), &verdict);
        Some(Finished {
            shop: firing.shop_id,
            postback: firing.postback_id,
            pauses: verdict.pauses,
            is_replay: firing.is_replay,
            result: FiringResult {
                id: firing.id,
                outcome: verdict.outcome,
                was_sent: true,
                status_code: attempt.status_code,
                at: now,
            },
            attempt: Some(attempt),
        })
    }

    /// Takes a place in memory; false when the postback or the process has too many.
    fn enter(&self, postback: PostbackId) -> bool {
        let is_slow = self.0.gates.is_slow(postback);
        let count_max = if is_slow { PER_SLOW_ENDPOINT_MAX } else { PER_ENDPOINT_MAX };
        let mut by_endpoint = self.0.by_endpoint.lock().unwrap_or_else(PoisonError::into_inner);
        let count = by_endpoint.entry(postback).or_default();
        if *count >= count_max || self.load() >= IN_MEMORY_MAX {
            return false;
        }
        *count += 1;
        self.0.load.fetch_add(1, Ordering::Relaxed);
        true
    }

    fn leave(&self, postback: PostbackId) {
        let mut by_endpoint = self.0.by_endpoint.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = by_endpoint.get_mut(&postback) {
            *count -= 1;
            if *count == 0 {
                by_endpoint.remove(&postback);
            }
        }
        self.0.load.fetch_sub(1, Ordering::Relaxed);
    }

    /// Back to the outbox, to be claimed again at a time.
    async fn put_back(&self, firing: &Firing, reason: &str, run_at: UtcTime) {
        let now = self.0.app.clock.now();
        let outcome = FiringOutcome::Retry { reason: reason.to_owned(), run_at };
        let result =
            FiringResult { id: firing.id, outcome, was_sent: false, status_code: None, at: now };
        let finished = Finished {
            shop: firing.shop_id,
            postback: firing.postback_id,
            result,
            attempt: None,
            pauses: false,
            is_replay: firing.is_replay,
        };
        // Closed only when the process ends; the lease will end too.
        let _ = self.0.results.send(finished).await;
    }
}

fn not_sent(firing: &Firing, reason: String, at: UtcTime) -> Finished {
    let outcome = FiringOutcome::NotSent { reason };
    Finished {
        shop: firing.shop_id,
        postback: firing.postback_id,
        result: FiringResult { id: firing.id, outcome, was_sent: false, status_code: None, at },
        attempt: None,
        pauses: false,
        is_replay: firing.is_replay,
    }
}
