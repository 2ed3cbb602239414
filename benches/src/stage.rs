//! A database with a shop in it, the real server on it, and a sink for its postbacks.

use std::time::{Duration, Instant};

use tests::db::TestDatabase;
use tests::seed::{Seeded, seed};
use tests::server_process::{ServerProcess, ServerSettings};
use tests::sql;
use tokio::time::sleep;

use crate::databases::Database;
use crate::load::{Loaded, Pace, send};
use crate::prepare;
use crate::sink::Sink;

/// Affiliates with a postback each: one postback gets only so many requests at a time.
pub(crate) const AFFILIATES: usize = 8;
const CONNECTIONS: usize = 64;
/// How long whatever is open may take to drain.
const PATIENCE: Duration = Duration::from_secs(120);

/// Set up and running.
pub(crate) struct Stage {
    pub(crate) database: TestDatabase,
    pub(crate) sink: Sink,
    pub(crate) seeded: Seeded,
    pub(crate) server: ServerProcess,
}

/// What some orders took from their webhooks to their logged postbacks.
pub(crate) struct Played {
    /// The webhooks.
    pub(crate) loaded: Loaded,
    /// From the first webhook until the last postback was logged.
    pub(crate) time: Duration,
    /// The server's processor time in it.
    pub(crate) cpu: Duration,
    /// Times from the webhook's answer to the postback's arrival, shortest first; none where the
    /// postback was faster.
    pub(crate) arrival_times: Vec<Duration>,
}

impl Stage {
    /// With a server in this role, for orders with numbers below `orders`.
    pub(crate) async fn set(
        database: Database,
        role: &'static str,
        orders: u64,
    ) -> anyhow::Result<Self> {
        let database = database.fresh()?;
        let sink = Sink::start(orders)?;
        let seeded = seed(&database.url, AFFILIATES, &sink.origins()).await;
        let settings = ServerSettings::new(&database.url).role(role);
        let server = ServerProcess::started(settings).await;
        Ok(Self { database, sink, seeded, server })
    }

    /// Sends one webhook for each of these orders and waits until everything has followed.
    pub(crate) async fn play(
        &self,
        numbers: std::ops::Range<u64>,
        pace: Pace,
    ) -> anyhow::Result<Played> {
        let first = usize::try_from(numbers.start)?;
        let requests = prepare::orders(numbers, &self.seeded);
        let told_before = self.sink.orders();
        let cpu_before = self.server.cpu_time();
        let loaded = send(self.server.address(), &requests, CONNECTIONS, pace).await?;
        self.sink.wait_for(told_before + requests.len(), PATIENCE).await?;
        self.drained().await?;
        let time = loaded.started_at.elapsed();
        let cpu = self.server.cpu_time() - cpu_before;
        let mut arrival_times: Vec<Duration> = loaded
            .exchanges
            .iter()
            .filter_map(|it| {
                let arrived_at = self.sink.arrived_at(first + it.index)?;
                Some(arrived_at.saturating_duration_since(it.answered_at.into_std()))
            })
            .collect();
        arrival_times.sort();
        Ok(Played { loaded, time, cpu, arrival_times })
    }

    /// Waits until nothing is open in the inbox and the outbox.
    pub(crate) async fn drained(&self) -> anyhow::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        // Constant states, so that the partial indexes are read.
        let open = "SELECT (SELECT COUNT(*) FROM deliveries WHERE state = 'due') \
             + (SELECT COUNT(*) FROM firings WHERE state = 'due') AS value";
        while sql::integer(&self.database.url, open) > 0 {
            anyhow::ensure!(Instant::now() < deadline, "not drained:\n{}", self.server.log_tail());
            sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }
}
