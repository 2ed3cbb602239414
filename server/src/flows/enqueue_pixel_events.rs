//! From conversions to the server events of the affiliates' own pixels (N9), written by the
//! transaction that books them: there is no Purchase without a booking. Repeat-safe by the key
//! (pixel, event id), and the event id is the one that the browser's hit carries.
//!
//! Whether the visitor allowed it is decided here if a browser has said so, and else the event waits
//! until one does; without a word it is never sent.

use std::collections::HashMap;

use domain::{
    conversion::ConversionStatus,
    ids::{AffiliateId, ClickId, PixelEventId},
    pixel::{Consent, PixelEvent, PurchaseValue, purchase_id, server_event::EventDetails},
    time::UtcTime,
};
use storage::{
    Json, StorageError, WriteTx,
    browser_signals::{BrowserSignal, browser_signals_of},
    clicks::{self, Click},
    pixel_events::{PixelEventRow, PixelEventState, pixel_events_enqueue},
    pixels::{self, Pixel},
};

use super::{
    book_changes::Booking,
    shop_book::ShopBook,
    tell_pixels::{click_signal, front_page},
};

/// The reason of an event whose visitor refused.
pub const REFUSED: &str = "the visitor did not allow it";

/// Most products that an event names.
const PRODUCTS_MAX: usize = 20;

