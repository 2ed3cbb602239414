//! From a row of the pixels' outbox to the exact request, and to what the log may show of it.

use std::{collections::HashMap, num::NonZeroU32, sync::LazyLock};

use domain::{
    ids::{AffiliateId, PixelId, ShopId},
    pixel::{
        Consent, Manner, PixelEvent,
        server_event::{Access, EventDetails, MASKED, Signals, request_body},
    },
    time::UtcTime,
};
use governor::{DefaultKeyedRateLimiter, Quota};
use storage::{
    DbConn, StorageError,
    browser_signals::{BrowserSignal, browser_signals_of},
    clicks::{self, Click},
    conversions,
    pixel_events::PixelEventRow,
    pixels::{self, Pixel},
};

use super::{
    enqueue_pixel_events::REFUSED,
    save_pixel::{hash_for_affiliate, stored_token},
    shop_book::{ShopBook, ShopBooks},
};
use crate::secrets::MasterKey;

/// Test events of one affiliate in a minute.
const TESTS_PER_MINUTE: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);

static TESTS: LazyLock<DefaultKeyedRateLimiter<AffiliateId>> =
    LazyLock::new(|| DefaultKeyedRateLimiter::keyed(Quota::per_minute(TESTS_PER_MINUTE)));

/// A request for the network, and its copy for the log.
#[derive(Debug, Clone)]
pub struct EventRequest {
    /// Path under the network's base address, `/<pixel>/events`.
    pub path: String,
    /// The body as it is sent.
    pub body: String,
    /// The body as the log keeps it: without token and without what browsers said.
    pub logged_body: String,
}

/// A request, or why there is none.
pub type PreparedEvent = Result<EventRequest, String>;

/// Builds the requests of claimed events, in the order given. Consent is looked at again: a visitor
/// may have taken it back since. Crosses shops: a claimed batch does.
///
/// # Errors
/// [`StorageError`].
pub fn prepare_pixel_events(
    conn: &mut DbConn,
    books: &ShopBooks,
    key: &MasterKey,
    events: &[PixelEventRow],
    now: UtcTime,
) -> Result<Vec<PreparedEvent>, StorageError> {
    let ids: Vec<PixelId> = events.iter().map(|event| event.pixel_id).collect();
    let pixels: HashMap<PixelId, Pixel> =
        pixels::pixels_by_ids(conn, &ids)?.into_iter().map(|pixel| (pixel.id, pixel)).collect();
    let signals = signals_of(conn, events)?;
    let mut prepared = Vec::with_capacity(events.len());
    for event in events {
        let book = books.of(conn, event.shop_id)?;
        let click = click_of(conn, event)?;
        let said = Said::about(event, &signals, click.as_ref());
        let pixel = pixels.get(&event.pixel_id);
        prepared.push(prepare(&book, key, event, pixel, &said, now));
    }
    Ok(prepared)
}

/// A page view that an affiliate sends to its own pixel, to see whether token and test code are right.
#[must_use]
pub fn test_request(
    pixel: &Pixel,
    token: &str,
    details: &EventDetails,
    signals: &Signals<'_>,
    now: UtcTime,
) -> EventRequest {
    let event_id = format!("test-{}", now.micros());
    let test_code = pixel.test_code.as_deref();
    let body = |token: &str| {
        let access = Access { token, test_code };
        request_body(PixelEvent::PageView, &event_id, details, signals, Manner::Full, access)
    };
    EventRequest {
        path: format!("/{}/events", pixel.number),
        body: body(token),
        logged_body: body(MASKED),
    }
}

/// Counts one test of an affiliate; false when there were too many within a minute.
#[must_use]
pub fn may_test(affiliate: AffiliateId) -> bool {
    TESTS.check_key(&affiliate).is_ok()
}

/// What is known of the visitor's browser.
#[derive(Debug, Default)]
struct Said<'a> {
    consent: Option<i64>,
    user_agent: Option<&'a str>,
    fbp: Option<&'a str>,
    fbc: Option<&'a str>,
}

