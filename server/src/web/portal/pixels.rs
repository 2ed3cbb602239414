//! The affiliate's own pixels: the list with what the server sent. Not here: the form of one
//! (`pixels::editor`).

use actix_web::{HttpRequest, HttpResponse};
use domain::{
    ids::PixelEventId,
    pixel::{PIXELS_MAX, PixelEvent},
    time::readable_millis,
};
use storage::{
    StorageError,
    pixel_events::{
        PixelAttempt, PixelEventRow, PixelEventState, pixel_attempts_of, pixel_event_page,
    },
    pixels::{Approval, Pixel},
};

use crate::{
    error::AppError,
    flows::save_pixel::{PixelOwner, own_pixels},
    web::{
        auth::PortalAffiliate,
        display::{Zone, attempt_badge, badge, sentence, sentence_start},
        forms::Fields,
        view::{
            parts::{Badge, Notice, Pager, Tone},
            portal::{
                Section,
                pixels::{EventRow, PixelRow, PixelsPage, TryRow},
            },
        },
    },
};

pub mod editor;

/// Events on one page.
const EVENTS: usize = 25;
/// Requests of one page of events.
const TRIES_MAX: i64 = 500;

/// `GET {base}/pixels`.
///
/// # Errors
/// [`AppError`]; not found while pixels are off (U10).
pub async fn page(who: PortalAffiliate, request: HttpRequest) -> Result<HttpResponse, AppError> {
    who.needs_pixels()?;
    let query = Fields::of_query(&request);
    let before = query.value("before").parse().ok().map(PixelEventId);
    let owner = owner_of(&who);
    let limit = i64::try_from(EVENTS).unwrap_or(i64::MAX).saturating_add(1);
    let (pixels, mut events, tries) = who
        .app
        .storage
        .read(move |conn| {
            let pixels = own_pixels(conn, owner)?;
            let events = pixel_event_page(conn, owner.shop, owner.affiliate, before, limit)?;
            let ids: Vec<PixelEventId> = events.iter().map(|event| event.id).collect();
            let tries = pixel_attempts_of(conn, owner.shop, &ids, TRIES_MAX)?;
            Ok::<_, StorageError>((pixels, events, tries))
        })
        .await?;
    let has_more = events.len() > EVENTS;
    events.truncate(EVENTS);
    let older = events.last().filter(|_| has_more);
    let pager = Pager {
        newer: before.map(|_| format!("{}/pixels", who.base())),
        older: older.map(|event| format!("{}/pixels?before={}", who.base(), event.id)),
    };
    let page = PixelsPage {
        frame: who.frame(Section::Pixels, done_notice(&query)),
        is_full: pixels.len() >= PIXELS_MAX,
        events: events.iter().map(|event| event_row(event, &pixels, &tries, &who.zone)).collect(),
        pixels: pixels.iter().map(row).collect(),
        pager,
    };
    who.show(page)
}

/// Whose pixels these pages are about.
#[must_use]
pub fn owner_of(who: &PortalAffiliate) -> PixelOwner {
    PixelOwner { shop: who.shop.id, affiliate: who.affiliate.id }
}

/// What was just done, from a closed list of words in the address.
fn done_notice(query: &Fields) -> Option<Notice> {
    let text = match query.value("done") {
        "saved" => "Saved.",
        "removed" => "Removed. Nothing is sent to it any more.",
        _ => return None,
    };
    Some(Notice { tone: Tone::Good, text: text.to_owned() })
}

fn row(pixel: &Pixel) -> PixelRow {
    PixelRow {
        id: pixel.id.to_string(),
        number: pixel.number.clone(),
        status: pixel_badge(pixel),
        events: events_words(pixel),
        has_token: pixel.access_token.is_some(),
        is_testing: pixel.test_code.is_some(),
    }
}

/// A pixel's state in a word or two.
#[must_use]
pub fn pixel_badge(pixel: &Pixel) -> Badge {
    match (pixel.approval, pixel.is_enabled) {
        (Approval::Rejected, _) => badge("Refused by the shop", Tone::Bad),
        (Approval::Pending, _) => badge("Waits for the shop", Tone::Warning),
        (Approval::Approved, true) => badge("On", Tone::Good),
        (Approval::Approved, false) => badge("Off", Tone::Neutral),
    }
}

/// What a pixel hears, in words.
#[must_use]
pub fn events_words(pixel: &Pixel) -> String {
    let named = |event: &PixelEvent| match event {
        PixelEvent::PageView => "page views",
        PixelEvent::ViewContent => "products viewed",
        PixelEvent::AddToCart => "added to the cart",
        PixelEvent::InitiateCheckout => "checkouts begun",
        PixelEvent::Purchase => "purchases",
    };
    let words: Vec<&str> = pixel.choice.0.events.iter().map(named).collect();
    if words.is_empty() { "None".to_owned() } else { sentence_start(&words.join(", ")) }
}

fn event_row(
    event: &PixelEventRow,
    pixels: &[Pixel],
    tries: &[PixelAttempt],
    zone: &Zone,
) -> EventRow {
    let number = pixels.iter().find(|pixel| pixel.id == event.pixel_id);
    EventRow {
        name: event.name.clone(),
        event_id: event.event_id.clone(),
        number: number.map_or_else(|| "removed".to_owned(), |pixel| pixel.number.clone()),
        at: zone.moment(event.created_at),
        state: state_badge(event.state),
        reason: event.reason.as_deref().map(sentence),
        tries: tries
            .iter()
            .filter(|attempt| attempt.event_id == event.id)
            .map(|attempt| try_row(attempt, zone))
            .collect(),
    }
}

fn state_badge(state: PixelEventState) -> Badge {
    match state {
        PixelEventState::Waiting => badge("Waits for consent", Tone::Neutral),
        PixelEventState::Due => badge("Being sent", Tone::Info),
        PixelEventState::Delivered => badge("Delivered", Tone::Good),
        PixelEventState::Failed => badge("Failed", Tone::Bad),
        PixelEventState::NotSent => badge("Not sent", Tone::Neutral),
    }
}

fn try_row(attempt: &PixelAttempt, zone: &Zone) -> TryRow {
    let outcome = match attempt.status_code {
        Some(code) => {
            let tone = attempt_badge(&attempt.outcome).tone;
            badge(code.to_string(), tone)
        }
        None => badge(attempt.error.clone().unwrap_or_default(), Tone::Bad),
    };
    TryRow {
        number: attempt.number.to_string(),
        at: zone.second(attempt.at),
        outcome,
        latency: readable_millis(attempt.latency_ms),
        url: attempt.url.clone(),
        body: attempt.body.clone().unwrap_or_default(),
        response: attempt.response.clone().filter(|text| !text.is_empty()),
        next_try: attempt.next_try_at.map(|at| zone.moment(at)),
    }
}
