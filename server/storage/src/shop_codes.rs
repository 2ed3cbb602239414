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
    conn::load_to_change,
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

/// The discount of a program, for a change of it: others wait with theirs until this one is written.
///
/// # Errors
/// [`StorageError`].
pub fn program_discount_to_change(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    program: ProgramId,
) -> Result<Option<ProgramDiscount>, StorageError> {
    let found: Vec<ProgramDiscount> = load_to_change!(
        tx,
        program_discounts::table
            .find(program.0)
            .filter(program_discounts::shop_id.eq(shop.0))
            .select(ProgramDiscount::as_select())
    )?;
    Ok(found.into_iter().next())
}

/// Stores a program's discount as it was read by [`program_discount_to_change`] and changed.
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

/// Shopify has made the discount, or says what stands in the way. Whatever the merchant has decided about
/// it meanwhile stays.
///
/// # Errors
/// [`StorageError`].
pub fn program_discount_told(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    program: ProgramId,
    told: Result<&str, &str>,
) -> Result<(), StorageError> {
    let text = "UPDATE program_discounts SET discount_gid = COALESCE(?, discount_gid), error = ? \
         WHERE program_id = ? AND shop_id = ? AND state <> 'ended'";
    let (gid, error) = (told.ok(), told.err());
    execute!(
        &mut **tx,
        text,
        [gid.map(ToOwned::to_owned), error.map(ToOwned::to_owned), program, shop]
    );
    Ok(())
}

/// The discount is stopped at Shopify, and all its codes with it.
///
/// # Errors
/// [`StorageError`].
pub fn program_discount_end(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    program: ProgramId,
    now: UtcTime,
) -> Result<(), StorageError> {
    let text = "UPDATE program_discounts SET state = 'ended', discount_gid = NULL, error = NULL, \
         updated_at = ? WHERE program_id = ? AND shop_id = ? AND state = 'ending'";
    if execute!(&mut **tx, text, [now, program, shop]) == 1 {
        let codes = "DELETE FROM shop_codes WHERE shop_id = ? AND program_id = ?";
        execute!(&mut **tx, codes, [shop, program]);
    }
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

/// What Shopify did with a code that was wanted: none: buyers can use it; else why it was refused. One that
/// is not wanted any more stays unwanted.
///
/// # Errors
/// [`StorageError`].
pub fn shop_code_told(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    code_folded: &str,
    refused: Option<&str>,
) -> Result<(), StorageError> {
    let state = if refused.is_some() { CodeState::Refused } else { CodeState::Live };
    let text = "UPDATE shop_codes SET state = ?, error = ? \
         WHERE shop_id = ? AND code_folded = ? AND state = 'wanted'";
    execute!(&mut **tx, text, [state, refused.map(ToOwned::to_owned), shop, code_folded]);
    Ok(())
}

/// Nobody should have a code any more.
///
/// # Errors
/// [`StorageError::NotFound`] without it in the shop.
pub fn shop_code_unwant(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    code_folded: &str,
) -> Result<(), StorageError> {
    let text = "UPDATE shop_codes SET state = 'unwanted', error = NULL \
         WHERE shop_id = ? AND code_folded = ?";
    one(execute!(&mut **tx, text, [shop, code_folded]))
}

/// Forgets a code that is gone at Shopify, unless it is wanted again.
///
/// # Errors
/// [`StorageError`].
pub fn shop_code_delete(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    code_folded: &str,
) -> Result<(), StorageError> {
    let text =
        "DELETE FROM shop_codes WHERE shop_id = ? AND code_folded = ? AND state = 'unwanted'";
    execute!(&mut **tx, text, [shop, code_folded]);
    Ok(())
}
