//! Discount codes that belong to affiliates.

use diesel::prelude::*;
use domain::ids::{AffiliateId, ShopId};

use crate::{
    DbConn, StorageError, WriteTx, bulk,
    columns::record,
    lookup::{keys_of_shop, lookup},
    schema::coupons,
    sql::execute,
};

record! {
    /// A discount code that credits an affiliate.
    pub struct Coupon in coupons {
        /// Its shop.
        pub shop_id: ShopId,
        /// The code folded: how it is compared.
        pub code_folded: String,
        /// The code as written.
        pub code: String,
        /// Whose it is.
        pub affiliate_id: AffiliateId,
    }
}

/// Gives a code to an affiliate.
///
/// # Errors
/// [`StorageError::Conflict`] when the shop has given it to somebody.
pub fn coupon_insert(tx: &mut WriteTx<'_>, coupon: &Coupon) -> Result<(), StorageError> {
    let tail = "ON CONFLICT (shop_id, code_folded) DO NOTHING";
    match bulk::insert(tx, std::slice::from_ref(coupon), tail)? {
        0 => Err(StorageError::Conflict(format!("coupon {}", coupon.code))),
        _ => Ok(()),
    }
}

/// Takes a code back.
///
/// # Errors
/// [`StorageError::NotFound`] when the affiliate does not have it.
pub fn coupon_delete(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    affiliate: AffiliateId,
    code_folded: &str,
) -> Result<(), StorageError> {
    let text = "DELETE FROM coupons WHERE shop_id = ? AND affiliate_id = ? AND code_folded = ?";
    crate::shops::one(execute!(&mut **tx, text, [shop, affiliate, code_folded]))
}

/// Those of the codes, which the caller has folded, that belong to somebody.
///
/// # Errors
/// [`StorageError`].
pub fn coupons_by_codes(
    conn: &mut DbConn,
    shop: ShopId,
    codes_folded: &[String],
) -> Result<Vec<(String, AffiliateId)>, StorageError> {
    let found = coupons_named(conn, shop, codes_folded)?.into_iter();
    Ok(found.map(|coupon| (coupon.code_folded, coupon.affiliate_id)).collect())
}

/// Those of the codes, which the caller has folded, that belong to somebody, as they are written.
///
/// # Errors
/// [`StorageError`].
pub fn coupons_named(
    conn: &mut DbConn,
    shop: ShopId,
    codes_folded: &[String],
) -> Result<Vec<Coupon>, StorageError> {
    let keys = keys_of_shop(&shop, codes_folded)?;
    let per_key = "WHERE shop_id = ? AND code_folded = ?";
    Ok(lookup!(conn, Coupon, per_key, keys))
}

/// An affiliate's codes in alphabetical order.
///
/// # Errors
/// [`StorageError`].
pub fn coupons_of(
    conn: &mut DbConn,
    shop: ShopId,
    affiliate: AffiliateId,
    limit: i64,
) -> Result<Vec<Coupon>, StorageError> {
    let query = coupons::table
        .filter(coupons::shop_id.eq(shop.0))
        .filter(coupons::affiliate_id.eq(affiliate.0))
        .order(coupons::code_folded)
        .limit(limit)
        .select(Coupon::as_select());
    Ok(query.load(conn)?)
}
