//! `tributary verify-ledger`: proves that nobody has changed, removed or added an entry of the ledger
//! past the program (N11). Exit 1 names the first entry that is wrong.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use domain::{ids::ShopId, ledger::chain::ChainHash};
use indicatif::{ProgressBar, ProgressStyle};
use storage::{Storage, StorageOptions, ledger::ledger_shops, shops};

use crate::flows::verify_ledger::{Step, Walk};

/// What to verify.
#[derive(Debug, clap::Args)]
pub struct VerifyOptions {
    /// `sqlite://path` or `postgres://user@host/name`
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: String,
    /// Only this shop: `x.myshopify.com`
    #[arg(long)]
    shop: Option<String>,
    /// A head that was published before has to lie on the chain: `ENTRIES:HASH`
    #[arg(long, requires = "shop")]
    head: Option<String>,
}

/// Verifies every shop's ledger, or one shop's.
///
/// # Errors
/// When the shop is unknown or the database cannot be read.
pub fn run(options: VerifyOptions) -> anyhow::Result<ExitCode> {
    let connections = StorageOptions { connections_max: 2, ..StorageOptions::default() };
    let storage = Storage::connect(&options.database_url, connections)?;
    let kept = options.head.as_deref().map(parse_head).transpose()?;
    let mut is_whole = true;
    for (shop, domain) in shops_to_verify(&storage, options.shop.as_deref())? {
        is_whole &= verify(&storage, shop, &domain, kept)?;
    }
    Ok(if is_whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn parse_head(text: &str) -> anyhow::Result<(i64, ChainHash)> {
    let (entries, hash) = text.split_once(':').context("a head is ENTRIES:HASH")?;
    let entries = entries.parse().context("a head begins with the number of entries")?;
    Ok((entries, ChainHash::parse(hash)?))
}

fn shops_to_verify(storage: &Storage, only: Option<&str>) -> anyhow::Result<Vec<(ShopId, String)>> {
    let Some(domain) = only else {
        return Ok(storage.read_blocking(|conn| {
            let mut found = Vec::new();
            for shop in ledger_shops(conn)? {
                // Entries of a shop that is not there are verified as well.
                let row = shops::shop_by_id(conn, shop)?;
                found.push((shop, row.map_or_else(|| format!("shop {shop}"), |row| row.domain)));
            }
            Ok::<_, storage::StorageError>(found)
        })?);
    };
    let row = storage.read_blocking(|conn| shops::shop_by_domain(conn, domain))?;
    let Some(row) = row else { bail!("there is no shop {domain}") };
    Ok(vec![(row.id, row.domain)])
}

fn verify(
    storage: &Storage,
    shop: ShopId,
    domain: &str,
    kept: Option<(i64, ChainHash)>,
) -> anyhow::Result<bool> {
    let mut walk = storage.read_blocking(|conn| Walk::begin(conn, shop))?;
    if let Some((entries, hash)) = kept {
        walk.must_pass(entries, hash);
    }
    let bar = ProgressBar::new(u64::try_from(walk.expected).unwrap_or(0));
    let style = ProgressStyle::with_template("{msg} {wide_bar} {human_pos}/{human_len} {eta}")?;
    bar.set_style(style);
    bar.set_message(domain.to_owned());
    loop {
        match storage.read_blocking(|conn| walk.step(conn))? {
            Step::More { seq } => bar.set_position(u64::try_from(seq).unwrap_or(0)),
            Step::Whole { entries, hash } => {
                bar.finish_and_clear();
                print(&format!(
                    "{domain}: {entries} entries, all as they were written; head {hash}"
                ));
                return Ok(true);
            }
            Step::Broken(fault) => {
                bar.finish_and_clear();
                print(&format!("{domain}: {fault}"));
                return Ok(false);
            }
        }
    }
}

#[expect(clippy::print_stdout, reason = "the result of a command")]
fn print(text: &str) {
    println!("{text}");
}
