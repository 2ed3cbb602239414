//! Discounts that we make in Shopify, one for each program, and the affiliates' codes on them. Not
//! here: codes that credit an affiliate, whoever made them (`coupons`).

use diesel::prelude::*;
use domain::{
    ids::{AffiliateId, ProgramId, ShopId},
    time::UtcTime,
};

use crate::{
    DbConn, StorageError, WriteTx, bulk,
    columns::{record, text_enum},
    schema::{program_discounts, shop_codes},
    shops::one,
    sql::execute,
};

text_enum! {
    /// How a program's discount stands.
    pub enum DiscountState {
        /// Codes are made on it.
        Active = "active",
        /// It is being stopped at Shopify, with all its codes.
        Ending = "ending",
        /// It is stopped.
        Ended = "ended",
    }
}

record! {
    /// The discount of a program.
    pub struct ProgramDiscount in program_discounts {
        /// Its program.
        pub program_id: ProgramId,
        /// Its shop.
        pub shop_id: ShopId,
        /// What a buyer saves, in hundredths of a percent.
        pub percent_bps: Option<i64>,
        /// Or as an amount, in the shop's currency.
        pub amount_minor: Option<i64>,
        /// Only once for each customer.
        pub once_per_customer: bool,
        /// Whoever is approved gets a code.
        pub is_automatic: bool,
        /// Its name at Shopify, by which it is recognised after a lost answer.
        pub title: String,
        /// Shopify's id; none until it is made.
        pub discount_gid: Option<String>,
        /// How it stands.
        pub state: DiscountState,
        /// What Shopify said against it, in words for the merchant.
        pub error: Option<String>,
        /// When it last changed.
        pub updated_at: UtcTime,
    }
}

text_enum! {
    /// How far a code got.
    pub enum CodeState {
        /// It has to be made.
        Wanted = "wanted",
        /// Buyers can use it.
        Live = "live",
        /// Shopify refused it.
        Refused = "refused",
        /// It has to be taken away.
        Unwanted = "unwanted",
    }
}

record! {
    /// An affiliate's code at Shopify.
    pub struct ShopCode in shop_codes {
        /// Its shop.
        pub shop_id: ShopId,
        /// The code folded: how it is compared.
        pub code_folded: String,
        /// The code as written.
        pub code: String,
        /// Whose it is.
        pub affiliate_id: AffiliateId,
        /// On whose discount it is.
        pub program_id: ProgramId,
        /// How far it got.
        pub state: CodeState,
        /// Why it was refused, in words for the merchant.
        pub error: Option<String>,
        /// When it was asked for.
        pub created_at: UtcTime,
    }
}

/// The discount of a program.
///
/// # Errors
/// [`StorageError`].
pub fn program_discount(
    conn: &mut DbConn,
    shop: ShopId,
    program: ProgramId,
) -> Result<Option<ProgramDiscount>, StorageError> {
    let query = program_discounts::table
        .find(program.0)
        .filter(program_discounts::shop_id.eq(shop.0))
        .select(ProgramDiscount::as_select());
    Ok(query.first(conn).optional()?)
}

/// Stores a program's discount.
///
/// # Errors
/// [`StorageError`].
pub fn program_discount_save(
    tx: &mut WriteTx<'_>,
    discount: &ProgramDiscount,
) -> Result<(), StorageError> {
    let tail = "ON CONFLICT (program_id) DO UPDATE SET percent_bps = excluded.percent_bps, \
         amount_minor = excluded.amount_minor, once_per_customer = excluded.once_per_customer, \
         is_automatic = excluded.is_automatic, title = excluded.title, \
         discount_gid = excluded.discount_gid, state = excluded.state, error = excluded.error, \
         updated_at = excluded.updated_at";
    bulk::insert(tx, std::slice::from_ref(discount), tail)?;
    Ok(())
}

/// Asks for a code; one that was refused or taken away is asked for anew.
///
/// # Errors
/// [`StorageError::Conflict`] when another affiliate has it.
pub fn shop_code_want(tx: &mut WriteTx<'_>, code: &ShopCode) -> Result<(), StorageError> {
    let tail = "ON CONFLICT (shop_id, code_folded) DO UPDATE SET code = excluded.code, \
         program_id = excluded.program_id, state = excluded.state, error = NULL, \
         affiliate_id = excluded.affiliate_id \
         WHERE shop_codes.state IN ('refused', 'unwanted') \
         OR shop_codes.affiliate_id = excluded.affiliate_id";
    match bulk::insert(tx, std::slice::from_ref(code), tail)? {
        0 => Err(StorageError::Conflict(format!("code {}", code.code))),
        _ => Ok(()),
    }
}

/// An affiliate's codes at Shopify, in alphabetical order.
///
/// # Errors
/// [`StorageError`].
pub fn shop_codes_of(
    conn: &mut DbConn,
    shop: ShopId,
    affiliate: AffiliateId,
    limit: i64,
) -> Result<Vec<ShopCode>, StorageError> {
    let query = shop_codes::table
        .filter(shop_codes::shop_id.eq(shop.0))
        .filter(shop_codes::affiliate_id.eq(affiliate.0))
        .order(shop_codes::code_folded)
        .limit(limit)
        .select(ShopCode::as_select());
    Ok(query.load(conn)?)
}

/// The codes on a program's discount that stand like this.
///
/// # Errors
/// [`StorageError`].
pub fn shop_codes_in_state(
    conn: &mut DbConn,
    shop: ShopId,
    program: ProgramId,
    state: CodeState,
    limit: i64,
) -> Result<Vec<ShopCode>, StorageError> {
    let query = shop_codes::table
        .filter(shop_codes::shop_id.eq(shop.0))
        .filter(shop_codes::program_id.eq(program.0))
        .filter(shop_codes::state.eq(state.as_str()))
        .order(shop_codes::code_folded)
        .limit(limit)
        .select(ShopCode::as_select());
    Ok(query.load(conn)?)
}

/// Notes how far a code got.
///
/// # Errors
/// [`StorageError::NotFound`] without it in the shop.
pub fn shop_code_set(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    code_folded: &str,
    state: CodeState,
    error: Option<&str>,
) -> Result<(), StorageError> {
    let text = "UPDATE shop_codes SET state = ?, error = ? WHERE shop_id = ? AND code_folded = ?";
    one(execute!(&mut **tx, text, [state, error.map(ToOwned::to_owned), shop, code_folded]))
}

/// Forgets a code that is gone at Shopify.
///
/// # Errors
/// [`StorageError`].
pub fn shop_code_delete(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    code_folded: &str,
) -> Result<(), StorageError> {
    let text = "DELETE FROM shop_codes WHERE shop_id = ? AND code_folded = ?";
    execute!(&mut **tx, text, [shop, code_folded]);
    Ok(())
}

/// Forgets all codes on a program's discount: it was stopped, and they with it.
///
/// # Errors
/// [`StorageError`].
pub fn shop_codes_delete_of(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    program: ProgramId,
) -> Result<(), StorageError> {
    let text = "DELETE FROM shop_codes WHERE shop_id = ? AND program_id = ?";
    execute!(&mut **tx, text, [shop, program]);
    Ok(())
}
