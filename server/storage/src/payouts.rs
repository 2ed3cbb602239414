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
    columns::{Bound, Stored, record},
    schema::payouts,
    shops::one,
    sql::{Value, execute},
};

mod batches;
mod entries;
mod forms;
mod releases;

pub use batches::{
    payout_batch_by_id, payout_batch_by_number, payout_batch_delete_draft, payout_batch_insert,
    payout_batch_is_open, payout_batch_lock, payout_batch_page, payout_batch_save, payout_sums,
};
pub use entries::{
    balances_due, entries_of_payout, entries_unpaid, payout_entries_insert, payout_entries_release,
};
pub use forms::{payout_template_of, payout_template_save};
pub use releases::{payout_release_save, payout_releases_of};

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

record! {
    /// An affiliate who is paid although many of its orders were refunded.
    pub struct PayoutRelease in payout_releases {
        /// Who.
        pub affiliate_id: AffiliateId,
        /// Its shop.
        pub shop_id: ShopId,
        /// How many were refunded when the merchant said so.
        pub refunded: i64,
        /// When.
        pub released_at: UtcTime,
    }
}

/// Payments of one round in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayoutSum {
    /// The round.
    pub batch_id: PayoutBatchId,
    /// The currency of the payments.
    pub payout_currency: Currency,
    /// How many.
    pub payments: i64,
    /// What they sum to.
    pub payout_amount_minor: i64,
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