impl<'a> Said<'a> {
    fn about(
        event: &PixelEventRow,
        signals: &'a HashMap<(ShopId, String), BrowserSignal>,
        click: Option<&'a Click>,
    ) -> Self {
        let of = |subject: &str| signals.get(&(event.shop_id, subject.to_owned()));
        let at_checkout =
            of(&event.order_subject).or_else(|| event.visitor_subject.as_deref().and_then(of));
        Self {
            consent: at_checkout
                .map(|signal| signal.consent)
                .or(click.and_then(|click| click.consent)),
            user_agent: at_checkout
                .and_then(|signal| signal.user_agent.as_deref())
                .or(click.and_then(|click| click.user_agent.as_deref())),
            fbp: at_checkout.and_then(|signal| signal.fbp.as_deref()),
            fbc: at_checkout.and_then(|signal| signal.fbc.as_deref()),
        }
    }
}

fn prepare(
    book: &ShopBook,
    key: &MasterKey,
    event: &PixelEventRow,
    pixel: Option<&Pixel>,
    said: &Said<'_>,
    now: UtcTime,
) -> PreparedEvent {
    if !book.settings.facebook_pixel_enabled {
        return Err("pixels are switched off".to_owned());
    }
    let pixel = pixel.ok_or("the pixel was removed")?;
    if !pixel.is_live() {
        return Err("the pixel is switched off or not approved".to_owned());
    }
    if event.details.0.is_too_old(now) {
        return Err("the network takes no events older than seven days".to_owned());
    }
    let consent = Consent::from_bits(said.consent.unwrap_or_default());
    let manner = book.settings.pixels.manner(consent).ok_or(REFUSED)?;
    let name = PixelEvent::parse(&event.name).ok_or("an unknown event")?;
    let token = stored_token(key, pixel).map_err(|error| error.to_string())?;
    let token = token.ok_or("the pixel has no token")?;
    let external_id = event
        .visitor_subject
        .as_deref()
        .map(|subject| hash_for_affiliate(key, event.affiliate_id, subject));
    let signals = Signals {
        user_agent: said.user_agent,
        fbp: said.fbp,
        fbc: said.fbc.or(event.details.0.fbc.as_deref()),
        external_id: external_id.as_deref(),
    };
    let masked = Signals {
        user_agent: signals.user_agent.map(|_| MASKED),
        fbp: signals.fbp.map(|_| MASKED),
        fbc: signals.fbc.map(|_| MASKED),
        external_id: signals.external_id.map(|_| MASKED),
    };
    let test_code = pixel.test_code.as_deref();
    let body = |signals: &Signals<'_>, token: &str| {
        let access = Access { token, test_code };
        request_body(name, &event.event_id, &event.details.0, signals, manner, access)
    };
    Ok(EventRequest {
        path: format!("/{}/events", pixel.number),
        body: body(&signals, &token),
        logged_body: body(&masked, MASKED),
    })
}

fn signals_of(
    conn: &mut DbConn,
    events: &[PixelEventRow],
) -> Result<HashMap<(ShopId, String), BrowserSignal>, StorageError> {
    let mut subjects: Vec<(ShopId, String)> = events
        .iter()
        .flat_map(|event| {
            [Some(event.order_subject.clone()), event.visitor_subject.clone()]
                .into_iter()
                .flatten()
                .map(|subject| (event.shop_id, subject))
        })
        .collect();
    subjects.sort_unstable();
    subjects.dedup();
    let found = browser_signals_of(conn, &subjects)?;
    Ok(found.into_iter().map(|signal| ((signal.shop_id, signal.subject.clone()), signal)).collect())
}

/// The click that the event's conversion came from.
fn click_of(conn: &mut DbConn, event: &PixelEventRow) -> Result<Option<Click>, StorageError> {
    let Some(conversion) = event.conversion_id else { return Ok(None) };
    let row = conversions::conversion_by_id(conn, event.shop_id, conversion)?;
    match row.and_then(|row| row.click_id) {
        Some(click) => clicks::click_by_id(conn, event.shop_id, click),
        None => Ok(None),
    }
}
