//! Forgets in time (domain rules, section 5): clicks after 13 months or their window and 90 days,
//! bodies of requests and webhooks after 90 days, rows of requests after 25 months, and what browsers
//! said about a checkout after a week, as are merchants' files. Once a day, in small batches, so that nothing waits for it.
//! The ledger, orders and conversions stay.

use std::{sync::Arc, time::Duration};

use domain::{ids::ShopId, time::UtcTime};
use storage::{
    StorageError, WriteTx, attempts, browser_signals, clicks, creatives, inbox, jobs, link_names,
    pixel_events, shops,
};

use crate::{
    app::App,
    flows::{book_changes::day_number, shop_book::ShopBook},
};

/// Longest life of a click, and of the name of a link's parameter, in days: 13 months.
const CLICK_DAYS_MAX: i64 = 395;
/// Life of a click beyond its window, in days.
const CLICK_DAYS_AFTER_WINDOW: i64 = 90;
/// Life of what was sent and answered, of webhooks, and of browsers' names.
const BODY_DAYS: i64 = 90;
/// Life of the rows of requests, in days: 25 months.
const ATTEMPT_DAYS: i64 = 761;
/// Life of what a browser said at the checkout: as long as the network takes events.
const SIGNAL_DAYS: i64 = domain::pixel::server_event::EVENT_DAYS_MAX;
/// Life of a job and its file, once it has ended.
const JOB_DAYS: i64 = 7;
/// Rows of one transaction.
const BATCH: i64 = 500;
/// Shops read at a time.
const SHOPS: i64 = 100;
/// A day after the last time; the first time soon after the start.
const EVERY: Duration = Duration::from_secs(24 * 3_600);
const FIRST_AFTER: Duration = Duration::from_secs(300);
/// How far back bodies are looked for after the first time of a process, which looks at all.
const OVERLAP_DAYS: i64 = 7;

/// The reason of a server event that nobody's consent ever came for.
pub const NEVER_ALLOWED: &str = "no browser told that the visitor allowed it";

/// How many rows each rule took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Forgotten {
    /// Clicks.
    pub clicks: usize,
    /// Bodies of requests, of answers and of webhooks, and browsers' names.
    pub bodies: usize,
    /// Rows of requests.
    pub attempts: usize,
    /// What browsers said, who saw which banner, events that waited in vain, names that links carried.
    pub signals: usize,
    /// Jobs with their files.
    pub jobs: usize,
}

/// Once a day, for as long as the process runs.
pub async fn run(app: App) {
    tokio::time::sleep(FIRST_AFTER).await;
    let mut since = UtcTime::from_micros(0);
    loop {
        let now = app.clock.now();
        match forget(&app, since).await {
            Ok(forgotten) => {
                tracing::info!(?forgotten, "old rows were dropped");
                since = now.plus_days(-BODY_DAYS - OVERLAP_DAYS);
            }
            Err(error) => tracing::error!(%error, "old rows cannot be dropped"),
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Forgets everything that is too old now; bodies only as far back as `since`.
///
/// # Errors
/// [`StorageError`]; what was forgotten until then stays forgotten.
pub async fn forget(app: &App, since: UtcTime) -> Result<Forgotten, StorageError> {
    let now = app.clock.now();
    let mut forgotten =
        Forgotten { clicks: forget_clicks(app, now).await?, ..Forgotten::default() };
    let bodies = (since, now.plus_days(-BODY_DAYS));
    forgotten.bodies +=
        batches(app, move |tx| attempts::attempts_forget_bodies(tx, bodies, BATCH)).await?;
    forgotten.bodies +=
        batches(app, move |tx| pixel_events::pixel_attempts_forget_bodies(tx, bodies, BATCH))
            .await?;
    forgotten.bodies +=
        batches(app, move |tx| clicks::click_forget_agents(tx, bodies, BATCH)).await?;
    forgotten.bodies +=
        batches(app, move |tx| inbox::delivery_bodies_drop_before(tx, bodies.1, BATCH)).await?;
    let old = now.plus_days(-ATTEMPT_DAYS);
    forgotten.attempts +=
        batches(app, move |tx| attempts::attempts_drop_before(tx, old, BATCH)).await?;
    forgotten.attempts +=
        batches(app, move |tx| pixel_events::pixel_attempts_drop_before(tx, old, BATCH)).await?;
    let week = now.plus_days(-SIGNAL_DAYS);
    forgotten.signals += batches(app, move |tx| {
        pixel_events::pixel_events_give_up_waiting(tx, week, NEVER_ALLOWED, now, BATCH)
    })
    .await?;
    forgotten.signals +=
        batches(app, move |tx| browser_signals::browser_signals_drop_before(tx, week, BATCH))
            .await?;
    let ended = now.plus_days(-JOB_DAYS);
    forgotten.jobs += batches(app, move |tx| jobs::jobs_drop(tx, ended, BATCH)).await?;
    let today = day_number(now);
    forgotten.signals +=
        batches(app, move |tx| creatives::impressions_seen_drop_before(tx, today, BATCH)).await?;
    let unseen = today - CLICK_DAYS_MAX;
    forgotten.signals +=
        batches(app, move |tx| link_names::link_names_drop_before(tx, unseen, BATCH)).await?;
    Ok(forgotten)
}

/// Each shop's clicks by its own windows.
async fn forget_clicks(app: &App, now: UtcTime) -> Result<usize, StorageError> {
    let mut count = 0;
    let mut after: Option<ShopId> = None;
    loop {
        let books = Arc::clone(&app.books);
        let found = app
            .storage
            .read(move |conn| {
                let mut found = Vec::new();
                for shop in shops::shop_list(conn, after, SHOPS)? {
                    let book = books.of(conn, shop.id)?;
                    found.push((shop.id, click_days(&book)));
                }
                Ok::<_, StorageError>(found)
            })
            .await?;
        let Some((last, _)) = found.last() else { return Ok(count) };
        after = Some(*last);
        for (shop, days) in found {
            let time = now.plus_days(-days);
            count +=
                batches(app, move |tx| clicks::click_drop_before(tx, shop, time, BATCH)).await?;
        }
    }
}

fn click_days(book: &ShopBook) -> i64 {
    book.longest_window_days().saturating_add(CLICK_DAYS_AFTER_WINDOW).min(CLICK_DAYS_MAX)
}

/// Runs a statement until it finds nothing more.
async fn batches(
    app: &App,
    step: impl Fn(&mut WriteTx<'_>) -> Result<usize, StorageError> + Send + Clone + 'static,
) -> Result<usize, StorageError> {
    let mut count = 0;
    loop {
        let step = step.clone();
        let touched = app.storage.write(move |tx| step(tx)).await?;
        count += touched;
        if touched == 0 {
            return Ok(count);
        }
    }
}
