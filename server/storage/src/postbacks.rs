//! Postbacks: templates of affiliates and merchants. Not here: what they have to send (`firings`).

use diesel::{
    prelude::*,
    sql_types::{BigInt, Nullable},
};
use domain::{
    ids::{AffiliateId, PostbackId, ShopId},
    time::UtcTime,
};

use crate::{
    DbConn, StorageError, WriteTx, bulk,
    columns::record,
    conn::load_to_change,
    outbox,
    schema::postbacks,
    shops::{one, revise},
    sql::{execute, load},
};

mod health;

pub use health::{
    PostbackHealth, PostbackOutcome, postback_record_outcomes, postbacks_failing_since,
};

record! {
    /// A template that tells somebody's own system about events.
    pub struct Postback in postbacks {
        /// Ours.
        pub id: PostbackId,
        /// Its shop.
        pub shop_id: ShopId,
        /// Whose it is; none: the merchant's.
        pub affiliate_id: Option<AffiliateId>,
        /// For people; unique per owner is the flow's business.
        pub name: String,
        /// The settings document, as JSON.
        pub settings: String,
        /// Encrypted secrets.
        pub credentials: Option<Vec<u8>>,
        /// Who saved it last.
        pub author: String,
        /// The template that may be called; another one waits for the merchant, where it asks for
        /// that (C9).
        pub approved_url: Option<String>,
        /// Paused since.
        pub paused_at: Option<UtcTime>,
        /// Why.
        pub pause_reason: Option<String>,
        /// It has held firings to let out, since then.
        pub backlog_since: Option<UtcTime>,
        /// Conversions in a row that were not accepted.
        pub failures_in_row: i64,
        /// Time of the first of them.
        pub failing_since: Option<UtcTime>,
        /// When it was made.
        pub created_at: UtcTime,
        /// When it was last saved, paused, resumed or deleted.
        pub updated_at: UtcTime,
        /// When it was deleted; its firings stay as proof.
        pub deleted_at: Option<UtcTime>,
    }
}

/// Whose postbacks are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// The merchant's own.
    Merchant,
    /// An affiliate's.
    Affiliate(AffiliateId),
}

/// Changes whenever a postback of the shop is saved, paused, resumed or deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PostbacksVersion {
    count: i64,
    updated_at: Option<i64>,
}

/// Stores a new postback.
///
/// # Errors
/// [`StorageError`].
pub fn postback_insert(tx: &mut WriteTx<'_>, postback: &Postback) -> Result<(), StorageError> {
    bulk::insert(tx, std::slice::from_ref(postback), "")?;
    revise(tx, postback.shop_id)
}

/// Saves name, settings, credentials, author and approval of a live postback and starts its health
/// anew.
///
/// # Errors
/// [`StorageError::NotFound`] when its owner has no such postback.
pub fn postback_update(tx: &mut WriteTx<'_>, postback: &Postback) -> Result<(), StorageError> {
    let owner = postback.affiliate_id.map_or(Owner::Merchant, Owner::Affiliate);
    postback_by_id(tx, postback.shop_id, Some(owner), postback.id)?
        .ok_or(StorageError::NotFound)?;
    let text = "UPDATE postbacks SET name = ?, settings = ?, credentials = ?, author = ?, \
         approved_url = ?, failures_in_row = 0, failing_since = NULL, updated_at = ? \
         WHERE id = ? AND shop_id = ? AND deleted_at IS NULL";
    one(execute!(
        &mut **tx,
        text,
        [
            postback.name,
            postback.settings,
            postback.credentials,
            postback.author,
            postback.approved_url,
            postback.updated_at,
            postback.id,
            postback.shop_id,
        ]
    ))?;
    revise(tx, postback.shop_id)
}

/// Deletes a postback; what it still had to send is never sent, and its log says so.
///
/// # Errors
/// [`StorageError::NotFound`] when the shop has no such live postback.
pub fn postback_delete(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    postback: PostbackId,
    now: UtcTime,
) -> Result<(), StorageError> {
    let text = "UPDATE postbacks SET deleted_at = ?, updated_at = ? \
         WHERE id = ? AND shop_id = ? AND deleted_at IS NULL";
    one(execute!(&mut **tx, text, [now, now, postback, shop]))?;
    revise(tx, shop)?;
    outbox::drop_held(tx, postback, now)
}

/// Pauses a postback: what it has to send is held back, once it is due, until [`postback_resume`].
///
/// # Errors
/// [`StorageError::NotFound`] when the shop has no such live postback that is not paused.
pub fn postback_pause(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    postback: PostbackId,
    reason: &str,
    now: UtcTime,
) -> Result<(), StorageError> {
    let text = "UPDATE postbacks SET paused_at = ?, pause_reason = ?, updated_at = ? \
         WHERE id = ? AND shop_id = ? AND deleted_at IS NULL AND paused_at IS NULL";
    one(execute!(&mut **tx, text, [now, reason, now, postback, shop]))?;
    revise(tx, shop)
}

/// As [`postback_pause`], also for one that is paused for another reason already.
///
/// # Errors
/// [`StorageError::NotFound`] when the shop has no such live postback.
pub fn postback_set_pause(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    postback: PostbackId,
    reason: &str,
    now: UtcTime,
) -> Result<(), StorageError> {
    let text = "UPDATE postbacks SET paused_at = COALESCE(paused_at, ?), pause_reason = ?, \
         updated_at = ? WHERE id = ? AND shop_id = ? AND deleted_at IS NULL";
    one(execute!(&mut **tx, text, [now, reason, now, postback, shop]))?;
    revise(tx, shop)
}

