//! The addresses of all pages. Not here: webhooks, the storefront's own addresses, health (`routes`).

use actix_web::{
    middleware::{Compress, from_fn},
    web::{PathConfig, PayloadConfig, ServiceConfig, get, post, resource, scope, to},
};

use super::{
    admin, assets,
    auth::{ADMIN_BASE, BOUNCE_PATH},
    embedded::answer_options,
    install,
    pages::{nothing_here, problem_pages},
    portal, postbacks,
};
use crate::error::AppError;

/// Largest table that is pasted or chosen as a file.
const TABLE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Adds admin, portal and assets. The caller provides `web::Data<App>`.
pub fn routes(config: &mut ServiceConfig) {
    config
        // Not pages: they hold what visitors sent beside secrets, whose length compression would tell.
        .service(resource(assets::ROUTE).wrap(Compress::default()).route(get().to(assets::asset)))
        .service(
            resource(BOUNCE_PATH).wrap(from_fn(problem_pages)).route(get().to(admin::bounce::page)),
        )
        .service(
            resource(install::BEGIN_PATH)
                .wrap(from_fn(problem_pages))
                .route(get().to(install::begin)),
        )
        .service(
            resource(install::CALLBACK_PATH)
                .wrap(from_fn(problem_pages))
                .route(get().to(install::callback)),
        )
        .service(
            scope(ADMIN_BASE)
                .wrap(from_fn(problem_pages))
                .wrap(from_fn(answer_options))
                .app_data(ids())
                .configure(admin_routes)
                .default_service(to(admin::nothing_here)),
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
        .route("/reconnect", get().to(admin::home::setup::reconnect))
        .route("/setup/embed", post().to(admin::home::setup::embed))
        .route("/setup/hide", post().to(admin::home::setup::hide))
        .route("/setup/pixel", post().to(admin::home::setup::pixel))
        .route("/plan", get().to(admin::plan::page))
        .route("/plan/check", post().to(admin::plan::check))
        .route("/plan/by-sales", post().to(admin::plan::choose_by_sales))
        .route("/plan/raise", post().to(admin::plan::raise))
        .route("/connection", get().to(admin::connection::page))
        .route("/connection/compare", post().to(admin::connection::compare))
        .route("/connection/requests/{id}", post().to(admin::connection::answer))
        .route("/orders", get().to(admin::orders::page))
        .route("/orders/export", get().to(admin::orders::actions::export))
        .route("/orders/review", post().to(admin::orders::actions::review_many))
        .route("/orders/new", get().to(admin::orders::sale::form))
        .route("/orders/new", post().to(admin::orders::sale::save))
        .route("/orders/{id}", get().to(admin::order::page))
        .route("/orders/{id}/review", post().to(admin::orders::actions::review_one))
        .route("/orders/{id}/assign", post().to(admin::orders::actions::assign))
        .route("/orders/{id}/adjust", post().to(admin::order::by_hand::adjust_one))
        .route("/orders/{id}/take-back", post().to(admin::order::by_hand::take_back))
        .route("/affiliates", get().to(admin::affiliates::page))
        .route("/affiliates/new", get().to(admin::affiliates::editor::new))
        .route("/affiliates/new", post().to(admin::affiliates::editor::create))
        .service(
            resource("/affiliates/import")
                .app_data(PayloadConfig::new(TABLE_BYTES_MAX))
                .route(get().to(admin::affiliates::import::form))
                .route(post().to(admin::affiliates::import::submit)),
        )
        .route("/affiliates/status", post().to(admin::affiliates::set_statuses))
        .route("/affiliates/{id}", get().to(admin::affiliates::profile::page))
        .route("/affiliates/{id}/edit", get().to(admin::affiliates::editor::edit))
        .route("/affiliates/{id}/edit", post().to(admin::affiliates::editor::update))
        .route("/affiliates/{id}/adjust", post().to(admin::affiliates::adjust::save))
        .route("/affiliates/{id}/codes", post().to(admin::affiliates::codes::give))
        .route("/affiliates/{id}/codes/remove", post().to(admin::affiliates::codes::take))
        .route("/affiliates/{id}/invite", post().to(admin::affiliates::profile::send_invitation))
        .route("/affiliates/{id}/release", post().to(admin::affiliates::profile::release))
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
        .route("/programs/{number}/dry-run", post().to(admin::programs::dry_run::start))
        .route("/programs/{number}/dry-run/{job}", get().to(admin::programs::dry_run::page))
        .route("/programs/{number}/codes", get().to(admin::program_codes::page))
        .route("/programs/{number}/codes", post().to(admin::program_codes::save))
        .route("/programs/{number}/codes/stop", post().to(admin::program_codes::stop))
        .route("/programs/{number}/history", get().to(admin::programs::history::page))
        .route("/programs/{number}/postbacks", get().to(postbacks::of_program::page))
        .route("/programs/{number}/postbacks/new", get().to(postbacks::of_program::new))
        .route("/activity", get().to(admin::activity::page))
        .route("/mails", get().to(admin::mails::list))
        .route("/mails/{kind}", get().to(admin::mails::edit))
        .route("/mails/{kind}", post().to(admin::mails::save))
        .route("/jobs", get().to(admin::jobs::list))
        .route("/jobs/{id}", get().to(admin::jobs::page))
        .route("/jobs/{id}/file", get().to(admin::jobs::file))
        .route("/protection", get().to(admin::protection::page))
        .route("/protection", post().to(admin::protection::save))
        .route("/codes", get().to(admin::codes::page))
        .route("/codes.csv", get().to(admin::codes::file))
        .route("/ledger-heads.csv", get().to(admin::protection::heads))
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
        .route("/goals", get().to(portal::goals::page))
        .route("/payouts", get().to(portal::payouts::page))
        .route("/payouts/{id}", get().to(portal::payouts::statement))
        .route("/payouts/{id}/csv", get().to(portal::payouts::statement_csv))
        .route("/account", get().to(portal::account::page))
        .route("/account", post().to(portal::account::save))
        .route("/pixels", get().to(portal::pixels::page))
        .route("/pixels/new", get().to(portal::pixels::editor::new))
        .route("/pixels/new", post().to(portal::pixels::editor::create))
        .route("/pixels/{id}", get().to(portal::pixels::editor::edit))
        .route("/pixels/{id}", post().to(portal::pixels::editor::update))
        .route("/pixels/{id}/test", post().to(portal::pixels::editor::test))
        .route("/pixels/{id}/remove", post().to(portal::pixels::editor::remove))
        .configure(postback_routes);
}

/// Postbacks and their log, the same for both sides.
fn postback_routes(config: &mut ServiceConfig) {
    config
        .route("/log", get().to(postbacks::log::list))
        .route("/log/export", get().to(postbacks::export::export))
        .route("/log/replay", get().to(postbacks::replay::form))
        .route("/log/replay", post().to(postbacks::replay::submit))
        .route("/log/replay-chosen", post().to(postbacks::replay::chosen))
        .route("/log/{firing}", get().to(postbacks::log::firing))
        .route("/help", get().to(postbacks::help::page));
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
        .route(&at("/{postback}/delete"), post().to(postbacks::moves::delete))
        .route(&at("/{postback}/pause"), post().to(postbacks::moves::pause))
        .route(&at("/{postback}/resume"), post().to(postbacks::moves::resume))
        .route(&at("/{postback}/approve"), post().to(postbacks::moves::approve))
        .route(&at("/{postback}/decline"), post().to(postbacks::moves::decline))
        .route(&at("/{postback}/test"), get().to(postbacks::test_fire::page))
        .route(&at("/{postback}/test"), post().to(postbacks::test_fire::send));
}
