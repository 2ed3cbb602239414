//! The settle worker: takes deliveries from memory or, after a crash or from another process, from
//! the inbox table, and has them settled in batches. A delivery that cannot be read is parked with
//! its reason; one that fails is tried again, alone, so that it cannot hold up the others.

use std::{sync::Arc, time::Duration};

use domain::{ids::DeliveryId, ids::ShopId, time::UtcTime};
use shopify::{payloads::PayloadError, webhook::Topic};
use storage::{
    Backend, StorageError,
    firings::Firing,
    inbox::{self, Delivery},
    shopify_tasks::{TaskKind, task_plan},
};
use tokio::sync::{Mutex, Notify, mpsc};

use crate::{
    app::App,
    flows::{
        order_news::{self, OrderNews},
        settle_orders::{Batch, by_shop},
        shop_news::{self, ShopNews},
    },
    inbox::Arrived,
};

/// Most deliveries of one transaction.
const BATCH_MAX: usize = 96;
/// Tries of a delivery before it is parked.
const ATTEMPTS_MAX: i64 = 8;
/// An edit is told a moment before the order shows it, and often followed by a full picture.
const FETCH_AFTER_S: i64 = 2;
/// How often the table is looked at when nobody wakes us.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Where firings go that this process sends from memory.
pub type FiringQueue = mpsc::Sender<Vec<Firing>>;

/// Starts the settle workers on a queue of arrived deliveries.
pub fn start(
    app: &App,
    arrived: mpsc::Receiver<Arrived>,
    firings: &FiringQueue,
    wake: &Arc<Notify>,
) {
    let arrived = Arc::new(Mutex::new(arrived));
    // While one writes, the other reads its payloads; PostgreSQL takes more at once.
    let workers = match app.storage.backend() {
        Backend::Sqlite => 2,
        Backend::Postgres => 3,
    };
    for _ in 0..workers {
        let worker = Settling { app: app.clone(), firings: firings.clone() };
        tokio::spawn(worker.run(Arc::clone(&arrived)));
    }
    let worker = Settling { app: app.clone(), firings: firings.clone() };
    tokio::spawn(worker.run_from_table(Arc::clone(wake)));
}

struct Settling {
    app: App,
    firings: FiringQueue,
}

/// A delivery with what it says, or why it cannot be read.
struct Read {
    id: DeliveryId,
    shop: ShopId,
    attempts: i64,
    news: Result<News, String>,
}

/// What a delivery is about.
enum News {
    Order(OrderNews),
    Shop(Box<ShopNews>),
    Nothing,
}

impl Settling {
    async fn run(self, arrived: Arc<Mutex<mpsc::Receiver<Arrived>>>) {
        loop {
            let mut batch = Vec::with_capacity(BATCH_MAX);
            if arrived.lock().await.recv_many(&mut batch, BATCH_MAX).await == 0 {
                return;
            }
            // Whoever waited so long that the lease is about to end is claimed from the table.
            let limit = self.app.clock.now().plus_millis(self.app.settings.lease_seconds * 250);
            batch.retain(|delivery| delivery.lease_until > limit);
            let read = batch.iter().map(|delivery| self.read(delivery)).collect();
            self.settle(read).await;
        }
    }

    async fn run_from_table(self, wake: Arc<Notify>) {
        loop {
            match self.claim().await {
                Ok(claimed) if !claimed.is_empty() => {
                    let read = claimed.iter().map(|delivery| self.read(delivery)).collect();
                    self.settle(read).await;
                    continue;
                }
                Ok(_) => {}
                Err(error) => tracing::error!(%error, "the inbox cannot be read"),
            }
            // Either way the table is looked at again.
            let _ = tokio::time::timeout(LOOK_EVERY, wake.notified()).await;
        }
    }

    async fn claim(&self) -> Result<Vec<Arrived>, StorageError> {
        let now = self.app.clock.now();
        let due = self.app.storage.read(inbox::delivery_next_due_at).await?;
        if due.is_none_or(|due| due > now) {
            return Ok(Vec::new());
        }
        let lease_until = now.plus_seconds(self.app.settings.lease_seconds);
        let limit = i64::try_from(BATCH_MAX).unwrap_or(i64::MAX);
        self.app
            .storage
            .write(move |tx| {
                let claimed = inbox::deliveries_claim(tx, now, lease_until, limit)?;
                let ids: Vec<DeliveryId> = claimed.iter().map(|delivery| delivery.id).collect();
                let mut bodies = inbox::delivery_bodies_of(tx, &ids)?;
                let mut arrived = Vec::with_capacity(claimed.len());
                for delivery in claimed {
                    let body = match bodies.remove(&delivery.id).map(|body| body.unpack()) {
                        Some(Ok(body)) => body,
                        // Nothing to read is said by the reader below.
                        Some(Err(_)) | None => Vec::new(),
                    };
                    arrived.push(from_table(delivery, body, lease_until));
                }
                Ok::<_, StorageError>(arrived)
            })
            .await
    }

    fn read(&self, delivery: &Arrived) -> Read {
        Read {
            id: delivery.id,
            shop: delivery.shop,
            attempts: delivery.attempts,
            news: self.news(delivery).map_err(|error| error.to_string()),
        }
    }

