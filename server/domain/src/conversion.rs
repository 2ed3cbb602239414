//! One affiliate's credit for one order: its status, what is booked for it, and what each event
//! changes. [`settle`] compares what an order earns now with what is booked and answers with at
//! most one ledger entry and one occurrence; nothing is ever edited (domain rules 3.5, 3.6).
//! Not here: how much the order earns (`commission`), approval and review (`moves`).

use serde::{Deserialize, Serialize};

use crate::{
    commission::Commission, event::EventKind, ledger::EntryKind, money::Currency,
    order::OrderState, program::ProgramRules, reason::Reason, time::UtcTime,
};

pub mod moves;
mod payout_rate;
mod settle;

pub use self::{
    moves::{ReviewAction, WrongMove, approve, pay, payment_returned, review},
    payout_rate::{BadPayoutRate, PayoutRate, PayoutTerms},
    settle::settle,
};

/// Where a conversion stands (domain rules 3.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConversionStatus {
    /// The order exists but is not paid: shown, not booked.
    Recorded,
    /// Booked, within the hold.
    Pending,
    /// The hold is over, or a person approved it.
    Approved,
    /// Part of a payout that was not sent yet.
    Payable,
    /// Paid out. Stays so; a later refund is an entry of its own (G38).
    Paid,
    /// Refused, by a rule or a person.
    Rejected,
    /// Waits for a person.
    OnHold,
    /// Was earned, and everything was taken back.
    Reversed,
}

impl ConversionStatus {
    const ALL: [Self; 8] = [
        Self::Recorded,
        Self::Pending,
        Self::Approved,
        Self::Payable,
        Self::Paid,
        Self::Rejected,
        Self::OnHold,
        Self::Reversed,
    ];

    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Payable => "payable",
            Self::Paid => "paid",
            Self::Rejected => "rejected",
            Self::OnHold => "on_hold",
            Self::Reversed => "reversed",
        }
    }

    /// The inverse of [`ConversionStatus::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// Approved or further: an amount that only goes up with the merchant's consent.
    #[must_use]
    pub const fn is_approved(self) -> bool {
        matches!(self, Self::Approved | Self::Payable | Self::Paid)
    }
}

/// One affiliate's credit for one order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversion {
    /// Where it stands.
    pub status: ConversionStatus,
    /// Why it stands there, for rejected, held and reversed ones, and for paid ones that were taken
    /// back.
    pub reason: Option<Reason>,
    /// The shop's currency.
    pub currency: Currency,
    /// The base, as of the last event.
    pub sales_minor: i64,
    /// The commission, as of the last event. Booked in full, except while recorded.
    pub commission_minor: i64,
    /// The first amount that was booked; 0 before.
    pub first_commission_minor: i64,
    /// When the hold ends; none while something is still awaited.
    pub approve_at: Option<UtcTime>,
    /// Currency in which the affiliate is paid.
    pub payout_currency: Currency,
    /// Rate into it, fixed at order time; none where both currencies are the same.
    pub payout_rate: Option<PayoutRate>,
    /// The commission in the payout currency, booked as `commission_minor` is.
    pub payout_minor: i64,
    /// What the next change has to know.
    pub memory: Memory,
    /// Counts the changes, from 1: no change can be booked twice.
    pub version: i64,
}

/// What a conversion remembers for its next change; no list shows or searches it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    /// The affiliate's systems were told of the conversion.
    pub is_announced: bool,
    /// A person rejected it: no later event brings it back.
    pub is_rejected_by_review: bool,
    /// A person let it go on: what made it wait does not make it wait again.
    pub is_released: bool,
    /// Part of the base that refunds have taken.
    pub refunded_minor: i64,
    /// The amount at approval: the most that counts without new consent.
    pub approved_minor: Option<i64>,
    /// What an edit after approval would add if the merchant consents.
    pub withheld_increase_minor: i64,
}

