//! Webhooks per second that are verified and on the disk when they are answered, against a handler
//! that only verifies. Same bodies, same load, same number of web workers; the worker role, which
//! would take its share of the machine, does not run.

use tests::seed::{Seeded, seed};
use tests::server_process::{ServerProcess, ServerSettings};
use tests::sql;

use crate::Scale;
use crate::bare_handler::BareHandler;
use crate::databases::Database;
use crate::load::{Loaded, Pace, send};
use crate::prepare;
use crate::report::{Figures, Report, micros_each, millis, per_second, percent_of, quantile};

const ORDERS: u64 = 20_000;
/// Sent first, off the clock.
const WARM_UP: u64 = 1_000;
const CONNECTIONS: usize = 64;
const WORKERS: usize = 1;

#[derive(Default)]
struct Measured {
    rate: Figures,
    cpu: Figures,
    answer_p50: Figures,
    answer_p99: Figures,
}

pub(crate) async fn run(scale: &Scale) -> anyhow::Result<()> {
    let mut report = Report::new(
        "webhooks",
        "verified and durably stored, 12 kB bodies, 64 connections, 1 web worker",
    );
    let orders = scale.orders.unwrap_or(ORDERS);
    let mut bare = Measured::default();
    let mut stored: Vec<Measured> = scale.databases.iter().map(|_| Measured::default()).collect();
    for _ in 0..scale.runs {
        bare_run(orders, &mut bare).await?;
        for (database, measured) in scale.databases.iter().zip(&mut stored) {
            stored_run(*database, orders, measured).await?;
        }
    }
    report.row("bare handler", "per second", &bare.rate, "");
    report.row("bare handler", "µs of its CPU each", &bare.cpu, "");
    for (database, measured) in scale.databases.iter().zip(&stored) {
        let name = database.name();
        let share = percent_of(&measured.rate, &bare.rate, "the bare handler's");
        report.row(name, "per second", &measured.rate, share);
        report.row(name, "µs of the server's CPU each", &measured.cpu, "");
        report.row(name, "ms to the answer, p50", &measured.answer_p50, "");
        report.row(name, "ms to the answer, p99", &measured.answer_p99, "");
    }
    report.print();
    Ok(())
}

async fn bare_run(orders: u64, measured: &mut Measured) -> anyhow::Result<()> {
    // It does not look at what the coupons mean.
    let database = Database::Sqlite.fresh()?;
    let seeded = seed(&database.url, 1, &[]).await;
    let (warm_up, requests) = prepared(orders, &seeded);
    let handler = BareHandler::start(WORKERS)?;
    send(handler.address(), &warm_up, CONNECTIONS, Pace::AsFastAsAnswered).await?;
    let cpu_before = handler.cpu_time();
    let loaded = send(handler.address(), &requests, CONNECTIONS, Pace::AsFastAsAnswered).await?;
    measured.take(&loaded);
    measured.cpu.push(micros_each(handler.cpu_time() - cpu_before, requests.len()));
    Ok(())
}

async fn stored_run(
    database: Database,
    orders: u64,
    measured: &mut Measured,
) -> anyhow::Result<()> {
    let database = database.fresh()?;
    let seeded = seed(&database.url, 1, &[]).await;
    let (warm_up, requests) = prepared(orders, &seeded);
    let server = ServerProcess::started(ServerSettings::new(&database.url).role("web")).await;
    send(server.address(), &warm_up, CONNECTIONS, Pace::AsFastAsAnswered).await?;
    let cpu_before = server.cpu_time();
    let loaded = send(server.address(), &requests, CONNECTIONS, Pace::AsFastAsAnswered).await?;
    measured.take(&loaded);
    measured.cpu.push(micros_each(server.cpu_time() - cpu_before, requests.len()));
    let stored = sql::integer(&database.url, "SELECT COUNT(*) AS value FROM delivery_bodies");
    anyhow::ensure!(
        usize::try_from(stored)? == requests.len() + warm_up.len(),
        "{stored} webhooks are stored"
    );
    Ok(())
}

fn prepared(orders: u64, seeded: &Seeded) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let warm_up = prepare::orders(0..WARM_UP, seeded);
    (warm_up, prepare::orders(WARM_UP..WARM_UP + orders, seeded))
}

impl Measured {
    fn take(&mut self, loaded: &Loaded) {
        let times = loaded.answer_times();
        self.rate.push(per_second(times.len(), loaded.time));
        self.answer_p50.push(millis(quantile(&times, 0.5)));
        self.answer_p99.push(millis(quantile(&times, 0.99)));
    }
}
