//! `cargo xtask bench <name>`: measures the real binary, and in the same run the limit it is
//! measured against. One module per benchmark, named as the benchmark; what they share is in
//! `stage` (a database, a server, a sink), `prepare` (webhooks made before the clock starts), `load`
//! (sending them), `sink` (receiving postbacks), `bare_handler` (the limit of the web side) and
//! `report` (tables). README.md says how
//! to read the figures.

#![expect(clippy::print_stdout, clippy::float_arithmetic, reason = "it measures and prints")]

mod bare_handler;
mod clicks;
mod databases;
mod delivery;
mod dry_run;
mod end_to_end;
mod history;
mod isolation;
mod latency;
mod ledger;
mod load;
mod log;
mod prepare;
mod report;
mod sink;
mod stage;
mod storefront;
mod webhooks;

use clap::{Parser, Subcommand};

use databases::Database;

// The server's own, so that the bare handler does not lose by its allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Benchmarks of Tributary
#[derive(Parser)]
#[command(name = "bench", about)]
struct Arguments {
    #[command(subcommand)]
    benchmark: Benchmark,
    /// How often each figure is measured
    #[arg(long, global = true, default_value_t = 3)]
    runs: usize,
    /// Orders in each run; each benchmark has its own default
    #[arg(long, global = true)]
    orders: Option<u64>,
    /// Only on this database
    #[arg(long, global = true, value_enum)]
    database: Option<Database>,
}

#[derive(Subcommand)]
enum Benchmark {
    /// Webhooks verified and durably stored, against a handler that only verifies
    Webhooks,
    /// Clicks durably recorded, against a handler that only parses their reports
    Clicks,
    /// Postbacks delivered and logged, against a bare reqwest loop
    Delivery,
    /// Orders from the webhook to the logged postback, as fast as 64 clients can
    EndToEnd,
    /// From the webhook's answer to the postback's arrival, at a steady 200 orders a second
    Latency,
    /// Healthy receivers among a thousand of which 300 hang, fail or are slow
    Isolation,
    /// What an order costs at a thousand and at a million stored orders
    History,
    /// What the storefront's script costs a shopper, in Chromium
    Storefront,
    /// A draft program tried on ten thousand past orders
    DryRun,
    /// A ledger's chain of a million entries, written and verified
    Ledger,
    /// A page of the postback log with a million rows
    Log,
    /// All of them
    All,
    /// The handler that only verifies: started by `webhooks`
    #[command(hide = true)]
    BareHandler {
        /// Web workers
        workers: usize,
    },
}

/// How much is measured.
struct Scale {
    runs: usize,
    orders: Option<u64>,
    databases: Vec<Database>,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    if let Benchmark::BareHandler { workers } = arguments.benchmark {
        return bare_handler::serve(workers);
    }
    let scale = Scale {
        runs: arguments.runs.max(1),
        orders: arguments.orders,
        databases: arguments.database.map_or_else(|| Database::ALL.to_vec(), |one| vec![one]),
    };
    // One thread, so that the server has the rest of the machine.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match arguments.benchmark {
            Benchmark::Webhooks => webhooks::run(&scale).await,
            Benchmark::Clicks => clicks::run(&scale).await,
            Benchmark::Delivery => delivery::run(&scale).await,
            Benchmark::EndToEnd => end_to_end::run(&scale).await,
            Benchmark::Latency => latency::run(&scale).await,
            Benchmark::Isolation => isolation::run(&scale).await,
            Benchmark::History => history::run(&scale).await,
            Benchmark::Storefront => storefront::run(&scale).await,
            Benchmark::DryRun => dry_run::run(&scale).await,
            Benchmark::Ledger => ledger::run(&scale).await,
            Benchmark::Log => log::run(&scale).await,
            Benchmark::All => {
                webhooks::run(&scale).await?;
                clicks::run(&scale).await?;
                delivery::run(&scale).await?;
                end_to_end::run(&scale).await?;
                latency::run(&scale).await?;
                isolation::run(&scale).await?;
                history::run(&scale).await?;
                storefront::run(&scale).await?;
                dry_run::run(&scale).await?;
                ledger::run(&scale).await?;
                log::run(&scale).await
            }
            Benchmark::BareHandler { .. } => Ok(()),
        }
    })
}
