//! The ledger's words and sums: kinds of entries, what they do to a balance, and what may be paid
//! out. Entries are appended and never changed. Not here: when an entry arises (`conversion`).

use serde::{Deserialize, Serialize};

pub mod chain;

use crate::conversion::{Conversion, ConversionStatus};

/// Why an entry was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// The first amount of a conversion.
    Accrual,
    /// Taken back because money went back to the buyer.
    Refund,
    /// Changed by an edit of the order or by consent of the merchant.
    Adjustment,
    /// Taken back because the order or the credit fell away.
    Reversal,
    /// Earned for reaching a sum of sales.
    Bonus,
    /// Paid to the affiliate; negative.
    Payout,
    /// Entered by the merchant.
    Manual,
}

impl EntryKind {
    const ALL: [Self; 7] = [
        Self::Accrual,
        Self::Refund,
        Self::Adjustment,
        Self::Reversal,
        Self::Bonus,
        Self::Payout,
        Self::Manual,
    ];

    /// The stable name, also in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accrual => "accrual",
            Self::Refund => "refund",
            Self::Adjustment => "adjustment",
            Self::Reversal => "reversal",
            Self::Bonus => "bonus",
            Self::Payout => "payout",
            Self::Manual => "manual",
        }
    }

    /// The inverse of [`EntryKind::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// What an affiliate has in one currency, in minor units. Each part is a sum of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Balance {
    /// Booked, but still within the hold.
    pub pending_minor: i64,
    /// May be paid out; below zero after a refund of something already paid.
    pub payable_minor: i64,
    /// Paid so far.
    pub paid_minor: i64,
}

impl Balance {
    /// What a conversion's entries add up to, in the place where its status puts them. The balance
    /// of an affiliate moves by `of_conversion(after).minus(of_conversion(before))`.
    #[must_use]
    pub const fn of_conversion(conversion: &Conversion) -> Self {
        let booked = conversion.booked_minor();
        match conversion.status {
            ConversionStatus::Recorded | ConversionStatus::Pending | ConversionStatus::OnHold => {
                Self { pending_minor: booked, payable_minor: 0, paid_minor: 0 }
            }
            ConversionStatus::Approved
            | ConversionStatus::Payable
            | ConversionStatus::Paid
            | ConversionStatus::Rejected
            | ConversionStatus::Reversed => {
                Self { pending_minor: 0, payable_minor: booked, paid_minor: 0 }
            }
        }
    }

    /// What an entry without a conversion does: a payout (negative) moves money from payable to
    /// paid, everything else is payable at once.
    #[must_use]
    pub const fn of_entry(kind: EntryKind, amount_minor: i64) -> Self {
        match kind {
            EntryKind::Payout => Self {
                pending_minor: 0,
                payable_minor: amount_minor,
                paid_minor: amount_minor.saturating_neg(),
            },
            EntryKind::Accrual
            | EntryKind::Refund
            | EntryKind::Adjustment
            | EntryKind::Reversal
            | EntryKind::Bonus
            | EntryKind::Manual => {
                Self { pending_minor: 0, payable_minor: amount_minor, paid_minor: 0 }
            }
        }
    }

    /// Both together.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            pending_minor: self.pending_minor.saturating_add(other.pending_minor),
            payable_minor: self.payable_minor.saturating_add(other.payable_minor),
            paid_minor: self.paid_minor.saturating_add(other.paid_minor),
        }
    }

    /// The difference.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self {
            pending_minor: self.pending_minor.saturating_sub(other.pending_minor),
            payable_minor: self.payable_minor.saturating_sub(other.payable_minor),
            paid_minor: self.paid_minor.saturating_sub(other.paid_minor),
        }
    }
}

/// What the next payout pays and what stays for a later one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PayoutDue {
    /// To pay now; 0 when nothing is due.
    pub amount_minor: i64,
    /// Carried to the next payout, below zero when the affiliate owes.
    pub carried_minor: i64,
}

/// The whole payable balance if it is positive and reaches the minimum, else nothing; a negative
/// balance is carried, never invoiced. // G39, G81
///
/// ```
/// # use domain::ledger::{PayoutDue, payout_due};
/// let due = payout_due(-900 + 2_500, 1_000); // G39: -9.00, then 25.00; minimum 10.00
/// assert_eq!(due, PayoutDue { amount_minor: 1_600, carried_minor: 0 });
/// assert_eq!(payout_due(4_999, 5_000).amount_minor, 0); // G81
/// ```
#[must_use]
pub const fn payout_due(payable_minor: i64, minimum_minor: i64) -> PayoutDue {
    if payable_minor > 0 && payable_minor >= minimum_minor {
        PayoutDue { amount_minor: payable_minor, carried_minor: 0 }
    } else {
        PayoutDue { amount_minor: 0, carried_minor: payable_minor }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_read_back_from_their_names() {
        for kind in EntryKind::ALL {
            assert_eq!(EntryKind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(EntryKind::parse("gift"), None);
    }

    #[test]
    fn g39_a_negative_balance_is_netted_with_the_next_commission() {
        let clawback = Balance { payable_minor: -900, ..Balance::default() };
        let approved = Balance { payable_minor: 2_500, ..Balance::default() };
        let balance = clawback.plus(approved);
        let due = payout_due(balance.payable_minor, 1_000);
        assert_eq!(due.amount_minor, 1_600);

        let after = balance.plus(Balance::of_entry(EntryKind::Payout, -due.amount_minor));
        assert_eq!(after, Balance { pending_minor: 0, payable_minor: 0, paid_minor: 1_600 });
    }

    #[test]
    fn g81_the_minimum_payout_is_inclusive() {
        assert_eq!(payout_due(4_999, 5_000), PayoutDue { amount_minor: 0, carried_minor: 4_999 });
        assert_eq!(payout_due(5_000, 5_000), PayoutDue { amount_minor: 5_000, carried_minor: 0 });
    }

    #[test]
    fn a_debt_is_carried_and_zero_is_never_paid() {
        assert_eq!(payout_due(-900, 0), PayoutDue { amount_minor: 0, carried_minor: -900 });
        assert_eq!(payout_due(0, 0).amount_minor, 0);
    }

    #[test]
    fn a_bonus_is_payable_at_once() {
        let balance = Balance::of_entry(EntryKind::Bonus, 10_000);
        assert_eq!(balance, Balance { pending_minor: 0, payable_minor: 10_000, paid_minor: 0 });
    }
}
