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
    portal, postbacks,
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
        .route("/postbacks/rules", post().to(postbacks::rules::save))
        .configure(postback_routes)
        .configure(|config| postbacks_of("/affiliates/{affiliate}/postbacks", config))
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
        .route("/pixels", get().to(portal::pixels::page))
        .route("/pixels/new", get().to(portal::pixels::editor::new))
        .route("/pixels/new", post().to(portal::pixels::editor::create))
        .route("/pixels/{id}", get().to(portal::pixels::editor::edit))
        .route("/pixels/{id}", post().to(portal::pixels::editor::update))
        .route("/pixels/{id}/test", post().to(portal::pixels::editor::test))
        .route("/pixels/{id}/remove", post().to(portal::pixels::editor::remove))
        .configure(postback_routes)
        .route("/help", get().to(postbacks::help::page));
}

/// Postbacks and their log, the same for both sides.
fn postback_routes(config: &mut ServiceConfig) {
    config
        .route("/log", get().to(postbacks::log::list))
        .route("/log/export", get().to(postbacks::export::export))
        .route("/log/replay", get().to(postbacks::replay::form))
        .route("/log/replay", post().to(postbacks::replay::submit))
        .route("/log/replay-chosen", post().to(postbacks::replay::chosen))
        .route("/log/{firing}", get().to(postbacks::log::firing));
    postbacks_of("/postbacks", config);
}

/// One owner's postbacks.
fn postbacks_of(list: &str, config: &mut ServiceConfig) {
    let at = |tail: &str| format!("{list}{tail}");
    config
        .route(list, get().to(postbacks::list::page))
        .route(&at("/new"), get().to(postbacks::editor::new))
        .route(&at("/new"), post().to(postbacks::editor::create))
        .route(&at("/preview"), post().to(postbacks::editor::preview))
        .route(&at("/signing"), get().to(postbacks::signing::page))
        .route(&at("/signing"), post().to(postbacks::signing::add))
        .route(&at("/signing/{secret}/show"), post().to(postbacks::signing::show))
        .route(&at("/signing/{secret}/retire"), post().to(postbacks::signing::retire))
        .route(&at("/{postback}"), get().to(postbacks::editor::edit))
        .route(&at("/{postback}"), post().to(postbacks::editor::update))
        .route(&at("/{postback}/delete"), post().to(postbacks::list::delete))
        .route(&at("/{postback}/pause"), post().to(postbacks::list::pause))
        .route(&at("/{postback}/resume"), post().to(postbacks::list::resume))
        .route(&at("/{postback}/approve"), post().to(postbacks::list::approve))
        .route(&at("/{postback}/decline"), post().to(postbacks::list::decline))
        .route(&at("/{postback}/test"), get().to(postbacks::test_fire::page))
        .route(&at("/{postback}/test"), post().to(postbacks::test_fire::send));
}
