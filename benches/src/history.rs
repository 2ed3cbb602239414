//! Whether an order costs more when many are stored: the same load at a thousand and at a million
//! orders. The history is copied from orders that the server itself has settled, row by row in all
//! tables that grow with orders, by the database.

use std::fs::File;
use std::time::Instant;

use tests::server_process::{ServerProcess, ServerSettings};
use tests::sql;

use crate::Scale;
use crate::load::Pace;
use crate::report::{Figures, Report, micros_each, per_second};
use crate::stage::Stage;

const FEW: u64 = 1_000;
/// Measured at each size of history.
const ORDERS: u64 = 4_000;

pub(crate) async fn run(scale: &Scale) -> anyhow::Result<()> {
    let mut report = Report::new(
        "history",
        "what an order costs end to end at 1 thousand and at 1 million stored orders",
    );
    let orders = scale.orders.unwrap_or(ORDERS);
    for database in &scale.databases {
        let all = FEW + 2 * orders * u64::try_from(scale.runs)? + FEW;
        let mut stage = Stage::set(*database, "all", all).await?;
        stage.play(0..FEW, Pace::AsFastAsAnswered).await?;
        let mut next = FEW;
        let few = measure(&stage, &mut next, orders, scale.runs).await?;

        stage.server.kill();
        let start = Instant::now();
        copy_orders(&stage.database.url)?;
        let copying = start.elapsed();
        stage.server = ServerProcess::started(ServerSettings::new(&stage.database.url)).await;
        // Caches are cold after the copying; they are not what is measured.
        stage.play(next..next + FEW, Pace::AsFastAsAnswered).await?;
        next += FEW;
        let many = measure(&stage, &mut next, orders, scale.runs).await?;

        let name = database.name();
        report.row(format!("{name}, 1 thousand"), "orders per second", &few.rate, "");
        report.row(format!("{name}, 1 thousand"), "µs of CPU each", &few.cpu, "");
        let ratio = few.rate.median() / many.rate.median();
        let note = format!("{ratio:.2} times the time each (copied in {copying:.0?})");
        report.row(format!("{name}, 1 million"), "orders per second", &many.rate, note);
        let ratio = many.cpu.median() / few.cpu.median();
        let note = format!("{ratio:.2} times the CPU");
        report.row(format!("{name}, 1 million"), "µs of CPU each", &many.cpu, note);
    }
    report.print();
    Ok(())
}

struct Cost {
    rate: Figures,
    cpu: Figures,
}

async fn measure(stage: &Stage, next: &mut u64, orders: u64, runs: usize) -> anyhow::Result<Cost> {
    let mut cost = Cost { rate: Figures::new(), cpu: Figures::new() };
    for _ in 0..runs {
        let played = stage.play(*next..*next + orders, Pace::AsFastAsAnswered).await?;
        *next += orders;
        let count = played.loaded.exchanges.len();
        cost.rate.push(per_second(count, played.time));
        cost.cpu.push(micros_each(played.cpu, count));
    }
    Ok(cost)
}

/// Copies the first orders until there are a million, in one connection: nobody else is there, and
/// what is being copied need not survive. Statistics are PostgreSQL's only, which gathers them by
/// itself; on SQLite nobody does, and the plans must be good without.
fn copy_orders(url: &str) -> anyhow::Result<()> {
    let (before, after) = match url.starts_with("sqlite") {
        true => (
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; \
             PRAGMA cache_size = -4000000;",
            "PRAGMA journal_mode = WAL;",
        ),
        false => ("SET session_replication_role = replica;", "ANALYZE; CHECKPOINT;"),
    };
    let copies = include_str!("history/a_million_orders.sql");
    sql::execute(url, &format!("{before}\n{copies}\n{after}"));
    if let Some(file) = url.strip_prefix("sqlite://") {
        // Else the first checkpoint on the clock would write all of it to the disk.
        File::open(file)?.sync_all()?;
    }
    Ok(())
}
