//! The addresses of all pages. Not here: webhooks, the storefront's own addresses, health (`routes`).

use actix_web::{
    middleware::from_fn,
    web::{PathConfig, PayloadConfig, ServiceConfig, get, post, resource, scope, to},
};

use super::{
    admin, assets,
    auth::{ADMIN_BASE, BEGIN_PATH, BOUNCE_PATH},
    install,
    pages::{nothing_here, preflights, problem_pages},
    portal,
};
use crate::error::AppError;

/// Adds admin, portal and assets. The caller provides `web::Data<App>`.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route(assets::ROUTE, get().to(assets::asset))
        .service(
            resource(BOUNCE_PATH).wrap(from_fn(problem_pages)).route(get().to(admin::bounce::page)),
        )
        .service(resource(BEGIN_PATH).wrap(from_fn(problem_pages)).route(get().to(install::begin)))
        .service(
            resource(install::CALLBACK_PATH)
                .wrap(from_fn(problem_pages))
                .route(get().to(install::callback)),
        )
        .service(
            scope(ADMIN_BASE)
                .wrap(from_fn(problem_pages))
                .wrap(from_fn(preflights))
                .app_data(ids())
                .configure(admin_routes)
                .default_service(to(nothing_here)),
        )
        .service(
            scope("/portal/{shop}")
                .wrap(from_fn(problem_pages))
                .app_data(ids())
                .configure(portal_routes)
                .default_service(to(nothing_here)),
        );
}

/// An id that is no number names nothing.
fn ids() -> PathConfig {
    PathConfig::default().error_handler(|_bad, _request| AppError::NotFound.into())
}

fn admin_routes(config: &mut ServiceConfig) {
    config
        .route("", get().to(admin::home::page))
        .route("/", get().to(admin::home::page))
        .route("/connection", get().to(admin::connection::page))
        .route("/connection/requests/{id}", get().to(admin::connection::answer))
        .route("/pixel", post().to(admin::connection::pixel))
        .route("/embed", post().to(admin::connection::embed))
        .route("/orders", get().to(admin::orders::page))
        .route("/orders/{id}", get().to(admin::order::page))
        .route("/affiliates", get().to(admin::affiliates::page))
        .route("/affiliates/{id}/status", post().to(admin::affiliates::set_status))
        .route("/programs", get().to(admin::programs::page))
        .route("/creatives", get().to(admin::creatives::page))
        .service(
            resource("/creatives/new")
                .app_data(PayloadConfig::new(admin::creatives::FORM_BYTES_MAX))
                .route(post().to(admin::creatives::create)),
        )
        .route("/creatives/{id}/remove", post().to(admin::creatives::remove))
        .route("/goals", get().to(admin::goals::page))
        .route("/goals", post().to(admin::goals::create))
        .route("/goals/{id}/switch", post().to(admin::goals::switch))
        .route("/goals/reached/{id}", post().to(admin::goals::judge))
        .route("/pixels", get().to(admin::pixels::page))
        .route("/pixels/{id}", post().to(admin::pixels::judge))
        .route("/log", get().to(admin::log::list))
        .route("/log/{id}", get().to(admin::log::firing))
        .route("/settings", get().to(admin::settings::page))
        .route("/settings", post().to(admin::settings::save));
}

fn portal_routes(config: &mut ServiceConfig) {
    config
        .route("", get().to(portal::overview::page))
        .route("/", get().to(portal::overview::page))
        .route("/login", get().to(portal::login::form))
        .route("/login", post().to(portal::login::submit))
        .route("/logout", post().to(portal::login::logout))
        .route("/links", get().to(portal::links::page))
        .route("/creatives", get().to(portal::creatives::page))
        .route("/orders", get().to(portal::orders::page))
        .route("/postbacks", get().to(portal::postbacks::page))
        .route("/postbacks/new", get().to(portal::editor::new))
        .route("/postbacks/new", post().to(portal::editor::create))
        .route("/postbacks/preview", post().to(portal::editor::preview))
        .route("/postbacks/{id}", get().to(portal::editor::edit))
        .route("/postbacks/{id}", post().to(portal::editor::update))
        .route("/postbacks/{id}/delete", post().to(portal::postbacks::delete))
        .route("/postbacks/{id}/test", get().to(portal::test_fire::page))
        .route("/postbacks/{id}/test", post().to(portal::test_fire::send))
        .route("/pixels", get().to(portal::pixels::page))
        .route("/pixels/new", get().to(portal::pixels::editor::new))
        .route("/pixels/new", post().to(portal::pixels::editor::create))
        .route("/pixels/{id}", get().to(portal::pixels::editor::edit))
        .route("/pixels/{id}", post().to(portal::pixels::editor::update))
        .route("/pixels/{id}/test", post().to(portal::pixels::editor::test))
        .route("/pixels/{id}/remove", post().to(portal::pixels::editor::remove))
        .route("/log", get().to(portal::log::list))
        .route("/log/{id}", get().to(portal::log::firing));
}
