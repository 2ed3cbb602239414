//! A visit through an affiliate's link becomes a click. Repeat-safe: the same visitor on the same
//! link within a minute is one click, however often the page reports it.

use domain::{
    affiliate::fold_code,
    ids::{AffiliateId, ClickId, ShopId},
    link::EntryLink,
    time::UtcTime,
};
use storage::{
    Json, StorageError, WriteTx,
    affiliates::{self, Affiliate},
    clicks::{self, Click},
    firings,
    notify::{Channel, notify},
    stats::{self, DailyStat},
};

use super::{book_changes::day_number, enqueue_firings::firings_for_click, shop_book::ShopBook};

/// A report of the same link by the same visitor within this time is a reload, not a click.
const RELOAD_SECONDS: i64 = 60;
/// Longest entry URL that is kept.
const ENTRY_URL_CHARS_MAX: usize = 2_048;

/// What the storefront reports.
#[derive(Debug, Clone)]
pub struct Visit {
    /// The page that was opened, as the browser shows it.
    pub entry_url: String,
    /// The visitor's random key.
    pub visitor: String,
    /// Where the visitor came from.
    pub referrer: Option<String>,
    /// The visitor's address, already truncated.
    pub ip_truncated: Option<String>,
}

/// What became of a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// A new click.
    Click(ClickId, AffiliateId),
    /// The click was known already.
    Reload(ClickId, AffiliateId),
    /// The link names nobody whom this shop knows.
    Nobody,
}

/// Records a visit.
///
/// # Errors
/// [`StorageError`].
pub fn record_click(
    tx: &mut WriteTx<'_>,
    book: &ShopBook,
    visit: &Visit,
    now: UtcTime,
) -> Result<Recorded, StorageError> {
    let shop = book.shop;
    let link = EntryLink::read(&visit.entry_url);
    let Some(affiliate) = named_affiliate(tx, shop, &link)? else {
        return Ok(Recorded::Nobody);
    };
    let entry_url: String = visit.entry_url.chars().take(ENTRY_URL_CHARS_MAX).collect();
    let latest = clicks::click_latest_of_visitor(tx, shop, &visit.visitor, affiliate.id)?;
    if let Some(known) = latest.filter(|click| {
        click.entry_url == entry_url && now.seconds_since(click.clicked_at) < RELOAD_SECONDS
    }) {
        return Ok(Recorded::Reload(known.id, affiliate.id));
    }
    let click = Click {
        id: ClickId(tx.next_id(now)),
        shop_id: shop,
        affiliate_id: affiliate.id,
        visitor: visit.visitor.clone(),
        clicked_at: now,
        entry_url,
        link_params: Json(link.params.0),
        is_params_cut: link.is_cut,
        referrer: visit.referrer.clone(),
        ip_truncated: visit.ip_truncated.clone(),
    };
    clicks::click_insert_batch(tx, std::slice::from_ref(&click))?;
    stats::daily_stats_add(
        tx,
        &[DailyStat {
            shop_id: shop,
            affiliate_id: affiliate.id,
            day: day_number(now),
            currency: book.currency(),
            clicks: 1,
            conversions: 0,
            sales_minor: 0,
            commission_minor: 0,
        }],
    )?;
    let fired = firings_for_click(tx, book, &affiliate, &click, now);
    if !fired.is_empty() {
        firings::firing_enqueue_batch(tx, &fired)?;
        notify(tx, Channel::Outbox)?;
    }
    Ok(Recorded::Click(click.id, affiliate.id))
}

/// The first of the link's codes that belongs to an affiliate of the shop.
fn named_affiliate(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    link: &EntryLink,
) -> Result<Option<Affiliate>, StorageError> {
    for code in &link.codes {
        if let Some(affiliate) = affiliates::affiliate_by_code(tx, shop, &fold_code(code))? {
            return Ok(Some(affiliate));
        }
    }
    Ok(None)
}
