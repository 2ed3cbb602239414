//! Which affiliates' pixels a browser may tell what, as ready addresses (U11, N16): only those of the
//! affiliate whom the visit, or the order, belongs to now by the rules that decide about money; only
//! what both the affiliate and the merchant switched on; only with the visitor's consent. Reads only.

use domain::{
    ids::{AffiliateId, ClickId},
    money::Money,
    pixel::{
        Consent, PixelEvent, PixelNumber, PurchaseValue,
        address::facebook_click,
        hit::{Hit, Purchase, fbc, visit_hits},
        purchase_id,
    },
    time::UtcTime,
};
use storage::{
    DbConn, StorageError,
    clicks::click_by_id,
    conversions::{self, ConversionRow},
    orders::{self, Order},
    pixels::{self, Pixel},
};

use super::{attribute::decide_visit, shop_book::ShopBook};

/// One address to be fetched as an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadyHit {
    /// The network's id of the pixel.
    pub pixel: String,
    /// The address.
    pub url: String,
}

/// What a browser may tell after a visit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VisitPixels {
    /// For each pixel, what its hits have in common ([`visit_hits`]).
    pub hits: Vec<String>,
    /// Events besides PageView and Purchase that every one of these pixels hears.
    pub events: Vec<PixelEvent>,
}

/// A page view that a browser reported.
#[derive(Debug, Clone, Copy)]
pub struct PageView<'a> {
    /// The visitor.
    pub visitor: &'a str,
    /// The click that it belongs to.
    pub click: ClickId,
    /// The page as the browser shows it.
    pub page: &'a str,
    /// What the visitor allowed.
    pub consent: Consent,
}

/// The pixels that hear of a visit.
///
/// # Errors
/// [`StorageError`].
pub fn visit_pixels(
    conn: &mut DbConn,
    book: &ShopBook,
    view: &PageView<'_>,
    now: UtcTime,
) -> Result<VisitPixels, StorageError> {
    let rules = &book.settings.pixels;
    let Some(manner) = rules.manner(view.consent).filter(|_| book.settings.facebook_pixel_enabled)
    else {
        return Ok(VisitPixels::default());
    };
    let decision = decide_visit(conn, book, view.visitor, now)?;
    let credited: Vec<AffiliateId> =
        decision.credits.iter().map(|credit| credit.affiliate).collect();
    let heard = live_pixels(conn, book, &credited, PixelEvent::PageView)?;
    let fbc = facebook_click(view.page).map(|click| fbc(&click, now));
    let numbers = heard.iter().filter_map(|pixel| PixelNumber::parse(&pixel.number).ok());
    let hits = numbers.map(|number| visit_hits(&number, view.click, fbc.as_deref(), manner));
    let hits = hits.collect();
    let is_heard_by_all =
        |event: PixelEvent| heard.iter().all(|pixel| rules.allows(&pixel.choice.0, event));
    let events = PixelEvent::ALL
        .into_iter()
        .filter(|event| event.is_optional() && !heard.is_empty() && is_heard_by_all(*event))
        .collect();
    Ok(VisitPixels { hits, events })
}

/// What a browser says about an order that was just placed.
#[derive(Debug, Clone, Copy)]
pub struct PlacedOrder<'a> {
    /// Shopify's id.
    pub order: domain::ids::ShopifyId,
    /// The visitor whom the browser's token names.
    pub visitor: &'a str,
    /// The total as the browser saw it, taken only while the order itself is not known.
    pub total: Option<Money>,
    /// What the visitor allowed.
    pub consent: Consent,
}

