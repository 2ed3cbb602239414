//! The admin's pages as Shopify loads them: what becomes of a request that proves no session
//! (shopify.md 1.7), which parameters are Shopify's own, the access token that the first page brings
//! (`connect`), and the way out of the frame (`leave`).
//! Not here: the proof itself (`auth`), the page that fetches a new token (`admin::bounce`).

use actix_web::{
    Error, HttpMessage, HttpRequest, HttpResponse, ResponseError,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::{
        Method,
        header::{ACCESS_CONTROL_MAX_AGE, HeaderName, HeaderValue, USER_AGENT},
    },
    middleware::Next,
};
use domain::{bot::is_bot, time::UtcTime};
use shopify::shop_domain::{AdminHost, ShopDomain};
use url::form_urlencoded;

use super::{
    auth::{BOUNCE_PATH, redirect},
    forms::Fields,
    pages::Framing,
};
use crate::{app::App, error::AppError};

pub mod connect;
pub mod leave;

/// What Shopify adds to the address of an embedded page. It means something to this one load only, so
/// no link of ours carries it on.
pub const PLATFORM_PARAMETERS: [&str; 12] = [
    "appLoadId",
    BOUNCED,
    "embedded",
    "hmac",
    "host",
    "id_token",
    "link_source",
    "locale",
    "protocol",
    "session",
    "shop",
    "timestamp",
];

/// When the page asked for was sent to the bounce page, in Unix seconds.
const BOUNCED: &str = "bounced";
/// A token that is refused so soon after it was fetched will be refused again.
const BOUNCE_SECONDS: u64 = 20;
/// App Bridge repeats a fetch once, with a new token, when it sees this header.
const RETRY_HEADER: HeaderName = HeaderName::from_static("x-shopify-retry-invalid-session-request");
/// Shopify's own apps on phones and tills, which call themselves by names that crawlers use too.
const SHOPIFY_APPS: [&str; 2] = ["Shopify POS/", "Shopify Mobile/"];
/// How long a browser may remember the answer to its question about a method, in seconds.
const OPTIONS_SECONDS: &str = "7200";

/// Where a document goes that cannot be shown without a session.
#[derive(Debug, PartialEq, Eq)]
enum Way {
    /// To App Bridge, which fetches a token and comes back.
    Bounce(ShopDomain),
    /// Into the admin, which opens the app in its frame.
    Admin(String),
    /// Nobody knows whose admin is meant.
    Nowhere,
}

/// The answer to a request for the admin without a valid session token: a document inside the admin
/// goes to the bounce page, one outside goes into the admin, a fetch is told to come again.
#[must_use]
pub fn refusal(app: &App, request: &HttpRequest, has_bearer: bool) -> Error {
    if has_bearer || !is_document(request) {
        return come_again();
    }
    if is_crawler(request) {
        return AppError::OutsideAdmin.into();
    }
    let query = Fields::of_whole_query(request);
    match way(&query, request.path(), &app.settings.shopify_api_key) {
        Way::Bounce(shop) if has_just_bounced(&query, app.clock.now()) => {
            let api_key = app.settings.shopify_api_key.clone();
            let framing = Framing::Admin { shop: shop.as_str().to_owned(), api_key };
            request.extensions_mut().insert(framing);
            REFUSED_TWICE.into()
        }
        Way::Bounce(_) => redirect(&bounce_address(&query, request.path(), app.clock.now())),
        Way::Admin(address) => redirect(&address),
        Way::Nowhere if app.is_demo => NO_SESSION.into(),
        Way::Nowhere => AppError::OutsideAdmin.into(),
    }
}

const NO_SESSION: AppError =
    AppError::Unauthorized("Open the app from your Shopify admin; this session has ended.");
const REFUSED_TWICE: AppError = AppError::Unauthorized(
    "Shopify's proof of who you are was refused twice. Reload the page. If it stays, the app's \
     client secret or the clock of its server is wrong: tell whoever runs it.",
);

/// Whether the address named itself after a program that reads the web. One that holds a session
/// token is never asked.
#[must_use]
pub fn is_crawler(request: &HttpRequest) -> bool {
    let agent = request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok());
    agent.is_some_and(|agent| {
        is_bot(agent) && !SHOPIFY_APPS.iter().any(|known| agent.contains(known))
    })
}

