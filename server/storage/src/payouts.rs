//! Payouts: rounds (batches), their payments, and the ledger entries frozen into each. Not here: the
//! entries that move the money (`ledger`).

use diesel::prelude::*;
use domain::{
    ids::{AffiliateId, EntryId, PayoutBatchId, PayoutId, ShopId},
    money::Currency,
    payout::{BatchState, PayoutMethod, PayoutState},
    time::UtcTime,
};

use crate::{
    DbConn, StorageError, WriteTx, bulk,
    columns::{Bound, Record, Stored, record},
    ledger::{Balance, Entry},
    schema::{balances, ledger_entries, payout_batches, payout_entries, payout_templates, payouts},
    shops::{one, shop_lock},
    sql::{Value, execute, load},
};

/// Closed enums of the domain that are kept by their stable names.
macro_rules! named {
    ($($ty:ty),+) => {$(
        impl Bound for $ty {
            fn value(&self) -> Result<Value<'_>, StorageError> {
                Ok(Value::text(self.as_str()))
            }
        }

        impl Stored for $ty {
            type Raw = String;
            const NULL: Value<'static> = Value::Text(None);

            fn load(raw: String) -> diesel::deserialize::Result<Self> {
                Self::parse(&raw)
                    .ok_or_else(|| format!("{raw} is no {}", stringify!($ty)).into())
            }
        }
    )+};
}

named!(PayoutMethod, PayoutState, BatchState);

record! {
    /// A round of payouts by one method.
    pub struct PayoutBatch in payout_batches {
        /// Ours.
        pub id: PayoutBatchId,
        /// Its shop.
        pub shop_id: ShopId,
        /// 1, 2, 3 … within the shop.
        pub number: i64,
        /// How it is paid.
        pub method: PayoutMethod,
        /// What recipients read beside the amount.
        pub note: String,
        /// How far it got.
        pub state: BatchState,
        /// When it was drawn up.
        pub created_at: UtcTime,
        /// When its amounts were frozen.
        pub locked_at: Option<UtcTime>,
        /// When it was handed to the payment service.
        pub sent_at: Option<UtcTime>,
    }
}

record! {
    /// One payment to one affiliate in one currency.
    pub struct Payout in payouts {
        /// Ours.
        pub id: PayoutId,
        /// Its shop.
        pub shop_id: ShopId,
        /// Its round.
        pub batch_id: PayoutBatchId,
        /// Who is paid.
        pub affiliate_id: AffiliateId,
        /// How.
        pub method: PayoutMethod,
        /// The name, as it was when the round was locked.
        pub recipient_name: String,
        /// Where to, as it was when the round was locked.
        pub recipient_address: String,
        /// The ledger's currency.
        pub currency: Currency,
        /// What leaves the balance.
        pub amount_minor: i64,
        /// The currency of the payment.
        pub payout_currency: Currency,
        /// What is paid.
        pub payout_amount_minor: i64,
        /// A payment service that is asked twice with it pays once.
        pub idempotency_key: String,
        /// How far it got.
        pub state: PayoutState,
        /// Why it failed.
        pub reason: Option<String>,
        /// The payment service's own number for it.
        pub reference: Option<String>,
        /// When it was drawn up.
        pub created_at: UtcTime,
        /// When it last changed.
        pub updated_at: UtcTime,
    }
}

record! {
    /// One entry that a payout pays.
    pub struct PayoutEntry in payout_entries {
        /// The entry.
        pub entry_id: EntryId,
        /// The payout.
        pub payout_id: PayoutId,
        /// Their shop.
        pub shop_id: ShopId,
    }
}

record! {
    /// A payment service's empty form.
    pub struct PayoutTemplate in payout_templates {
        /// The shop.
        pub shop_id: ShopId,
        /// The service.
        pub method: PayoutMethod,
        /// For payments in this currency.
        pub currency: Currency,
        /// Its first line, exactly as it was uploaded.
        pub header: String,
        /// When.
        pub uploaded_at: UtcTime,
    }
}

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

/// Stores payments, new ones and changed ones.
///
/// # Errors
/// [`StorageError`].
pub fn payouts_save(tx: &mut WriteTx<'_>, rows: &[Payout]) -> Result<(), StorageError> {
    let tail = "ON CONFLICT (id) DO UPDATE SET recipient_name = excluded.recipient_name, \
         recipient_address = excluded.recipient_address, amount_minor = excluded.amount_minor, \
         payout_amount_minor = excluded.payout_amount_minor, state = excluded.state, \
         reason = excluded.reason, reference = excluded.reference, \
         updated_at = excluded.updated_at";
    bulk::insert(tx, rows, tail)?;
    Ok(())
}

/// Deletes a draft's row: at the time of locking nothing was due any more.
///
/// # Errors
/// [`StorageError::NotFound`] when it is no draft of the shop.
pub fn payout_delete_draft(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    id: PayoutId,
) -> Result<(), StorageError> {
    let text = "DELETE FROM payouts WHERE id = ? AND shop_id = ? AND state = 'draft'";
    one(execute!(&mut **tx, text, [id, shop]))
}

/// A payment of the shop.
///
/// # Errors
/// [`StorageError`].
pub fn payout_by_id(
    conn: &mut DbConn,
    shop: ShopId,
    id: PayoutId,
) -> Result<Option<Payout>, StorageError> {
    let query =
        payouts::table.find(id.0).filter(payouts::shop_id.eq(shop.0)).select(Payout::as_select());
    Ok(query.first(conn).optional()?)
}

