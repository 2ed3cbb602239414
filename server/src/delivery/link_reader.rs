//! Reads stored clicks for the names of their links' parameters, a batch at a time, soon after they were
//! stored and never in their way.

use std::time::Duration;

use storage::StorageError;

use crate::{
    app::App,
    flows::see_link_names::{Remembered, see_link_names, unread_links},
};

/// How often new clicks are looked for.
const EVERY: Duration = Duration::from_secs(2);
/// Pause between full batches, so that catching up leaves the database to others.
const BREATH: Duration = Duration::from_millis(100);

/// For as long as the process runs.
pub(super) async fn run(app: App) {
    let mut remembered = Remembered::default();
    let mut timer = tokio::time::interval(EVERY);
    timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        timer.tick().await;
        if let Err(error) = read_all(&app, &mut remembered).await {
            tracing::error!(%error, "links' parameters cannot be read");
        }
    }
}

/// Reads all clicks that nobody has read yet.
///
/// # Errors
/// [`StorageError`]; what was read until then stays read.
pub(crate) async fn read_all(app: &App, remembered: &mut Remembered) -> Result<(), StorageError> {
    loop {
        let now = app.clock.now();
        let clicks = app.storage.read(move |conn| unread_links(conn, now)).await?;
        let Some(news) = remembered.news_of(clicks) else { return Ok(()) };
        let stored = news.clone();
        app.storage.write(move |tx| see_link_names(tx, &stored)).await?;
        remembered.remember(news.names);
        if !news.is_full {
            return Ok(());
        }
        tokio::time::sleep(BREATH).await;
    }
}
