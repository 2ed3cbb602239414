//! The delivery worker: sends firings, from memory or claimed from the outbox. What came of them is
//! written by `results`.
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
    postback::Rendered,
    retry::{self, AnswerRules, AttemptOutcome, Judgement},
    time::UtcTime,
};
use storage::{
    StorageError, WriteTx,
    attempts::Attempt,
    firings::Firing,
    outbox::{self, FiringOutcome, FiringResult},
};
use tokio::sync::{Notify, mpsc};

use super::{
    backlog,
    exchange::{outcome_of, request_of, rules_of},
    http::{
        AttemptResult, Outcome,
        limits::{GateLimits, Gates, HostKey},
    },
    lanes::Lanes,
    results::{Finished, write_results},
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
        let postback = book.postback(firing.postback_id)?;
        let rules = rules_of(&postback.settings);
        let number = firing.attempts + 1;
        let outcome = outcome_of(&result);
        let verdict = self.judge(&rules, &outcome, &firing, number);
        let template = postback.settings.url.clone();
        let attempt_id = AttemptId(app.storage.next_id(sent_at));
        Some(Finished {
            shop: firing.shop_id,
            postback: firing.postback_id,
            pauses: verdict.pauses,
            is_replay: firing.is_replay,
            attempt: Some(attempt_of(
                attempt_id, &firing, number, sent_at, template, &rendered, &result, &verdict,
            )),
            result: FiringResult {
                id: firing.id,
                outcome: verdict.outcome,
                was_sent: true,
                status_code: status_code(&result),
                at: app.clock.now(),
            },
        })
    }

    fn judge(
        &self,
        rules: &AnswerRules,
        outcome: &AttemptOutcome,
        firing: &Firing,
        number: i64,
    ) -> Verdict {
        let now = self.0.app.clock.now();
        match retry::judge(rules, outcome) {
            Judgement::Accepted => Verdict::plain("accepted", FiringOutcome::Delivered),
            Judgement::GiveUp(reason) => Verdict::plain("failed", FiringOutcome::Failed { reason }),
            Judgement::PauseEndpoint => Verdict {
                name: "gone",
                outcome: FiringOutcome::Failed { reason: "the receiver is gone (410)".to_owned() },
                pauses: true,
            },
            Judgement::Retry(reason) => {
                let tries = u32::try_from(number).unwrap_or(u32::MAX);
                let schedule = &self.0.app.settings.postback_retry_seconds;
                let seed = firing.id.0.cast_unsigned();
                match retry::next_try(schedule, tries, outcome, seed, now) {
                    Some(run_at) => {
                        Verdict::plain("retry", FiringOutcome::Retry { reason, run_at })
                    }
                    None => Verdict::plain("failed", FiringOutcome::Failed { reason }),
                }
            }
        }
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

/// What a try means.
struct Verdict {
    name: &'static str,
    outcome: FiringOutcome,
    pauses: bool,
}

impl Verdict {
    const fn plain(name: &'static str, outcome: FiringOutcome) -> Self {
        Self { name, outcome, pauses: false }
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

fn status_code(result: &AttemptResult) -> Option<i64> {
    match &result.outcome {
        Outcome::Answered(answer) => Some(i64::from(answer.status)),
        Outcome::Failed(_) => None,
    }
}

#[expect(clippy::too_many_arguments, reason = "one row from everything that makes it up")]
fn attempt_of(
    id: AttemptId,
    firing: &Firing,
    number: i64,
    at: UtcTime,
    template: String,
    rendered: &Rendered,
    result: &AttemptResult,
    verdict: &Verdict,
) -> Attempt {
    let (error, response) = match &result.outcome {
        Outcome::Answered(answer) => (None, Some(answer.excerpt.clone())),
        Outcome::Failed(failure) => (Some(failure.text.clone()), None),
    };
    let reason = match &verdict.outcome {
        FiringOutcome::Delivered => None,
        FiringOutcome::Failed { reason }
        | FiringOutcome::NotSent { reason }
        | FiringOutcome::Retry { reason, .. } => Some(reason.clone()),
    };
    Attempt {
        id,
        shop_id: firing.shop_id,
        firing_id: firing.id,
        number,
        at,
        latency_ms: i64::try_from(result.latency.as_millis()).unwrap_or(i64::MAX),
        method: rendered.method.to_owned(),
        template,
        url: rendered.url.clone(),
        // Pairs of texts are always JSON.
        headers: serde_json::to_string(&rendered.masked_headers()).unwrap_or_default(),
        body: rendered.body.clone(),
        status_code: status_code(result),
        outcome: verdict.name.to_owned(),
        error: error.or(reason),
        response,
        flags: (!rendered.flags.is_empty())
            .then(|| serde_json::to_string(&rendered.flags).unwrap_or_default()),
        next_try_at: match &verdict.outcome {
            FiringOutcome::Retry { run_at, .. } => Some(*run_at),
            _ => None,
        },
    }
}
