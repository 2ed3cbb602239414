//! Answers with HTML: the headers that go with every page, redirects, and pages for what went wrong.

use actix_web::{
    Error, HttpMessage, HttpRequest, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method, StatusCode,
        header::{
            ACCEPT, ACCESS_CONTROL_MAX_AGE, CACHE_CONTROL, CONTENT_SECURITY_POLICY, LINK, LOCATION,
            REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
        },
    },
    middleware::Next,
};
use anyhow::Context as _;

use super::view::{
    Page,
    parts::Embedded,
    problem::{Problem, ProblemPage},
};
use crate::{app::App, error::AppError};

/// Where a page may be shown in a frame.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Framing {
    /// Nowhere.
    #[default]
    Never,
    /// In the admin of a shop.
    Admin(AdminFrame),
}

/// The admin around a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdminFrame {
    embedded: Embedded,
    script_origin: String,
    ancestors: String,
}

impl Framing {
    /// The admin of this shop, whose domain was checked.
    #[must_use]
    pub fn admin(app: &App, domain: &str) -> Self {
        let endpoints = app.admin_api.endpoints();
        Self::Admin(AdminFrame {
            embedded: Embedded {
                api_key: app.settings.shopify_api_key.clone(),
                bridge: endpoints.app_bridge(),
            },
            script_origin: endpoints.script_origin().to_owned(),
            ancestors: endpoints.frame_ancestors(domain),
        })
    }

    fn policy(&self) -> String {
        let (scripts, ancestors) = match self {
            Self::Never => ("'self'".to_owned(), "'none'"),
            Self::Admin(frame) => {
                (format!("'self' {}", frame.script_origin), frame.ancestors.as_str())
            }
        };
        format!(
            "default-src 'none'; style-src 'self'; script-src {scripts}; img-src 'self' data:; \
             connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}"
        )
    }

    /// Lets browsers fetch App Bridge before they have read the page.
    fn links(&self) -> Option<String> {
        match self {
            Self::Never => None,
            Self::Admin(frame) => Some(format!(
                "<{}>; rel=\"preconnect\", <{}>; rel=\"preload\"; as=\"script\"",
                frame.script_origin, frame.embedded.bridge
            )),
        }
    }

    /// What a page needs to be inside the Shopify admin.
    #[must_use]
    pub fn embedded(&self) -> Option<Embedded> {
        match self {
            Self::Never => None,
            Self::Admin(frame) => Some(frame.embedded.clone()),
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
    if let Some(links) = framing.links() {
        answer.insert_header((LINK, links));
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
        home: home_of(request.path()),
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
        AppError::Gone(_) => (Problem::Gone, detail()),
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

/// Middleware of the admin: what a browser asks before a request that it may not make by itself.
///
/// # Errors
/// What the wrapped service fails with.
pub async fn preflights(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if request.method() == Method::OPTIONS {
        let answer =
            HttpResponse::NoContent().insert_header((ACCESS_CONTROL_MAX_AGE, "7200")).finish();
        return Ok(request.into_response(answer));
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

/// Everything else under a surface.
///
/// # Errors
/// Always [`AppError::NotFound`].
pub async fn nothing_here() -> Result<HttpResponse, AppError> {
    std::future::ready(Err(AppError::NotFound)).await
}
