//! Sends calls again on request (N7): some of them, or all of a time. They keep their ids, go out in
//! order at ten a second, and are marked. Not here: letting them out (`delivery/backlog.rs`).

use std::collections::BTreeSet;

use domain::{
    ids::{FiringId, PostbackId, ShopId},
    time::UtcTime,
};
use storage::{
    DbConn, StorageError, WriteTx,
    firings::firing_by_id,
    outbox::{ReplayFilter, Replayable, firings_replay, firings_replayable},
    postbacks::Owner,
};

use super::{
    postback_history::{Actor, note_change},
    sign_request::affiliate_in,
};

/// Calls put back by one transaction.
const BATCH_MAX: i64 = 500;

/// Sends the chosen calls again; returns how many. Those of others, and those that never were sent or
/// are still to be, are left alone.
///
/// # Errors
/// [`StorageError`].
pub fn replay_chosen(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    owner: Option<Owner>,
    ids: &[FiringId],
    actor: &Actor,
    now: UtcTime,
) -> Result<usize, StorageError> {
    let mut own = Vec::new();
    let mut postbacks = BTreeSet::new();
    for id in ids {
        let firing = firing_by_id(tx, shop, *id)?;
        let is_own = |owner: Owner| {
            firing.as_ref().is_some_and(|firing| firing.affiliate_id == affiliate_in(owner))
        };
        if owner.is_none_or(is_own)
            && let Some(firing) = firing
        {
            own.push(firing.id);
            postbacks.insert(firing.postback_id);
        }
    }
    let count = firings_replay(tx, shop, &own, now)?;
    if count > 0 {
        note(tx, shop, postbacks, count, actor, now)?;
    }
    Ok(count)
}

/// Where the replay of a time has got to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Calls put back by this step.
    pub count: usize,
    /// Give it to the next step; none when it was the last.
    pub after: Option<Replayable>,
}

/// Sends the next few calls of a time again. Step by step, because there may be a million.
///
/// # Errors
/// [`StorageError`].
pub fn replay_step(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    filter: &ReplayFilter,
    after: Option<Replayable>,
    actor: &Actor,
    now: UtcTime,
) -> Result<Progress, StorageError> {
    let found = firings_replayable(tx, shop, filter, after, BATCH_MAX)?;
    let ids: Vec<FiringId> = found.iter().map(|one| one.id).collect();
    let count = firings_replay(tx, shop, &ids, now)?;
    if count > 0 && after.is_none() {
        let postbacks = found.iter().map(|one| one.postback_id).collect();
        note(tx, shop, postbacks, count, actor, now)?;
    }
    Ok(Progress { count, after: found.last().copied() })
}

/// How many calls of a time would be sent again, counted up to `limit`.
///
/// # Errors
/// [`StorageError`].
pub fn count_up_to(
    conn: &mut DbConn,
    shop: ShopId,
    filter: &ReplayFilter,
    limit: i64,
) -> Result<usize, StorageError> {
    Ok(firings_replayable(conn, shop, filter, None, limit)?.len())
}

fn note(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    postbacks: BTreeSet<PostbackId>,
    count: usize,
    actor: &Actor,
    now: UtcTime,
) -> Result<(), StorageError> {
    let words = match count {
        1 => "Sent a call again".to_owned(),
        _ => format!("Sent {count} calls again, or began to"),
    };
    for postback in postbacks {
        note_change(tx, shop, postback, actor, &words, now)?;
    }
    Ok(())
}
