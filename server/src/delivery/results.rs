//! What came of sending, written in batches: one log row per attempt, what follows for the firing, and
//! the health of the postback. Not here: the sending itself (`sender`).

use std::{collections::HashSet, sync::Arc};

use domain::{
    ids::{PostbackId, ShopId},
    time::UtcTime,
};
use storage::{
    StorageError, WriteTx,
    attempts::{self, Attempt},
    outbox::{self, FiringOutcome, FiringResult},
    postbacks::{self, PostbackOutcome},
};
use tokio::sync::mpsc;

use crate::{
    app::App,
    flows::{
        pause_postback::{GONE, pause_failing, pause_for_receiver},
        write_mail::MailRoom,
    },
};

/// Most results of one transaction.
const BATCH_MAX: usize = 256;

/// One try, ready to be written.
pub(super) struct Finished {
    pub(super) shop: ShopId,
    pub(super) postback: PostbackId,
    pub(super) result: FiringResult,
    pub(super) attempt: Option<Attempt>,
    /// The receiver said that it is gone for good.
    pub(super) pauses: bool,
    /// It was sent again, on request or after a pause.
    pub(super) is_replay: bool,
}

/// Writes results in batches: attempts, what follows for the firings, the postbacks' health.
pub(super) async fn write_results(app: App, mut finished: mpsc::Receiver<Finished>) {
    loop {
        let mut batch = Vec::with_capacity(BATCH_MAX);
        if finished.recv_many(&mut batch, BATCH_MAX).await == 0 {
            return;
        }
        let batch = Arc::new(batch);
        let now = app.clock.now();
        let (shared, process) = (Arc::clone(&batch), app.clone());
        let written =
            app.storage.write(move |tx| write_batch(tx, process.mail_room(), &shared, now)).await;
        if let Err(error) = written {
            // The leases end, and everything is sent again with the same transaction ids.
            tracing::error!(%error, count = batch.len(), "results cannot be written");
        }
    }
}

fn write_batch(
    tx: &mut WriteTx<'_>,
    room: MailRoom<'_>,
    batch: &[Finished],
    now: UtcTime,
) -> Result<(), StorageError> {
    let attempts: Vec<Attempt> =
        batch.iter().filter_map(|finished| finished.attempt.clone()).collect();
    attempts::attempts_append(tx, &attempts)?;
    let results: Vec<FiringResult> = batch.iter().map(|finished| finished.result.clone()).collect();
    outbox::firings_finish(tx, &results)?;
    let outcomes: Vec<PostbackOutcome> = batch.iter().filter_map(health_of).collect();
    let failing = postbacks::postback_record_outcomes(tx, &outcomes)?;
    pause_failing(tx, room, &failing, now)?;
    let gone: HashSet<(ShopId, PostbackId)> = batch
        .iter()
        .filter(|finished| finished.pauses)
        .map(|finished| (finished.shop, finished.postback))
        .collect();
    for which in gone {
        pause_for_receiver(tx, room, which, GONE, now)?;
    }
    Ok(())
}

/// What a try says about the receiver's health. A firing that fails counts once, at its first try:
/// ten *conversions* in a row, not ten tries of one (N15), and not the same one sent again.
fn health_of(finished: &Finished) -> Option<PostbackOutcome> {
    let attempt = finished.attempt.as_ref()?;
    let is_success = finished.result.outcome == FiringOutcome::Delivered;
    let is_news = attempt.number == 1 && !finished.is_replay;
    (is_success || is_news).then_some(PostbackOutcome {
        postback_id: finished.postback,
        is_success,
        at: finished.result.at,
    })
}
