//! Recorded visits: the largest table, append-only.

use std::collections::{BTreeMap, HashSet};

use diesel::prelude::*;
use domain::{
    ids::{AffiliateId, ClickId, ShopId},
    time::UtcTime,
};

use crate::{
    DbConn, Json, StorageError, WriteTx, bulk,
    columns::{Bound, record},
    conn::on_each,
    ids::first_id_at,
    lookup::{keys_of_shop, lookup},
    schema::clicks,
    sql::execute,
};

record! {
    /// One visit through an affiliate's link.
    pub struct Click in clicks {
        /// Ours.
        pub id: ClickId,
        /// Its shop.
        pub shop_id: ShopId,
        /// Whose link it was.
        pub affiliate_id: AffiliateId,
        /// The visitor's random key.
        pub visitor: String,
        /// When.
        pub clicked_at: UtcTime,
        /// The page that was entered, without what is private.
        pub entry_url: String,
        /// The link's parameters, by name.
        pub link_params: Json<BTreeMap<String, String>>,
        /// Some parameters were cut or left out (E14).
        pub is_params_cut: bool,
        /// The page the visitor came from.
        pub referrer: Option<String>,
        /// The shortened address.
        pub ip_truncated: Option<String>,
        /// The browser's own id of the report: sent again, it is the same click.
        pub report_id: Option<String>,
        /// What the visitor allowed, in two bits; none when nobody said.
        pub consent: Option<i64>,
        /// The browser's name for itself, where an affiliate's pixel may need it.
        pub user_agent: Option<String>,
    }
}

/// Most clicks of one visitor that a lookup returns: the newest.
pub const CLICKS_OF_VISITOR_MAX: usize = 200;

/// Appends clicks of any shops, in the order given; returns the ids of those that are new. A report
/// that is stored already, by this process or another, is left as it is: [`clicks_of_reports`] has it.
/// In order of visitors two processes do not lock each other out.
///
/// # Errors
/// [`StorageError`].
pub fn click_insert_batch(
    tx: &mut WriteTx<'_>,
    clicks: &[Click],
) -> Result<HashSet<i64>, StorageError> {
    let report = "shop_id, visitor, report_id, affiliate_id";
    bulk::insert_absent(tx, clicks, report, |click| click.id.0)
}

/// The stored clicks of the same reports as these, in no order.
///
/// # Errors
/// [`StorageError`].
pub fn clicks_of_reports(
    conn: &mut DbConn,
    reports: &[&Click],
) -> Result<Vec<Click>, StorageError> {
    let keys = reports.iter().map(|click| {
        let (visitor, report) = (click.visitor.value()?, click.report_id.value()?);
        Ok(vec![click.shop_id.value()?, visitor, report, click.affiliate_id.value()?])
    });
    let per_key = "WHERE shop_id = ? AND visitor = ? AND report_id = ? AND affiliate_id = ?";
    Ok(lookup!(conn, Click, per_key, keys.collect::<Result<_, StorageError>>()?))
}

/// The clicks of some visitors since a moment, newest first per visitor, at most
/// [`CLICKS_OF_VISITOR_MAX`] for each: what a batch of orders is attributed by.
///
/// # Errors
/// [`StorageError`].
pub fn clicks_of_visitors(
    conn: &mut DbConn,
    shop: ShopId,
    visitors: &[String],
    since: UtcTime,
) -> Result<Vec<Click>, StorageError> {
    let mut keys = keys_of_shop(&shop, visitors)?;
    for key in &mut keys {
        key.push(since.value()?);
    }
    let per_key = format!(
        "WHERE shop_id = ? AND visitor = ? AND clicked_at >= ? \
         ORDER BY clicked_at DESC, id DESC LIMIT {CLICKS_OF_VISITOR_MAX}"
    );
    Ok(lookup!(conn, Click, &per_key, keys))
}

