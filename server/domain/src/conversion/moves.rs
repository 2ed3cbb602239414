//! Moves that do not come from the order: the hold ends, a person decides, a payout is sent. A
//! wrong move is an error that says where the conversion stands.

use crate::{event::EventKind, ledger::EntryKind, reason::Reason, time::UtcTime};

use super::{Change, Conversion, ConversionStatus, Occurrence};

/// Why a move is not possible.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WrongMove {
    /// The status does not allow it.
    #[error("a conversion that is {} cannot be {wanted}", .from.as_str())]
    Status {
        /// Where it stands.
        from: ConversionStatus,
        /// What was wanted, in words.
        wanted: &'static str,
    },
    /// The hold has not ended.
    #[error("the hold ends at {approve_at}")]
    TooEarly {
        /// When it ends.
        approve_at: UtcTime,
    },
    /// Payment, fulfilment or a refund's money is still awaited.
    #[error("something is still awaited before the hold can end")]
    Waiting,
    /// No edit is waiting for consent.
    #[error("no increase is waiting for consent")]
    NoIncrease,
}

/// What a person decides about a conversion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReviewAction {
    /// Approve now, without waiting for the hold.
    Approve,
    /// Refuse; everything booked is taken back.
    Reject(Reason),
    /// Wait for a decision.
    Hold(Reason),
    /// End the waiting.
    Release,
    /// Let an increase by an edit after approval count.
    AcceptIncrease,
    /// Take a person's rejection back. Nothing is booked by it: settle the conversion afterwards.
    Reopen,
}

/// Approves a conversion whose hold has ended. // G80
///
/// # Errors
/// [`WrongMove`] when it is not pending, or one microsecond too early.
pub fn approve(before: &Conversion, now: UtcTime) -> Result<Change, WrongMove> {
    if before.status != ConversionStatus::Pending {
        return Err(wrong(before, "approved"));
    }
    match before.approve_at {
        None => Err(WrongMove::Waiting),
        Some(approve_at) if now < approve_at => Err(WrongMove::TooEarly { approve_at }),
        Some(_) => Ok(approved(before)),
    }
}

/// Carries out a person's decision.
///
/// # Errors
/// [`WrongMove`] when the status does not allow it.
pub fn review(before: &Conversion, action: &ReviewAction) -> Result<Change, WrongMove> {
    use ConversionStatus as Status;
    match (action, before.status) {
        (ReviewAction::Approve, Status::Pending | Status::OnHold) => Ok(approved(before)),
        (
            ReviewAction::Reject(reason),
            Status::Recorded
            | Status::Pending
            | Status::OnHold
            | Status::Approved
            | Status::Payable
            | Status::Rejected,
        ) if !before.memory.is_rejected_by_review => Ok(rejected(before, reason)),
        (ReviewAction::Hold(reason), Status::Pending | Status::Approved) => {
            Ok(moved(before, Status::OnHold, Some(reason.clone())))
        }
        (ReviewAction::Release, Status::OnHold) => {
            let mut change = moved(before, Status::Pending, None);
            change.conversion.memory.is_released = true;
            Ok(change)
        }
        (ReviewAction::AcceptIncrease, status) if status.is_approved() => increased(before),
        (ReviewAction::Reopen, Status::Rejected) if before.memory.is_rejected_by_review => {
            let mut after = before.clone();
            after.status = Status::Recorded;
            after.reason = None;
            after.memory.is_rejected_by_review = false;
            Ok(Change::new(Some(before), after, EntryKind::Adjustment, None))
        }
        (ReviewAction::Approve, _) => Err(wrong(before, "approved")),
        (ReviewAction::Reject(_), _) => Err(wrong(before, "rejected")),
        (ReviewAction::Hold(_), _) => Err(wrong(before, "held")),
        (ReviewAction::Release, _) => Err(wrong(before, "released")),
        (ReviewAction::AcceptIncrease, _) => Err(wrong(before, "increased")),
        (ReviewAction::Reopen, _) => Err(wrong(before, "reopened")),
    }
}

/// Marks an approved conversion as paid out.
///
/// # Errors
/// [`WrongMove`] when it was not approved.
pub fn pay(before: &Conversion) -> Result<Change, WrongMove> {
    match before.status {
        ConversionStatus::Approved | ConversionStatus::Payable => {
            let mut change = moved(before, ConversionStatus::Paid, None);
            if let Some(occurrence) = &mut change.occurrence {
                occurrence.kinds = vec![EventKind::Payout, EventKind::StatusChange];
            }
            Ok(change)
        }
        _ => Err(wrong(before, "paid")),
    }
}

/// Takes a payout back whose money did not arrive: the conversion is approved and may be paid again.
///
/// # Errors
/// [`WrongMove`] when it was not paid.
pub fn payment_returned(before: &Conversion) -> Result<Change, WrongMove> {
    match before.status {
        ConversionStatus::Paid => Ok(moved(before, ConversionStatus::Approved, None)),
        _ => Err(wrong(before, "unpaid")),
    }
}

const fn wrong(before: &Conversion, wanted: &'static str) -> WrongMove {
    WrongMove::Status { from: before.status, wanted }
}

/// A change of status alone.
fn moved(before: &Conversion, status: ConversionStatus, reason: Option<Reason>) -> Change {
    let mut after = before.clone();
    after.status = status;
    after.reason = reason.clone();
    let mut change = Change::new(Some(before), after, EntryKind::Adjustment, None);
    change.occurrence = before.memory.is_announced.then(|| Occurrence {
        kinds: vec![EventKind::StatusChange],
        status: status.as_str().to_owned(),
        reason,
        needs_reversal_support: false,
        delta_commission_minor: 0,
        refund_minor: 0,
    });
    change
}

fn approved(before: &Conversion) -> Change {
    let mut change = moved(before, ConversionStatus::Approved, None);
    change.conversion.memory.approved_minor = Some(before.commission_minor);
    change.conversion.memory.is_released = true;
    change
}

fn rejected(before: &Conversion, reason: &Reason) -> Change {
    let mut after = before.clone();
    after.status = ConversionStatus::Rejected;
    after.reason = Some(reason.clone());
    after.approve_at = None;
    after.memory.is_rejected_by_review = true;
    after.memory.approved_minor = None;
    after.memory.withheld_increase_minor = 0;
    after.set_commission(0);
    let mut change = Change::new(Some(before), after, EntryKind::Reversal, Some(reason.clone()));
    change.occurrence = before.memory.is_announced.then(|| Occurrence {
        kinds: vec![EventKind::StatusChange],
        status: ConversionStatus::Rejected.as_str().to_owned(),
        reason: Some(reason.clone()),
        needs_reversal_support: true,
        delta_commission_minor: change.delta_minor(),
        refund_minor: 0,
    });
    change
}

fn increased(before: &Conversion) -> Result<Change, WrongMove> {
    let increase = before.memory.withheld_increase_minor;
    if increase <= 0 {
        return Err(WrongMove::NoIncrease);
    }
    let mut after = before.clone();
    let total = before.commission_minor.saturating_add(increase);
    after.memory.approved_minor = Some(total);
    after.memory.withheld_increase_minor = 0;
    after.set_commission(total);
    let mut change = Change::new(Some(before), after, EntryKind::Adjustment, None);
    change.occurrence = before.memory.is_announced.then(|| Occurrence {
        kinds: vec![EventKind::Adjustment, EventKind::StatusChange],
        status: "adjusted".to_owned(),
        reason: None,
        needs_reversal_support: true,
        delta_commission_minor: change.delta_minor(),
        refund_minor: 0,
    });
    Ok(change)
}
