//! Affiliates. Not here: their coupons (`coupons`), what is bound to them (`bindings`), their
//! log-ins (`logins`).

use std::collections::HashMap;

use diesel::prelude::*;
use domain::{
    ids::{AffiliateId, ProgramId, ShopId, ShopifyId},
    money::Currency,
    time::UtcTime,
};

use crate::{
    DbConn, StorageError, WriteTx, bulk,
    columns::record,
    conn::{load_to_change, on_each},
    lookup::{keys_of_shop, lookup},
    schema::affiliates,
    shops::{one, shop_lock},
    sql::execute,
};

/// The first affiliate of a shop has this number.
const FIRST_NUMBER: i64 = 1001;

record! {
    /// A person or company that promotes the shop.
    pub struct Affiliate in affiliates {
        /// Ours.
        pub id: AffiliateId,
        /// Its shop.
        pub shop_id: ShopId,
        /// The program joined.
        pub program_id: ProgramId,
        /// 1001, 1002 … within the shop: what people and macros see.
        pub number: i64,
        /// For people.
        pub name: String,
        /// As given.
        pub email: String,
        /// The normalised e-mail's hash, for telling self-purchases.
        pub email_fingerprint: String,
        /// The code of its links, as written.
        pub code: String,
        /// The code folded: how it is compared.
        pub code_folded: String,
        /// `pending`, `active`, `denied`, `blocked`.
        pub status: String,
        /// Its customer account in the shop.
        pub shopify_customer_id: Option<ShopifyId>,
        /// Who recruited it.
        pub upline_id: Option<AffiliateId>,
        /// Paid in this currency, if not the shop's.
        pub payout_currency: Option<Currency>,
        /// Units of the payout currency for one of the shop's, as a decimal.
        pub payout_rate: Option<String>,
        /// Hash of its portal password, in PHC form.
        pub password_hash: Option<String>,
        /// When it joined.
        pub created_at: UtcTime,
    }
}

/// Which affiliates a list shows. The default is all.
#[derive(Debug, Clone, Default)]
pub struct AffiliateFilter {
    /// With this status.
    pub status: Option<String>,
    /// Of this program.
    pub program_id: Option<ProgramId>,
    /// With this text in the name, e-mail or code; ASCII case does not matter.
    pub search: Option<String>,
}

/// Inserts an affiliate with the shop's next number, from 1001; the row's own `id` and `number` are
/// not read. Returns the stored row.
///
/// # Errors
/// [`StorageError::Conflict`] when the code is taken in the shop.
pub fn affiliate_insert(
    tx: &mut WriteTx<'_>,
    affiliate: Affiliate,
) -> Result<Affiliate, StorageError> {
    let shop = affiliate.shop_id;
    shop_lock(tx, shop)?;
    let last: Option<i64> = affiliates::table
        .filter(affiliates::shop_id.eq(shop.0))
        .select(diesel::dsl::max(affiliates::number))
        .first(&mut **tx)?;
    let affiliate = Affiliate {
        id: AffiliateId(tx.next_id(affiliate.created_at)),
        number: last.map_or(FIRST_NUMBER, |last| last + 1),
        ..affiliate
    };
    let tail = "ON CONFLICT (shop_id, code_folded) DO NOTHING";
    match bulk::insert(tx, std::slice::from_ref(&affiliate), tail)? {
        0 => Err(StorageError::Conflict(format!("affiliate code {}", affiliate.code))),
        _ => Ok(affiliate),
    }
}

