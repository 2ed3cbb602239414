//! Banners that were seen become impressions, at most one per visitor and banner and day (I1, C10).
//! Repeat-safe: the key (day, banner, affiliate, viewer).

use std::collections::BTreeSet;

use domain::{
    ids::{AffiliateId, CreativeId},
    time::UtcTime,
};
use storage::{
    StorageError, WriteTx, affiliates,
    creatives::{self, Creative, CreativeStat, ImpressionSeen},
    firings,
    notify::{Channel, notify},
};

use super::{enqueue_firings::firings_for_impression, shop_book::ShopBook};

/// Counts what was seen for the first time today, and tells postbacks that listen to impressions.
///
/// # Errors
/// [`StorageError`].
pub fn record_impressions(
    tx: &mut WriteTx<'_>,
    book: &ShopBook,
    seen: &[ImpressionSeen],
    now: UtcTime,
) -> Result<(), StorageError> {
    if seen.is_empty() {
        return Ok(());
    }
    let known = known_creatives(tx, book, seen)?;
    let seen: Vec<ImpressionSeen> =
        seen.iter().filter(|one| known.contains(&one.creative_id)).cloned().collect();
    let first = creatives::impressions_see(tx, &seen)?;
    let new: Vec<&ImpressionSeen> =
        seen.iter().zip(first).filter(|(_, is_first)| *is_first).map(|(one, _)| one).collect();
    let deltas: Vec<CreativeStat> = new
        .iter()
        .map(|one| CreativeStat {
            shop_id: book.shop,
            creative_id: one.creative_id,
            affiliate_id: one.affiliate_id,
            day: one.day,
            impressions: 1,
            clicks: 0,
        })
        .collect();
    creatives::creative_stats_add(tx, &deltas)?;
    tell(tx, book, &new, now)
}

fn known_creatives(
    tx: &mut WriteTx<'_>,
    book: &ShopBook,
    seen: &[ImpressionSeen],
) -> Result<BTreeSet<CreativeId>, StorageError> {
    let ids: Vec<CreativeId> = seen.iter().map(|one| one.creative_id).collect();
    let found: Vec<Creative> = creatives::creatives_by_ids(tx, book.shop, &ids)?;
    Ok(found.into_iter().map(|creative| creative.id).collect())
}

fn tell(
    tx: &mut WriteTx<'_>,
    book: &ShopBook,
    new: &[&ImpressionSeen],
    now: UtcTime,
) -> Result<(), StorageError> {
    let listening: Vec<AffiliateId> = new
        .iter()
        .map(|one| one.affiliate_id)
        .filter(|affiliate| book.listeners(*affiliate).next().is_some())
        .collect();
    if listening.is_empty() {
        return Ok(());
    }
    let affiliates = affiliates::affiliates_by_ids(tx, book.shop, &listening)?;
    let fired: Vec<_> = new
        .iter()
        .filter_map(|one| Some((one, affiliates.get(&one.affiliate_id)?)))
        .flat_map(|(one, affiliate)| firings_for_impression(tx, book, affiliate, one, now))
        .collect();
    if !fired.is_empty() {
        firings::firing_enqueue_batch(tx, &fired)?;
        notify(tx, Channel::Outbox)?;
    }
    Ok(())
}
