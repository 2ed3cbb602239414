//! Store credit that we meant to give. The row is written before Shopify is asked, so that a lost
//! answer is looked up and never asked twice.

use diesel::prelude::*;
use domain::{
    ids::{ShopId, ShopifyId},
    money::Currency,
    time::UtcTime,
};

use crate::{
    DbConn, StorageError, WriteTx, bulk,
    columns::{record, text_enum},
    schema::store_credits,
    shops::one,
    sql::execute,
};

text_enum! {
    /// How far a credit got.
    pub enum CreditState {
        /// Written down; Shopify may or may not have been asked.
        Intended = "intended",
        /// Shopify has given it.
        Given = "given",
        /// Shopify has refused it.
        Refused = "refused",
    }
}

record! {
    /// A credit.
    pub struct StoreCredit in store_credits {
        /// Ours.
        pub id: i64,
        /// Its shop.
        pub shop_id: ShopId,
        /// What it is for: one credit per purpose, for ever.
        pub purpose: String,
        /// Who gets it.
        pub customer_id: ShopifyId,
        /// Of the amount.
        pub currency: Currency,
        /// How much.
        pub amount_minor: i64,
        /// How far it got.
        pub state: CreditState,
        /// Shopify's transaction.
        pub transaction_gid: Option<String>,
        /// Why it was refused, in words for the merchant.
        pub error: Option<String>,
        /// When it was written down.
        pub intended_at: UtcTime,
    }
}

/// Writes a credit down, or gives the one that has this purpose already.
///
/// # Errors
/// [`StorageError`].
pub fn credit_intend(
    tx: &mut WriteTx<'_>,
    credit: &StoreCredit,
) -> Result<StoreCredit, StorageError> {
    let tail = "ON CONFLICT (shop_id, purpose) DO NOTHING";
    bulk::insert(tx, std::slice::from_ref(credit), tail)?;
    credit_by_purpose(tx, credit.shop_id, &credit.purpose)?.ok_or(StorageError::NotFound)
}

/// The credit with this purpose.
///
/// # Errors
/// [`StorageError`].
pub fn credit_by_purpose(
    conn: &mut DbConn,
    shop: ShopId,
    purpose: &str,
) -> Result<Option<StoreCredit>, StorageError> {
    let query = store_credits::table
        .filter(store_credits::shop_id.eq(shop.0))
        .filter(store_credits::purpose.eq(purpose))
        .select(StoreCredit::as_select());
    Ok(query.first(conn).optional()?)
}

/// Which of Shopify's transactions belong to credits of a customer already.
///
/// # Errors
/// [`StorageError`].
pub fn credit_transactions_of(
    conn: &mut DbConn,
    shop: ShopId,
    customer: ShopifyId,
    limit: i64,
) -> Result<Vec<String>, StorageError> {
    let query = store_credits::table
        .filter(store_credits::shop_id.eq(shop.0))
        .filter(store_credits::customer_id.eq(customer.to_db()))
        .filter(store_credits::transaction_gid.is_not_null())
        .limit(limit)
        .select(store_credits::transaction_gid.assume_not_null());
    Ok(query.load(conn)?)
}

/// Shopify has given it.
///
/// # Errors
/// [`StorageError::NotFound`] without such an open credit.
pub fn credit_given(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    purpose: &str,
    transaction: &str,
) -> Result<(), StorageError> {
    let text = "UPDATE store_credits SET state = 'given', transaction_gid = ?, error = NULL \
         WHERE shop_id = ? AND purpose = ? AND state <> 'given'";
    one(execute!(&mut **tx, text, [transaction, shop, purpose]))
}

/// Shopify has refused it; it may be tried again.
///
/// # Errors
/// [`StorageError::NotFound`] without such an open credit.
pub fn credit_refused(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    purpose: &str,
    error: &str,
) -> Result<(), StorageError> {
    let text = "UPDATE store_credits SET state = 'refused', error = ? \
         WHERE shop_id = ? AND purpose = ? AND state <> 'given'";
    one(execute!(&mut **tx, text, [error, shop, purpose]))
}

/// It is tried again: from now on an answer may be lost.
///
/// # Errors
/// [`StorageError::NotFound`] without such a refused credit.
pub fn credit_intend_again(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    purpose: &str,
    now: UtcTime,
) -> Result<(), StorageError> {
    let text = "UPDATE store_credits SET state = 'intended', error = NULL, intended_at = ? \
         WHERE shop_id = ? AND purpose = ? AND state = 'refused'";
    one(execute!(&mut **tx, text, [now, shop, purpose]))
}
