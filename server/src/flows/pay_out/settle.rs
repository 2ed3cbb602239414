//! What became of payments: handed over, arrived, or failed, in which case their entries are payable
//! again. The conversions behind a payment are paid when the money arrived, and so say the affiliate's
//! postbacks.

use std::collections::HashSet;

use domain::{
    conversion::{Change, Conversion, WrongMove, pay, payment_returned},
    ids::{ConversionId, OrderId, PayoutId},
    payout::{BatchState, PayoutMethod, PayoutState},
};
use storage::{
    StorageError, WriteTx,
    activity::Subject,
    conversions,
    firings::Firing,
    payouts::{
        PayoutBatch, entries_of_payout, payout_batch_by_id, payout_batch_is_open,
        payout_batch_lock, payout_batch_save, payout_by_id, payout_entries_release,
        payouts_of_batch, payouts_save,
    },
    shopify_tasks::{TaskKind, task_add},
};

use super::{ENTRIES_MAX, ROWS_MAX, lock::move_money};
use crate::flows::{
    approve_due::{affiliates_of, lock_orders},
    book_changes::{book_changes, read_conversion},
    record_activity::Act,
    shop_book::{ShopBook, ShopBooks},
};

/// What is reported of a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PayoutResult {
    /// The money arrived.
    Confirmed {
        /// The payment service's own number for it.
        reference: Option<String>,
    },
    /// It did not.
    Failed {
        /// Why, in the service's or the merchant's words.
        reason: String,
    },
}

/// What came of a report.
#[derive(Debug, Clone, Default)]
pub struct Reported {
    /// It was news, and possible.
    pub is_news: bool,
    /// Postbacks that tell of it.
    pub firings: Vec<Firing>,
}

/// Notes that a locked round was handed to the payment service.
///
/// # Errors
/// [`StorageError::NotFound`] without the round in the shop.
pub fn mark_sent(tx: &mut WriteTx<'_>, act: Act, number: i64) -> Result<(), StorageError> {
    let mut batch = payout_batch_lock(tx, act.shop, number)?.ok_or(StorageError::NotFound)?;
    if batch.state != BatchState::Locked {
        return Ok(());
    }
    let mut rows = payouts_of_batch(tx, act.shop, batch.id, ROWS_MAX)?;
    rows.retain(|row| row.state == PayoutState::Locked);
    for row in &mut rows {
        row.state = PayoutState::Sent;
        row.updated_at = act.now;
    }
    payouts_save(tx, &rows)?;
    batch.state = BatchState::Sent;
    batch.sent_at = Some(act.now);
    payout_batch_save(tx, &batch)?;
    // No file goes anywhere: we are the payment service.
    if batch.method == PayoutMethod::StoreCredit {
        task_add(tx, act.shop, TaskKind::PayStoreCredit, &number.to_string(), act.now)?;
    }
    act.note(tx, Subject::Payout, number, format!("Payout {number} was sent."))
}

/// Takes in what became of one payment. A report that was made before, or that comes too late, is no
/// news and changes nothing.
///
/// # Errors
/// [`StorageError::NotFound`] without the payment in the shop.
pub fn report_payout(
    tx: &mut WriteTx<'_>,
    books: &ShopBooks,
    act: Act,
    payout: PayoutId,
    result: &PayoutResult,
) -> Result<Reported, StorageError> {
    let book = books.of(tx, act.shop)?;
    let known = payout_by_id(tx, act.shop, payout)?.ok_or(StorageError::NotFound)?;
    let batch = payout_batch_by_id(tx, act.shop, known.batch_id)?.ok_or(StorageError::NotFound)?;
    let batch = payout_batch_lock(tx, act.shop, batch.number)?.ok_or(StorageError::NotFound)?;
    // Read again under the round's lock.
    let mut row = payout_by_id(tx, act.shop, payout)?.ok_or(StorageError::NotFound)?;
    let to = match result {
        PayoutResult::Confirmed { .. } => PayoutState::Confirmed,
        PayoutResult::Failed { .. } => PayoutState::Failed,
    };
    let Ok(Some(state)) = row.state.moved_to(to) else { return Ok(Reported::default()) };
    let entries = entries_of_payout(tx, act.shop, payout, ENTRIES_MAX)?;
    let conversions: Vec<ConversionId> =
        entries.iter().filter_map(|entry| entry.conversion_id).collect();
    row.updated_at = act.now;
    row.state = state;
    let firings = match result {
        PayoutResult::Confirmed { reference } => {
            row.reference.clone_from(reference);
            move_conversions(tx, &book, act, &conversions, pay)?
        }
        PayoutResult::Failed { reason } => {
            row.reason = Some(reason.clone());
            payout_entries_release(tx, act.shop, payout)?;
            move_money(tx, act, &row, row.amount_minor, row.payout_amount_minor)?;
            let words = format!("A payment of payout {} failed: {reason}", batch.number);
            act.note(tx, Subject::Affiliate, row.affiliate_id.0, words)?;
            move_conversions(tx, &book, act, &conversions, payment_returned)?
        }
    };
    payouts_save(tx, std::slice::from_ref(&row))?;
    finish(tx, act, batch)?;
    Ok(Reported { is_news: true, firings })
}

/// Moves the conversions behind a payment where their status allows it: one that was rejected
/// meanwhile stays rejected.
fn move_conversions(
    tx: &mut WriteTx<'_>,
    book: &ShopBook,
    act: Act,
    ids: &[ConversionId],
    how: fn(&Conversion) -> Result<Change, WrongMove>,
) -> Result<Vec<Firing>, StorageError> {
    let wanted: HashSet<ConversionId> = ids.iter().copied().collect();
    let mut orders: Vec<OrderId> = Vec::with_capacity(wanted.len());
    for id in &wanted {
        orders.extend(conversions::conversion_by_id(tx, act.shop, *id)?.map(|row| row.order_id));
    }
    orders.sort_unstable();
    orders.dedup();
    let locked = lock_orders(tx, book, &orders, act.now)?;
    let known = affiliates_of(tx, act.shop, &locked.rows)?;
    let mut bookings = Vec::new();
    for row in locked.rows.iter().filter(|row| wanted.contains(&row.id)) {
        let before = read_conversion(row)?;
        let Ok(change) = how(&before) else { continue };
        bookings.extend(locked.booking(&known, row, before, change, act.now)?);
    }
    book_changes(tx, book, &bookings, act.now, None)
}

/// Closes the round when its last payment has ended.
fn finish(tx: &mut WriteTx<'_>, act: Act, mut batch: PayoutBatch) -> Result<(), StorageError> {
    if batch.state == BatchState::Done || payout_batch_is_open(tx, act.shop, batch.id)? {
        return Ok(());
    }
    batch.state = BatchState::Done;
    batch.sent_at = batch.sent_at.or(Some(act.now));
    payout_batch_save(tx, &batch)?;
    act.note(tx, Subject::Payout, batch.number, format!("Payout {} is done.", batch.number))
}
