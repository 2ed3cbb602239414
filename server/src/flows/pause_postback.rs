//! Pauses and what ends them: the fair pause of a receiver that fails (N15), a pause that its owner
//! wants, and the merchant's approval of a new URL (C9). A pause keeps every call; its end lets them
//! out in order, a few at a time (`delivery/backlog.rs`).

use domain::{
    ids::{PostbackId, ShopId},
    retry,
    time::UtcTime,
};
use storage::{
    StorageError, WriteTx,
    activity::Subject,
    postbacks::{self, Owner, Postback, PostbackHealth},
};

use super::{
    record_activity::{Act, Actor},
    save_postback::read_postback,
    tell_of_pause::{tell_of_end, tell_of_pause},
    write_mail::MailRoom,
};

/// Why a postback is paused whose URL the merchant has yet to look at.
pub const WAITS_FOR_APPROVAL: &str = "waits until the shop has approved its address";
/// Why one is paused whose URL the merchant does not want to be called.
pub const DECLINED: &str = "the shop does not allow this address";
/// Why one is paused that its owner wants to be paused.
pub const BY_OWNER: &str = "paused by hand";
/// Why one is paused whose receiver fails (N15).
pub const FAILING: &str = "ten conversions in a row have failed for 72 hours";
/// Why one is paused whose receiver says that it is gone.
pub const GONE: &str = "the receiver is gone (410)";

/// Whether a pause is the merchant's to end.
#[must_use]
pub fn needs_merchant(row: &Postback) -> bool {
    matches!(row.pause_reason.as_deref(), Some(WAITS_FOR_APPROVAL | DECLINED))
}

/// Pauses a postback because of its receiver and tells both sides; nothing when it is paused or
/// deleted already.
///
/// # Errors
/// [`StorageError`].
pub fn pause_for_receiver(
    tx: &mut WriteTx<'_>,
    room: MailRoom<'_>,
    (shop, id): (ShopId, PostbackId),
    reason: &str,
    now: UtcTime,
) -> Result<bool, StorageError> {
    let act = Act { shop, actor: Actor::Tributary, now };
    let row = match postbacks::postback_to_change(tx, shop, None, id) {
        Ok(row) if row.paused_at.is_none() => row,
        // Paused or deleted by somebody else meanwhile.
        Ok(_) | Err(StorageError::NotFound) => return Ok(false),
        Err(error) => return Err(error),
    };
    postbacks::postback_pause(tx, shop, id, reason, now)?;
    note(tx, act, &row, &format!("was paused: {reason}"))?;
    tell_of_pause(tx, room, &row, reason, now)?;
    Ok(true)
}

/// Pauses those of these receivers that have failed often and long enough; returns how many (N15).
///
/// # Errors
/// [`StorageError`].
pub fn pause_failing(
    tx: &mut WriteTx<'_>,
    room: MailRoom<'_>,
    failing: &[PostbackHealth],
    now: UtcTime,
) -> Result<usize, StorageError> {
    let mut count = 0;
    for health in failing {
        let failures = u32::try_from(health.failures_in_row).unwrap_or(u32::MAX);
        if retry::should_pause(failures, health.failing_since, now) {
            let which = (health.shop_id, health.postback_id);
            count += usize::from(pause_for_receiver(tx, room, which, FAILING, now)?);
        }
    }
    Ok(count)
}

/// Looks for receivers that have been failing long enough although nothing was sent to them lately.
/// Crosses shops: the sweeper looks after all.
///
/// # Errors
/// [`StorageError`].
pub fn pause_overdue(
    tx: &mut WriteTx<'_>,
    room: MailRoom<'_>,
    now: UtcTime,
) -> Result<usize, StorageError> {
    let since = now.plus_seconds(-retry::PAUSE_AFTER_S);
    let failures = i64::from(retry::PAUSE_FAILURES);
    let failing = postbacks::postbacks_failing_since(tx, failures, since, OVERDUE_MAX)?;
    pause_failing(tx, room, &failing, now)
}

/// Receivers paused by one sweep.
const OVERDUE_MAX: i64 = 500;

/// Pauses a postback because its owner wants it.
///
/// # Errors
/// [`StorageError::NotFound`] when the owner has no such postback, or it is paused already.
pub fn pause_by_hand(
    tx: &mut WriteTx<'_>,
    act: Act,
    owner: Owner,
    id: PostbackId,
) -> Result<(), StorageError> {
    let row = postbacks::postback_to_change(tx, act.shop, Some(owner), id)?;
    postbacks::postback_pause(tx, act.shop, id, BY_OWNER, act.now)?;
    note(tx, act, &row, "was paused by hand")
}

/// Ends a pause: what was held goes out. An affiliate cannot end one that is the merchant's.
///
/// # Errors
/// [`StorageError::NotFound`] when the owner has no such postback, or may not.
pub fn resume(
    tx: &mut WriteTx<'_>,
    room: MailRoom<'_>,
    act: Act,
    owner: Owner,
    id: PostbackId,
) -> Result<(), StorageError> {
    let row = postbacks::postback_to_change(tx, act.shop, Some(owner), id)?;
    if needs_merchant(&row) && !act.actor.is_merchant() {
        return Err(StorageError::NotFound);
    }
    if needs_merchant(&row) {
        return approve(tx, act, id);
    }
    end_pause(tx, room, act, &row)
}

/// Ends the pause of a postback that was read in this transaction. Whoever was told of the pause is
/// told of its end.
///
/// # Errors
/// [`StorageError`].
pub fn end_pause(
    tx: &mut WriteTx<'_>,
    room: MailRoom<'_>,
    act: Act,
    row: &Postback,
) -> Result<(), StorageError> {
    postbacks::postback_resume(tx, act.shop, row.id, act.now)?;
    note(tx, act, row, "is not paused any more")?;
    match row.pause_reason.as_deref() {
        Some(FAILING | GONE) => tell_of_end(tx, room, row, act.now),
        _ => Ok(()),
    }
}

/// The merchant lets an affiliate's URL be called: what was held goes out (C9).
///
/// # Errors
/// [`StorageError::NotFound`] when the shop has no such live postback.
pub fn approve(tx: &mut WriteTx<'_>, act: Act, id: PostbackId) -> Result<(), StorageError> {
    let row = postbacks::postback_to_change(tx, act.shop, None, id)?;
    let url = read_postback(&row)?.url;
    postbacks::postback_set_approved_url(tx, act.shop, id, Some(&url))?;
    postbacks::postback_resume(tx, act.shop, id, act.now)?;
    note(tx, act, &row, &format!("may call {url}"))
}

/// The merchant does not let an affiliate's URL be called: what was held stays held for its time.
///
/// # Errors
/// [`StorageError::NotFound`] when the shop has no such live postback.
pub fn decline(tx: &mut WriteTx<'_>, act: Act, id: PostbackId) -> Result<(), StorageError> {
    let row = postbacks::postback_to_change(tx, act.shop, None, id)?;
    let url = read_postback(&row)?.url;
    postbacks::postback_set_approved_url(tx, act.shop, id, None)?;
    postbacks::postback_set_pause(tx, act.shop, id, DECLINED, act.now)?;
    note(tx, act, &row, &format!("may not call {url}"))
}

fn note(
    tx: &mut WriteTx<'_>,
    act: Act,
    row: &Postback,
    happened: &str,
) -> Result<(), StorageError> {
    let words = format!("Postback “{}” {happened}.", row.name);
    act.note(tx, Subject::Postback, row.id.0, words)
}