/// Notes the template that may be called (C9).
///
/// # Errors
/// [`StorageError::NotFound`] when the shop has no such live postback.
pub fn postback_set_approved_url(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    postback: PostbackId,
    url: Option<&str>,
) -> Result<(), StorageError> {
    let text = "UPDATE postbacks SET approved_url = ? \
         WHERE id = ? AND shop_id = ? AND deleted_at IS NULL";
    one(execute!(&mut **tx, text, [url.map(ToOwned::to_owned), postback, shop]))?;
    revise(tx, shop)
}

/// Ends a pause and starts the health anew. What was held comes out in portions, by
/// [`crate::outbox::backlogs`].
///
/// # Errors
/// [`StorageError::NotFound`] when the shop has no such live postback.
pub fn postback_resume(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    postback: PostbackId,
    now: UtcTime,
) -> Result<(), StorageError> {
    let text = "UPDATE postbacks SET paused_at = NULL, pause_reason = NULL, backlog_since = ?, \
         failures_in_row = 0, failing_since = NULL, updated_at = ? \
         WHERE id = ? AND shop_id = ? AND deleted_at IS NULL";
    one(execute!(&mut **tx, text, [now, now, postback, shop]))?;
    revise(tx, shop)
}

/// A live postback of the shop; of this owner only, if one is given.
///
/// # Errors
/// [`StorageError`].
pub fn postback_by_id(
    conn: &mut DbConn,
    shop: ShopId,
    owner: Option<Owner>,
    postback: PostbackId,
) -> Result<Option<Postback>, StorageError> {
    let query = postbacks::table
        .find(postback.0)
        .filter(postbacks::shop_id.eq(shop.0))
        .filter(postbacks::deleted_at.is_null())
        .select(Postback::as_select());
    let found: Option<Postback> = query.first(conn).optional()?;
    Ok(found.filter(|postback| is_of(postback, owner)))
}

/// As [`postback_by_id`], for a change of it: others wait with theirs until this one is written.
///
/// # Errors
/// [`StorageError::NotFound`] without it.
pub fn postback_to_change(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    owner: Option<Owner>,
    postback: PostbackId,
) -> Result<Postback, StorageError> {
    let found: Vec<Postback> = load_to_change!(
        tx,
        postbacks::table
            .find(postback.0)
            .filter(postbacks::shop_id.eq(shop.0))
            .filter(postbacks::deleted_at.is_null())
            .select(Postback::as_select())
    )?;
    found.into_iter().find(|postback| is_of(postback, owner)).ok_or(StorageError::NotFound)
}

fn is_of(postback: &Postback, owner: Option<Owner>) -> bool {
    match owner {
        None => true,
        Some(Owner::Merchant) => postback.affiliate_id.is_none(),
        Some(Owner::Affiliate(id)) => postback.affiliate_id == Some(id),
    }
}

/// An owner's live postbacks, oldest first.
///
/// # Errors
/// [`StorageError`].
pub fn postbacks_of_owner(
    conn: &mut DbConn,
    shop: ShopId,
    owner: Owner,
    limit: i64,
) -> Result<Vec<Postback>, StorageError> {
    let query = postbacks::table
        .filter(postbacks::shop_id.eq(shop.0))
        .filter(postbacks::deleted_at.is_null())
        .order(postbacks::id)
        .limit(limit)
        .select(Postback::as_select())
        .into_boxed();
    let query = match owner {
        Owner::Merchant => query.filter(postbacks::affiliate_id.is_null()),
        Owner::Affiliate(id) => query.filter(postbacks::affiliate_id.eq(id.0)),
    };
    Ok(query.load(conn)?)
}

/// The shop's live postbacks that are paused for this reason, oldest first.
///
/// # Errors
/// [`StorageError`].
pub fn postbacks_paused_for(
    conn: &mut DbConn,
    shop: ShopId,
    reason: &str,
    limit: i64,
) -> Result<Vec<Postback>, StorageError> {
    let query = postbacks::table
        .filter(postbacks::shop_id.eq(shop.0))
        .filter(postbacks::deleted_at.is_null())
        .filter(postbacks::pause_reason.eq(reason))
        .order(postbacks::id)
        .limit(limit)
        .select(Postback::as_select());
    Ok(query.load(conn)?)
}

/// All live postbacks of the shop, paused ones included, after one of them: what a process keeps in
/// memory for matching, as long as [`postbacks_version`] stays the same.
///
/// # Errors
/// [`StorageError`].
pub fn postbacks_of_shop(
    conn: &mut DbConn,
    shop: ShopId,
    after: Option<PostbackId>,
    limit: i64,
) -> Result<Vec<Postback>, StorageError> {
    let query = postbacks::table
        .filter(postbacks::shop_id.eq(shop.0))
        .filter(postbacks::deleted_at.is_null())
        .filter(postbacks::id.gt(after.map_or(0, |id| id.0)))
        .order(postbacks::id)
        .limit(limit)
        .select(Postback::as_select());
    Ok(query.load(conn)?)
}

/// A marker that changes with the shop's postbacks; cheap to ask for.
///
/// # Errors
/// [`StorageError`].
pub fn postbacks_version(
    conn: &mut DbConn,
    shop: ShopId,
) -> Result<PostbacksVersion, StorageError> {
    let text = "SELECT COUNT(*), MAX(updated_at) FROM postbacks WHERE shop_id = ?";
    let found = load!(conn, text, [shop] => (BigInt, Nullable<BigInt>) as (i64, Option<i64>));
    let (count, updated_at) = found.first().copied().unwrap_or_default();
    Ok(PostbacksVersion { count, updated_at })
}
