//! Rounds of payouts.

use diesel::{
    prelude::*,
    sql_types::{BigInt, Text},
};
use domain::{
    ids::{PayoutBatchId, ShopId},
    money::Currency,
};

use super::{PayoutBatch, PayoutSum};
use crate::{
    DbConn, StorageError, WriteTx, bulk,
    schema::{payout_batches, payouts},
    shops::{one, shop_lock},
    sql::{execute, load},
};

/// Makes a round with the shop's next number, from 1; the row's own number is not read.
///
/// # Errors
/// [`StorageError`].
pub fn payout_batch_insert(
    tx: &mut WriteTx<'_>,
    batch: PayoutBatch,
) -> Result<PayoutBatch, StorageError> {
    shop_lock(tx, batch.shop_id)?;
    let last: Option<i64> = payout_batches::table
        .filter(payout_batches::shop_id.eq(batch.shop_id.0))
        .select(diesel::dsl::max(payout_batches::number))
        .first(&mut **tx)?;
    let batch = PayoutBatch { number: last.unwrap_or(0) + 1, ..batch };
    bulk::insert(tx, std::slice::from_ref(&batch), "")?;
    Ok(batch)
}

/// Stores how far a round got, and its note.
///
/// # Errors
/// [`StorageError::NotFound`] without it in the shop.
pub fn payout_batch_save(tx: &mut WriteTx<'_>, batch: &PayoutBatch) -> Result<(), StorageError> {
    let text = "UPDATE payout_batches SET note = ?, state = ?, locked_at = ?, sent_at = ? \
         WHERE id = ? AND shop_id = ?";
    one(execute!(
        &mut **tx,
        text,
        [batch.note, batch.state, batch.locked_at, batch.sent_at, batch.id, batch.shop_id]
    ))
}

/// Deletes a draft with its rows; nothing was booked for it.
///
/// # Errors
/// [`StorageError::NotFound`] when it is no draft of the shop.
pub fn payout_batch_delete_draft(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    id: PayoutBatchId,
) -> Result<(), StorageError> {
    let rows = "DELETE FROM payouts WHERE batch_id = ? AND shop_id = ? AND state = 'draft'";
    execute!(&mut **tx, rows, [id, shop]);
    let text = "DELETE FROM payout_batches WHERE id = ? AND shop_id = ? AND state = 'draft'";
    one(execute!(&mut **tx, text, [id, shop]))
}

/// A round by its number, and nobody else can change it until the end of the transaction.
///
/// # Errors
/// [`StorageError`].
pub fn payout_batch_lock(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    number: i64,
) -> Result<Option<PayoutBatch>, StorageError> {
    let text = "UPDATE payout_batches SET number = number WHERE shop_id = ? AND number = ?";
    execute!(&mut **tx, text, [shop, number]);
    payout_batch_by_number(tx, shop, number)
}

/// A round by its number.
///
/// # Errors
/// [`StorageError`].
pub fn payout_batch_by_number(
    conn: &mut DbConn,
    shop: ShopId,
    number: i64,
) -> Result<Option<PayoutBatch>, StorageError> {
    let query = payout_batches::table
        .filter(payout_batches::shop_id.eq(shop.0))
        .filter(payout_batches::number.eq(number))
        .select(PayoutBatch::as_select());
    Ok(query.first(conn).optional()?)
}

/// A round of the shop.
///
/// # Errors
/// [`StorageError`].
pub fn payout_batch_by_id(
    conn: &mut DbConn,
    shop: ShopId,
    id: PayoutBatchId,
) -> Result<Option<PayoutBatch>, StorageError> {
    let query = payout_batches::table
        .find(id.0)
        .filter(payout_batches::shop_id.eq(shop.0))
        .select(PayoutBatch::as_select());
    Ok(query.first(conn).optional()?)
}

/// Whether a payment of the round has not ended yet.
///
/// # Errors
/// [`StorageError`].
pub fn payout_batch_is_open(
    conn: &mut DbConn,
    shop: ShopId,
    id: PayoutBatchId,
) -> Result<bool, StorageError> {
    let query = payouts::table
        .filter(payouts::shop_id.eq(shop.0))
        .filter(payouts::batch_id.eq(id.0))
        .filter(payouts::state.eq_any(["draft", "locked", "sent"]))
        .select(payouts::id);
    Ok(query.first::<i64>(conn).optional()?.is_some())
}

/// The shop's rounds, newest first, with numbers below the last one of the page before.
///
/// # Errors
/// [`StorageError`].
pub fn payout_batch_page(
    conn: &mut DbConn,
    shop: ShopId,
    before_number: Option<i64>,
    limit: i64,
) -> Result<Vec<PayoutBatch>, StorageError> {
    let query = payout_batches::table
        .filter(payout_batches::shop_id.eq(shop.0))
        .filter(payout_batches::number.lt(before_number.unwrap_or(i64::MAX)))
        .order(payout_batches::number.desc())
        .limit(limit)
        .select(PayoutBatch::as_select());
    Ok(query.load(conn)?)
}

/// How many payments some rounds have and what they sum to, by currency; what failed is left out.
///
/// # Errors
/// [`StorageError`].
pub fn payout_sums(
    conn: &mut DbConn,
    shop: ShopId,
    batches: &[PayoutBatchId],
) -> Result<Vec<PayoutSum>, StorageError> {
    let text = "SELECT payout_currency, COUNT(*), CAST(SUM(payout_amount_minor) AS BIGINT) \
         FROM payouts WHERE shop_id = ? AND batch_id = ? AND state <> 'failed' \
         GROUP BY payout_currency ORDER BY payout_currency";
    let mut sums = Vec::new();
    for batch in batches {
        let found = load!(
            &mut *conn, text, [shop, *batch] => (Text, BigInt, BigInt) as (String, i64, i64)
        );
        for (currency, payments, payout_amount_minor) in found {
            let payout_currency = Currency::parse(&currency)
                .map_err(|error| StorageError::Corrupt(error.to_string()))?;
            sums.push(PayoutSum {
                batch_id: *batch,
                payout_currency,
                payments,
                payout_amount_minor,
            });
        }
    }
    Ok(sums)
}
