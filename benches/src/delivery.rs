//! Postbacks per second that are delivered, each with its attempt logged, against a bare reqwest
//! loop to the same sink that keeps as many requests under way and remembers nothing.

use std::time::{Duration, Instant};

use domain::ids::FiringId;
use domain::postback::sample_record;
use domain::time::UtcTime;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use storage::firings::{Firing, FiringState, firing_enqueue_batch};
use storage::{Storage, StorageError, StorageOptions, WriteTx};
use tests::orders::Order;
use tests::seed::{Seeded, seed};
use tests::server_process::{ServerProcess, ServerSettings};
use tests::sql;
use tributary::clock::Clock;
use tributary::delivery::http::install_crypto_provider;

use crate::Scale;
use crate::databases::Database;
use crate::report::{Figures, Report, micros_each, per_second, percent_of};
use crate::sink::Sink;
use crate::stage::{AFFILIATES, Stage};

const POSTBACKS: u64 = 20_000;
/// Eight for each postback, which is what the server allows itself.
const IN_FLIGHT: usize = 64;
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) async fn run(scale: &Scale) -> anyhow::Result<()> {
    let mut report = Report::new(
        "delivery",
        "postbacks that were due, delivered and each attempt logged; 8 postbacks on 4 hosts",
    );
    let count = scale.orders.unwrap_or(POSTBACKS);
    let mut bare = Figures::new();
    let mut delivered: Vec<[Figures; 2]> =
        scale.databases.iter().map(|_| [Figures::new(), Figures::new()]).collect();
    for _ in 0..scale.runs {
        bare.push(bare_run(count).await?);
        for (database, [rate, cpu]) in scale.databases.iter().zip(&mut delivered) {
            let (time, cpu_time) = delivered_run(*database, count).await?;
            rate.push(per_second(usize::try_from(count)?, time));
            cpu.push(micros_each(cpu_time, usize::try_from(count)?));
        }
    }
    report.row("bare reqwest, 64 in flight", "per second", &bare, "");
    for (database, [rate, cpu]) in scale.databases.iter().zip(&delivered) {
        let share = percent_of(rate, &bare, "bare reqwest's");
        report.row(database.name(), "per second", rate, share);
        report.row(database.name(), "µs of the server's CPU each", cpu, "");
    }
    report.print();
    Ok(())
}

async fn bare_run(count: u64) -> anyhow::Result<f64> {
    install_crypto_provider();
    let sink = Sink::start(count)?;
    let origins = sink.origins();
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build()?;
    let urls: Vec<String> = (0..count)
        .zip(origins.iter().cycle())
        .map(|(number, origin)| {
            let id = Order::reference(number, "", UtcTime::default()).id();
            format!(
                "{origin}/?order={id}&txid={id}&fire={id}&attempt=1&event=conversion\
                 &status=pending&total=9.00&delta=9.00"
            )
        })
        .collect();
    let start = Instant::now();
    stream::iter(urls.iter().map(|url| client.get(url).send()))
        .buffer_unordered(IN_FLIGHT)
        .map_err(anyhow::Error::from)
        .try_for_each(|answer| async move {
            answer.error_for_status()?.bytes().await?;
            Ok(())
        })
        .await?;
    let time = start.elapsed();
    anyhow::ensure!(sink.calls() == urls.len(), "{} calls", sink.calls());
    Ok(per_second(urls.len(), time))
}

/// From the first arrival until the last attempt is logged, and the processor time in it.
async fn delivered_run(database: Database, count: u64) -> anyhow::Result<(Duration, Duration)> {
    let database = database.fresh()?;
    let sink = Sink::start(count)?;
    let seeded = seed(&database.url, AFFILIATES, &sink.origins()).await;
    enqueue(&database.url, &seeded, 0..count).await?;
    let server = ServerProcess::started(ServerSettings::new(&database.url).role("worker")).await;
    sink.wait_for(1, PATIENCE).await?;
    let (start, cpu_before) = (Instant::now(), server.cpu_time());
    let stage = Stage { database, sink, seeded, server };
    stage.sink.wait_for(usize::try_from(count)?, PATIENCE).await?;
    stage.drained().await?;
    let measured = (start.elapsed(), stage.server.cpu_time() - cpu_before);
    let logged = "SELECT COUNT(*) AS value FROM attempts WHERE status_code = 200";
    let logged = sql::integer(&stage.database.url, logged);
    anyhow::ensure!(u64::try_from(logged)? == count, "{logged} attempts are logged");
    Ok(measured)
}

/// Firings that are due now, about orders with these numbers.
pub(crate) async fn enqueue(
    url: &str,
    seeded: &Seeded,
    numbers: impl Iterator<Item = u64> + Clone + Send + 'static,
) -> anyhow::Result<()> {
    let storage = Storage::connect(url, StorageOptions::default())?;
    let now = Clock::System.now();
    let seeded = seeded.clone();
    let write = move |tx: &mut WriteTx<'_>| -> Result<(), StorageError> {
        let firings: Vec<Firing> =
            numbers.clone().filter_map(|number| firing(tx, &seeded, number, now)).collect();
        firing_enqueue_batch(tx, &firings)?;
        Ok(())
    };
    Ok(storage.write(write).await?)
}

/// As a credited order would have left it.
fn firing(tx: &WriteTx<'_>, seeded: &Seeded, number: u64, now: UtcTime) -> Option<Firing> {
    let affiliate = seeded.affiliate(number);
    let order = Order::reference(number, &affiliate.coupon, now).id().to_string();
    let id = FiringId(tx.next_id(now));
    let mut record = sample_record();
    record.set("order_id", &order);
    record.set("transaction_id", &order);
    record.set("postback_id", id.to_string());
    Some(Firing {
        id,
        shop_id: seeded.shop,
        postback_id: affiliate.postback?,
        affiliate_id: Some(affiliate.id),
        program_id: Some(seeded.program),
        conversion_id: None,
        click_id: None,
        event_key: format!("bench:{number}"),
        event: "conversion".to_owned(),
        status: Some("pending".to_owned()),
        transaction_id: Some(order),
        record: serde_json::to_string(&record).unwrap_or_default(),
        state: FiringState::Due,
        reason: None,
        run_at: now,
        attempts: 0,
        last_status_code: None,
        is_replay: false,
        created_at: now,
        finished_at: None,
    })
}
