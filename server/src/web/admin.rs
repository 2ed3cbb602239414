//! The merchant's pages: each handler reads what its view model needs, of this shop only.

pub mod activity;
mod adjustment;
pub mod affiliates;
pub mod attribution;
pub mod bounce;
pub mod codes;
pub mod connection;
pub mod creatives;
pub mod goals;
pub mod home;
pub mod jobs;
pub mod log;
pub mod mails;
pub mod order;
pub mod orders;
pub mod payouts;
pub mod pixels;
pub mod plan;
pub mod program_codes;
pub mod programs;
pub mod protection;
pub mod settings;

use actix_web::HttpResponse;

use super::auth::AdminShop;
use crate::error::AppError;

/// Every other address, said inside the frame of the merchant who asks.
///
/// # Errors
/// Always [`AppError::NotFound`].
pub async fn nothing_here(_merchant: AdminShop) -> Result<HttpResponse, AppError> {
    std::future::ready(Err(AppError::NotFound)).await
}
