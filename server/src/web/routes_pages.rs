//! The addresses of all pages. Not here: webhooks, the storefront's own addresses, health (`routes`).

use actix_web::{
    middleware::from_fn,
    web::{PathConfig, PayloadConfig, ServiceConfig, get, post, resource, scope, to},
};

use super::{
    admin, assets,
    auth::{ADMIN_BASE, BOUNCE_PATH},
    pages::{nothing_here, problem_pages},
    portal,
};
use crate::error::AppError;

/// Largest table that is pasted or chosen as a file.
const TABLE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Adds admin, portal and assets. The caller provides `web::Data<App>`.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route(assets::ROUTE, get().to(assets::asset))
        .service(
            resource(BOUNCE_PATH).wrap(from_fn(problem_pages)).route(get().to(admin::bounce::page)),
        )
        .service(
            scope(ADMIN_BASE)
                .wrap(from_fn(problem_pages))
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
        .route("/orders", get().to(admin::orders::page))
        .route("/orders/export", get().to(admin::orders::actions::export))
        .route("/orders/review", post().to(admin::orders::actions::review_many))
        .route("/orders/{id}", get().to(admin::order::page))
        .route("/orders/{id}/review", post().to(admin::orders::actions::review_one))
        .route("/orders/{id}/assign", post().to(admin::orders::actions::assign))
        .route("/affiliates", get().to(admin::affiliates::page))
        .route("/affiliates/new", get().to(admin::affiliates::editor::new))
        .route("/affiliates/new", post().to(admin::affiliates::editor::create))
        .route("/affiliates/status", post().to(admin::affiliates::set_statuses))
        .route("/affiliates/{id}", get().to(admin::affiliates::profile::page))
        .route("/affiliates/{id}/edit", get().to(admin::affiliates::editor::edit))
        .route("/affiliates/{id}/edit", post().to(admin::affiliates::editor::update))
        .route("/affiliates/{id}/adjust", post().to(admin::affiliates::adjust::save))
        .route("/affiliates/{id}/invite", post().to(admin::affiliates::profile::send_invitation))
        .route("/affiliates/{id}/status", post().to(admin::affiliates::profile::set_status))
        .route("/payouts", get().to(admin::payouts::page))
        .route("/payouts", post().to(admin::payouts::draft))
        .route("/payouts/{number}", get().to(admin::payouts::batch::page))
        .route("/payouts/{number}", post().to(admin::payouts::batch::act))
        .route("/payouts/{number}/form", post().to(admin::payouts::batch::save_form))
        .route("/payouts/{number}/files/{currency}/{part}", get().to(admin::payouts::batch::file))
        .service(
            resource("/payouts/{number}/results")
                .app_data(PayloadConfig::new(TABLE_BYTES_MAX))
                .route(post().to(admin::payouts::batch::import_results)),
        )
        .route("/programs", get().to(admin::programs::page))
        .route("/programs/new", get().to(admin::programs::new))
        .route("/programs/new", post().to(admin::programs::create))
        .route("/programs/preview", post().to(admin::programs::preview))
        .route("/programs/{number}", get().to(admin::programs::edit))
        .route("/programs/{number}", post().to(admin::programs::update))
        .route("/programs/{number}/dry-run", post().to(admin::programs::dry_run::page))
        .route("/programs/{number}/history", get().to(admin::programs::history))
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
        .route("/attribution", get().to(admin::attribution::page))
        .route("/attribution", post().to(admin::attribution::save))
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
        .route("/join/{program}", get().to(portal::entry::join_form))
        .route("/join/{program}", post().to(portal::entry::join))
        .route("/forgotten", get().to(portal::entry::forgotten_form))
        .route("/forgotten", post().to(portal::entry::forgotten))
        .route("/password/{token}", get().to(portal::entry::password_form))
        .route("/password/{token}", post().to(portal::entry::password))
        .route("/links", get().to(portal::links::page))
        .route("/creatives", get().to(portal::creatives::page))
        .route("/orders", get().to(portal::orders::page))
        .route("/payouts", get().to(portal::payouts::page))
        .route("/payouts/{id}", get().to(portal::payouts::statement))
        .route("/payouts/{id}/csv", get().to(portal::payouts::statement_csv))
        .route("/account", get().to(portal::account::page))
        .route("/account", post().to(portal::account::save))
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