/// Replaces everything of an affiliate but its id, shop, number, password and time of joining.
///
/// # Errors
/// [`StorageError::NotFound`] without it in the shop, [`StorageError::Conflict`] when the code is
/// taken.
pub fn affiliate_update(tx: &mut WriteTx<'_>, affiliate: &Affiliate) -> Result<(), StorageError> {
    let text = "UPDATE affiliates SET program_id = ?, name = ?, email = ?, email_fingerprint = ?, \
         code = ?, code_folded = ?, status = ?, shopify_customer_id = ?, upline_id = ?, \
         payout_currency = ?, payout_rate = ? WHERE id = ? AND shop_id = ?";
    one(execute!(
        &mut **tx,
        text,
        [
            affiliate.program_id,
            affiliate.name,
            affiliate.email,
            affiliate.email_fingerprint,
            affiliate.code,
            affiliate.code_folded,
            affiliate.status,
            affiliate.shopify_customer_id,
            affiliate.upline_id,
            affiliate.payout_currency,
            affiliate.payout_rate,
            affiliate.id,
            affiliate.shop_id,
        ]
    ))
}

/// Changes the status.
///
/// # Errors
/// [`StorageError::NotFound`] without it in the shop.
pub fn affiliate_set_status(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    affiliate: AffiliateId,
    status: &str,
) -> Result<(), StorageError> {
    let text = "UPDATE affiliates SET status = ? WHERE id = ? AND shop_id = ?";
    one(execute!(&mut **tx, text, [status, affiliate, shop]))
}

/// Sets or removes the portal password.
///
/// # Errors
/// [`StorageError::NotFound`] without it in the shop.
pub fn affiliate_set_password_hash(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    affiliate: AffiliateId,
    hash: Option<String>,
) -> Result<(), StorageError> {
    let text = "UPDATE affiliates SET password_hash = ? WHERE id = ? AND shop_id = ?";
    one(execute!(&mut **tx, text, [hash, affiliate, shop]))
}

/// An affiliate of the shop, for a change of it: others wait with theirs until this one is written.
///
/// # Errors
/// [`StorageError::NotFound`] without it in the shop.
pub fn affiliate_to_change(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    affiliate: AffiliateId,
) -> Result<Affiliate, StorageError> {
    let found: Vec<Affiliate> = load_to_change!(
        tx,
        affiliates::table
            .find(affiliate.0)
            .filter(affiliates::shop_id.eq(shop.0))
            .select(Affiliate::as_select())
    )?;
    found.into_iter().next().ok_or(StorageError::NotFound)
}

/// An affiliate of the shop.
///
/// # Errors
/// [`StorageError`].
pub fn affiliate_by_id(
    conn: &mut DbConn,
    shop: ShopId,
    affiliate: AffiliateId,
) -> Result<Option<Affiliate>, StorageError> {
    let query = affiliates::table
        .find(affiliate.0)
        .filter(affiliates::shop_id.eq(shop.0))
        .select(Affiliate::as_select());
    Ok(query.first(conn).optional()?)
}

/// Affiliates of the shop by id; ids of others are not in the map.
///
/// # Errors
/// [`StorageError`].
pub fn affiliates_by_ids(
    conn: &mut DbConn,
    shop: ShopId,
    ids: &[AffiliateId],
) -> Result<HashMap<AffiliateId, Affiliate>, StorageError> {
    let keys = keys_of_shop(&shop, ids)?;
    let per_key = "WHERE shop_id = ? AND id = ?";
    let found = lookup!(conn, Affiliate, per_key, keys);
    Ok(found.into_iter().map(|affiliate| (affiliate.id, affiliate)).collect())
}

/// The affiliates whose links carry these codes, which the caller has folded.
///
/// # Errors
/// [`StorageError`].
pub fn affiliates_by_codes(
    conn: &mut DbConn,
    shop: ShopId,
    codes: &[String],
) -> Result<Vec<Affiliate>, StorageError> {
    let keys = keys_of_shop(&shop, codes)?;
    let per_key = "WHERE shop_id = ? AND code_folded = ?";
    Ok(lookup!(conn, Affiliate, per_key, keys))
}

