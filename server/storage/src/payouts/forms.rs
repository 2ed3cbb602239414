//! Payment services' empty forms, as the merchant uploaded them.

use diesel::prelude::*;
use domain::{ids::ShopId, money::Currency, payout::PayoutMethod};

use super::PayoutTemplate;
use crate::{DbConn, StorageError, WriteTx, bulk, schema::payout_templates};

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
