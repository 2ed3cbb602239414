//! The addresses that postbacks come from, for receivers' firewalls (N8).

use actix_web::{HttpResponse, web::Data};
use serde_json::json;

use crate::app::App;

/// `GET /postback-senders.json`: networks in CIDR notation; none when the operator publishes none.
pub async fn list(app: Data<App>) -> HttpResponse {
    let senders: Vec<String> =
        app.settings.postback_sender_addresses.iter().map(ToString::to_string).collect();
    std::future::ready(HttpResponse::Ok().json(json!({ "senders": senders }))).await
}
