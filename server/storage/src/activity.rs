//! Who did what, in words: what a merchant reads when a number looks odd. Append-only.

use diesel::prelude::*;
use domain::{
    ids::{ActivityId, ShopId},
    time::UtcTime,
};

use crate::{
    DbConn, StorageError, WriteTx, bulk,
    columns::{record, text_enum},
    schema::activity,
};

text_enum! {
    /// What an action was about.
    pub enum Subject {
        /// The shop as a whole: its settings.
        Shop = "shop",
        /// A program.
        Program = "program",
        /// An affiliate.
        Affiliate = "affiliate",
        /// An order.
        Order = "order",
        /// A round of payouts.
        Payout = "payout",
        /// A postback.
        Postback = "postback",
    }
}

record! {
    /// One action.
    pub struct Activity in activity {
        /// Ours; grows with time.
        pub id: ActivityId,
        /// The shop.
        pub shop_id: ShopId,
        /// When.
        pub at: UtcTime,
        /// Who: `Merchant`, `Affiliate 1001`, `Tributary`.
        pub actor: String,
        /// What kind of thing it was about.
        pub subject: Subject,
        /// Which one.
        pub subject_id: i64,
        /// What was done, as a sentence.
        pub words: String,
    }
}

/// Adds lines to the record.
///
/// # Errors
/// [`StorageError`].
pub fn activity_append(tx: &mut WriteTx<'_>, lines: &[Activity]) -> Result<(), StorageError> {
    bulk::insert(tx, lines, "")?;
    Ok(())
}

/// A page of the shop's record, newest first, before the last line of the page before; of one thing
/// only, where one is named.
///
/// # Errors
/// [`StorageError`].
pub fn activity_page(
    conn: &mut DbConn,
    shop: ShopId,
    about: Option<(Subject, i64)>,
    before: Option<ActivityId>,
    limit: i64,
) -> Result<Vec<Activity>, StorageError> {
    let mut query = activity::table
        .filter(activity::shop_id.eq(shop.0))
        .filter(activity::id.lt(before.map_or(i64::MAX, |id| id.0)))
        .order(activity::id.desc())
        .limit(limit)
        .select(Activity::as_select())
        .into_boxed();
    if let Some((subject, id)) = about {
        query = query
            .filter(activity::subject_id.eq(id))
            .filter(activity::subject.eq(subject.as_str()));
    }
    Ok(query.load(conn)?)
}

/// Which lines of the record are looked for. The default is all.
#[derive(Debug, Clone, Default)]
pub struct ActivityFilter {
    /// About things of this kind.
    pub subject: Option<Subject>,
    /// By this one, as written: `Merchant`; everybody of a kind by its first word, `Affiliate`.
    pub actor: Option<String>,
    /// From this moment on.
    pub from: Option<UtcTime>,
    /// Before this moment.
    pub until: Option<UtcTime>,
}

/// A page of the lines that are looked for, newest first, before the last line of the page before.
///
/// # Errors
/// [`StorageError`].
pub fn activity_search(
    conn: &mut DbConn,
    shop: ShopId,
    filter: &ActivityFilter,
    before: Option<ActivityId>,
    limit: i64,
) -> Result<Vec<Activity>, StorageError> {
    let mut query = activity::table
        .filter(activity::shop_id.eq(shop.0))
        .filter(activity::id.lt(before.map_or(i64::MAX, |id| id.0)))
        .order(activity::id.desc())
        .limit(limit)
        .select(Activity::as_select())
        .into_boxed();
    if let Some(subject) = filter.subject {
        query = query.filter(activity::subject.eq(subject.as_str()));
    }
    if let Some(actor) = &filter.actor {
        query =
            query.filter(activity::actor.eq(actor).or(activity::actor.like(format!("{actor} %"))));
    }
    if let Some(from) = filter.from {
        query = query.filter(activity::at.ge(from.micros()));
    }
    if let Some(until) = filter.until {
        query = query.filter(activity::at.lt(until.micros()));
    }
    Ok(query.load(conn)?)
}
