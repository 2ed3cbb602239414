//! Sends server events to the advertising network for affiliates' own pixels (N9), through the same
//! door, with the same leases and the same retry policy as postbacks. One fixed host, so no gates per
//! endpoint: a batch at a time, its requests side by side.

use std::{sync::Arc, time::Duration};

use domain::{
    ids::PixelAttemptId,
    retry::{self, AnswerRules, AttemptOutcome, Judgement},
    time::UtcTime,
};
use storage::{
    StorageError,
    pixel_events::{
        PixelAttempt, PixelEventResult, PixelEventRow, PixelEventState, pixel_event_next_due_at,
        pixel_events_claim, pixel_events_finish,
    },
};
use tokio::task::JoinSet;

use super::{
    exchange::outcome_of,
    http::{AttemptResult, Method, OutboundRequest, Outcome},
};
use crate::{
    app::App,
    flows::prepare_pixel_event::{EventRequest, PreparedEvent, prepare_pixel_events},
};

/// Most events of one batch: as many as may be on the wire at a time.
const BATCH_MAX: i64 = 64;
/// How often the table is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Sends what is due, for as long as the process runs.
pub async fn run(app: App) {
    loop {
        match send_due(&app).await {
            Ok(0) => tokio::time::sleep(LOOK_EVERY).await,
            Ok(_) => {}
            Err(error) => {
                tracing::error!(%error, "server events cannot be sent");
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
    }
}

/// Sends one batch of what is due; answers how many events that were.
///
/// # Errors
/// [`StorageError`]: the leases end, and the events are sent again with the same ids.
pub async fn send_due(app: &App) -> Result<usize, StorageError> {
    let now = app.clock.now();
    let due = app.storage.read(pixel_event_next_due_at).await?;
    if due.is_none_or(|due| due > now) {
        return Ok(0);
    }
    let lease_until = now.plus_seconds(app.settings.lease_seconds);
    let events =
        app.storage.write(move |tx| pixel_events_claim(tx, now, lease_until, BATCH_MAX)).await?;
    let (books, key) = (Arc::clone(&app.books), app.master_key.clone());
    let prepared = app
        .storage
        .read(move |conn| {
            let prepared = prepare_pixel_events(conn, &books, &key, &events, now)?;
            Ok::<_, StorageError>(events.into_iter().zip(prepared).collect::<Vec<_>>())
        })
        .await?;
    let count = prepared.len();
    let mut sending = JoinSet::new();
    for (event, request) in prepared {
        let app = app.clone();
        sending.spawn(async move { send(&app, &event, request).await });
    }
    let results = sending.join_all().await;
    app.storage.write(move |tx| pixel_events_finish(tx, &results)).await?;
    Ok(count)
}

async fn send(app: &App, event: &PixelEventRow, request: PreparedEvent) -> PixelEventResult {
    let request = match request {
        Ok(request) => request,
        Err(reason) => {
            return PixelEventResult {
                id: event.id,
                state: PixelEventState::NotSent,
                reason: Some(reason),
                run_at: None,
                attempt: None,
                at: app.clock.now(),
            };
        }
    };
    let sent_at = app.clock.now();
    let result = call(app, &request).await;
    let number = event.attempts.saturating_add(1);
    let verdict = judge(app, event, number, &outcome_of(&result));
    let attempt = attempt_of(app, event, number, sent_at, &request, &result, &verdict);
    PixelEventResult {
        id: event.id,
        state: verdict.state,
        reason: verdict.reason,
        run_at: verdict.run_at,
        attempt: Some(attempt),
        at: app.clock.now(),
    }
}

/// One request to the network.
pub async fn call(app: &App, request: &EventRequest) -> AttemptResult {
    let outbound = OutboundRequest {
        method: Method::POST,
        url: url_of(app, request),
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: Some(request.body.clone()),
    };
    app.outgoing.send(&outbound).await
}

fn url_of(app: &App, request: &EventRequest) -> String {
    format!("{}{}", app.settings.meta_graph_url, request.path)
}

/// What a try means.
struct Verdict {
    name: &'static str,
    state: PixelEventState,
    reason: Option<String>,
    run_at: Option<UtcTime>,
}

fn judge(app: &App, event: &PixelEventRow, number: i64, outcome: &AttemptOutcome) -> Verdict {
    let failed = |reason: String| Verdict {
        name: "failed",
        state: PixelEventState::Failed,
        reason: Some(reason),
        run_at: None,
    };
    let now = app.clock.now();
    match retry::judge(&AnswerRules::default(), outcome) {
        Judgement::Accepted => Verdict {
            name: "accepted",
            state: PixelEventState::Delivered,
            reason: None,
            run_at: None,
        },
        Judgement::GiveUp(reason) => failed(reason),
        Judgement::PauseEndpoint => failed("the network answered 410".to_owned()),
        Judgement::Retry(reason) => {
            let tries = u32::try_from(number).unwrap_or(u32::MAX);
            let schedule = &app.settings.postback_retry_seconds;
            let seed = event.id.0.cast_unsigned();
            match retry::next_try(schedule, tries, outcome, seed, now) {
                Some(run_at) => Verdict {
                    name: "retry",
                    state: PixelEventState::Due,
                    reason: Some(reason),
                    run_at: Some(run_at),
                },
                None => failed(reason),
            }
        }
    }
}

fn attempt_of(
    app: &App,
    event: &PixelEventRow,
    number: i64,
    at: UtcTime,
    request: &EventRequest,
    result: &AttemptResult,
    verdict: &Verdict,
) -> PixelAttempt {
    let (status_code, error, response) = match &result.outcome {
        Outcome::Answered(answer) => {
            (Some(i64::from(answer.status)), None, Some(answer.excerpt.clone()))
        }
        Outcome::Failed(failure) => (None, Some(failure.text.clone()), None),
    };
    PixelAttempt {
        id: PixelAttemptId(app.storage.next_id(at)),
        shop_id: event.shop_id,
        event_id: event.id,
        number,
        at,
        latency_ms: i64::try_from(result.latency.as_millis()).unwrap_or(i64::MAX),
        url: url_of(app, request),
        body: Some(request.logged_body.clone()),
        status_code,
        outcome: verdict.name.to_owned(),
        error: error.or_else(|| verdict.reason.clone()),
        response,
        next_try_at: verdict.run_at,
    }
}
