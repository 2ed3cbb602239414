//! Whether bad receivers delay the good ones: a thousand receivers, of which 100 hang, 100 fail and 100
//! answer slowly, each with calls of before that wait for it. What is measured is how long the calls
//! for the healthy 700 take, first without the bad ones and then among them, and the ratio of the two.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use ::tests::seed::{Seeded, seed};
use ::tests::server_process::{ServerProcess, ServerSettings};
use anyhow::Context as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::time::{Instant, sleep};

use crate::Scale;
use crate::databases::Database;
use crate::delivery::enqueue;
use crate::load::{Pace, send};
use crate::prepare;
use crate::report::{Figures, Report, millis, quantile};
use crate::sink::Arrivals;

const RECEIVERS: u64 = 1_000;
/// Orders for the healthy receivers in each half.
const ORDERS: u64 = 2_100;
/// 70 of them a second; among the bad ones 100 orders a second in all.
const INTERVAL: Duration = Duration::from_millis(10);
/// Calls that wait for each bad receiver when the second half begins.
const WAITING_EACH: u64 = 20;
/// After which a slow receiver answers.
const SLOWNESS: Duration = Duration::from_secs(3);
const CONNECTIONS: usize = 64;
const PATIENCE: Duration = Duration::from_secs(120);

/// How a receiver behaves, by its number.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    Healthy,
    Hangs,
    Fails,
    Slow,
}

impl Manner {
    const fn of(receiver: u64) -> Self {
        match receiver % 10 {
            0 => Self::Hangs,
            1 => Self::Fails,
            2 => Self::Slow,
            _ => Self::Healthy,
        }
    }
}

pub(crate) async fn run(scale: &Scale) -> anyhow::Result<()> {
    let mut report = Report::new(
        "isolation",
        "from the webhook's answer to the call of one of 700 healthy receivers, without and among 100 \
         that hang, 100 that fail and 100 that answer after 3 s",
    );
    let orders = scale.orders.unwrap_or(ORDERS);
    for database in &scale.databases {
        let (mut alone, mut among) = (Figures::new(), Figures::new());
        for _ in 0..scale.runs {
            let (without, with) = measure(*database, orders).await?;
            alone.push(millis(quantile(&without, 0.99)));
            among.push(millis(quantile(&with, 0.99)));
        }
        let ratio = among.median() / alone.median();
        report.row(format!("{}, p99 without the bad", database.name()), "ms", &alone, "");
        let note = format!("{ratio:.2} times; below 2 is the aim");
        report.row(format!("{}, p99 among the bad", database.name()), "ms", &among, note);
    }
    report.print();
    Ok(())
}

/// Times to the healthy receivers, sorted: without the bad ones, and among them.
async fn measure(
    database: Database,
    orders: u64,
) -> anyhow::Result<(Vec<Duration>, Vec<Duration>)> {
    let database = database.fresh()?;
    // Orders of which seven in ten are for healthy receivers.
    let with_bad = orders * 10 / 7;
    let receivers = Receivers::start(orders * 2 + with_bad)?;
    let count = usize::try_from(RECEIVERS)?;
    let seeded = seed(&database.url, count, &receivers.origins()).await;
    let server = ServerProcess::started(ServerSettings::new(&database.url)).await;

    let first_half = (0..).filter(|number| Manner::of(*number) == Manner::Healthy);
    let first_half: Vec<u64> = first_half.take(usize::try_from(orders)?).collect();
    let next = first_half.last().map_or(0, |last| last + 1);
    let pace = Pace::Every(INTERVAL * 10 / 7);
    let alone = play(&server, &receivers, &seeded, &first_half, pace).await?;

    let bad = (0..RECEIVERS).filter(|receiver| Manner::of(*receiver) != Manner::Healthy);
    // Numbers beyond the orders that are noted: these calls only wait.
    let waiting =
        bad.flat_map(|receiver| (1..=WAITING_EACH).map(move |n| receiver + n * 1_000_000));
    enqueue(&database.url, &seeded, waiting).await?;
    let second_half: Vec<u64> = (next..next + with_bad).collect();
    let among = play(&server, &receivers, &seeded, &second_half, Pace::Every(INTERVAL)).await?;
    Ok((alone, among))
}