/// A visitor's newest click, of one affiliate: a second one within moments is a reload.
///
/// # Errors
/// [`StorageError`].
pub fn click_latest_of_visitor(
    conn: &mut DbConn,
    shop: ShopId,
    visitor: &str,
    affiliate: AffiliateId,
) -> Result<Option<Click>, StorageError> {
    let found = on_each!(conn, c => clicks::table
        .filter(clicks::shop_id.eq(shop.0))
        .filter(clicks::visitor.eq(visitor))
        .filter(clicks::affiliate_id.eq(affiliate.0))
        .order((clicks::clicked_at.desc(), clicks::id.desc()))
        .select(Click::as_select())
        .first(c)
        .optional());
    Ok(found?)
}

/// A click of the shop.
///
/// # Errors
/// [`StorageError`].
pub fn click_by_id(
    conn: &mut DbConn,
    shop: ShopId,
    click: ClickId,
) -> Result<Option<Click>, StorageError> {
    let query =
        clicks::table.find(click.0).filter(clicks::shop_id.eq(shop.0)).select(Click::as_select());
    Ok(query.first(conn).optional()?)
}

/// Clicks of the shop by id, as many as there are.
///
/// # Errors
/// [`StorageError`].
pub fn clicks_by_ids(
    conn: &mut DbConn,
    shop: ShopId,
    ids: &[ClickId],
) -> Result<Vec<Click>, StorageError> {
    let keys = keys_of_shop(&shop, ids)?;
    let per_key = "WHERE shop_id = ? AND id = ?";
    Ok(lookup!(conn, Click, per_key, keys))
}

/// An affiliate's clicks, newest first, older than the last one of the page before.
///
/// # Errors
/// [`StorageError`].
pub fn click_page(
    conn: &mut DbConn,
    shop: ShopId,
    affiliate: AffiliateId,
    before: Option<(UtcTime, ClickId)>,
    limit: i64,
) -> Result<Vec<Click>, StorageError> {
    let (time, id) = before.map_or((i64::MAX, i64::MAX), |(time, id)| (time.micros(), id.0));
    let query = clicks::table
        .filter(clicks::shop_id.eq(shop.0))
        .filter(clicks::affiliate_id.eq(affiliate.0))
        .filter(clicks::clicked_at.le(time))
        .filter(clicks::clicked_at.lt(time).or(clicks::id.lt(id)))
        .order((clicks::clicked_at.desc(), clicks::id.desc()))
        .limit(limit)
        .select(Click::as_select());
    Ok(query.load(conn)?)
}

/// Deletes up to `limit` of the shop's clicks from before a moment; returns how many. A shop's own
/// time, because its window may be short. By affiliate, because that is how old clicks are found
/// without looking at everybody else's.
///
/// # Errors
/// [`StorageError`].
pub fn click_drop_before(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    time: UtcTime,
    limit: i64,
) -> Result<usize, StorageError> {
    let text = "DELETE FROM clicks WHERE id IN (SELECT c.id FROM affiliates AS a \
         JOIN clicks AS c ON c.affiliate_id = a.id AND c.clicked_at < ? \
         WHERE a.shop_id = ? LIMIT ?)";
    Ok(execute!(&mut **tx, text, [time, shop, limit]))
}

/// Forgets what browsers called themselves in up to `limit` of the clicks between two moments that
/// still know; returns how many. Crosses shops: retention is the operator's.
///
/// # Errors
/// [`StorageError`].
pub fn click_forget_agents(
    tx: &mut WriteTx<'_>,
    (from, before): (UtcTime, UtcTime),
    limit: i64,
) -> Result<usize, StorageError> {
    let text = "UPDATE clicks SET user_agent = NULL WHERE id IN \
         (SELECT id FROM clicks WHERE id >= ? AND id < ? AND user_agent IS NOT NULL \
          ORDER BY id LIMIT ?)";
    Ok(execute!(&mut **tx, text, [first_id_at(from), first_id_at(before), limit]))
}