    fn news(&self, delivery: &Arrived) -> Result<News, PayloadError> {
        let (topic, body, at) = (&delivery.topic, &delivery.body, delivery.triggered_at);
        let prints = &self.app.fingerprints;
        if let Some(news) = shop_news::read(topic, body, at, prints)? {
            return Ok(News::Shop(Box::new(news)));
        }
        let currency = self.app.books.known_currency(delivery.shop);
        let news = order_news::read(topic, body, at, currency, prints)?;
        Ok(news.map_or(News::Nothing, News::Order))
    }

    /// Settles a batch; what cannot be read is parked, what fails is settled alone.
    async fn settle(&self, batch: Vec<Read>) {
        let mut good = Vec::new();
        for read in batch {
            match read.news {
                Ok(News::Order(news)) => good.push((read.shop, read.id, Some(news), read.attempts)),
                Ok(News::Nothing) => good.push((read.shop, read.id, None, read.attempts)),
                Ok(News::Shop(news)) => {
                    if let Err(error) = self.settle_shop_news(read.shop, read.id, news).await {
                        self.retry(read.id, read.attempts, &error).await;
                    }
                }
                Err(error) => self.park(read.id, error).await,
            }
        }
        let attempts: std::collections::HashMap<DeliveryId, i64> =
            good.iter().map(|(_, id, _, attempts)| (*id, *attempts)).collect();
        let batches =
            by_shop(good.into_iter().map(|(shop, id, news, _)| (shop, id, news)).collect());
        for (shop, batch) in batches {
            let Err(error) = self.settle_shop(shop, batch.clone()).await else { continue };
            tracing::warn!(%error, shop = shop.0, count = batch.arrived.len(), "settling alone");
            for single in batch.singles() {
                let Some(id) = single.deliveries().next() else { continue };
                if let Err(error) = self.settle_shop(shop, single).await {
                    self.retry(id, attempts.get(&id).copied().unwrap_or(1), &error).await;
                }
            }
        }
    }

    async fn settle_shop(&self, shop: ShopId, batch: Batch) -> Result<(), StorageError> {
        let now = self.app.clock.now();
        let has_room = self.firings.capacity() > 0;
        let lease_until = has_room.then(|| now.plus_seconds(self.app.settings.lease_seconds));
        let settler = self.app.settler.clone();
        let fired = self
            .app
            .storage
            .write(move |tx| {
                for order in batch.edited() {
                    let at = now.plus_seconds(FETCH_AFTER_S);
                    let fetch = (TaskKind::FetchOrder, &*order.to_string());
                    task_plan(tx, shop, fetch, now, at)?;
                }
                settler.settle(tx, shop, &batch, now, lease_until)
            })
            .await?;
        hand_over(&self.firings, fired, lease_until);
        Ok(())
    }

    async fn settle_shop_news(
        &self,
        shop: ShopId,
        id: DeliveryId,
        news: Box<ShopNews>,
    ) -> Result<(), StorageError> {
        let now = self.app.clock.now();
        self.app.storage.write(move |tx| shop_news::settle(tx, shop, id, &news, now)).await
    }

    async fn park(&self, id: DeliveryId, error: String) {
        tracing::error!(delivery = id.0, error, "a delivery cannot be read");
        let parked = self.app.storage.write(move |tx| inbox::delivery_park(tx, id, &error)).await;
        if let Err(error) = parked {
            tracing::error!(%error, "a delivery cannot be parked");
        }
    }

    async fn retry(&self, id: DeliveryId, attempts: i64, error: &StorageError) {
        let error = error.to_string();
        tracing::error!(delivery = id.0, attempts, error, "a delivery cannot be settled");
        // 1 s, 2 s, 4 s … so that a database that is away for a minute loses nothing.
        let wait_s = 1_i64 << attempts.clamp(0, 12);
        let run_at = self.app.clock.now().plus_seconds(wait_s);
        let written = self
            .app
            .storage
            .write(move |tx| match attempts {
                ATTEMPTS_MAX.. => inbox::delivery_park(tx, id, &error),
                _ => inbox::delivery_retry(tx, id, &error, run_at),
            })
            .await;
        if let Err(error) = written {
            tracing::error!(%error, "a retry cannot be planned; the lease will end");
        }
    }
}

/// Gives firings that were written with a lease to the sender of this process.
pub fn hand_over(queue: &FiringQueue, fired: Vec<Firing>, lease_until: Option<UtcTime>) {
    let leased: Vec<Firing> = fired
        .into_iter()
        .filter(|firing| lease_until.is_some_and(|until| firing.run_at == until))
        .collect();
    if !leased.is_empty() {
        // Without room the leases end, and the rows are claimed from the table.
        let _ = queue.try_send(leased);
    }
}

fn from_table(delivery: Delivery, body: Vec<u8>, lease_until: UtcTime) -> Arrived {
    Arrived {
        id: delivery.id,
        shop: delivery.shop_id,
        topic: Topic::parse(&delivery.topic),
        triggered_at: delivery.triggered_at,
        body,
        lease_until,
        attempts: delivery.attempts,
    }
}
