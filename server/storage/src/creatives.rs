//! Banners of the merchant, their pictures, and how often each affiliate's copy was seen and clicked.

use std::collections::{BTreeMap, BTreeSet};

use diesel::{prelude::*, sql_types::BigInt};
use domain::{
    ids::{AffiliateId, CreativeId, ProgramId, ShopId},
    time::UtcTime,
};

use crate::{
    DbConn, StorageError, WriteTx, bulk,
    clicks::Click,
    columns::record,
    lookup::{keys_of_shop, lookup},
    schema::{creative_images, creatives},
    shops::one,
    sql::{execute, load},
};

/// The link parameter by which a banner is recognised in a click.
pub const BANNER_PARAMETER: &str = "banner";

record! {
    /// A banner.
    pub struct Creative in creatives {
        /// Ours.
        pub id: CreativeId,
        /// Its shop.
        pub shop_id: ShopId,
        /// Whose affiliates may show it; none: everybody's.
        pub program_id: Option<ProgramId>,
        /// For people, and the picture's alternative text.
        pub name: String,
        /// In CSS pixels.
        pub width: i64,
        /// In CSS pixels.
        pub height: i64,
        /// The page of the shop that it leads to.
        pub target_path: String,
        /// Where the picture lies; none: with us.
        pub image_url: Option<String>,
        /// When it was made.
        pub created_at: UtcTime,
        /// When it was removed.
        pub deleted_at: Option<UtcTime>,
    }
}

/// An uploaded picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// `image/png` and the like.
    pub media_type: String,
    /// Its bytes.
    pub body: Vec<u8>,
}

record! {
    /// One affiliate's copy of one banner on one day, or what to add to it.
    pub struct CreativeStat in creative_stats {
        /// Its shop.
        pub shop_id: ShopId,
        /// The banner.
        pub creative_id: CreativeId,
        /// Whose copy.
        pub affiliate_id: AffiliateId,
        /// Days since 1970-01-01 UTC.
        pub day: i64,
        /// Times seen, once per visitor.
        pub impressions: i64,
        /// Clicks.
        pub clicks: i64,
    }
}

record! {
    /// Somebody saw a banner on a day.
    pub struct ImpressionSeen in impressions_seen {
        /// Days since 1970-01-01 UTC.
        pub day: i64,
        /// The banner.
        pub creative_id: CreativeId,
        /// Whose copy.
        pub affiliate_id: AffiliateId,
        /// A hash that means nothing on another day.
        pub viewer: String,
    }
}

/// Stores a banner, with its picture if that was uploaded.
///
/// # Errors
/// [`StorageError`].
pub fn creative_insert(
    tx: &mut WriteTx<'_>,
    creative: &Creative,
    picture: Option<&Picture>,
) -> Result<(), StorageError> {
    bulk::insert(tx, std::slice::from_ref(creative), "")?;
    if let Some(picture) = picture {
        let text = "INSERT INTO creative_images (creative_id, media_type, body) VALUES (?, ?, ?)";
        execute!(&mut **tx, text, [creative.id, picture.media_type, picture.body]);
    }
    Ok(())
}

/// Removes a banner; its counts stay.
///
/// # Errors
/// [`StorageError::NotFound`] when the shop has no such banner.
pub fn creative_delete(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    creative: CreativeId,
    now: UtcTime,
) -> Result<(), StorageError> {
    let text = "UPDATE creatives SET deleted_at = ? \
         WHERE id = ? AND shop_id = ? AND deleted_at IS NULL";
    one(execute!(&mut **tx, text, [now, creative, shop]))?;
    execute!(&mut **tx, "DELETE FROM creative_images WHERE creative_id = ?", [creative]);
    Ok(())
}

/// The shop's banners, newest first; with a program, only those that its affiliates may show.
///
/// # Errors
/// [`StorageError`].
pub fn creative_list(
    conn: &mut DbConn,
    shop: ShopId,
    program: Option<ProgramId>,
    limit: i64,
) -> Result<Vec<Creative>, StorageError> {
    let mut query = creatives::table
        .filter(creatives::shop_id.eq(shop.0))
        .filter(creatives::deleted_at.is_null())
        .order(creatives::id.desc())
        .limit(limit)
        .select(Creative::as_select())
        .into_boxed();
    if let Some(program) = program {
        query =
            query.filter(creatives::program_id.is_null().or(creatives::program_id.eq(program.0)));
    }
    Ok(query.load(conn)?)
}

/// Live banners of the shop by id.
///
/// # Errors
/// [`StorageError`].
pub fn creatives_by_ids(
    conn: &mut DbConn,
    shop: ShopId,
    ids: &[CreativeId],
) -> Result<Vec<Creative>, StorageError> {
    let keys = keys_of_shop(&shop, ids)?;
    Ok(lookup!(conn, Creative, "WHERE shop_id = ? AND id = ? AND deleted_at IS NULL", keys))
}

/// The picture of a live banner. Crosses shops: banners are shown to anybody.
///
/// # Errors
/// [`StorageError`].
pub fn creative_picture(
    conn: &mut DbConn,
    creative: CreativeId,
) -> Result<Option<Picture>, StorageError> {
    let query = creative_images::table
        .find(creative.0)
        .select((creative_images::media_type, creative_images::body));
    let found: Option<(String, Vec<u8>)> = query.first(conn).optional()?;
    Ok(found.map(|(media_type, body)| Picture { media_type, body }))
}

