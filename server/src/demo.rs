//! `tributary demo`: the whole product on loopback with a shop of its own, no Shopify needed. A
//! visit, an order, its webhooks and the postbacks go over HTTP through the very endpoints that
//! production uses; only Shopify (`fake_shopify`) and the affiliate's tracker (`recorder`) are played.

use std::{
    net::{IpAddr, Ipv4Addr, TcpListener},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::Context as _;
use clap::Args;

use crate::{
    app::App,
    clock::Clock,
    config::{Role, Settings, SettingsSource},
    delivery::http::install_crypto_provider,
};
use folder::DemoFolder;

mod admin_api;
mod admin_login;
mod checkout;
mod discounts;
mod fake_shopify;
mod folder;
mod pages;
mod payloads;
mod recorder;
mod seed;
mod server;
mod state;
mod store;
mod storefront;

pub use pages::routes;
pub use state::DemoState;

/// Where the demo store is.
const BASE: &str = "/demo";
/// Quicker than in production, so that a visitor can watch a postback being tried again.
const RETRY_SECONDS: [i64; 6] = [2, 5, 10, 20, 40, 80];

/// What `tributary demo` can be told.
#[derive(Debug, Clone, Args)]
pub struct DemoOptions {
    /// Port on 127.0.0.1; 0 picks a free one, and so does the demo when this one is taken
    #[arg(long, default_value_t = 8080)]
    pub port: u16,
    /// Folder of the demo's database and keys
    #[arg(long, default_value = "data")]
    pub data: PathBuf,
    /// Go on with the data of the last demo instead of starting afresh
    #[arg(long)]
    pub keep: bool,
    /// Log filter, such as `info` or `tributary=debug`
    #[arg(long, default_value = "warn")]
    pub log: String,
}

/// Runs the demo until it is stopped.
///
/// # Errors
/// When the folder cannot be used, or holds a real shop, or nothing can listen on loopback.
pub async fn run(options: DemoOptions) -> anyhow::Result<ExitCode> {
    crate::telemetry::init(&options.log);
    install_crypto_provider();
    let folder = DemoFolder::open(&options.data, options.keep)?;
    let port = free_port(options.port)?;
    let settings = settings(&options, &folder, port)?;
    let app = App::build(settings, Clock::System, true)?;
    app.storage.migrate()?;
    let shop = seed::seed(&app, &folder.keys.portal_password).await?;
    seed::connect(&app, &shop).await?;
    let state = DemoState::new(&app, shop, &folder.keys.portal_password)?;
    let welcome = welcome(&app.settings.app_url, &state, options.port, port);
    server::run(app, state, move || print(&welcome)).await
}

/// The wanted port if nobody has it, else a free one.
fn free_port(wanted: u16) -> anyhow::Result<u16> {
    let bind = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    let listener = bind(wanted).or_else(|_taken| bind(0)).context("cannot listen on 127.0.0.1")?;
    Ok(listener.local_addr()?.port())
}

fn settings(options: &DemoOptions, folder: &DemoFolder, port: u16) -> anyhow::Result<Settings> {
    Ok(Settings::load(SettingsSource {
        database_url: Some(folder.database_url()),
        bind: Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        port: Some(port),
        shopify_api_key: Some("demo".to_owned()),
        shopify_api_secret: Some(folder.keys.client_secret.clone()),
        shopify_app_url: Some(format!("http://127.0.0.1:{port}")),
        // The demo's Shopify is asked in place of the real one.
        shopify_stand_in: Some(format!("http://127.0.0.1:{port}")),
        encryption_key: Some(folder.keys.encryption_key.clone()),
        postback_allow_networks: Some(vec!["127.0.0.0/8".parse()?]),
        postback_retry_seconds: Some(RETRY_SECONDS.to_vec()),
        role: Some(Role::All),
        log: Some(options.log.clone()),
        web_workers: Some(2),
        ..SettingsSource::default()
    })?)
}

fn welcome(app_url: &str, state: &DemoState, wanted: u16, port: u16) -> String {
    let tour = &state.tour;
    let moved = if wanted == port || wanted == 0 {
        String::new()
    } else {
        format!("\n  Port {wanted} is taken, so this is on port {port}.\n")
    };
    format!(
        "
  Tributary demo: {shop}
{moved}
  1  Affiliate's link  {app_url}{link}
  2  Tracker           {app_url}{recorder}   (what the postbacks brought)
  3  Merchant          {app_url}{admin}
  4  Affiliate         {app_url}{portal}
                       {email}   password {password}

  Store                {app_url}{BASE}
  Ctrl-C stops.
",
        shop = state.shop.name,
        link = tour.affiliate_link,
        recorder = tour.recorder_url,
        admin = tour.admin_url,
        portal = tour.portal_url,
        email = tour.portal_email,
        password = tour.portal_password,
    )
}

#[expect(clippy::print_stdout, reason = "addresses and log-ins are what this command is for")]
fn print(text: &str) {
    println!("{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_is_taken_is_replaced_by_a_free_one() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let wanted = taken.local_addr().unwrap().port();
        let got = free_port(wanted).unwrap();
        assert_ne!(got, wanted);
        assert_ne!(got, 0);
    }
}