/// Affiliates of the shop with one of these mailboxes (as fingerprints) or customer accounts: buyers
/// who are affiliates themselves.
///
/// # Errors
/// [`StorageError`].
pub fn affiliates_who_buy(
    conn: &mut DbConn,
    shop: ShopId,
    mailboxes: &[String],
    accounts: &[ShopifyId],
) -> Result<Vec<Affiliate>, StorageError> {
    let keys = keys_of_shop(&shop, mailboxes)?;
    let by_mailbox = "WHERE shop_id = ? AND email_fingerprint = ? AND email_fingerprint <> ''";
    let mut found = lookup!(&mut *conn, Affiliate, by_mailbox, keys);
    let keys = keys_of_shop(&shop, accounts)?;
    let by_account = "WHERE shop_id = ? AND shopify_customer_id = ?";
    found.extend(lookup!(conn, Affiliate, by_account, keys));
    Ok(found)
}

/// The affiliate whose links carry this code, which the caller has folded.
///
/// # Errors
/// [`StorageError`].
pub fn affiliate_by_code(
    conn: &mut DbConn,
    shop: ShopId,
    code_folded: &str,
) -> Result<Option<Affiliate>, StorageError> {
    let found = on_each!(conn, c => affiliates::table
        .filter(affiliates::shop_id.eq(shop.0))
        .filter(affiliates::code_folded.eq(code_folded))
        .select(Affiliate::as_select())
        .first(c)
        .optional());
    Ok(found?)
}

/// The affiliate with this number.
///
/// # Errors
/// [`StorageError`].
pub fn affiliate_by_number(
    conn: &mut DbConn,
    shop: ShopId,
    number: i64,
) -> Result<Option<Affiliate>, StorageError> {
    let query = affiliates::table
        .filter(affiliates::shop_id.eq(shop.0))
        .filter(affiliates::number.eq(number))
        .select(Affiliate::as_select());
    Ok(query.first(conn).optional()?)
}

/// Affiliates with this e-mail's fingerprint, oldest first.
///
/// # Errors
/// [`StorageError`].
pub fn affiliates_by_email(
    conn: &mut DbConn,
    shop: ShopId,
    email_fingerprint: &str,
    limit: i64,
) -> Result<Vec<Affiliate>, StorageError> {
    let query = affiliates::table
        .filter(affiliates::shop_id.eq(shop.0))
        .filter(affiliates::email_fingerprint.eq(email_fingerprint))
        .order(affiliates::number)
        .limit(limit)
        .select(Affiliate::as_select());
    Ok(query.load(conn)?)
}

/// A page of the shop's affiliates, newest first, with numbers below the last one of the page
/// before.
///
/// # Errors
/// [`StorageError`].
pub fn affiliate_page(
    conn: &mut DbConn,
    shop: ShopId,
    filter: &AffiliateFilter,
    before_number: Option<i64>,
    limit: i64,
) -> Result<Vec<Affiliate>, StorageError> {
    let mut query = affiliates::table
        .filter(affiliates::shop_id.eq(shop.0))
        .filter(affiliates::number.lt(before_number.unwrap_or(i64::MAX)))
        .order(affiliates::number.desc())
        .limit(limit)
        .select(Affiliate::as_select())
        .into_boxed();
    if let Some(status) = &filter.status {
        query = query.filter(affiliates::status.eq(status));
    }
    if let Some(program) = filter.program_id {
        query = query.filter(affiliates::program_id.eq(program.0));
    }
    if let Some(search) = &filter.search {
        let pattern = like_pattern(search);
        query = query.filter(
            lower(affiliates::name)
                .like(pattern.clone())
                .escape('\\')
                .or(lower(affiliates::email).like(pattern.clone()).escape('\\'))
                .or(affiliates::code_folded.like(pattern).escape('\\')),
        );
    }
    Ok(query.load(conn)?)
}

#[diesel::declare_sql_function]
extern "SQL" {
    /// LIKE ignores ASCII case on SQLite only (architecture 5.4, pitfall 7).
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

/// Anything that contains the text; its own wildcards mean themselves.
fn like_pattern(search: &str) -> String {
    let folded = search.trim().to_lowercase();
    let escaped = folded.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
    format!("%{escaped}%")
}
