//! Answers with HTML: the headers that go with every page, redirects, and pages for what went wrong.

use actix_web::{
    Error, HttpMessage, HttpRequest, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        StatusCode,
        header::{
            ACCEPT, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, LINK, LOCATION,
            REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
        },
    },
    middleware::Next,
};
use anyhow::Context as _;

use super::view::{
    Page,
    problem::{Problem, ProblemPage},
};
use crate::error::AppError;

/// Lets browsers fetch App Bridge before they have read the page.
const APP_BRIDGE_LINK: &str = "<https://cdn.shopify.com>; rel=\"preconnect\", \
     <https://cdn.shopify.com/shopifycloud/app-bridge.js>; rel=\"preload\"; as=\"script\"";

/// App Bridge measures how fast pages are and tells Shopify here: without the figures no app is ever "Built
/// for Shopify".
const APP_BRIDGE_REPORTS: &str = "https://monorail-edge.shopifysvc.com";

/// Where a page may be shown in a frame.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Framing {
    /// Nowhere.
    #[default]
    Never,
    /// In the admin of this shop, whose domain was checked; with our client id.
    Admin {
        /// `x.myshopify.com`.
        shop: String,
        /// For App Bridge.
        api_key: String,
    },
}

impl Framing {
    fn policy(&self) -> String {
        let (scripts, calls, ancestors) = match self {
            Self::Never => ("'self'".to_owned(), "'self'".to_owned(), "'none'".to_owned()),
            Self::Admin { shop, .. } => (
                "'self' https://cdn.shopify.com".to_owned(),
                format!("'self' {APP_BRIDGE_REPORTS}"),
                format!("https://{shop} https://admin.shopify.com"),
            ),
        };
        format!(
            "default-src 'none'; style-src 'self'; script-src {scripts}; img-src 'self' data:; \
             connect-src {calls}; form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}"
        )
    }

    /// Our client id, inside the Shopify admin.
    #[must_use]
    pub fn embedded(&self) -> Option<String> {
        match self {
            Self::Never => None,
            Self::Admin { api_key, .. } => Some(api_key.clone()),
        }
    }
}

/// A page with its headers. Pages are private, so nothing keeps them.
///
/// # Errors
/// [`AppError::Internal`] when the page cannot be rendered.
pub fn html(
    status: StatusCode,
    page: impl Page,
    framing: &Framing,
) -> Result<HttpResponse, AppError> {
    let text = page.page().context("cannot render the page")?;
    let mut answer = HttpResponse::build(status);
    if framing.embedded().is_some() {
        answer.insert_header((LINK, APP_BRIDGE_LINK));
    }
    Ok(answer
        .content_type("text/html; charset=utf-8")
        .insert_header((CONTENT_SECURITY_POLICY, framing.policy()))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        // Not no-referrer: browsers would then send "Origin: null" with our own forms.
        .insert_header((REFERRER_POLICY, "same-origin"))
        .body(text))
}

/// A file to keep.
#[must_use]
pub fn download(name: &str, content: String) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(content)
}

/// To another page of ours, by GET.
#[must_use]
pub fn see_other(location: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, location))
        .insert_header((CACHE_CONTROL, "no-store"))
        .finish()
}

/// Middleware of page routes: errors become pages for those who read HTML, and stay problem
/// documents for programs.
///
/// # Errors
/// What the wrapped service fails with.
pub async fn problem_pages(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let response = next.call(request).await?.map_into_boxed_body();
    let Some(problem) = problem_of(&response) else { return Ok(response) };
    let (request, refused) = response.into_parts();
    if !wants_html(&request) {
        return Ok(ServiceResponse::new(request, refused));
    }
    let framing = request.extensions().get::<Framing>().cloned().unwrap_or_default();
    let page = ProblemPage {
        problem: problem.0,
        detail: problem.1,
        // Outside the admin the start page would not open either.
        home: home_of(request.path()).filter(|_| problem.0 != Problem::OutsideAdmin),
        request_id: None,
        embedded: framing.embedded(),
    };
    let answer = html(refused.status(), page, &framing).unwrap_or(refused);
    Ok(ServiceResponse::new(request, answer))
}

fn problem_of(response: &ServiceResponse<BoxBody>) -> Option<(Problem, Option<String>)> {
    let error = response.response().error()?.as_error::<AppError>()?;
    let detail = || Some(error.to_string());
    Some(match error {
        AppError::NotFound => (Problem::NotFound, None),
        AppError::Unauthorized(_) => (Problem::SessionExpired, detail()),
        AppError::OutsideAdmin => (Problem::OutsideAdmin, None),
        AppError::StaleForm => (Problem::Forbidden, detail()),
        AppError::BadRequest(_) | AppError::PayloadTooLarge => (Problem::BadRequest, detail()),
        AppError::TooManyRequests => (Problem::TooMany, None),
        AppError::Unavailable(_) => (Problem::Busy, None),
        AppError::Internal(_) => (Problem::Server, None),
    })
}

fn wants_html(request: &HttpRequest) -> bool {
    let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// The first page of the surface that the path belongs to.
fn home_of(path: &str) -> Option<String> {
    let mut segments = path.split('/').skip(1);
    match (segments.next()?, segments.next()) {
        ("admin", _) => Some("/admin".to_owned()),
        ("portal", Some(shop)) if !shop.is_empty() => Some(format!("/portal/{shop}")),
        _ => None,
    }
}

/// Everything else under a surface.
///
/// # Errors
/// Always [`AppError::NotFound`].
pub async fn nothing_here() -> Result<HttpResponse, AppError> {
    std::future::ready(Err(AppError::NotFound)).await
}
