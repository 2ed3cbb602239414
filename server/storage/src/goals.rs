//! Goals of the merchant, and who reached them.

use std::collections::BTreeMap;

use diesel::prelude::*;
use domain::{
    ids::{AffiliateId, ClickId, GoalConversionId, GoalId, ProgramId, ShopId, ShopifyId},
    money::Currency,
    time::UtcTime,
};

use crate::{
    DbConn, StorageError, WriteTx, bulk,
    columns::{record, text_enum},
    schema::{goal_conversions, goals},
    shops::{one, revise},
    sql::{execute, load},
};

text_enum! {
    /// Where a reached goal stands.
    pub enum GoalState {
        /// Its commission waits for the merchant.
        Pending = "pending",
        /// Booked, or without commission.
        Approved = "approved",
        /// Refused by the merchant.
        Rejected = "rejected",
    }
}

record! {
    /// A goal.
    pub struct Goal in goals {
        /// Ours.
        pub id: GoalId,
        /// Its shop.
        pub shop_id: ShopId,
        /// For programs.
        pub slug: String,
        /// For people.
        pub name: String,
        /// What reaches it.
        pub kind: String,
        /// The product, for a goal that is one.
        pub product_id: Option<ShopifyId>,
        /// What it earns, in the shop's currency; 0 for nothing.
        pub commission_minor: i64,
        /// It can be reached.
        pub is_enabled: bool,
        /// When it was made.
        pub created_at: UtcTime,
        /// When it was last saved.
        pub updated_at: UtcTime,
    }
}

record! {
    /// A goal that was reached.
    pub struct GoalConversion in goal_conversions {
        /// Ours.
        pub id: GoalConversionId,
        /// Its shop.
        pub shop_id: ShopId,
        /// The goal.
        pub goal_id: GoalId,
        /// Who is credited.
        pub affiliate_id: AffiliateId,
        /// The affiliate's program at that time.
        pub program_id: ProgramId,
        /// The click that it is credited by.
        pub click_id: Option<ClickId>,
        /// Whose reaching it is: once each.
        pub subject: String,
        /// Where it stands.
        pub status: GoalState,
        /// What it earns.
        pub commission_minor: i64,
        /// The shop's currency.
        pub currency: Currency,
        /// When.
        pub at: UtcTime,
    }
}

/// Stores a new goal.
///
/// # Errors
/// [`StorageError::Conflict`] when the shop has one of this name.
pub fn goal_insert(tx: &mut WriteTx<'_>, goal: &Goal) -> Result<(), StorageError> {
    let tail = "ON CONFLICT (shop_id, slug) DO NOTHING";
    match bulk::insert(tx, std::slice::from_ref(goal), tail)? {
        0 => Err(StorageError::Conflict(format!("goal {}", goal.slug))),
        _ => revise(tx, goal.shop_id),
    }
}

/// Switches a goal.
///
/// # Errors
/// [`StorageError::NotFound`] when the shop has no such goal.
pub fn goal_set_enabled(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    goal: GoalId,
    is_enabled: bool,
    now: UtcTime,
) -> Result<(), StorageError> {
    let text = "UPDATE goals SET is_enabled = ?, updated_at = ? WHERE id = ? AND shop_id = ?";
    one(execute!(&mut **tx, text, [is_enabled, now, goal, shop]))?;
    revise(tx, shop)
}

/// The shop's goals, oldest first.
///
/// # Errors
/// [`StorageError`].
pub fn goal_list(conn: &mut DbConn, shop: ShopId, limit: i64) -> Result<Vec<Goal>, StorageError> {
    let query = goals::table
        .filter(goals::shop_id.eq(shop.0))
        .order(goals::id)
        .limit(limit)
        .select(Goal::as_select());
    Ok(query.load(conn)?)
}

/// Stores a reached goal unless it was reached by the same subject before; true if it is new.
///
/// # Errors
/// [`StorageError`].
pub fn goal_conversion_insert_if_absent(
    tx: &mut WriteTx<'_>,
    reached: &GoalConversion,
) -> Result<bool, StorageError> {
    let tail = "ON CONFLICT (goal_id, subject) DO NOTHING";
    Ok(bulk::insert(tx, std::slice::from_ref(reached), tail)? == 1)
}

/// Moves a reached goal on from pending; false when it is pending no more.
///
/// # Errors
/// [`StorageError`].
pub fn goal_conversion_judge(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    id: GoalConversionId,
    status: GoalState,
) -> Result<bool, StorageError> {
    let text = "UPDATE goal_conversions SET status = ? \
         WHERE id = ? AND shop_id = ? AND status = 'pending'";
    Ok(execute!(&mut **tx, text, [status, id, shop]) == 1)
}

/// A reached goal of the shop.
///
/// # Errors
/// [`StorageError`].
pub fn goal_conversion_by_id(
    conn: &mut DbConn,
    shop: ShopId,
    id: GoalConversionId,
) -> Result<Option<GoalConversion>, StorageError> {
    let query = goal_conversions::table
        .find(id.0)
        .filter(goal_conversions::shop_id.eq(shop.0))
        .select(GoalConversion::as_select());
    Ok(query.first(conn).optional()?)
}

/// The shop's reached goals, newest first, older than the last one of the page before.
///
/// # Errors
/// [`StorageError`].
pub fn goal_conversion_page(
    conn: &mut DbConn,
    shop: ShopId,
    before: Option<GoalConversionId>,
    limit: i64,
) -> Result<Vec<GoalConversion>, StorageError> {
    let query = goal_conversions::table
        .filter(goal_conversions::shop_id.eq(shop.0))
        .filter(goal_conversions::id.lt(before.map_or(i64::MAX, |id| id.0)))
        .order(goal_conversions::id.desc())
        .limit(limit)
        .select(GoalConversion::as_select());
    Ok(query.load(conn)?)
}

/// What one affiliate has reached, newest first, older than the last one of the page before.
///
/// # Errors
/// [`StorageError`].
pub fn goal_conversions_of_affiliate(
    conn: &mut DbConn,
    shop: ShopId,
    affiliate: AffiliateId,
    before: Option<GoalConversionId>,
    limit: i64,
) -> Result<Vec<GoalConversion>, StorageError> {
    let query = goal_conversions::table
        .filter(goal_conversions::shop_id.eq(shop.0))
        .filter(goal_conversions::affiliate_id.eq(affiliate.0))
        .filter(goal_conversions::id.lt(before.map_or(i64::MAX, |id| id.0)))
        .order(goal_conversions::id.desc())
        .limit(limit)
        .select(GoalConversion::as_select());
    Ok(query.load(conn)?)
}

/// How often each of the shop's goals was reached.
///
/// # Errors
/// [`StorageError`].
pub fn goal_counts(
    conn: &mut DbConn,
    shop: ShopId,
    limit: i64,
) -> Result<BTreeMap<GoalId, i64>, StorageError> {
    use diesel::sql_types::BigInt;

    let text = "SELECT goal_id, COUNT(*) FROM goal_conversions WHERE shop_id = ? \
         GROUP BY goal_id LIMIT ?";
    let found = load!(conn, text, [shop, limit] => (BigInt, BigInt) as (i64, i64));
    Ok(found.into_iter().map(|(id, count)| (GoalId(id), count)).collect())
}
