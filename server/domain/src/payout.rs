//! Money out: how affiliates are paid, how far a payment got, and which moves are possible. Not here:
//! what is due (`ledger`), and the files for payment services (`export`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{ids::EntryId, money::Currency};

pub mod export;

/// How an affiliate is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayoutMethod {
    /// PayPal, by a file of PayPal Payouts.
    Paypal,
    /// Wise, by a batch file.
    Wise,
    /// Anything else: a plain list, paid outside.
    Other,
    /// Store credit in the shop, through Shopify.
    StoreCredit,
}

impl PayoutMethod {
    /// All, as pages list them.
    pub const ALL: [Self; 4] = [Self::Paypal, Self::Wise, Self::Other, Self::StoreCredit];

    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Paypal => "paypal",
            Self::Wise => "wise",
            Self::Other => "other",
            Self::StoreCredit => "store_credit",
        }
    }

    /// The inverse of [`PayoutMethod::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == text)
    }

    /// Most rows that the service takes in one file.
    #[must_use]
    pub const fn rows_max(self) -> usize {
        match self {
            Self::Paypal => 5_000,
            Self::Wise => 1_000,
            Self::Other | Self::StoreCredit => 50_000,
        }
    }
}

/// How far one payment got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayoutState {
    /// Drawn up; nothing is booked.
    Draft,
    /// Its entries are frozen into it, and the balance is lowered.
    Locked,
    /// Handed to the payment service.
    Sent,
    /// The money arrived.
    Confirmed,
    /// It did not: the entries are payable again.
    Failed,
}

/// A payment cannot be moved like this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a payment that is {} cannot become {}", .from.as_str(), .to.as_str())]
pub struct WrongPayoutMove {
    /// Where it stands.
    pub from: PayoutState,
    /// Where it was to go.
    pub to: PayoutState,
}

impl PayoutState {
    const ALL: [Self; 5] = [Self::Draft, Self::Locked, Self::Sent, Self::Confirmed, Self::Failed];

    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Locked => "locked",
            Self::Sent => "sent",
            Self::Confirmed => "confirmed",
            Self::Failed => "failed",
        }
    }

    /// The inverse of [`PayoutState::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// The state after a move. `Ok(None)` when the payment is there already: a result that is
    /// reported twice changes nothing.
    ///
    /// ```
    /// # use domain::payout::PayoutState::*;
    /// assert_eq!(Locked.moved_to(Sent), Ok(Some(Sent)));
    /// assert_eq!(Sent.moved_to(Confirmed), Ok(Some(Confirmed)));
    /// assert_eq!(Failed.moved_to(Failed), Ok(None));
    /// assert!(Failed.moved_to(Confirmed).is_err()); // its entries may be in another payment by now
    /// ```
    ///
    /// # Errors
    /// [`WrongPayoutMove`].
    pub const fn moved_to(self, to: Self) -> Result<Option<Self>, WrongPayoutMove> {
        match (self, to) {
            (Self::Draft, Self::Locked)
            | (Self::Locked, Self::Sent | Self::Confirmed | Self::Failed)
            // Services report a payment as done and days later that it came back.
            | (Self::Sent | Self::Confirmed, Self::Failed)
            | (Self::Sent, Self::Confirmed) => Ok(Some(to)),
            (Self::Draft, Self::Draft)
            | (Self::Locked, Self::Locked)
            | (Self::Sent, Self::Sent)
            | (Self::Confirmed, Self::Confirmed | Self::Sent)
            | (Self::Failed, Self::Failed) => Ok(None),
            (from, to) => Err(WrongPayoutMove { from, to }),
        }
    }

    /// The payment holds entries and has left the balance.
    #[must_use]
    pub const fn is_booked(self) -> bool {
        matches!(self, Self::Locked | Self::Sent | Self::Confirmed)
    }
}

/// How far a round of payouts got; its rows say the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchState {
    /// May still change or be thrown away.
    Draft,
    /// Amounts are frozen; files can be exported.
    Locked,
    /// Handed to the payment service.
    Sent,
    /// Every row is confirmed or failed.
    Done,
}

