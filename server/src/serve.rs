//! Runs the app: opens the database, starts the workers and the web server that the role asks for,
//! and ends in order when told to.

use std::{process::ExitCode, time::Duration};

use actix_web::{App as WebApp, HttpServer, dev::ServerHandle, middleware, web};
use anyhow::Context as _;
use storage::{Backend, Storage, StorageOptions};

use crate::{
    app::App,
    clock::Clock,
    config::Settings,
    delivery::workers,
    inbox::Inbox,
    routes, telemetry,
    visits::VisitDesk,
    web::{routes_pages, webhooks},
};

/// How long requests and postbacks under way may take when the process ends.
const SHUTDOWN: Duration = Duration::from_secs(12);

/// `tributary serve`.
///
/// # Errors
/// When the database or the port cannot be had.
pub async fn run(settings: Settings) -> anyhow::Result<ExitCode> {
    telemetry::init(&settings.log);
    let app = App::build(settings, Clock::System, false)?;
    if app.storage.backend() == Backend::Sqlite {
        // One process, nobody else to agree with: the schema is brought up to date at once.
        let storage = app.storage.clone();
        tokio::task::spawn_blocking(move || storage.migrate()).await??;
    }
    run_with(app, |_| {}).await
}

/// `tributary migrate`.
///
/// # Errors
/// When the database cannot be reached or a migration fails.
pub fn migrate(settings: &Settings) -> anyhow::Result<ExitCode> {
    telemetry::init(&settings.log);
    let storage = Storage::connect(&settings.database_url, StorageOptions::default())
        .context("cannot open the database")?;
    let count = storage.migrate().context("cannot migrate")?;
    tracing::info!(count, "the database is up to date");
    Ok(ExitCode::SUCCESS)
}

/// Runs until the process is told to end. `more` adds addresses to the web server.
///
/// # Errors
/// When the port cannot be had.
pub async fn run_with<F>(app: App, more: F) -> anyhow::Result<ExitCode>
where
    F: Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
{
    let workers = app.settings.role.runs_workers().then(|| workers::start(&app));
    if app.settings.role.serves_web() {
        let inbox = Inbox::start(&app, workers.as_ref().map(|workers| workers.arrived.clone()));
        let desk = VisitDesk::start(&app);
        let server = web_server(app.clone(), (inbox, desk), more)?;
        let handle = server.handle();
        tokio::spawn(stop_when_told(handle));
        server.await?;
    } else {
        told_to_end().await;
    }
    if let Some(workers) = workers {
        finish_sending(&workers).await;
    }
    Ok(ExitCode::SUCCESS)
}

fn web_server<F>(
    app: App,
    (inbox, desk): (Inbox, VisitDesk),
    more: F,
) -> anyhow::Result<actix_web::dev::Server>
where
    F: Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
{
    let address = (app.settings.bind, app.settings.port);
    let threads = app.settings.web_workers;
    let shop_ids = web::Data::from(webhooks::shared());
    let mut server = HttpServer::new({
        let app = app.clone();
        move || {
            WebApp::new()
                .app_data(web::Data::new(app.clone()))
                .app_data(web::Data::new(inbox.clone()))
                .app_data(web::Data::new(desk.clone()))
                .app_data(shop_ids.clone())
                .configure(routes::machines)
                .configure(routes_pages::routes)
                .configure(more.clone())
                .wrap(middleware::DefaultHeaders::new().add(("x-content-type-options", "nosniff")))
        }
    })
    .disable_signals()
    .shutdown_timeout(SHUTDOWN.as_secs());
    if let Some(threads) = threads {
        server = server.workers(threads);
    }
    let server = server
        .bind(address)
        .with_context(|| format!("cannot listen on {}:{}", address.0, address.1))?;
    for bound in server.addrs() {
        tracing::info!(address = %bound, role = ?app.settings.role, "listening");
    }
    Ok(server.run())
}

async fn stop_when_told(handle: ServerHandle) {
    told_to_end().await;
    handle.stop(true).await;
}

/// Ctrl-C, or the signal with which services are stopped.
async fn told_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        }
        Err(error) => {
            tracing::warn!(%error, "only Ctrl-C ends this process in order");
            // An error here means that Ctrl-C cannot be heard either.
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}

/// Lets requests and mails under way come to their end; what is left is sent after the leases end.
async fn finish_sending(workers: &workers::Workers) {
    workers.mailer.end();
    let mut waited = Duration::ZERO;
    let step = Duration::from_millis(50);
    while workers.sender.load() + workers.mailer.load() > 0 && waited < SHUTDOWN {
        tokio::time::sleep(step).await;
        waited += step;
    }
}