impl Conversion {
    /// Sum of the conversion's ledger entries in the shop's currency.
    #[must_use]
    pub const fn booked_minor(&self) -> i64 {
        match self.status {
            ConversionStatus::Recorded => 0,
            _ => self.commission_minor,
        }
    }

    /// Sum of the conversion's ledger entries in the payout currency.
    #[must_use]
    pub const fn booked_payout_minor(&self) -> i64 {
        match self.status {
            ConversionStatus::Recorded => 0,
            _ => self.payout_minor,
        }
    }

    /// Something was booked at some time.
    #[must_use]
    pub const fn has_accrued(&self) -> bool {
        self.first_commission_minor != 0
    }

    /// Sets the commission in both currencies. The payout amount is always that of the total, so a
    /// total of zero is exactly zero in both (G27).
    fn set_commission(&mut self, minor: i64) {
        self.commission_minor = minor;
        self.payout_minor = match &self.payout_rate {
            Some(rate) => rate.convert(minor, self.currency, self.payout_currency),
            None => minor,
        };
    }
}

/// What is true of an order, for one affiliate, at the time of an event.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The order.
    pub order: &'a OrderState,
    /// What this affiliate's part of the order earns now.
    pub commission: &'a Commission,
    /// The version of the rules in force when the order was placed.
    pub rules: &'a ProgramRules,
    /// Why attribution refuses the credit, if it does.
    pub disqualified: Option<&'a Reason>,
    /// Why the conversion waits for a person, until one has looked at it.
    pub hold: Option<&'a Reason>,
    /// How the affiliate is paid; only the first call looks at it.
    pub payout: &'a PayoutTerms,
}

/// What an event changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The conversion afterwards.
    pub conversion: Conversion,
    /// The entry to append.
    pub entry: Option<EntryDraft>,
    /// What postbacks may be told.
    pub occurrence: Option<Occurrence>,
}

/// A ledger entry to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryDraft {
    /// Why it is written.
    pub kind: EntryKind,
    /// The reason, where something was taken back.
    pub reason: Option<Reason>,
    /// In the shop's currency.
    pub amount_minor: i64,
    /// In the payout currency.
    pub payout_amount_minor: i64,
}

/// Something that postbacks may be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    /// What happened, the best label first: a refund is `[Refund, StatusChange]`.
    pub kinds: Vec<EventKind>,
    /// The status to report: the conversion's, or `adjusted` and `reversed` for changed amounts.
    pub status: String,
    /// Why, for declined and reversed ones.
    pub reason: Option<Reason>,
    /// Only a template that can express a reversal may be told (E12).
    pub needs_reversal_support: bool,
    /// Change of the commission.
    pub delta_commission_minor: i64,
    /// Sales that this event took back; never negative.
    pub refund_minor: i64,
}

impl Change {
    /// Numbers the change. The entry is the difference between what is booked after and before, in
    /// each currency on its own.
    fn new(
        before: Option<&Conversion>,
        mut after: Conversion,
        kind: EntryKind,
        reason: Option<Reason>,
    ) -> Self {
        let booked = before.map_or(0, Conversion::booked_minor);
        let booked_payout = before.map_or(0, Conversion::booked_payout_minor);
        let amount_minor = after.booked_minor() - booked;
        let payout_amount_minor = after.booked_payout_minor() - booked_payout;
        let entry = (amount_minor != 0 || payout_amount_minor != 0).then_some(EntryDraft {
            kind,
            reason,
            amount_minor,
            payout_amount_minor,
        });
        if kind == EntryKind::Accrual && entry.is_some() {
            after.first_commission_minor = after.commission_minor;
        }
        after.version = before.map_or(0, |conversion| conversion.version) + 1;
        Self { conversion: after, entry, occurrence: None }
    }

    /// Change of the commission that was booked.
    fn delta_minor(&self) -> i64 {
        self.entry.as_ref().map_or(0, |entry| entry.amount_minor)
    }
}

#[cfg(test)]
mod tests;
