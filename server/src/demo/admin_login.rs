//! The merchant's way in: what the Shopify admin does for a real shop, the demo does at an address.

use actix_web::{HttpRequest, HttpResponse, http::header::LOCATION, web};

use super::{BASE, state::DemoState};
use crate::{app::App, web::session::demo_admin_cookie};

/// Logs the merchant in and opens a page: the one whose address follows the demo's own.
pub(super) async fn open(
    request: HttpRequest,
    app: web::Data<App>,
    state: web::Data<DemoState>,
) -> HttpResponse {
    let page = request.uri().path().strip_prefix(BASE).unwrap_or("/admin");
    HttpResponse::SeeOther()
        .cookie(demo_admin_cookie(&app, &state.shop))
        .insert_header((LOCATION, page))
        .finish()
}