/// The payments of a round in the order in which they were drawn up, which every export keeps.
///
/// # Errors
/// [`StorageError`].
pub fn payouts_of_batch(
    conn: &mut DbConn,
    shop: ShopId,
    batch: PayoutBatchId,
    limit: i64,
) -> Result<Vec<Payout>, StorageError> {
    let query = payouts::table
        .filter(payouts::shop_id.eq(shop.0))
        .filter(payouts::batch_id.eq(batch.0))
        .order(payouts::id)
        .limit(limit)
        .select(Payout::as_select());
    Ok(query.load(conn)?)
}

/// An affiliate's payments, newest first.
///
/// # Errors
/// [`StorageError`].
pub fn payouts_of_affiliate(
    conn: &mut DbConn,
    shop: ShopId,
    affiliate: AffiliateId,
    before: Option<PayoutId>,
    limit: i64,
) -> Result<Vec<Payout>, StorageError> {
    let query = payouts::table
        .filter(payouts::shop_id.eq(shop.0))
        .filter(payouts::affiliate_id.eq(affiliate.0))
        .filter(payouts::id.lt(before.map_or(i64::MAX, |id| id.0)))
        .order(payouts::id.desc())
        .limit(limit)
        .select(Payout::as_select());
    Ok(query.load(conn)?)
}

/// An affiliate's entries that may be paid and that no payout pays yet, oldest first: those of
/// conversions past their hold, and those without a conversion. Payouts' own entries are none.
///
/// # Errors
/// [`StorageError`].
pub fn entries_unpaid(
    conn: &mut DbConn,
    shop: ShopId,
    affiliate: AffiliateId,
    limit: i64,
) -> Result<Vec<Entry>, StorageError> {
    let columns: Vec<String> =
        <Entry as Record>::COLUMNS.iter().map(|name| format!("e.{name}")).collect();
    let text = format!(
        "SELECT {} FROM ledger_entries AS e \
         LEFT JOIN conversions AS c ON c.id = e.conversion_id \
         LEFT JOIN payout_entries AS p ON p.entry_id = e.id \
         WHERE e.shop_id = ? AND e.affiliate_id = ? AND e.kind <> 'payout' \
         AND p.entry_id IS NULL AND (e.conversion_id IS NULL \
         OR c.status IN ('approved', 'payable', 'paid', 'rejected', 'reversed')) \
         ORDER BY e.at, e.id LIMIT ?",
        columns.join(", ")
    );
    Ok(load!(conn, &text, [shop, affiliate, limit] => <Entry as Record>::SqlType as Entry))
}

/// Freezes entries into a payout.
///
/// # Errors
/// [`StorageError::Conflict`] when one of them is paid by another already.
pub fn payout_entries_insert(
    tx: &mut WriteTx<'_>,
    entries: &[PayoutEntry],
) -> Result<(), StorageError> {
    bulk::insert(tx, entries, "")?;
    Ok(())
}

/// Gives the entries of a payout that failed back.
///
/// # Errors
/// [`StorageError`].
pub fn payout_entries_release(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    payout: PayoutId,
) -> Result<(), StorageError> {
    let text = "DELETE FROM payout_entries WHERE payout_id = ? AND shop_id = ?";
    execute!(&mut **tx, text, [payout, shop]);
    Ok(())
}

/// The entries that a payout pays, oldest first.
///
/// # Errors
/// [`StorageError`].
pub fn entries_of_payout(
    conn: &mut DbConn,
    shop: ShopId,
    payout: PayoutId,
    limit: i64,
) -> Result<Vec<Entry>, StorageError> {
    let query = ledger_entries::table
        .inner_join(payout_entries::table.on(payout_entries::entry_id.eq(ledger_entries::id)))
        .filter(payout_entries::payout_id.eq(payout.0))
        .filter(ledger_entries::shop_id.eq(shop.0))
        .order((ledger_entries::at, ledger_entries::id))
        .limit(limit)
        .select(Entry::as_select());
    Ok(query.load(conn)?)
}

/// The shop's balances with something to pay out or to net, by affiliate, after one of them.
///
/// # Errors
/// [`StorageError`].
pub fn balances_due(
    conn: &mut DbConn,
    shop: ShopId,
    after: Option<AffiliateId>,
    limit: i64,
) -> Result<Vec<Balance>, StorageError> {
    let query = balances::table
        .filter(balances::shop_id.eq(shop.0))
        .filter(balances::payable_minor.ne(0))
        .filter(balances::affiliate_id.gt(after.map_or(0, |id| id.0)))
        .order((balances::affiliate_id, balances::currency))
        .limit(limit)
        .select(Balance::as_select());
    Ok(query.load(conn)?)
}

/// Keeps a payment service's empty form.
///
/// # Errors
/// [`StorageError`].
pub fn payout_template_save(
    tx: &mut WriteTx<'_>,
    template: &PayoutTemplate,
) -> Result<(), StorageError> {
    let tail = "ON CONFLICT (shop_id, method, currency) DO UPDATE SET \
         header = excluded.header, uploaded_at = excluded.uploaded_at";
    bulk::insert(tx, std::slice::from_ref(template), tail)?;
    Ok(())
}

/// The shop's form for payments in a currency.
///
/// # Errors
/// [`StorageError`].
pub fn payout_template_of(
    conn: &mut DbConn,
    shop: ShopId,
    method: PayoutMethod,
    currency: Currency,
) -> Result<Option<PayoutTemplate>, StorageError> {
    let query = payout_templates::table
        .find((shop.0, method.as_str(), currency.as_str()))
        .select(PayoutTemplate::as_select());
    Ok(query.first(conn).optional()?)
}
