//! Draws up a round: a row for each affiliate with something due. Nothing is booked.

use domain::{
    ids::{AffiliateId, PayoutBatchId, PayoutId},
    payout::{BatchState, PayableEntry, PaymentDue, PayoutMethod, PayoutState, payments_due},
};
use storage::{
    DbConn, StorageError, WriteTx,
    activity::Subject,
    affiliates::{self, Affiliate},
    ledger::Entry,
    payouts::{
        self, Payout, PayoutBatch, balances_due, entries_unpaid, payout_batch_insert, payouts_save,
    },
    profiles::{self, Profile},
};

use super::{ENTRIES_MAX, ROWS_MAX, hold::refunds_of_all, minimum_minor, payable_minor};
use crate::flows::{
    record_activity::Act,
    shop_book::{ShopBook, ShopBooks},
};

/// Balances read at a time.
const PAGE: i64 = 500;

/// Why no round was drawn up.
#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    /// Nothing is due by this method.
    #[error("nothing is due by this method")]
    NothingDue,
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl storage::TxError for DraftError {
    fn storage_error(&self) -> Option<&StorageError> {
        match self {
            Self::Storage(error) => Some(error),
            Self::NothingDue => None,
        }
    }
}

/// Draws up a round of everything that is due by a method, without affiliates whose payouts wait
/// because of refunds; at most [`ROWS_MAX`] affiliates, the others are found by the next one.
///
/// # Errors
/// [`DraftError`].
pub fn draft_payouts(
    tx: &mut WriteTx<'_>,
    books: &ShopBooks,
    act: Act,
    method: PayoutMethod,
    note: &str,
) -> Result<PayoutBatch, DraftError> {
    let book = books.of(tx, act.shop)?;
    let mut who = affiliates_by_method(tx, act, method)?;
    let ids: Vec<AffiliateId> = who.iter().map(|affiliate| affiliate.id).collect();
    let refunds = refunds_of_all(tx, &book, &ids, act.now)?;
    who.retain(|affiliate| !refunds.get(&affiliate.id).is_some_and(|known| known.is_held));
    draft_for(tx, &book, act, method, note, &who)?.ok_or(DraftError::NothingDue)
}

/// Throws a draft away.
///
/// # Errors
/// [`StorageError::NotFound`] when it is no draft of the shop.
pub fn throw_away(tx: &mut WriteTx<'_>, act: Act, number: i64) -> Result<(), StorageError> {
    let batch = payouts::payout_batch_lock(tx, act.shop, number)?.ok_or(StorageError::NotFound)?;
    payouts::payout_batch_delete_draft(tx, act.shop, batch.id)?;
    act.note(tx, Subject::Payout, number, format!("Draft {number} was thrown away."))
}

fn affiliates_by_method(
    conn: &mut DbConn,
    act: Act,
    method: PayoutMethod,
) -> Result<Vec<Affiliate>, StorageError> {
    let mut found: Vec<Affiliate> = Vec::new();
    let mut after: Option<AffiliateId> = None;
    loop {
        let page = balances_due(conn, act.shop, after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = Some(last.affiliate_id);
        let ids: Vec<AffiliateId> = page
            .iter()
            .filter(|balance| balance.payable_minor > 0)
            .map(|balance| balance.affiliate_id)
            .collect();
        let profiles = profiles::profiles_of(conn, act.shop, &ids)?;
        let wanted: Vec<AffiliateId> = ids
            .into_iter()
            .filter(|id| profiles.get(id).is_some_and(|profile| pays_by(profile, method)))
            .collect();
        let known = affiliates::affiliates_by_ids(conn, act.shop, &wanted)?;
        found.extend(wanted.iter().filter_map(|id| known.get(id).cloned()));
        if i64::try_from(found.len()).is_ok_and(|count| count >= ROWS_MAX) {
            break;
        }
    }
    found.sort_by_key(|affiliate| affiliate.number);
    Ok(found)
}

fn pays_by(profile: &Profile, method: PayoutMethod) -> bool {
    // Store credit goes to the affiliate's customer account, not to an address.
    let has_place = method == PayoutMethod::StoreCredit || !profile.payout_address.is_empty();
    profile.payout_method.as_deref() == Some(method.as_str()) && has_place
}

/// A draft for these affiliates, in this order; none when nothing is due to any of them.
pub(super) fn draft_for(
    tx: &mut WriteTx<'_>,
    book: &ShopBook,
    act: Act,
    method: PayoutMethod,
    note: &str,
    who: &[Affiliate],
) -> Result<Option<PayoutBatch>, StorageError> {
    let ids: Vec<AffiliateId> = who.iter().map(|affiliate| affiliate.id).collect();
    let profiles = profiles::profiles_of(tx, act.shop, &ids)?;
    let mut rows = Vec::new();
    let batch_id = PayoutBatchId(tx.next_id(act.now));
    for affiliate in who {
        let address = profiles.get(&affiliate.id).map_or("", |known| known.payout_address.as_str());
        for due in payments_of(tx, book, affiliate, act)? {
            let id = PayoutId(tx.next_id(act.now));
            rows.push(Payout {
                id,
                shop_id: act.shop,
                batch_id,
                affiliate_id: affiliate.id,
                method,
                recipient_name: affiliate.name.clone(),
                recipient_address: address.to_owned(),
                currency: book.currency(),
                amount_minor: due.amount_minor,
                payout_currency: due.payout_currency,
                payout_amount_minor: due.payout_amount_minor,
                idempotency_key: format!("po-{id}"),
                state: PayoutState::Draft,
                reason: None,
                reference: None,
                created_at: act.now,
                updated_at: act.now,
            });
        }
    }
    if rows.is_empty() {
        return Ok(None);
    }
    let batch = PayoutBatch {
        id: batch_id,
        shop_id: act.shop,
        number: 0,
        method,
        note: note.to_owned(),
        state: BatchState::Draft,
        created_at: act.now,
        locked_at: None,
        sent_at: None,
    };
    let batch = payout_batch_insert(tx, batch)?;
    payouts_save(tx, &rows)?;
    let words = format!("Payout {} was drawn up with {} payments.", batch.number, rows.len());
    act.note(tx, Subject::Payout, batch.number, words)?;
    Ok(Some(batch))
}

/// What is due to an affiliate now. Nothing while its unpaid entries do not sum to its balance: then
/// something that was paid is on hold, and paying more would pay it twice.
pub(super) fn payments_of(
    tx: &mut WriteTx<'_>,
    book: &ShopBook,
    affiliate: &Affiliate,
    act: Act,
) -> Result<Vec<PaymentDue>, StorageError> {
    let entries = entries_unpaid(tx, act.shop, affiliate.id, ENTRIES_MAX)?;
    let is_whole = i64::try_from(entries.len()).is_ok_and(|count| count < ENTRIES_MAX);
    let entries: Vec<PayableEntry> = entries.iter().map(payable).collect();
    let sum = entries.iter().fold(0_i64, |sum, entry| sum.saturating_add(entry.amount_minor));
    let payable = payable_minor(tx, book, affiliate.id)?;
    // More entries than one payout covers: the oldest are paid now, if the balance allows it.
    let is_safe = if is_whole { sum == payable } else { sum <= payable };
    if !is_safe {
        return Ok(Vec::new());
    }
    let minimum = minimum_minor(book, affiliate.program_id, act.now);
    Ok(payments_due(&entries, minimum))
}

fn payable(entry: &Entry) -> PayableEntry {
    PayableEntry {
        id: entry.id,
        amount_minor: entry.amount_minor,
        payout_currency: entry.payout_currency,
        payout_amount_minor: entry.payout_amount_minor,
    }
}
