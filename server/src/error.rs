//! What a caller is told when something goes wrong: a stable code, a status and one safe sentence,
//! as an RFC 9457 problem body. The cause is logged once, here, and never shown.

use actix_web::{HttpResponse, ResponseError, http::StatusCode};
use serde::Serialize;
use storage::error::StorageError;

/// Any failure of a request.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// Not there, or somebody else's: the same answer.
    #[error("There is nothing at this address.")]
    NotFound,
    /// No proof of who is calling.
    #[error("{0}")]
    Unauthorized(&'static str),
    /// A page of the admin, opened by nobody knows whom.
    #[error("Open Tributary from the list of apps in your Shopify admin.")]
    OutsideAdmin,
    /// The form was not made by one of our own pages, or too long ago.
    #[error("This form has expired. Go back, reload the page and send it again.")]
    StaleForm,
    /// The request cannot be read.
    #[error("{0}")]
    BadRequest(String),
    /// More than is read.
    #[error("The body is too large.")]
    PayloadTooLarge,
    /// Too much in too short a time.
    #[error("Too many attempts. Try again in a few minutes.")]
    TooManyRequests,
    /// The store cannot take it now; the caller should try again.
    #[error("The data store is not available. Try again shortly.")]
    Unavailable(#[source] StorageError),
    /// A fault of ours.
    #[error("Something went wrong on our side.")]
    Internal(#[source] anyhow::Error),
}

/// RFC 9457.
#[derive(Serialize)]
struct Problem<'a> {
    title: &'a str,
    status: u16,
    detail: String,
    code: &'a str,
}

impl AppError {
    /// Stable name of the failure, for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Unauthorized(_) => "unauthorized",
            Self::OutsideAdmin => "outside_admin",
            Self::StaleForm => "stale_form",
            Self::BadRequest(_) => "bad_request",
            Self::PayloadTooLarge => "payload_too_large",
            Self::TooManyRequests => "too_many_requests",
            Self::Unavailable(_) => "store_unavailable",
            Self::Internal(_) => "internal",
        }
    }

    /// Logs what the caller is not told.
    fn log(&self) {
        match self {
            Self::Unavailable(source) => tracing::error!(error = %source, "store unavailable"),
            Self::Internal(source) => {
                tracing::error!(error = format!("{source:#}"), "request failed")
            }
            _ => {}
        }
    }
}

impl ResponseError for AppError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Self::OutsideAdmin => StatusCode::GONE,
            Self::StaleForm => StatusCode::FORBIDDEN,
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        self.log();
        let status = self.status_code();
        HttpResponse::build(status).content_type("application/problem+json").json(Problem {
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: self.to_string(),
            code: self.code(),
        })
    }
}

impl From<StorageError> for AppError {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::NotFound => Self::NotFound,
            other => Self::Unavailable(other),
        }
    }
}

impl From<anyhow::Error> for AppError {
    fn from(error: anyhow::Error) -> Self {
        Self::Internal(error)
    }
}