/// Enqueues the Purchases of conversions that were just booked.
///
/// # Errors
/// [`StorageError`].
pub fn enqueue_pixel_events(
    tx: &mut WriteTx<'_>,
    book: &ShopBook,
    bookings: &[Booking<'_>],
    now: UtcTime,
) -> Result<(), StorageError> {
    if !book.settings.facebook_pixel_enabled {
        return Ok(());
    }
    let told: Vec<&Booking<'_>> = bookings.iter().filter(|booking| is_first(booking)).collect();
    let affiliates: Vec<AffiliateId> = told.iter().map(|booking| booking.affiliate.id).collect();
    if affiliates.is_empty() {
        return Ok(());
    }
    let listening = listening_pixels(tx, book, &affiliates)?;
    let told: Vec<&Booking<'_>> =
        told.into_iter().filter(|booking| listening.contains_key(&booking.affiliate.id)).collect();
    if told.is_empty() {
        return Ok(());
    }
    let clicks = clicks_of(tx, book, &told)?;
    let signals = signals_of(tx, book, &told, &clicks)?;
    let mut events = Vec::new();
    for booking in told {
        let click = booking.row.click_id.and_then(|id| clicks.get(&id));
        let subjects = Subjects::of(booking, click);
        let (state, reason) = allowed(book, &subjects, &signals, click);
        for pixel in listening.get(&booking.affiliate.id).into_iter().flatten() {
            events.push(PixelEventRow {
                id: PixelEventId(tx.next_id(now)),
                shop_id: book.shop,
                pixel_id: pixel.id,
                affiliate_id: pixel.affiliate_id,
                conversion_id: Some(booking.row.id),
                event_id: purchase_id(booking.order.shopify_order_id),
                name: PixelEvent::Purchase.as_str().to_owned(),
                order_subject: subjects.order.clone(),
                visitor_subject: subjects.visitor.clone(),
                details: Json(details(tx, book, booking, pixel)?),
                state,
                reason: reason.map(ToOwned::to_owned),
                run_at: now,
                attempts: 0,
                last_status_code: None,
                created_at: now,
                finished_at: reason.map(|_| now),
            });
        }
    }
    pixel_events_enqueue(tx, &events)?;
    Ok(())
}

/// Under which names a browser may have spoken about an order.
#[derive(Debug, Clone)]
pub struct Subjects {
    /// `order:<id>`.
    pub order: String,
    /// `visitor:<key>`.
    pub visitor: Option<String>,
}

impl Subjects {
    fn of(booking: &Booking<'_>, click: Option<&Click>) -> Self {
        Self {
            order: order_subject(booking.order.shopify_order_id),
            visitor: click.map(|click| visitor_subject(&click.visitor)),
        }
    }
}

/// A browser's subject that is an order.
#[must_use]
pub fn order_subject(order: domain::ids::ShopifyId) -> String {
    format!("order:{order}")
}

/// A browser's subject that is a visitor.
#[must_use]
pub fn visitor_subject(visitor: &str) -> String {
    format!("visitor:{visitor}")
}

/// Booked now, and not before: the one moment at which a Purchase is told. Of a buyer who was forgotten
/// nothing is told any more.
fn is_first(booking: &Booking<'_>) -> bool {
    if booking.order.state.0.buyer_forgotten {
        return false;
    }
    let is_booked = |status: ConversionStatus| match status {
        ConversionStatus::Pending
        | ConversionStatus::Approved
        | ConversionStatus::Payable
        | ConversionStatus::Paid => true,
        ConversionStatus::Recorded
        | ConversionStatus::Rejected
        | ConversionStatus::OnHold
        | ConversionStatus::Reversed => false,
    };
    let was_booked = booking.before.as_ref().is_some_and(|before| is_booked(before.status));
    is_booked(booking.change.conversion.status) && !was_booked
}

/// Live pixels with a token that hear Purchases.
fn listening_pixels(
    tx: &mut WriteTx<'_>,
    book: &ShopBook,
    affiliates: &[AffiliateId],
) -> Result<HashMap<AffiliateId, Vec<Pixel>>, StorageError> {
    let rules = &book.settings.pixels;
    let mut listening: HashMap<AffiliateId, Vec<Pixel>> = HashMap::new();
    for pixel in pixels::pixels_of_affiliates(tx, book.shop, affiliates)? {
        let hears = rules.allows(&pixel.choice.0, PixelEvent::Purchase);
        if pixel.is_live() && pixel.access_token.is_some() && hears {
            listening.entry(pixel.affiliate_id).or_default().push(pixel);
        }
    }
    Ok(listening)
}

fn clicks_of(
    tx: &mut WriteTx<'_>,
    book: &ShopBook,
    told: &[&Booking<'_>],
) -> Result<HashMap<ClickId, Click>, StorageError> {
    let ids: Vec<ClickId> = told.iter().filter_map(|booking| booking.row.click_id).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let found = clicks::clicks_by_ids(tx, book.shop, &ids)?;
    Ok(found.into_iter().map(|click| (click.id, click)).collect())
}

fn signals_of(
    tx: &mut WriteTx<'_>,
    book: &ShopBook,
    told: &[&Booking<'_>],
    clicks: &HashMap<ClickId, Click>,
) -> Result<HashMap<String, BrowserSignal>, StorageError> {
    let subjects: Vec<_> = told
        .iter()
        .flat_map(|booking| {
            let click = booking.row.click_id.and_then(|id| clicks.get(&id));
            let subjects = Subjects::of(booking, click);
            [Some(subjects.order), subjects.visitor]
        })
        .flatten()
        .map(|subject| (book.shop, subject))
        .collect();
    let found = browser_signals_of(tx, &subjects)?;
    Ok(found.into_iter().map(|signal| (signal.subject.clone(), signal)).collect())
}

/// Whether the event may be sent, as far as browsers have spoken: the checkout's word counts more
/// than the visit's. The network wants a user agent, so an event without one waits too.
fn allowed(
    book: &ShopBook,
    subjects: &Subjects,
    signals: &HashMap<String, BrowserSignal>,
    click: Option<&Click>,
) -> (PixelEventState, Option<&'static str>) {
    let spoken = signals
        .get(&subjects.order)
        .or_else(|| subjects.visitor.as_ref().and_then(|visitor| signals.get(visitor)));
    let bits = spoken.map(|signal| signal.consent).or(click.and_then(|click| click.consent));
    let has_agent = spoken.is_some_and(|signal| signal.user_agent.is_some())
        || click.is_some_and(|click| click.user_agent.is_some());
    match bits.map(|bits| book.settings.pixels.manner(Consent::from_bits(bits))) {
        Some(None) => (PixelEventState::NotSent, Some(REFUSED)),
        Some(Some(_)) if has_agent => (PixelEventState::Due, None),
        Some(Some(_)) | None => (PixelEventState::Waiting, None),
    }
}

fn details(
    tx: &mut WriteTx<'_>,
    book: &ShopBook,
    booking: &Booking<'_>,
    pixel: &Pixel,
) -> Result<EventDetails, StorageError> {
    let conversion = &booking.change.conversion;
    let minor = match book.settings.pixels.value(&pixel.choice.0) {
        PurchaseValue::Order => conversion.sales_minor,
        PurchaseValue::Commission => conversion.commission_minor,
    };
    let lines = booking.order.state.0.snapshot.as_ref().map(|snapshot| &snapshot.lines);
    let mut products: Vec<String> = lines
        .into_iter()
        .flatten()
        .filter_map(|line| line.product_id)
        .map(|id| id.to_string())
        .collect();
    products.dedup();
    products.truncate(PRODUCTS_MAX);
    Ok(EventDetails {
        at_seconds: booking.order.ordered_at.unix_seconds(),
        page: front_page(book),
        fbc: click_signal(tx, book, booking.row.click_id)?,
        value: None,
        currency: conversion.currency.as_str().to_owned(),
        order_id: booking.order.shopify_order_id.to_string(),
        product_ids: products,
    }
    .set_value(minor, conversion.currency))
}
