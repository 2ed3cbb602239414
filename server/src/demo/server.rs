//! Starts the server with the demo's addresses beside the real ones.

use std::{process::ExitCode, time::Duration};

use actix_web::web;
use tokio::net::TcpStream;

use super::{routes, state::DemoState};
use crate::{app::App, serve};

const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Runs until stopped; `ready` is called as soon as somebody answers on the port.
pub(super) async fn run(
    app: App,
    state: DemoState,
    ready: impl FnOnce() + Send + 'static,
) -> anyhow::Result<ExitCode> {
    let address = (app.settings.bind, app.settings.port);
    tokio::spawn(async move {
        while TcpStream::connect(address).await.is_err() {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        ready();
    });
    let state = web::Data::new(state);
    let more = move |config: &mut web::ServiceConfig| {
        config.app_data(state.clone());
        routes(config);
    };
    serve::run_with(app, more).await
}