/// Remembers who saw what, and answers in the order given which of them is the first of its day.
///
/// # Errors
/// [`StorageError`].
pub fn impressions_see(
    tx: &mut WriteTx<'_>,
    seen: &[ImpressionSeen],
) -> Result<Vec<bool>, StorageError> {
    let mut first = Vec::with_capacity(seen.len());
    let mut order: Vec<usize> = (0..seen.len()).collect();
    // One order in all processes, so that two never lock each other out.
    order.sort_by_key(|index| {
        seen.get(*index).map(|one| (one.creative_id, one.affiliate_id, one.viewer.clone()))
    });
    first.resize(seen.len(), false);
    let tail = "ON CONFLICT (day, creative_id, affiliate_id, viewer) DO NOTHING";
    for index in order {
        if let (Some(row), Some(slot)) = (seen.get(index), first.get_mut(index)) {
            *slot = bulk::insert(tx, std::slice::from_ref(row), tail)? == 1;
        }
    }
    Ok(first)
}

/// Adds to banners' days; several for one day are summed first.
///
/// # Errors
/// [`StorageError`].
pub fn creative_stats_add(
    tx: &mut WriteTx<'_>,
    deltas: &[CreativeStat],
) -> Result<(), StorageError> {
    let mut sums: BTreeMap<(CreativeId, AffiliateId, i64), CreativeStat> = BTreeMap::new();
    for delta in deltas {
        let key = (delta.creative_id, delta.affiliate_id, delta.day);
        match sums.get_mut(&key) {
            Some(sum) => {
                sum.impressions = sum.impressions.saturating_add(delta.impressions);
                sum.clicks = sum.clicks.saturating_add(delta.clicks);
            }
            None => {
                sums.insert(key, delta.clone());
            }
        }
    }
    let rows: Vec<CreativeStat> = sums.into_values().collect();
    let tail = "ON CONFLICT (creative_id, affiliate_id, day) DO UPDATE SET \
         impressions = creative_stats.impressions + excluded.impressions, \
         clicks = creative_stats.clicks + excluded.clicks";
    bulk::insert(tx, &rows, tail)?;
    Ok(())
}

/// Counts the clicks that came through banners of the shop.
///
/// # Errors
/// [`StorageError`].
pub fn creative_clicks_add(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    clicks: &[Click],
    day: i64,
) -> Result<(), StorageError> {
    let through: Vec<(CreativeId, AffiliateId)> = clicks
        .iter()
        .filter_map(|click| {
            let id = click.link_params.0.get(BANNER_PARAMETER)?.parse().ok()?;
            Some((CreativeId(id), click.affiliate_id))
        })
        .collect();
    if through.is_empty() {
        return Ok(());
    }
    let ids: Vec<CreativeId> = through.iter().map(|(id, _)| *id).collect();
    let known: BTreeSet<CreativeId> =
        creatives_by_ids(tx, shop, &ids)?.into_iter().map(|creative| creative.id).collect();
    let deltas: Vec<CreativeStat> = through
        .into_iter()
        .filter(|(id, _)| known.contains(id))
        .map(|(creative_id, affiliate_id)| CreativeStat {
            shop_id: shop,
            creative_id,
            affiliate_id,
            day,
            impressions: 0,
            clicks: 1,
        })
        .collect();
    creative_stats_add(tx, &deltas)
}

/// Sums of the shop's banners since a day; of one affiliate's copies, if one is given.
///
/// # Errors
/// [`StorageError`].
pub fn creative_sums(
    conn: &mut DbConn,
    shop: ShopId,
    affiliate: Option<AffiliateId>,
    first_day: i64,
    limit: i64,
) -> Result<BTreeMap<CreativeId, (i64, i64)>, StorageError> {
    type Sums = (BigInt, BigInt, BigInt);
    let columns = "creative_id, CAST(SUM(impressions) AS BIGINT), CAST(SUM(clicks) AS BIGINT)";
    let found = match affiliate {
        Some(affiliate) => {
            let text = format!(
                "SELECT {columns} FROM creative_stats WHERE affiliate_id = ? AND shop_id = ? \
                 AND day >= ? GROUP BY creative_id LIMIT ?"
            );
            load!(conn, &text, [affiliate, shop, first_day, limit] => Sums as (i64, i64, i64))
        }
        None => {
            let text = format!(
                "SELECT {columns} FROM creative_stats WHERE creative_id IN \
                 (SELECT id FROM creatives WHERE shop_id = ?) AND day >= ? \
                 GROUP BY creative_id LIMIT ?"
            );
            load!(conn, &text, [shop, first_day, limit] => Sums as (i64, i64, i64))
        }
    };
    Ok(found.into_iter().map(|(id, seen, clicks)| (CreativeId(id), (seen, clicks))).collect())
}

/// Forgets who saw what before a day, up to `limit` rows; returns how many. Crosses shops: retention
/// is the operator's.
///
/// # Errors
/// [`StorageError`].
pub fn impressions_seen_drop_before(
    tx: &mut WriteTx<'_>,
    day: i64,
    limit: i64,
) -> Result<usize, StorageError> {
    let key = "day, creative_id, affiliate_id, viewer";
    let text = format!(
        "DELETE FROM impressions_seen WHERE ({key}) IN \
         (SELECT {key} FROM impressions_seen WHERE day < ? ORDER BY day LIMIT ?)"
    );
    Ok(execute!(&mut **tx, &text, [day, limit]))
}