/// Middleware of the admin's routes: answers browsers that ask what they may send.
///
/// # Errors
/// What the wrapped service fails with.
pub async fn answer_options(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if request.method() == Method::OPTIONS {
        let answer = HttpResponse::NoContent()
            .insert_header((ACCESS_CONTROL_MAX_AGE, OPTIONS_SECONDS))
            .finish();
        return Ok(request.into_response(answer));
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

/// A page that a browser opens, not one that a script asks for. Old browsers do not say.
fn is_document(request: &HttpRequest) -> bool {
    let mode = request.headers().get("sec-fetch-mode");
    matches!(*request.method(), Method::GET | Method::HEAD)
        && mode.is_none_or(|mode| mode == "navigate")
}

fn come_again() -> Error {
    let mut refused = NO_SESSION.error_response();
    refused.headers_mut().insert(RETRY_HEADER, HeaderValue::from_static("1"));
    InternalError::from_response(NO_SESSION.to_string(), refused).into()
}

fn way(query: &Fields, path: &str, client_id: &str) -> Way {
    let shop = ShopDomain::parse(query.value("shop")).ok();
    let host = AdminHost::parse(query.value("host")).ok();
    match (query.value("embedded") == "1", shop, host) {
        (true, Some(shop), Some(_)) => Way::Bounce(shop),
        // Inside a frame the admin would refuse to be shown.
        (true, _, _) => Way::Nowhere,
        (false, shop, host) => match host.or_else(|| shop.as_ref().map(AdminHost::of_shop)) {
            Some(host) => Way::Admin(host.app_url(client_id, &own_address(query, path))),
            None => Way::Nowhere,
        },
    }
}

/// The page asked for, without what only Shopify's load meant.
fn own_address(query: &Fields, path: &str) -> String {
    let kept = query.without(&PLATFORM_PARAMETERS).query_with("", "");
    if kept.is_empty() { path.to_owned() } else { format!("{path}?{kept}") }
}

fn bounce_address(query: &Fields, path: &str, now: UtcTime) -> String {
    let kept = query.without(&["id_token", BOUNCED, "shopify-reload"]);
    let back = kept.query_with(BOUNCED, &now.unix_seconds().to_string());
    let back: String =
        form_urlencoded::byte_serialize(format!("{path}?{back}").as_bytes()).collect();
    format!("{BOUNCE_PATH}?{}&shopify-reload={back}", kept.query_with("", ""))
}

/// Stops the loop that a wrong secret or clock would lead to.
fn has_just_bounced(query: &Fields, now: UtcTime) -> bool {
    let at = query.value(BOUNCED).parse::<i64>();
    at.is_ok_and(|at| now.unix_seconds().abs_diff(at) < BOUNCE_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "YWRtaW4uc2hvcGlmeS5jb20vc3RvcmUvZGVtbw";

    fn way_of(query: &str) -> Way {
        way(&Fields::read(query.as_bytes()), "/admin/orders", "id")
    }

    #[test]
    fn s11_09_every_document_without_a_session_has_one_way() {
        let shop = ShopDomain::parse("demo.myshopify.com").unwrap();
        let admin = |path: &str| {
            Way::Admin(format!("https://admin.shopify.com/store/demo/apps/id/admin/orders{path}"))
        };
        for (query, expected) in [
            (format!("embedded=1&shop=demo.myshopify.com&host={HOST}"), Way::Bounce(shop)),
            (format!("embedded=1&shop=demo.myshopify.com.evil.example&host={HOST}"), Way::Nowhere),
            ("embedded=1&shop=demo.myshopify.com".to_owned(), Way::Nowhere),
            (format!("host={HOST}&hmac=0&timestamp=1&status=paid"), admin("?status=paid")),
            ("shop=demo.myshopify.com&id_token=x".to_owned(), admin("")),
            ("shop=evil.example&host=ZXZpbC5leGFtcGxl".to_owned(), Way::Nowhere),
            (String::new(), Way::Nowhere),
        ] {
            assert_eq!(way_of(&query), expected, "{query}");
        }
    }

    #[test]
    fn s11_09_the_way_back_keeps_the_query_and_notes_the_time() {
        let query = Fields::read(b"embedded=1&q=a%26b&id_token=stale&bounced=5");
        let address = bounce_address(&query, "/admin", UtcTime::default().plus_seconds(70));
        assert_eq!(
            address,
            "/auth/session-token?embedded=1&q=a%26b&shopify-reload=\
             %2Fadmin%3Fembedded%3D1%26q%3Da%2526b%26bounced%3D70"
        );
    }

    #[test]
    fn a_bounce_counts_as_just_now_for_seconds_only() {
        let at = |seconds: i64| UtcTime::default().plus_seconds(seconds);
        let query = Fields::read(b"bounced=1000");
        assert!(has_just_bounced(&query, at(1003)) && has_just_bounced(&query, at(998)));
        assert!(!has_just_bounced(&query, at(1020)));
        assert!(!has_just_bounced(&Fields::read(b"bounced=soon"), at(0)));
    }
}