/// The Purchase hits for an order: by its stored attribution when it is known already, else by the
/// visitor's clicks.
///
/// # Errors
/// [`StorageError`].
pub fn purchase_pixels(
    conn: &mut DbConn,
    book: &ShopBook,
    placed: &PlacedOrder<'_>,
    now: UtcTime,
) -> Result<Vec<ReadyHit>, StorageError> {
    let rules = &book.settings.pixels;
    let Some(manner) =
        rules.manner(placed.consent).filter(|_| book.settings.facebook_pixel_enabled)
    else {
        return Ok(Vec::new());
    };
    let parts = match known_parts(conn, book, placed)? {
        Some(parts) => parts,
        None => decide_visit(conn, book, placed.visitor, now)?
            .credits
            .into_iter()
            .map(|credit| Part {
                affiliate: credit.affiliate,
                sales: placed.total,
                commission: None,
                click: credit.click,
            })
            .collect(),
    };
    let page = front_page(book);
    let event_id = purchase_id(placed.order);
    let mut hits = Vec::new();
    for part in parts {
        let fbc = click_signal(conn, book, part.click)?;
        for pixel in live_pixels(conn, book, &[part.affiliate], PixelEvent::Purchase)? {
            let Ok(number) = PixelNumber::parse(&pixel.number) else { continue };
            let value = match rules.value(&pixel.choice.0) {
                PurchaseValue::Order => part.sales,
                PurchaseValue::Commission => part.commission,
            };
            let purchase = Purchase { order: placed.order, value, products: Vec::new() };
            let url = Hit {
                pixel: &number,
                event: PixelEvent::Purchase,
                event_id: &event_id,
                page: &page,
                at: now,
                fbc: fbc.as_deref(),
                manner,
                purchase: Some(&purchase),
            }
            .url();
            hits.push(ReadyHit { pixel: number.as_str().to_owned(), url });
        }
    }
    Ok(hits)
}

/// One affiliate's part of an order.
struct Part {
    affiliate: AffiliateId,
    sales: Option<Money>,
    commission: Option<Money>,
    click: Option<ClickId>,
}

/// The parts of an order that was settled already; none while it was not. A browser hears of it only
/// if the token that it showed belongs to one of the clicks, or to nobody's: otherwise somebody asks
/// about another visitor's order.
fn known_parts(
    conn: &mut DbConn,
    book: &ShopBook,
    placed: &PlacedOrder<'_>,
) -> Result<Option<Vec<Part>>, StorageError> {
    let known: Option<Order> = orders::order_by_shopify_id(conn, book.shop, placed.order)?;
    let Some(order) = known.filter(|order| order.decision.is_some()) else { return Ok(None) };
    let rows = conversions::conversions_of_orders(conn, book.shop, &[order.id])?;
    let mut parts = Vec::new();
    for row in rows.iter().filter(|row| is_credit(row)) {
        let click = match row.click_id {
            Some(id) => click_by_id(conn, book.shop, id)?,
            None => None,
        };
        if click.is_some_and(|click| click.visitor != placed.visitor) {
            continue;
        }
        parts.push(Part {
            affiliate: row.affiliate_id,
            sales: Some(Money::new(row.sales_minor, row.currency)),
            commission: Some(Money::new(row.commission_minor, row.currency)),
            click: row.click_id,
        });
    }
    Ok(Some(parts))
}

fn is_credit(row: &ConversionRow) -> bool {
    !matches!(row.status.as_str(), "rejected" | "reversed")
}

/// The network's click of the visit, in the form of its cookie.
pub(super) fn click_signal(
    conn: &mut DbConn,
    book: &ShopBook,
    click: Option<ClickId>,
) -> Result<Option<String>, StorageError> {
    let Some(id) = click else { return Ok(None) };
    let Some(click) = click_by_id(conn, book.shop, id)? else { return Ok(None) };
    Ok(facebook_click(&click.entry_url).map(|found| fbc(&found, click.clicked_at)))
}

/// The shop's front page: what a pixel is told instead of a page with secrets in its address.
pub(super) fn front_page(book: &ShopBook) -> String {
    format!("https://{}/", book.domain)
}

/// Pixels of these affiliates that are switched on, approved, and listen to an event.
fn live_pixels(
    conn: &mut DbConn,
    book: &ShopBook,
    affiliates: &[AffiliateId],
    event: PixelEvent,
) -> Result<Vec<Pixel>, StorageError> {
    let mut found = pixels::pixels_of_affiliates(conn, book.shop, affiliates)?;
    let rules = &book.settings.pixels;
    found.retain(|pixel| pixel.is_live() && rules.allows(&pixel.choice.0, event));
    Ok(found)
}
