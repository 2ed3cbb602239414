//! The merchant's log-in of the demo: what the Shopify admin does for a real shop.

use actix_web::{HttpResponse, http::header::LOCATION};

use crate::error::AppError;

/// Opens a page of the merchant.
pub(super) async fn open() -> Result<HttpResponse, AppError> {
    Ok(HttpResponse::SeeOther().insert_header((LOCATION, "/admin")).finish())
}
