//! Shopify's side: orders, refunds of some of them, repeats of both. What is about one order is sent
//! at nearly the same time, in no particular order, to any of the servers, and each webhook until it
//! is answered with 200.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use shopify::webhook::Topic;
use tests::PATIENCE;
use tests::orders::Order;
use tests::random::Random;
use tests::seed::{SHOP_DOMAIN, Seeded};
use tests::webhook::{Webhook, app_secrets, webhook_id};
use tests::wire::Connection;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tributary::clock::Clock;

/// What must follow from the webhooks that were acknowledged.
#[derive(Debug, Clone, Default)]
pub(crate) struct Expected {
    /// Cents that each order earns in the end, by Shopify's id.
    pub(crate) commissions: BTreeMap<u64, i64>,
    /// Different webhook ids.
    pub(crate) webhooks: usize,
}

/// Clients that are sending.
pub(crate) struct Stream {
    is_over: Arc<AtomicBool>,
    clients: JoinSet<Expected>,
}

const CLIENTS: u64 = 6;

impl Stream {
    /// Starts to send to these servers: at least `orders_min` orders, and on until [`Stream::end`].
    pub(crate) fn start(
        servers: Vec<SocketAddr>,
        seeded: &Seeded,
        orders_min: u64,
        seed: u64,
    ) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let next_number = Arc::new(AtomicU64::new(0));
        let mut clients = JoinSet::new();
        for client in 0..CLIENTS {
            let mut client = Client {
                servers: servers.clone(),
                seeded: seeded.clone(),
                random: Random::new(seed ^ client),
                expected: Expected::default(),
            };
            let (is_over, next_number) = (Arc::clone(&is_over), Arc::clone(&next_number));
            clients.spawn(async move {
                loop {
                    let number = next_number.fetch_add(1, Ordering::Relaxed);
                    if number >= orders_min && is_over.load(Ordering::Relaxed) {
                        return client.expected;
                    }
                    client.tell(number).await;
                    let pause = client.random.millis(0, 30);
                    sleep(pause).await;
                }
            });
        }
        Self { is_over, clients }
    }

    /// Sends what has begun, and gives back what must follow from all of it.
    pub(crate) async fn end(mut self) -> Expected {
        self.is_over.store(true, Ordering::Relaxed);
        let mut all = Expected::default();
        while let Some(one) = self.clients.join_next().await {
            let one = one.unwrap();
            all.commissions.extend(one.commissions);
            all.webhooks += one.webhooks;
        }
        all
    }
}

struct Client {
    servers: Vec<SocketAddr>,
    seeded: Seeded,
    random: Random,
    expected: Expected,
}

impl Client {
    /// Everything about one order.
    async fn tell(&mut self, number: u64) {
        let now = Clock::System.now();
        let order = Order {
            number,
            a_units: 1 + i64::try_from(self.random.below(4)).unwrap(),
            // At least one stays: an order that earns nothing is told to nobody (G83).
            b_units: 1 + i64::try_from(self.random.below(2)).unwrap(),
            coupon: self.seeded.affiliate(number).coupon.clone(),
            placed_at: now,
        };
        let refunded = match self.random.percent(40) {
            true => 1 + i64::try_from(self.random.below(order.a_units.unsigned_abs())).unwrap(),
            false => 0,
        };
        let webhook = |kind: u16, topic: Topic, body: serde_json::Value| Webhook {
            topic,
            id: webhook_id(kind, number),
            triggered_at: now,
            body: body.to_string().into_bytes(),
        };
        let mut webhooks = vec![webhook(1, Topic::OrdersCreate, order.payload())];
        if self.random.percent(20) {
            // The same picture under another id: no repeat for the inbox, but no news either.
            webhooks.push(webhook(2, Topic::OrdersUpdated, order.payload()));
        }
        if refunded > 0 {
            let refund = order.refund_of_a(refunded, now.plus_seconds(1));
            webhooks.push(webhook(3, Topic::RefundsCreate, refund));
        }
        self.expected.webhooks += webhooks.len();
        let repeats = webhooks.clone().into_iter().filter(|_| self.random.percent(10));
        let repeats: Vec<Webhook> = repeats.collect();
        webhooks.extend(repeats);
        let deliveries = webhooks.iter().map(|webhook| {
            // Often enough the refund overtakes its order (G49).
            deliver(&self.servers, webhook, Random::new(self.random.next()))
        });
        join_all(deliveries).await;
        self.expected.commissions.insert(order.id(), order.commission_minor(refunded));
    }
}

/// Until it is answered with 200, by any of the servers.
async fn deliver(servers: &[SocketAddr], webhook: &Webhook, mut random: Random) {
    let request = webhook.to_http(SHOP_DOMAIN, &app_secrets());
    let acknowledged = async {
        loop {
            let pause = random.millis(0, 15);
            sleep(pause).await;
            let count = u64::try_from(servers.len()).unwrap();
            let server = servers[usize::try_from(random.below(count)).unwrap()];
            if matches!(exchange(server, &request).await, Ok(200)) {
                return;
            }
        }
    };
    if timeout(PATIENCE, acknowledged).await.is_err() {
        panic!("{} is not acknowledged in {PATIENCE:?}", webhook.id);
    }
}

async fn exchange(server: SocketAddr, request: &[u8]) -> std::io::Result<u16> {
    let exchange = async { Connection::open(server).await?.exchange(request).await };
    timeout(Duration::from_secs(5), exchange).await?
}
