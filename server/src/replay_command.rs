//! `tributary replay`: sends chosen calls, or those of a time, again (N7). Puts them into their
//! postbacks' backlogs, which running workers let out in order, and shows how far both got.

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use clap::Args;
use domain::{
    ids::{FiringId, PostbackId, ShopId},
    time::UtcTime,
};
use storage::{
    Storage, StorageOptions,
    affiliates::affiliate_by_number,
    outbox::{ReplayFilter, firing_held_count, firings_replayable_count},
    postbacks::{Owner, postback_by_id},
    shops::shop_by_domain,
};

use self::progress::Progress;
use crate::{
    clock::Clock,
    config::{Settings, SettingsSource},
    flows::{
        record_activity::{Act, Actor},
        replay_firings::{replay_chosen, replay_step},
    },
};

mod progress;

/// What is to be sent again.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ReplayOptions {
    #[command(flatten)]
    settings: SettingsSource,
    /// The shop: `name.myshopify.com`
    #[arg(long)]
    shop: String,
    /// Only of this postback: its id, as its page shows it
    #[arg(long)]
    postback: Option<i64>,
    /// Only of this affiliate's postbacks: its number, such as 1001
    #[arg(long)]
    affiliate: Option<i64>,
    /// Calls of events from this moment on, `2026-03-01T00:00:00Z`
    #[arg(long, value_parser = moment, required_unless_present = "call")]
    from: Option<UtcTime>,
    /// Calls of events before this moment
    #[arg(long, value_parser = moment, required_unless_present = "call")]
    to: Option<UtcTime>,
    /// Only calls that were not accepted so far
    #[arg(long)]
    failed: bool,
    /// These calls instead of those of a time: their ids, as the log's addresses end
    #[arg(long, value_delimiter = ',', conflicts_with_all = ["from", "to", "failed", "dry_run"])]
    call: Vec<i64>,
    /// Say how many calls there are, and send nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not wait until workers have let everything out
    #[arg(long)]
    no_wait: bool,
}

const EXAMPLES: &str = "\
Examples:
  A tracker was down on the first two days of March:
    tributary replay --shop tea.myshopify.com --postback 117649 --failed \\
      --from 2026-03-01T00:00:00Z --to 2026-03-03T00:00:00Z
  How many calls would that be?                            … --dry-run
  Two calls, whatever came of them:
    tributary replay --shop tea.myshopify.com --call 117649256,117649262

Workers send them (`tributary serve` must be running), oldest first, at most ten a second for each
postback. They keep their ids and carry the header Tributary-Replay: 1, so that a receiver can tell.
A second run while the first goes out sends nothing twice.";

/// How often the backlog is looked at while it goes out.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Nothing has gone out for so long: no worker is running.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the options mean in this shop.
struct Wanted {
    shop: ShopId,
    owner: Option<Owner>,
    postback: Option<PostbackId>,
}

/// `tributary replay`.
///
/// # Errors
/// When the database cannot be had, or shop, affiliate or postback do not exist.
pub async fn run(options: ReplayOptions) -> anyhow::Result<ExitCode> {
    let settings = Settings::load(options.settings.clone())?;
    let storage = Storage::connect(&settings.database_url, StorageOptions::default())
        .context("cannot open the database")?;
    let wanted = wanted(&storage, &options).await?;
    let planned = match (options.from, options.to) {
        (Some(from), Some(to)) => {
            if to <= from {
                bail!("--to is not after --from");
            }
            let filter = ReplayFilter {
                owner: wanted.owner,
                postback_id: wanted.postback,
                only_failed: options.failed,
                from,
                until: to,
            };
            let shop = wanted.shop;
            let count =
                storage.read(move |conn| firings_replayable_count(conn, shop, &filter)).await?;
            if options.dry_run {
                say(&format!("{count} calls would be sent again"));
                return Ok(ExitCode::SUCCESS);
            }
            plan(&storage, shop, filter, count).await?
        }
        _ => {
            let ids: Vec<FiringId> = options.call.iter().copied().map(FiringId).collect();
            let (act, owner) = (act(wanted.shop), wanted.owner);
            storage.write(move |tx| replay_chosen(tx, act, owner, &ids)).await?
        }
    };
    if !options.no_wait {
        wait(&storage, &wanted).await?;
    }
    say(&format!("{planned} calls are sent again"));
    Ok(ExitCode::SUCCESS)
}

async fn wanted(storage: &Storage, options: &ReplayOptions) -> anyhow::Result<Wanted> {
    let domain = options.shop.clone();
    let shop = storage.read(move |conn| shop_by_domain(conn, &domain)).await?;
    let shop = shop.with_context(|| format!("there is no shop {}", options.shop))?.id;
    let postback = options.postback.map(PostbackId);
    if let Some(id) = postback {
        let found = storage.read(move |conn| postback_by_id(conn, shop, None, id)).await?;
        found.with_context(|| format!("{} has no postback {id}", options.shop))?;
    }
    let owner = match options.affiliate {
        None => None,
        Some(number) => {
            let found = storage.read(move |conn| affiliate_by_number(conn, shop, number)).await?;
            let found =
                found.with_context(|| format!("{} has no affiliate {number}", options.shop))?;
            Some(Owner::Affiliate(found.id))
        }
    };
    Ok(Wanted { shop, owner, postback })
}

/// Puts all of them into the backlog, batch by batch.
async fn plan(
    storage: &Storage,
    shop: ShopId,
    filter: ReplayFilter,
    count: i64,
) -> anyhow::Result<usize> {
    let mut progress = Progress::new("planned", count)?;
    let (mut planned, mut after) = (0_usize, None);
    loop {
        let act = act(shop);
        let step = storage.write(move |tx| replay_step(tx, act, &filter, after)).await?;
        planned = planned.saturating_add(step.count);
        progress.set(u64::try_from(planned).unwrap_or(u64::MAX));
        after = step.after;
        if after.is_none() {
            progress.end();
            return Ok(planned);
        }
    }
}

/// Watches the backlog go out. A paused postback keeps its own, so that is said and not waited for.
async fn wait(storage: &Storage, wanted: &Wanted) -> anyhow::Result<()> {
    let (shop, postback) = (wanted.shop, wanted.postback);
    let held = async || storage.read(move |conn| firing_held_count(conn, shop, postback)).await;
    let mut left = held().await?;
    let all = left.waiting;
    let mut progress = Progress::new("sent", all)?;
    let mut moved = Instant::now();
    while left.waiting > 0 {
        tokio::time::sleep(LOOK_EVERY).await;
        let before = left.waiting;
        left = held().await?;
        progress.set(all.saturating_sub(left.waiting).unsigned_abs());
        if left.waiting != before {
            moved = Instant::now();
        } else if moved.elapsed() >= PATIENCE {
            progress.end();
            say(&format!(
                "{} calls wait, and none has gone out for a minute: is a worker running?",
                left.waiting
            ));
            return Ok(());
        }
    }
    progress.end();
    if left.paused > 0 {
        say(&format!("{} calls wait for the end of a pause", left.paused));
    }
    Ok(())
}

fn act(shop: ShopId) -> Act {
    Act { shop, actor: Actor::Operator, now: Clock::System.now() }
}

fn moment(text: &str) -> Result<UtcTime, String> {
    UtcTime::parse(text).map_err(|error| error.to_string())
}

/// What came of it: the one thing that goes to standard output.
#[expect(clippy::print_stdout, reason = "a command-line tool")]
fn say(text: &str) {
    println!("{text}");
}
