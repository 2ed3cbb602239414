//! Freezes a draft: amounts as they are at this moment, entries tied to their payment, and the money
//! taken off the balances, so that nothing can be paid twice while the payment is under way.

use domain::{
    ids::{AffiliateId, EntryId},
    ledger::{self as ledger_rules, EntryKind},
    payout::{BatchState, PaymentDue, PayoutState},
};
use storage::{
    StorageError, WriteTx,
    activity::Subject,
    affiliates,
    ledger::{self, Balance, Entry},
    payouts::{
        self, Payout, PayoutEntry, payout_batch_lock, payout_batch_save, payout_delete_draft,
        payouts_of_batch, payouts_save,
    },
    profiles,
};

use super::{ROWS_MAX, draft::payments_of};
use crate::flows::{record_activity::Act, shop_book::ShopBook, shop_book::ShopBooks};

/// What locking came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Locked {
    /// Payments frozen by this call.
    pub frozen: usize,
    /// Of these, with another amount than the draft showed.
    pub changed: usize,
    /// Payments that fell away: nothing was due any more.
    pub dropped: usize,
    /// Drafts that are still to be frozen; call again.
    pub left: usize,
}

/// Freezes up to `limit` payments of a draft; when the last one is done, the round is locked. Safe to
/// repeat: what is frozen is left alone.
///
/// # Errors
/// [`StorageError::NotFound`] without the round in the shop.
pub fn lock_payouts(
    tx: &mut WriteTx<'_>,
    books: &ShopBooks,
    act: Act,
    number: i64,
    limit: i64,
) -> Result<Locked, StorageError> {
    let book = books.of(tx, act.shop)?;
    let mut batch = payout_batch_lock(tx, act.shop, number)?.ok_or(StorageError::NotFound)?;
    if batch.state != BatchState::Draft {
        return Ok(Locked::default());
    }
    let drafts: Vec<Payout> = payouts_of_batch(tx, act.shop, batch.id, ROWS_MAX)?
        .into_iter()
        .filter(|row| row.state == PayoutState::Draft)
        .collect();
    let mut locked = Locked::default();
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    for row in drafts.iter().take(limit) {
        match freeze(tx, &book, act, row)? {
            None => locked.dropped += 1,
            Some(is_changed) => {
                locked.frozen += 1;
                locked.changed += usize::from(is_changed);
            }
        }
    }
    locked.left = drafts.len().saturating_sub(limit);
    if locked.left == 0 {
        batch.state = BatchState::Locked;
        batch.locked_at = Some(act.now);
        payout_batch_save(tx, &batch)?;
        act.note(tx, Subject::Payout, number, format!("Payout {number} was locked."))?;
    }
    Ok(locked)
}

/// Freezes one payment. None when nothing is due any more, else whether the amount has changed.
fn freeze(
    tx: &mut WriteTx<'_>,
    book: &ShopBook,
    act: Act,
    row: &Payout,
) -> Result<Option<bool>, StorageError> {
    let affiliate = affiliates::affiliate_by_id(tx, act.shop, row.affiliate_id)?;
    let affiliate = affiliate.ok_or(StorageError::NotFound)?;
    let due = payments_of(tx, book, &affiliate, act)?;
    let Some(due) = due.into_iter().find(|due| due.payout_currency == row.payout_currency) else {
        payout_delete_draft(tx, act.shop, row.id)?;
        return Ok(None);
    };
    let profile = profiles::profile_of(tx, act.shop, affiliate.id)?;
    let frozen = Payout {
        recipient_name: affiliate.name,
        recipient_address: profile.map_or_else(String::new, |profile| profile.payout_address),
        amount_minor: due.amount_minor,
        payout_amount_minor: due.payout_amount_minor,
        state: PayoutState::Locked,
        updated_at: act.now,
        ..row.clone()
    };
    payouts_save(tx, std::slice::from_ref(&frozen))?;
    tie(tx, &frozen, &due)?;
    move_money(tx, act, &frozen, -due.amount_minor, -due.payout_amount_minor)?;
    let is_changed = frozen.payout_amount_minor != row.payout_amount_minor;
    Ok(Some(is_changed))
}

fn tie(tx: &mut WriteTx<'_>, payout: &Payout, due: &PaymentDue) -> Result<(), StorageError> {
    let rows: Vec<PayoutEntry> = due
        .entries
        .iter()
        .map(|entry| PayoutEntry {
            entry_id: *entry,
            payout_id: payout.id,
            shop_id: payout.shop_id,
        })
        .collect();
    payouts::payout_entries_insert(tx, &rows)
}

/// Books a payment (negative) or its return (positive).
pub(super) fn move_money(
    tx: &mut WriteTx<'_>,
    act: Act,
    payout: &Payout,
    amount_minor: i64,
    payout_amount_minor: i64,
) -> Result<(), StorageError> {
    let entry = Entry {
        id: EntryId(tx.next_id(act.now)),
        shop_id: payout.shop_id,
        affiliate_id: payout.affiliate_id,
        conversion_id: None,
        at: act.now,
        kind: EntryKind::Payout.as_str().to_owned(),
        reason: (amount_minor > 0).then(|| "payment_failed".to_owned()),
        currency: payout.currency,
        amount_minor,
        payout_currency: payout.payout_currency,
        payout_amount_minor,
        conversion_version: None,
    };
    ledger::entries_append(tx, std::slice::from_ref(&entry))?;
    let moved = ledger_rules::Balance::of_entry(EntryKind::Payout, amount_minor);
    let delta = balance(payout, payout.affiliate_id, moved);
    ledger::balances_add(tx, std::slice::from_ref(&delta))
}

fn balance(payout: &Payout, affiliate: AffiliateId, moved: ledger_rules::Balance) -> Balance {
    Balance {
        shop_id: payout.shop_id,
        affiliate_id: affiliate,
        currency: payout.currency,
        pending_minor: moved.pending_minor,
        payable_minor: moved.payable_minor,
        paid_minor: moved.paid_minor,
    }
}
