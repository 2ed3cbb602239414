//! `tributary reconcile`: the nightly comparison with Shopify, now, with a progress bar.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use domain::{ids::ShopId, time::UtcTime};
use indicatif::{ProgressBar, ProgressStyle};
use storage::{
    StorageError,
    installations::installations_connected,
    shops::{shop_by_domain, shop_by_id},
};

use crate::{
    admin_api::ShopAddress,
    app::App,
    clock::Clock,
    config::Settings,
    shopify_work::{Progress, reconcile},
    telemetry,
};

/// Shops that are read at once.
const SHOPS: i64 = 500;

/// What is compared.
#[derive(Debug, Clone, Args)]
pub struct ReconcileOptions {
    /// Only this shop: `name.myshopify.com`; all connected shops without
    #[arg(long)]
    pub shop: Option<String>,
    /// Orders that changed from then on, RFC 3339; since the last good point without
    #[arg(long)]
    pub since: Option<String>,
}

/// Compares, mends, and says what was found. Fails when a shop could not be compared.
///
/// # Errors
/// When the database cannot be opened or an option means nothing.
pub async fn run(settings: Settings, options: ReconcileOptions) -> anyhow::Result<ExitCode> {
    telemetry::init(&settings.log);
    let since = options
        .since
        .map(|text| UtcTime::parse(&text).with_context(|| format!("no time: {text}")))
        .transpose()?;
    let app = App::build(settings, Clock::System, false)?;
    let shops = shops_named(&app, options.shop.as_deref()).await?;
    let mut has_failed = false;
    for shop in &shops {
        let bar = bar(&shop.domain);
        let outcome = reconcile(&app, shop, since, |progress| show(&bar, progress)).await;
        match outcome {
            Ok(found) => {
                bar.finish_and_clear();
                say(&format!(
                    "{}: {} orders checked, {} missing, {} out of date; all fetched or mended",
                    shop.domain, found.checked, found.missing, found.stale
                ));
            }
            Err(error) => {
                has_failed = true;
                tracing::error!(shop = shop.domain, %error, "cannot be compared");
                bar.abandon();
                say(&format!("{}: {}", shop.domain, error.advice()));
            }
        }
    }
    Ok(if has_failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn shops_named(app: &App, name: Option<&str>) -> anyhow::Result<Vec<ShopAddress>> {
    if let Some(name) = name {
        let domain = name.to_owned();
        let found = app.storage.read(move |conn| shop_by_domain(conn, &domain)).await?;
        let Some(shop) = found else { bail!("there is no shop {name}") };
        return Ok(vec![ShopAddress::from(&shop)]);
    }
    let shops = app.storage.read(|conn| {
        let mut shops = Vec::new();
        let mut after: Option<ShopId> = None;
        loop {
            let ids = installations_connected(conn, after, SHOPS)?;
            let Some(last) = ids.last() else { return Ok::<_, StorageError>(shops) };
            after = Some(*last);
            for id in ids {
                shops.extend(shop_by_id(conn, id)?.as_ref().map(ShopAddress::from));
            }
        }
    });
    Ok(shops.await?)
}

/// What a bar says is seen on a terminal only; this is for logs and scripts too.
#[expect(clippy::print_stdout, reason = "the result of the command")]
fn say(text: &str) {
    println!("{text}");
}

fn bar(domain: &str) -> ProgressBar {
    let bar = ProgressBar::new(0);
    let style = ProgressStyle::with_template("{prefix} [{bar:30}] {pos}/{len} {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_prefix(domain.to_owned());
    bar
}

fn show(bar: &ProgressBar, progress: Progress) {
    bar.set_length(progress.total.unwrap_or(progress.checked).max(progress.checked));
    bar.set_position(progress.checked);
    bar.set_message(format!("{} out of step", progress.drifted));
}
