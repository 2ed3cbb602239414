//! Liveness: the process answers. Readiness: the database does too.

use actix_web::{HttpResponse, web};

use crate::{app::App, error::AppError};

/// Answers as long as the process runs.
pub async fn live() -> HttpResponse {
    HttpResponse::Ok().body("ok")
}

/// Answers 200 when the database does.
///
/// # Errors
/// [`AppError::Unavailable`].
pub async fn ready(app: web::Data<App>) -> Result<HttpResponse, AppError> {
    app.storage.read(storage::inbox::delivery_next_due_at).await?;
    Ok(HttpResponse::Ok().body("ready"))
}
