//! Starts the server with the demo's routes beside the real ones.

use std::process::ExitCode;

use actix_web::{HttpServer, web};

use super::{routes, state::DemoState};
use crate::{app::App, web::assets};

/// Runs until stopped; `ready` is called when requests are answered.
pub(super) async fn serve(
    app: App,
    state: DemoState,
    ready: impl FnOnce(),
) -> anyhow::Result<ExitCode> {
    let address = (app.settings.bind, app.settings.port);
    let (app, state) = (web::Data::new(app), web::Data::new(state));
    let server = HttpServer::new(move || {
        actix_web::App::new()
            .app_data(app.clone())
            .app_data(state.clone())
            .route(assets::ROUTE, web::get().to(assets::asset))
            .configure(routes)
    });
    let server = server.workers(2).bind(address)?.run();
    ready();
    server.await?;
    Ok(ExitCode::SUCCESS)
}
