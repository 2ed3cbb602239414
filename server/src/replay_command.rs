//! `tributary replay`: sends the calls of a time again (N7). Puts them into their postbacks' backlogs,
//! which running workers let out in order, and shows how far both got.

use std::{process::ExitCode, time::Duration};

use anyhow::{Context as _, bail};
use clap::Args;
use domain::{
    ids::{PostbackId, ShopId},
    time::UtcTime,
};
use indicatif::{ProgressBar, ProgressStyle};
use storage::{
    Storage, StorageOptions,
    outbox::{ReplayFilter, firing_held_count, firings_replayable_count},
    postbacks::postback_by_id,
    shops::shop_by_domain,
};

use crate::{
    clock::Clock,
    config::{Settings, SettingsSource},
    flows::{
        record_activity::{Act, Actor},
        replay_firings::replay_step,
    },
};

/// What is to be sent again.
#[derive(Debug, Args)]
pub struct ReplayOptions {
    #[command(flatten)]
    settings: SettingsSource,
    /// The shop: `name.myshopify.com`
    #[arg(long)]
    shop: String,
    /// The postback's id, as its page shows it; all of the shop when absent
    #[arg(long)]
    postback: Option<i64>,
    /// First moment, `2026-03-01T00:00:00Z`
    #[arg(long, value_parser = moment)]
    from: UtcTime,
    /// First moment that is not meant any more
    #[arg(long, value_parser = moment)]
    to: UtcTime,
    /// Only calls that were not accepted so far
    #[arg(long)]
    failed: bool,
    /// Say how many calls there are, and send nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not wait until workers have let everything out
    #[arg(long)]
    no_wait: bool,
}

/// How often the backlog is looked at while it goes out.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// `tributary replay`.
///
/// # Errors
/// When the database cannot be had, or shop or postback do not exist.
pub async fn run(options: ReplayOptions) -> anyhow::Result<ExitCode> {
    let settings = Settings::load(options.settings)?;
    let storage = Storage::connect(&settings.database_url, StorageOptions::default())
        .context("cannot open the database")?;
    if options.to <= options.from {
        bail!("--to is not after --from");
    }
    let domain = options.shop.clone();
    let shop = storage.read(move |conn| shop_by_domain(conn, &domain)).await?;
    let shop = shop.with_context(|| format!("there is no shop {}", options.shop))?.id;
    if let Some(id) = options.postback.map(PostbackId) {
        let found = storage.read(move |conn| postback_by_id(conn, shop, None, id)).await?;
        found.with_context(|| format!("{} has no postback {id}", options.shop))?;
    }
    let filter = ReplayFilter {
        owner: None,
        postback_id: options.postback.map(PostbackId),
        only_failed: options.failed,
        from: options.from,
        until: options.to,
    };
    let count = storage.read(move |conn| firings_replayable_count(conn, shop, &filter)).await?;
    if options.dry_run {
        say(&format!("{count} calls would be sent again"));
        return Ok(ExitCode::SUCCESS);
    }
    let planned = plan(&storage, shop, filter, count).await?;
    if !options.no_wait {
        wait(&storage, shop, options.postback.map(PostbackId)).await?;
    }
    say(&format!("{planned} calls are sent again"));
    Ok(ExitCode::SUCCESS)
}

/// Puts all of them into the backlog, batch by batch.
async fn plan(
    storage: &Storage,
    shop: ShopId,
    filter: ReplayFilter,
    count: i64,
) -> anyhow::Result<usize> {
    let bar = progress("planned", count)?;
    let (mut planned, mut after) = (0_usize, None);
    loop {
        let act = Act { shop, actor: Actor::Operator, now: Clock::System.now() };
        let step = storage.write(move |tx| replay_step(tx, act, &filter, after)).await?;
        planned = planned.saturating_add(step.count);
        bar.inc(u64::try_from(step.count).unwrap_or(u64::MAX));
        after = step.after;
        if after.is_none() {
            bar.finish();
            return Ok(planned);
        }
    }
}

/// Watches the backlog go out. A paused postback keeps its own, so that is said and not waited for.
async fn wait(storage: &Storage, shop: ShopId, postback: Option<PostbackId>) -> anyhow::Result<()> {
    let held = async || storage.read(move |conn| firing_held_count(conn, shop, postback)).await;
    let mut left = held().await?;
    let bar = progress("sent", left.waiting)?;
    while left.waiting > 0 {
        tokio::time::sleep(LOOK_EVERY).await;
        left = held().await?;
        let done = bar.length().unwrap_or(0).saturating_sub(left.waiting.unsigned_abs());
        bar.set_position(done);
    }
    bar.finish();
    if left.paused > 0 {
        say(&format!("{} calls wait for the end of a pause", left.paused));
    }
    Ok(())
}

fn progress(what: &str, length: i64) -> anyhow::Result<ProgressBar> {
    let style = ProgressStyle::with_template("{msg:>8} {bar:40} {pos}/{len} {per_sec} {eta}")?;
    let bar = ProgressBar::new(length.unsigned_abs()).with_style(style);
    bar.set_message(what.to_owned());
    Ok(bar)
}

fn moment(text: &str) -> Result<UtcTime, String> {
    UtcTime::parse(text).map_err(|error| error.to_string())
}

/// What came of it: the one thing that goes to standard output.
#[expect(clippy::print_stdout, reason = "a command-line tool")]
fn say(text: &str) {
    println!("{text}");
}
