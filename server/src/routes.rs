//! Every address that machines call: method, path, who may call. Pages of merchants and affiliates are
//! listed in `web::routes_pages`, those of the demo store in `demo::pages`.

use actix_web::web::{self, ServiceConfig};

use crate::web::{health, proxy, senders, webhooks};

/// Addresses that machines call.
pub fn machines(config: &mut ServiceConfig) {
    config
        // Shopify, proven by the signature over the raw body.
        .service(
            web::resource("/webhooks")
                .app_data(web::PayloadConfig::new(webhooks::BODY_BYTES_MAX))
                .route(web::post().to(webhooks::receive)),
        )
        // Shoppers' browsers through Shopify, proven by the signature over the query.
        .service(
            web::resource("/proxy/click")
                .app_data(web::JsonConfig::default().limit(proxy::REPORT_BYTES_MAX))
                .route(web::post().to(proxy::click)),
        )
        // Anybody.
        .route("/postback-senders.json", web::get().to(senders::list))
        .route("/health/live", web::get().to(health::live))
        .route("/health/ready", web::get().to(health::ready));
}
