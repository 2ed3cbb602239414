//! `POST /pixel/purchase`: the web pixel extension tells from its sandbox that an order was placed,
//! and gets the addresses that it may fetch. Anybody can call this; it answers only for a token that
//! we signed for the shop, and only with addresses of the advertising network.

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::header::{
        ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
        ACCESS_CONTROL_MAX_AGE, CACHE_CONTROL,
    },
    web,
};
use domain::{
    ids::{ShopId, ShopifyId},
    link::CartVisit,
    money::{Currency, Money},
    pixel::{Consent, address::is_token},
};
use serde::{Deserialize, Serialize};
use shopify::shop_domain::ShopDomain;
use storage::{StorageError, shops::shop_by_domain};

use super::visitors::Visitor;
use crate::{
    app::App,
    error::AppError,
    flows::{
        report_purchase::{PurchaseReport, report_purchase},
        tell_pixels::{PlacedOrder, ReadyHit, purchase_pixels},
    },
};

/// Longest report that is read.
pub const PURCHASE_BYTES_MAX: usize = 8 * 1024;

/// What a browser reports about an order.
#[derive(Debug, Deserialize)]
pub struct ReportedPurchase {
    /// The shop's domain; the app proxy proves it instead.
    #[serde(default)]
    shop: Option<String>,
    /// What the browser kept of its visit: a token, or the state that holds one.
    #[serde(default)]
    token: String,
    /// The order's id, a number or the end of an address of Shopify's; unknown at times.
    #[serde(default)]
    order: Option<serde_json::Value>,
    /// The total as the buyer saw it: `90.00`, as text or number, or Shopify's object of an amount and
    /// its currency.
    #[serde(default)]
    total: Option<serde_json::Value>,
    /// The currency, where the total does not say it.
    #[serde(default)]
    currency: Option<String>,
    /// What the visitor allowed, in two bits.
    #[serde(default)]
    consent: i64,
    /// The network's browser cookie.
    #[serde(default)]
    fbp: Option<String>,
    /// The network's click cookie.
    #[serde(default)]
    fbc: Option<String>,
}

/// What may be fetched.
#[derive(Debug, Default, Serialize)]
pub struct PurchaseAnswer {
    pixels: Vec<ReadyPixel>,
}

/// One pixel's address.
#[derive(Debug, Serialize)]
struct ReadyPixel {
    id: String,
    url: String,
}

/// A purchase from the sandbox. Its content type is `text/plain`, so that no browser asks first.
///
/// # Errors
/// [`AppError`] for a body that is no report, for too many of them, and when nothing can be stored.
pub async fn purchase(
    request: HttpRequest,
    body: web::Bytes,
    app: web::Data<App>,
) -> Result<HttpResponse, AppError> {
    let browser = Visitor::of_direct(&request);
    browser.check_rate()?;
    let report: ReportedPurchase = serde_json::from_slice(&body)
        .map_err(|_bad| AppError::BadRequest("The report is not readable.".to_owned()))?;
    let named = report.shop.as_deref().and_then(|name| ShopDomain::parse(name).ok());
    let domain = named.ok_or(AppError::NotFound)?.as_str().to_owned();
    let found = app.storage.read(move |conn| shop_by_domain(conn, &domain)).await?;
    let shop = found.filter(|shop| shop.uninstalled_at.is_none()).ok_or(AppError::NotFound)?;
    let answer = answer_purchase(&app, shop.id, &report, &browser).await?;
    Ok(open(&mut HttpResponse::Ok()).json(answer))
}

/// What a browser asks before it sends anything but plain text.
pub async fn preflight() -> HttpResponse {
    let mut answer = HttpResponse::NoContent();
    answer
        .insert_header((ACCESS_CONTROL_ALLOW_METHODS, "POST"))
        .insert_header((ACCESS_CONTROL_ALLOW_HEADERS, "content-type"))
        .insert_header((ACCESS_CONTROL_MAX_AGE, "86400"));
    std::future::ready(open(&mut answer).finish()).await
}

