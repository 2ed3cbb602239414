//! Sends calls again on request (N7): some of them, or all of a time. They keep their ids, go out in
//! order at ten a second, and are marked. Not here: letting them out (`delivery/backlog.rs`).

use std::collections::BTreeSet;

use domain::ids::{FiringId, PostbackId, ShopId};
use storage::{
    DbConn, StorageError, WriteTx,
    activity::Subject,
    firings::firing_by_id,
    outbox::{ReplayFilter, Replayable, firings_replay, firings_replayable},
    postbacks::Owner,
};

use super::{record_activity::Act, sign_request::affiliate_in};

/// Calls put back by one transaction.
const BATCH_MAX: i64 = 500;

/// Sends the chosen calls again; returns how many. Those of others, and those that never were sent or
/// are still to be, are left alone.
///
/// # Errors
/// [`StorageError`].
pub fn replay_chosen(
    tx: &mut WriteTx<'_>,
    act: Act,
    owner: Option<Owner>,
    ids: &[FiringId],
) -> Result<usize, StorageError> {
    let mut own = Vec::new();
    let mut postbacks = BTreeSet::new();
    for id in ids {
        let firing = firing_by_id(tx, act.shop, *id)?;
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
    let count = firings_replay(tx, act.shop, &own, act.now)?;
    if count > 0 {
        note(tx, act, postbacks, count)?;
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
    act: Act,
    filter: &ReplayFilter,
    after: Option<Replayable>,
) -> Result<Progress, StorageError> {
    let found = firings_replayable(tx, act.shop, filter, after, BATCH_MAX)?;
    let ids: Vec<FiringId> = found.iter().map(|one| one.id).collect();
    let count = firings_replay(tx, act.shop, &ids, act.now)?;
    if count > 0 && after.is_none() {
        let postbacks = found.iter().map(|one| one.postback_id).collect();
        note(tx, act, postbacks, count)?;
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
    act: Act,
    postbacks: BTreeSet<PostbackId>,
    count: usize,
) -> Result<(), StorageError> {
    let words = match count {
        1 => "A call was sent again.".to_owned(),
        _ => format!("Sending calls again was begun, with {count} of them."),
    };
    for postback in postbacks {
        act.note(tx, Subject::Postback, postback.0, words.clone())?;
    }
    Ok(())
}
