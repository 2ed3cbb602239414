//! Storefront requests that Shopify forwards (app proxy): visits, purchases on thank-you pages of the
//! shop's own, goals. The signature proves the shop; the body is a visitor's, so it may say anything.

use actix_web::{HttpRequest, HttpResponse, web};
use domain::{
    ids::{ClickId, ShopId},
    link::{CartVisit, EntryLink},
    pixel::{Consent, PixelEvent},
    time::{DAY_S, UtcTime},
};
use serde::{Deserialize, Serialize};
use shopify::app_proxy::verify_proxy;
use storage::StorageError;

use super::{
    pixel_reports::{ReportedPurchase, answer_purchase},
    visitors::Visitor,
    webhooks::ShopIds,
};
use crate::{
    app::App,
    error::AppError,
    flows::{
        reach_goal::{CustomGoal, reach_custom_goal},
        record_click::{Recorded, Uncounted, Visit},
        tell_pixels::{PageView, VisitPixels, visit_pixels},
    },
    visits::{Report, VisitDesk},
};

/// Longest report that is read.
pub const REPORT_BYTES_MAX: usize = 8 * 1024;
/// Longest referrer that is kept.
const REFERRER_CHARS_MAX: usize = 512;

/// What the storefront reports about a page view that a link brought.
#[derive(Debug, Deserialize)]
pub struct ClickReport {
    /// Random, the same when the report is sent again.
    #[serde(default)]
    id: Option<String>,
    /// The page, with its query.
    url: String,
    /// The page before it.
    #[serde(default)]
    referrer: Option<String>,
    /// What the browser kept of earlier visits.
    #[serde(default)]
    state: Option<String>,
    /// The token alone.
    #[serde(default)]
    token: Option<String>,
    /// What the visitor allowed, in two bits. Zero: only count the visit (N20).
    #[serde(default)]
    consent: Option<i64>,
}

/// What the storefront keeps, and what it may tell now.
#[derive(Debug, Default, Serialize)]
struct ClickAnswer {
    token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<i64>,
    /// For each pixel, what stands behind `id=` in every hit of the visit.
    pixels: Vec<String>,
    /// The optional events that all of them hear, as the web pixel reads them.
    events: Vec<String>,
}

/// Records a click and answers with the token for the cart and the pixels of the affiliate; a null
/// token when the link names nobody.
///
/// # Errors
/// [`AppError`] for a request that Shopify did not forward, that comes too often, or that cannot be
/// stored.
pub async fn click(
    request: HttpRequest,
    body: web::Bytes,
    app: web::Data<App>,
    shop_ids: web::Data<ShopIds>,
    desk: web::Data<VisitDesk>,
) -> Result<HttpResponse, AppError> {
    let (shop, now) = proven_shop(&request, &app, &shop_ids).await?;
    let browser = Visitor::of(&request);
    browser.check_rate()?;
    let report: ClickReport = read(&body)?;
    let consent = report.consent.map(Consent::from_bits);
    if let Some(why) = uncounted(&browser, consent) {
        desk.record(shop, Report::Uncounted(why, EntryLink::read(&report.url))).await?;
        return Ok(HttpResponse::Ok().json(ClickAnswer::default()));
    }
    let visit = visit_of(&app, shop, &report, &browser, now);
    let seen = (visit.visitor.clone(), visit.entry_url.clone());
    let recorded = desk.record(shop, Report::Visit(visit)).await?;
    let answer = match recorded {
        Recorded::Click(landing) | Recorded::Reload(landing) => {
            let token = app.visit_tokens.sign(shop, &seen.0, now);
            let pixels = heard_by(&app, shop, seen, consent, landing.click, now).await?;
            let window = landing.window_days.saturating_mul(DAY_S);
            let expires = now.unix_seconds().saturating_add(window);
            answer_of(token, expires, pixels)
        }
        Recorded::Nobody => ClickAnswer::default(),
    };
    Ok(HttpResponse::Ok().json(answer))
}

/// Why a visit is only counted, if it is.
fn uncounted(browser: &Visitor, consent: Option<Consent>) -> Option<Uncounted> {
    if browser.is_bot() {
        return Some(Uncounted::Bot);
    }
    let is_refused = consent.is_some_and(|consent| !consent.marketing);
    is_refused.then_some(Uncounted::WithoutConsent)
}

fn visit_of(
    app: &App,
    shop: ShopId,
    report: &ClickReport,
    browser: &Visitor,
    now: UtcTime,
) -> Visit {
    let report_id = report.id.clone().filter(|id| is_report_id(id));
    let token = report.token.as_deref().or_else(|| CartVisit::read(report.state.as_deref()?).token);
    let known = token.and_then(|token| app.visit_tokens.visitor(shop, token, now));
    let is_first = known.is_none();
    let visitor = known.unwrap_or_else(|| match &report_id {
        Some(id) => app.visit_tokens.visitor_of_report(shop, id),
        None => uuid::Uuid::now_v7().to_string(),
    });
    let referrer = report.referrer.as_deref().filter(|referrer| !referrer.is_empty());
    Visit {
        is_first,
        referrer: referrer.map(|text| text.chars().take(REFERRER_CHARS_MAX).collect()),
        ip_truncated: browser.truncated_address(),
        report_id,
        consent: report.consent,
        // Only where a pixel may need it; `after_click` knows the shop, so the flow drops it there.
        user_agent: may_keep_agent(report.consent).then(|| browser.user_agent.clone()).flatten(),
        ..Visit::entering(report.url.clone(), visitor)
    }
}

