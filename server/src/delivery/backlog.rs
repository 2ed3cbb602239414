//! Lets out what was held back, a few calls of each postback at a time: after a pause, and what is to
//! be sent again (N7). The order and the pace are the store's; see `storage::outbox`.

use storage::{
    StorageError,
    outbox::{self, Released},
};

use crate::app::App;

/// Calls of one portion: half a second's worth.
const PORTION: i64 = 5;
/// From one call to the next: ten a second at most.
const SPACING_MS: i64 = 100;
/// Postbacks looked at in one round.
const POSTBACKS_MAX: i64 = 200;

/// Lets the next portion of every backlog out.
pub(super) async fn let_out(app: &App) -> Result<(), StorageError> {
    let waiting = app.storage.read(|conn| outbox::backlogs(conn, POSTBACKS_MAX)).await?;
    let now = app.clock.now();
    for (shop, postback) in waiting {
        app.storage
            .write(move |tx| {
                let released =
                    outbox::firings_release(tx, shop, postback, now, SPACING_MS, PORTION)?;
                if released == Released::Nothing {
                    outbox::postback_backlog_end(tx, shop, postback)?;
                }
                Ok::<_, StorageError>(())
            })
            .await?;
    }
    Ok(())
}
