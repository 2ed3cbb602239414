//! What has to be looked at although nothing happens: receivers that have been failing long enough
//! (N15), held calls that nobody heard of, and a backlog or a log older than we keep it. Not here: what
//! else is forgotten in time (`upkeep`).

use std::time::Duration;

use domain::retry::BACKLOG_DAYS;
use storage::{StorageError, firings, outbox};

use crate::{app::App, flows::pause_postback::pause_overdue};

/// How often pauses are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// Looks until old rows are cleared away again: about an hour.
const LOOKS_PER_CLEARING: u32 = 120;
/// Who was told what and when.
const FIRINGS_KEPT_DAYS: i64 = 25 * 365 / 12;
/// Rows of one transaction, so that nobody waits long for the writer.
const ROWS_MAX: i64 = 500;

/// Looks and clears for as long as the process lives.
pub(super) async fn keep_up(app: App) {
    let mut timer = tokio::time::interval(LOOK_EVERY);
    let mut looks = 0_u32;
    loop {
        timer.tick().await;
        if let Err(error) = look(&app).await {
            tracing::error!(%error, "pauses cannot be looked at");
        }
        if looks.is_multiple_of(LOOKS_PER_CLEARING)
            && let Err(error) = clear(&app).await
        {
            tracing::error!(%error, "old calls cannot be cleared away");
        }
        looks = looks.wrapping_add(1);
    }
}

async fn look(app: &App) -> Result<(), StorageError> {
    let (now, shared) = (app.clock.now(), app.clone());
    app.storage
        .write(move |tx| {
            pause_overdue(tx, shared.mail_room(), now)?;
            outbox::backlogs_find(tx, now)?;
            Ok(())
        })
        .await
}

/// Clears away what is older than we keep it.
///
/// # Errors
/// [`StorageError`].
pub(crate) async fn clear(app: &App) -> Result<(), StorageError> {
    let now = app.clock.now();
    loop {
        let cleared = app
            .storage
            .write(move |tx| {
                let held = now.plus_days(-BACKLOG_DAYS);
                let firings = now.plus_days(-FIRINGS_KEPT_DAYS);
                Ok::<_, StorageError>(
                    outbox::firings_drop_held_before(tx, held, now, ROWS_MAX)?
                        + firings::firings_drop_before(tx, firings, ROWS_MAX)?,
                )
            })
            .await?;
        if cleared == 0 {
            return Ok(());
        }
    }
}
