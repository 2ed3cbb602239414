//! The receiver of postbacks: answers 200 at once and notes when each order's first call arrived.
//! A thread of its own, next to no work for each call.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use ::tests::orders::Order;
use anyhow::Context as _;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;

/// Hosts that it pretends to be: a host gets only so many requests at a time.
const HOSTS: u8 = 4;

/// A receiver on a few addresses of loopback, gone when dropped.
pub(crate) struct Sink {
    addresses: Vec<SocketAddr>,
    arrivals: Arc<Arrivals>,
    runtime: Option<Runtime>,
}

/// Who has called.
pub(crate) struct Arrivals {
    since: Instant,
    /// By number of the order: nanoseconds after `since` of its first call; 0 before that.
    first: Vec<AtomicU64>,
    orders: AtomicUsize,
    calls: AtomicUsize,
}

impl Sink {
    /// Ready for calls about orders with numbers below `orders`.
    pub(crate) fn start(orders: u64) -> anyhow::Result<Self> {
        let arrivals = Arc::new(Arrivals::about(orders));
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let mut addresses = Vec::new();
        for host in 1..=HOSTS {
            let listener = TcpListener::bind((Ipv4Addr::new(127, 0, 0, host), 0))?;
            addresses.push(listener.local_addr()?);
            listener.set_nonblocking(true)?;
            runtime.spawn(accept(listener, Arc::clone(&arrivals)));
        }
        Ok(Self { addresses, arrivals, runtime: Some(runtime) })
    }

    /// `http://127.0.0.1:…` and so on.
    pub(crate) fn origins(&self) -> Vec<String> {
        self.addresses.iter().map(|address| format!("http://{address}")).collect()
    }

    /// How many orders have been told.
    pub(crate) fn orders(&self) -> usize {
        self.arrivals.orders.load(Ordering::Acquire)
    }

    /// How many calls came in all: more than orders when some were repeated.
    pub(crate) fn calls(&self) -> usize {
        self.arrivals.calls.load(Ordering::Acquire)
    }

    /// When the first call about this order arrived.
    pub(crate) fn arrived_at(&self, order_number: usize) -> Option<Instant> {
        self.arrivals.first_call(order_number)
    }

    /// Waits until this many orders have been told.
    pub(crate) async fn wait_for(&self, orders: usize, patience: Duration) -> anyhow::Result<()> {
        let deadline = Instant::now() + patience;
        while self.orders() < orders {
            let told = self.orders();
            anyhow::ensure!(Instant::now() < deadline, "{told} of {orders} orders were told");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(())
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Arrivals {
    /// Nobody yet, about orders with numbers below `orders`.
    pub(crate) fn about(orders: u64) -> Self {
        Self {
            since: Instant::now(),
            first: (0..orders).map(|_| AtomicU64::new(0)).collect(),
            orders: AtomicUsize::new(0),
            calls: AtomicUsize::new(0),
        }
    }

    /// When the first call about this order arrived.
    pub(crate) fn first_call(&self, order_number: usize) -> Option<Instant> {
        let nanos = self.first.get(order_number)?.load(Ordering::Acquire);
        (nanos > 0).then(|| self.since + Duration::from_nanos(nanos))
    }

    /// Notes a call by the head of its request.
    pub(crate) fn note(&self, head: &[u8]) -> Option<()> {
        self.calls.fetch_add(1, Ordering::AcqRel);
        let order = self.first.get(order_number(head)?)?;
        let nanos = u64::try_from(self.since.elapsed().as_nanos()).ok()?.max(1);
        let is_first = order.compare_exchange(0, nanos, Ordering::AcqRel, Ordering::Acquire);
        if is_first.is_ok() {
            self.orders.fetch_add(1, Ordering::AcqRel);
        }
        Some(())
    }
}

async fn accept(listener: TcpListener, arrivals: Arc<Arrivals>) -> anyhow::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener).context("the sink cannot listen")?;
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(serve(stream, Arc::clone(&arrivals)));
    }
}

/// One connection: GET requests, one after the other.
async fn serve(mut stream: TcpStream, arrivals: Arc<Arrivals>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut unread = Vec::with_capacity(4_096);
    while stream.read_buf(&mut unread).await? > 0 {
        while let Some(end) = unread.windows(4).position(|window| window == b"\r\n\r\n") {
            arrivals.note(unread.get(..end).unwrap_or_default());
            unread.drain(..end + 4);
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await?;
        }
    }
    Ok(())
}

/// From `GET /?order=6000000000017&…`.
fn order_number(head: &[u8]) -> Option<usize> {
    let digits = head.strip_prefix(b"GET /?order=")?;
    let end = digits.iter().position(|byte| !byte.is_ascii_digit())?;
    let id = std::str::from_utf8(digits.get(..end)?).ok()?.parse().ok()?;
    usize::try_from(Order::number_of(id)?).ok()
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;

    #[tokio::test]
    async fn calls_are_answered_and_noted_once_for_each_order() {
        let sink = Sink::start(10).unwrap();
        let mut stream = std::net::TcpStream::connect(sink.addresses[1]).unwrap();
        for id in [6_000_000_000_003_u64, 6_000_000_000_003, 6_000_000_000_004] {
            write!(stream, "GET /?order={id}&txid=1 HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
            let mut answer = [0; 40];
            stream.read_exact(&mut answer).unwrap();
            assert!(answer.ends_with(b"\r\n\r\nok"));
        }
        sink.wait_for(2, Duration::from_secs(5)).await.unwrap();
        assert_eq!((sink.orders(), sink.calls()), (2, 3));
        assert!(sink.arrived_at(3).unwrap() < sink.arrived_at(4).unwrap());
        assert!(sink.arrived_at(5).is_none());
    }
}