/// Sends the webhooks of these orders and waits until every healthy receiver has been called.
async fn play(
    server: &ServerProcess,
    receivers: &Receivers,
    seeded: &Seeded,
    numbers: &[u64],
    pace: Pace,
) -> anyhow::Result<Vec<Duration>> {
    let requests = prepare::orders(numbers.iter().copied(), seeded);
    let loaded = send(server.address(), &requests, CONNECTIONS, pace).await?;
    let mut times = Vec::with_capacity(numbers.len());
    let deadline = Instant::now() + PATIENCE;
    for exchange in &loaded.exchanges {
        let number = numbers.get(exchange.index).copied().context("an order of ours")?;
        if Manner::of(number) != Manner::Healthy {
            continue;
        }
        let arrived_at = loop {
            if let Some(at) = receivers.arrivals.first_call(usize::try_from(number)?) {
                break at;
            }
            anyhow::ensure!(Instant::now() < deadline, "order {number} was never told");
            sleep(Duration::from_millis(5)).await;
        };
        times.push(arrived_at.saturating_duration_since(exchange.answered_at.into_std()));
    }
    times.sort();
    Ok(times)
}

/// A thousand hosts on one port; gone when dropped.
struct Receivers {
    port: u16,
    arrivals: Arc<Arrivals>,
    runtime: Option<Runtime>,
}

impl Receivers {
    fn start(orders: u64) -> anyhow::Result<Self> {
        let arrivals = Arc::new(Arrivals::about(orders));
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        // All of loopback is one listener, which tells by the address who was called.
        let listener = std::net::TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0))?;
        let port = listener.local_addr()?.port();
        listener.set_nonblocking(true)?;
        runtime.spawn(accept(listener, Arc::clone(&arrivals)));
        Ok(Self { port, arrivals, runtime: Some(runtime) })
    }

    fn origins(&self) -> Vec<String> {
        (0..RECEIVERS)
            .map(|number| {
                format!("http://127.1.{}.{}:{}", number / 200, number % 200 + 1, self.port)
            })
            .collect()
    }
}

impl Drop for Receivers {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Which receiver has this address.
fn receiver_at(address: SocketAddr) -> Option<u64> {
    match address.ip() {
        IpAddr::V4(ip) => match ip.octets() {
            [127, 1, hundreds, rest] => Some(u64::from(hundreds) * 200 + u64::from(rest) - 1),
            _ => None,
        },
        IpAddr::V6(_) => None,
    }
}

async fn accept(listener: std::net::TcpListener, arrivals: Arc<Arrivals>) -> anyhow::Result<()> {
    let listener = TcpListener::from_std(listener).context("the receivers cannot listen")?;
    loop {
        let (stream, caller) = listener.accept().await?;
        let receiver = stream.local_addr().ok().and_then(receiver_at);
        // The port is open to the network while this runs: nobody else is answered.
        if let Some(receiver) = receiver.filter(|_| caller.ip().is_loopback()) {
            tokio::spawn(serve(stream, Manner::of(receiver), Arc::clone(&arrivals)));
        }
    }
}

/// One connection: GET requests, one after the other.
async fn serve(
    mut stream: TcpStream,
    manner: Manner,
    arrivals: Arc<Arrivals>,
) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut unread = Vec::with_capacity(4_096);
    while stream.read_buf(&mut unread).await? > 0 {
        while let Some(end) = unread.windows(4).position(|window| window == b"\r\n\r\n") {
            arrivals.note(unread.get(..end).unwrap_or_default());
            unread.drain(..end + 4);
            let status = match manner {
                Manner::Healthy => "200 OK",
                Manner::Fails => "500 Internal Server Error",
                Manner::Slow => {
                    sleep(SLOWNESS).await;
                    "200 OK"
                }
                Manner::Hangs => {
                    sleep(PATIENCE).await;
                    return Ok(());
                }
            };
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 2\r\n\r\nok");
            stream.write_all(answer.as_bytes()).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_receiver_has_an_address_of_its_own_and_three_in_ten_are_bad() {
        let receivers = Receivers::start(0).unwrap();
        for (number, origin) in (0..).zip(receivers.origins()) {
            let address = origin.strip_prefix("http://").unwrap().parse().unwrap();
            assert_eq!(receiver_at(address), Some(number));
        }
        for manner in [Manner::Hangs, Manner::Fails, Manner::Slow] {
            assert_eq!((0..RECEIVERS).filter(|number| Manner::of(*number) == manner).count(), 100);
        }
    }
}
