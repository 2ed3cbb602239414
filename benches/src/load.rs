//! The load generator: prepared requests over connections that are kept. Bounded in number by the
//! requests and in time by a limit; one thread.

use std::cell::Cell;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;
use futures_util::future::try_join_all;
use tests::wire::Connection;
use tokio::time::{Instant, sleep_until, timeout};

/// What no run may take.
const TIME_MAX: Duration = Duration::from_secs(180);

/// How requests are spread over time.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pace {
    /// Each connection sends the next one when it has its answer (closed loop).
    AsFastAsAnswered,
    /// One every so often, whether or not others are answered (open loop).
    Every(Duration),
}

/// What became of a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Exchange {
    /// Which of the requests.
    pub(crate) index: usize,
    /// When it was sent, or should have been.
    pub(crate) due_at: Instant,
    /// When its answer was there.
    pub(crate) answered_at: Instant,
}

/// All of them.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// When the first was sent.
    pub(crate) started_at: Instant,
    /// Until the last was answered.
    pub(crate) time: Duration,
    /// In no order.
    pub(crate) exchanges: Vec<Exchange>,
}

impl Loaded {
    /// Times from when a request was due to its answer, shortest first.
    pub(crate) fn answer_times(&self) -> Vec<Duration> {
        let mut times: Vec<Duration> =
            self.exchanges.iter().map(|it| it.answered_at - it.due_at).collect();
        times.sort();
        times
    }
}

/// Sends every request once. Any answer but 200 is an error: nothing that was measured would count.
pub(crate) async fn send(
    address: SocketAddr,
    requests: &[Vec<u8>],
    connections: usize,
    pace: Pace,
) -> anyhow::Result<Loaded> {
    let mut open = Vec::with_capacity(connections);
    for _ in 0..connections {
        open.push(Connection::open(address).await?);
    }
    let next = Cell::new(0);
    let started_at = Instant::now();
    let clients = open
        .into_iter()
        .map(|connection| client(connection, Work { requests, next: &next, started_at, pace }));
    let exchanges = timeout(TIME_MAX, try_join_all(clients)).await;
    let exchanges = exchanges.context("the server takes too long")??.concat();
    Ok(Loaded { started_at, time: started_at.elapsed(), exchanges })
}

#[derive(Clone, Copy)]
struct Work<'a> {
    requests: &'a [Vec<u8>],
    next: &'a Cell<usize>,
    started_at: Instant,
    pace: Pace,
}

async fn client(mut connection: Connection, work: Work<'_>) -> anyhow::Result<Vec<Exchange>> {
    let mut exchanges = Vec::new();
    loop {
        let index = work.next.get();
        let Some(request) = work.requests.get(index) else { return Ok(exchanges) };
        work.next.set(index + 1);
        let due_at = match work.pace {
            Pace::AsFastAsAnswered => Instant::now(),
            Pace::Every(interval) => {
                let due_at = work.started_at + interval * u32::try_from(index)?;
                sleep_until(due_at).await;
                due_at
            }
        };
        let status = connection.exchange(request).await?;
        anyhow::ensure!(status == 200, "request {index} was answered {status}");
        exchanges.push(Exchange { index, due_at, answered_at: Instant::now() });
    }
}
