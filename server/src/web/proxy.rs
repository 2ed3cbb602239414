//! Storefront requests that Shopify forwards (app proxy): the click report. The signature proves the
//! shop; the body is a visitor's, so it may say anything.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use shopify::app_proxy::verify_proxy;

use super::webhooks::ShopIds;
use crate::{
    app::App,
    error::AppError,
    flows::record_click::{Recorded, Visit, record_click},
};

/// Longest click report that is read.
pub const REPORT_BYTES_MAX: usize = 8 * 1024;

/// What the storefront reports about a page view that a link brought.
#[derive(Debug, Deserialize)]
pub struct ClickReport {
    /// The page, with its query.
    url: String,
    /// The page before it.
    #[serde(default)]
    referrer: Option<String>,
    /// The token that the browser has from an earlier visit.
    #[serde(default)]
    token: Option<String>,
}

/// What the storefront writes into the cart.
#[derive(Debug, Serialize)]
struct ClickAnswer {
    token: Option<String>,
}

/// Records a click and answers with the token for the cart; null when the link names nobody.
///
/// # Errors
/// [`AppError`] for a request that Shopify did not forward, or that cannot be stored.
pub async fn click(
    request: HttpRequest,
    report: web::Json<ClickReport>,
    app: web::Data<App>,
    shop_ids: web::Data<ShopIds>,
) -> Result<HttpResponse, AppError> {
    let now = app.clock.now();
    let proven = verify_proxy(request.query_string(), &app.app_secrets, now)
        .map_err(|_refused| AppError::Unauthorized("The request was not forwarded by Shopify."))?;
    let shop = shop_ids.of(&app, &proven.shop, now).await?;
    let known = report.token.as_deref();
    let visitor = known
        .and_then(|token| app.visit_tokens.visitor(shop, token, now))
        .unwrap_or_else(|| uuid::Uuid::now_v7().to_string());
    let visit = Visit {
        entry_url: report.url.clone(),
        visitor: visitor.clone(),
        referrer: report.referrer.clone().filter(|referrer| !referrer.is_empty()),
        ip_truncated: forwarded_for(&request),
    };
    let books = std::sync::Arc::clone(&app.books);
    let recorded = app
        .storage
        .write(move |tx| {
            let book = books.of(tx, shop)?;
            record_click(tx, &book, &visit, now)
        })
        .await?;
    let token = match recorded {
        Recorded::Click(..) | Recorded::Reload(..) => {
            Some(app.visit_tokens.sign(shop, &visitor, now))
        }
        Recorded::Nobody => None,
    };
    Ok(HttpResponse::Ok().json(ClickAnswer { token }))
}

/// The visitor's address as Shopify forwards it, with its last part taken off.
fn forwarded_for(request: &HttpRequest) -> Option<String> {
    let header = request.headers().get("x-forwarded-for")?.to_str().ok()?;
    truncate_address(header.split(',').next()?.trim())
}

/// IPv4 without its last octet, IPv6 with its first three groups (domain rules, section 5).
fn truncate_address(text: &str) -> Option<String> {
    match text.parse().ok()? {
        std::net::IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            Some(format!("{a}.{b}.{c}.0"))
        }
        std::net::IpAddr::V6(ip) => {
            let [a, b, c, ..] = ip.segments();
            Some(format!("{a:x}:{b:x}:{c:x}::"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lose_what_tells_one_person_from_the_next() {
        assert_eq!(truncate_address("203.0.113.77").as_deref(), Some("203.0.113.0"));
        assert_eq!(truncate_address("2001:db8:1:2::3").as_deref(), Some("2001:db8:1::"));
        assert_eq!(truncate_address("not an address"), None);
    }
}