impl BatchState {
    const ALL: [Self; 4] = [Self::Draft, Self::Locked, Self::Sent, Self::Done];

    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Locked => "locked",
            Self::Sent => "sent",
            Self::Done => "done",
        }
    }

    /// The inverse of [`BatchState::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// An entry of the ledger as far as paying it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PayableEntry {
    /// Which.
    pub id: EntryId,
    /// In the shop's currency.
    pub amount_minor: i64,
    /// The affiliate's currency when it was booked.
    pub payout_currency: Currency,
    /// In that currency.
    pub payout_amount_minor: i64,
}

/// One payment that is due: entries of one currency and what they sum to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentDue {
    /// The currency of the payment.
    pub payout_currency: Currency,
    /// What leaves the balance, in the shop's currency.
    pub amount_minor: i64,
    /// What is paid.
    pub payout_amount_minor: i64,
    /// What it pays.
    pub entries: Vec<EntryId>,
}

/// What an affiliate's unpaid entries come to: one payment per currency of payment, where the sum is
/// positive and reaches the minimum (in the shop's currency, inclusive). Everything else is carried,
/// debts too. // G39, G81
///
/// ```
/// # use domain::{ids::EntryId, money::Currency, payout::{PayableEntry, payments_due}};
/// let entry = |id, minor| PayableEntry { id: EntryId(id), amount_minor: minor,
///     payout_currency: Currency::USD, payout_amount_minor: minor };
/// let due = payments_due(&[entry(1, -900), entry(2, 2_500)], 1_000); // G39
/// assert_eq!((due[0].amount_minor, due[0].entries.len()), (1_600, 2));
/// assert!(payments_due(&[entry(1, 4_999)], 5_000).is_empty()); // G81
/// ```
#[must_use]
pub fn payments_due(entries: &[PayableEntry], minimum_minor: i64) -> Vec<PaymentDue> {
    let mut sums: BTreeMap<Currency, PaymentDue> = BTreeMap::new();
    for entry in entries {
        let due = sums.entry(entry.payout_currency).or_insert_with(|| PaymentDue {
            payout_currency: entry.payout_currency,
            amount_minor: 0,
            payout_amount_minor: 0,
            entries: Vec::new(),
        });
        due.amount_minor = due.amount_minor.saturating_add(entry.amount_minor);
        due.payout_amount_minor = due.payout_amount_minor.saturating_add(entry.payout_amount_minor);
        due.entries.push(entry.id);
    }
    sums.into_values()
        .filter(|due| due.amount_minor > 0 && due.payout_amount_minor > 0)
        .filter(|due| due.amount_minor >= minimum_minor)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        for method in PayoutMethod::ALL {
            assert_eq!(PayoutMethod::parse(method.as_str()), Some(method));
        }
        for state in PayoutState::ALL {
            assert_eq!(PayoutState::parse(state.as_str()), Some(state));
        }
        for state in BatchState::ALL {
            assert_eq!(BatchState::parse(state.as_str()), Some(state));
        }
        assert_eq!(PayoutMethod::parse("cash"), None);
    }

    #[test]
    fn a_payment_never_leaves_failed_and_never_returns_to_draft() {
        for from in PayoutState::ALL {
            assert_eq!(from.moved_to(PayoutState::Draft).is_ok(), from == PayoutState::Draft);
            for to in PayoutState::ALL {
                if from == PayoutState::Failed && to != from {
                    assert!(from.moved_to(to).is_err(), "{from:?} {to:?}");
                }
            }
        }
    }

    #[test]
    fn each_currency_of_payment_is_an_account_of_its_own() {
        let euro = Currency::parse("EUR").unwrap();
        let entry = |id, minor, currency, paid| PayableEntry {
            id: EntryId(id),
            amount_minor: minor,
            payout_currency: currency,
            payout_amount_minor: paid,
        };
        let entries = [
            entry(1, 1_000, euro, 900),
            entry(2, -300, Currency::USD, -300),
            entry(3, 500, euro, 450),
        ];
        let due = payments_due(&entries, 0);
        assert_eq!(due.len(), 1, "the debt in dollars is carried");
        assert_eq!((due[0].amount_minor, due[0].payout_amount_minor), (1_500, 1_350));
        assert_eq!(due[0].entries, [EntryId(1), EntryId(3)]);
    }
}