/// The sandbox has an opaque origin, which only `*` allows; no cookie or secret is involved.
fn open(answer: &mut HttpResponseBuilder) -> &mut HttpResponseBuilder {
    answer
        .insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .insert_header((CACHE_CONTROL, "no-store"))
}

/// Keeps what the browser said and answers which pixels may hear of the order.
///
/// # Errors
/// [`StorageError`].
pub async fn answer_purchase(
    app: &App,
    shop: ShopId,
    report: &ReportedPurchase,
    browser: &Visitor,
) -> Result<PurchaseAnswer, StorageError> {
    let now = app.clock.now();
    let books = std::sync::Arc::clone(&app.books);
    let book = app.storage.read(move |conn| books.of(conn, shop)).await?;
    if !book.settings.facebook_pixel_enabled || browser.is_bot() {
        return Ok(PurchaseAnswer::default());
    }
    let token = CartVisit::read(&report.token).token;
    let visitor = token.and_then(|token| app.visit_tokens.visitor(shop, token, now));
    let order = report.order.as_ref().and_then(order_id);
    if visitor.is_none() && order.is_none() {
        return Ok(PurchaseAnswer::default());
    }
    let consent = Consent::from_bits(report.consent);
    let said = PurchaseReport {
        shop,
        order,
        visitor: visitor.clone(),
        consent: consent.bits(),
        user_agent: browser.user_agent.clone(),
        fbp: report.fbp.clone().filter(|text| is_token(text)),
        fbc: report.fbc.clone().filter(|text| is_token(text)),
    };
    app.storage.write(move |tx| report_purchase(tx, &said, now)).await?;
    let (Some(visitor), Some(order)) = (visitor, order) else {
        return Ok(PurchaseAnswer::default());
    };
    let total = total_of(report);
    let hits = app
        .storage
        .read(move |conn| {
            let placed = PlacedOrder { order, visitor: &visitor, total, consent };
            purchase_pixels(conn, &book, &placed, now)
        })
        .await?;
    let ready = |hit: ReadyHit| ReadyPixel { id: hit.pixel, url: hit.url };
    Ok(PurchaseAnswer { pixels: hits.into_iter().map(ready).collect() })
}

/// The digits at the end of what Shopify calls the order: a number, its text, or
/// `gid://shopify/OrderIdentity/123`.
fn order_id(value: &serde_json::Value) -> Option<ShopifyId> {
    let text = text_of(value)?;
    let digits = text.rsplit('/').next()?;
    digits.parse().ok().map(ShopifyId)
}

fn text_of(value: &serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::Number(number) => Some(number.to_string()),
        serde_json::Value::String(text) => Some(text.clone()),
        _ => None,
    }
}

fn total_of(report: &ReportedPurchase) -> Option<Money> {
    let said = report.total.as_ref()?;
    let currency = said.get("currencyCode").and_then(|code| code.as_str());
    let currency = Currency::parse(currency.or(report.currency.as_deref())?).ok()?;
    let amount = text_of(said.get("amount").unwrap_or(said))?;
    let total = Money::parse(&amount, currency).ok()?;
    (total.minor >= 0).then_some(total)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_total_is_read_from_the_page_and_from_the_sandbox() {
        let total = |report| total_of(&serde_json::from_value(report).unwrap());
        let ninety = Some(Money::new(9_000, Currency::USD));
        assert_eq!(total(json!({"total": "90.00", "currency": "USD"})), ninety);
        assert_eq!(total(json!({"total": {"amount": 90.0, "currencyCode": "USD"}})), ninety);
        for none in [json!({}), json!({"total": "90"}), json!({"total": {}, "currency": "USD"})] {
            assert_eq!(total(none.clone()), None, "{none}");
        }
    }

    #[test]
    fn an_order_is_a_number_however_shopify_writes_it() {
        for value in [json!(5_678), json!("5678"), json!("gid://shopify/OrderIdentity/5678")] {
            assert_eq!(order_id(&value), Some(ShopifyId(5_678)), "{value}");
        }
        for none in [json!(null), json!(""), json!("abc"), json!([1]), json!(-1), json!(1.5)] {
            assert_eq!(order_id(&none), None, "{none}");
        }
    }
}
