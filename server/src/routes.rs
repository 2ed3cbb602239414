//! Every address that machines call: method, path, who may call. Pages of merchants and affiliates are
//! listed in `web::routes_pages`, those of the demo store in `demo::pages`.

use actix_web::{
    http::Method,
    web::{self, ServiceConfig},
};

use crate::web::{banners, health, pixel_reports, proxy, senders, webhooks};

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
                .app_data(web::PayloadConfig::new(proxy::REPORT_BYTES_MAX))
                .route(web::post().to(proxy::click)),
        )
        .service(
            web::resource("/proxy/purchase")
                .app_data(web::PayloadConfig::new(proxy::REPORT_BYTES_MAX))
                .route(web::post().to(proxy::purchase)),
        )
        .service(
            web::resource("/proxy/goal")
                .app_data(web::PayloadConfig::new(proxy::REPORT_BYTES_MAX))
                .route(web::post().to(proxy::goal)),
        )
        // The web pixel's sandbox: anybody, proven by the visit's token alone.
        .service(
            web::resource("/pixel/purchase")
                .app_data(web::PayloadConfig::new(pixel_reports::PURCHASE_BYTES_MAX))
                .route(web::post().to(pixel_reports::purchase))
                .route(web::method(Method::OPTIONS).to(pixel_reports::preflight)),
        )
        // Sites that show a banner.
        .route(banners::BEACON_ROUTE, web::get().to(banners::beacon))
        .route(banners::PICTURE_ROUTE, web::get().to(banners::picture))
        // Anybody.
        .route("/postback-senders.json", web::get().to(senders::list))
        .route("/health/live", web::get().to(health::live))
        .route("/health/ready", web::get().to(health::ready));
}