/// Without consent to both, no pixel can ever need to know what the browser calls itself.
fn may_keep_agent(consent: Option<i64>) -> bool {
    consent.is_some_and(|bits| Consent::from_bits(bits).marketing)
}

/// What a browser makes up: 16 to 32 characters of URL-safe base64.
fn is_report_id(text: &str) -> bool {
    (16..=32).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}

/// The pixels that hear that a visitor saw a page; nothing is read where the shop has none switched on.
async fn heard_by(
    app: &App,
    shop: ShopId,
    (visitor, page): (String, String),
    consent: Option<Consent>,
    click: ClickId,
    now: UtcTime,
) -> Result<VisitPixels, StorageError> {
    let consent = consent.unwrap_or_else(|| Consent::from_bits(0));
    // The desk has just brought the book up to date.
    let known = app.books.known(shop).filter(|book| book.settings.facebook_pixel_enabled);
    let Some(book) = known.filter(|book| book.settings.pixels.manner(consent).is_some()) else {
        return Ok(VisitPixels::default());
    };
    app.storage
        .read(move |conn| {
            let view = PageView { visitor: &visitor, click, page: &page, consent };
            visit_pixels(conn, &book, &view, now)
        })
        .await
}

fn answer_of(token: String, expires: i64, pixels: VisitPixels) -> ClickAnswer {
    ClickAnswer {
        token: Some(token),
        expires: Some(expires),
        pixels: pixels.hits,
        events: pixels.events.iter().filter_map(|event| told_on(*event)).collect(),
    }
}

/// Shopify's name of an event and the network's.
fn told_on(event: PixelEvent) -> Option<String> {
    Some(format!("{}={}", event.browsing_name()?, event.as_str()))
}

/// A purchase on a thank-you page of the shop's own: the same as the web pixel's report.
///
/// # Errors
/// [`AppError`] as for [`click`].
pub async fn purchase(
    request: HttpRequest,
    body: web::Bytes,
    app: web::Data<App>,
    shop_ids: web::Data<ShopIds>,
) -> Result<HttpResponse, AppError> {
    let (shop, _) = proven_shop(&request, &app, &shop_ids).await?;
    let browser = Visitor::of(&request);
    browser.check_rate()?;
    let report: ReportedPurchase = read(&body)?;
    let answer = answer_purchase(&app, shop, &report, &browser).await?;
    Ok(HttpResponse::Ok().json(answer))
}

/// What the storefront reports about a goal of the merchant's own.
#[derive(Debug, Deserialize)]
pub struct GoalReport {
    /// What the browser kept of its visit.
    token: String,
    /// The goal's name.
    goal: String,
    /// What the visitor allowed.
    #[serde(default)]
    consent: i64,
}

/// A goal was reached. The answer is the same whether it counts or not.
///
/// # Errors
/// [`AppError`] as for [`click`].
pub async fn goal(
    request: HttpRequest,
    body: web::Bytes,
    app: web::Data<App>,
    shop_ids: web::Data<ShopIds>,
) -> Result<HttpResponse, AppError> {
    let (shop, now) = proven_shop(&request, &app, &shop_ids).await?;
    let browser = Visitor::of(&request);
    browser.check_rate()?;
    let report: GoalReport = read(&body)?;
    let token = CartVisit::read(&report.token).token;
    let visitor = token.and_then(|token| app.visit_tokens.visitor(shop, token, now));
    let is_allowed = Consent::from_bits(report.consent).marketing && !browser.is_bot();
    if let (Some(visitor), true) = (visitor, is_allowed) {
        let reached = CustomGoal { visitor, slug: report.goal.clone() };
        let books = std::sync::Arc::clone(&app.books);
        app.storage
            .write(move |tx| {
                let book = books.of(tx, shop)?;
                reach_custom_goal(tx, &book, &reached, now)
            })
            .await?;
    }
    Ok(HttpResponse::NoContent().finish())
}

/// A report, whatever the browser calls it: a beacon can only send plain text. Read after the signature is
/// checked, so that a stranger learns nothing from it.
fn read<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, AppError> {
    serde_json::from_slice(body)
        .map_err(|_bad| AppError::BadRequest("The report is not readable.".to_owned()))
}

/// The shop that Shopify's signature names.
async fn proven_shop(
    request: &HttpRequest,
    app: &App,
    shop_ids: &ShopIds,
) -> Result<(ShopId, UtcTime), AppError> {
    let now = app.clock.now();
    let proven = verify_proxy(request.query_string(), &app.app_secrets, now)
        .map_err(|_refused| AppError::Unauthorized("The request was not forwarded by Shopify."))?;
    Ok((shop_ids.of(app, &proven.shop, now).await?, now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_id_is_long_and_plain() {
        assert!(is_report_id("abcdefghijklmnop"));
        for bad in ["", "short", "with space in it now", &"x".repeat(33)] {
            assert!(!is_report_id(bad), "{bad}");
        }
    }
}
