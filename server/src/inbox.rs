//! The way in for webhooks: whatever is waiting is committed in one transaction (group commit), so
//! that durability costs one sync for many deliveries. A delivery is answered only after its commit;
//! then it goes to the settler from memory, if there is one in this process and it has room.

use std::sync::Arc;

use domain::{
    ids::{DeliveryId, ShopId},
    time::UtcTime,
};
use shopify::webhook::Topic;
use storage::{
    Backend, StorageError,
    inbox::{NewDelivery, Recorded, delivery_record_batch},
    notify::{Channel, notify},
};
use tokio::sync::{Mutex, mpsc, oneshot};

use crate::app::App;

/// Most deliveries of one transaction.
const BATCH_MAX: usize = 128;
/// Deliveries that may wait for a commit before callers are told to come again later.
const WAITING_MAX: usize = 4_096;

/// A delivery that has been stored and can be settled from memory.
#[derive(Debug)]
pub struct Arrived {
    /// Its id.
    pub id: DeliveryId,
    /// Its shop.
    pub shop: ShopId,
    /// What it is about.
    pub topic: Topic,
    /// When Shopify triggered it.
    pub triggered_at: UtcTime,
    /// Its bytes.
    pub body: Vec<u8>,
    /// Until when nobody else works on it.
    pub lease_until: UtcTime,
    /// Tries so far, this one included.
    pub attempts: i64,
}

/// One webhook request.
#[derive(Debug)]
pub struct Incoming {
    /// The row to store.
    pub delivery: NewDelivery,
    /// What it is about.
    pub topic: Topic,
    /// Its bytes.
    pub body: Vec<u8>,
}

/// A caller that waits for its commit.
struct Waiting {
    incoming: Incoming,
    answer: oneshot::Sender<Result<Recorded, StorageError>>,
}

/// Hands deliveries to the writers and waits for their commit.
#[derive(Clone)]
pub struct Inbox {
    queue: mpsc::Sender<Waiting>,
}

impl Inbox {
    /// Starts the writers. Stored deliveries go to `settler`, if there is one in this process.
    #[must_use]
    pub fn start(app: &App, settler: Option<mpsc::Sender<Arrived>>) -> Self {
        let (queue, waiting) = mpsc::channel(WAITING_MAX);
        let waiting = Arc::new(Mutex::new(waiting));
        // SQLite has one writer; on PostgreSQL commits of several connections overlap.
        let writers = match app.storage.backend() {
            Backend::Sqlite => 1,
            Backend::Postgres => 3,
        };
        for _ in 0..writers {
            tokio::spawn(write_batches(app.clone(), Arc::clone(&waiting), settler.clone()));
        }
        Self { queue }
    }

    /// Stores a delivery durably, or tells that it is a repeat.
    ///
    /// # Errors
    /// [`StorageError`]: nothing is stored, and the sender has to come again.
    pub async fn store(&self, incoming: Incoming) -> Result<Recorded, StorageError> {
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting { incoming, answer };
        self.queue
            .try_send(waiting)
            .map_err(|_full| StorageError::Busy("the inbox is full".to_owned()))?;
        answered
            .await
            .unwrap_or_else(|_closed| Err(StorageError::Other("the inbox was closed".to_owned())))
    }
}

async fn write_batches(
    app: App,
    waiting: Arc<Mutex<mpsc::Receiver<Waiting>>>,
    settler: Option<mpsc::Sender<Arrived>>,
) {
    loop {
        let mut batch = Vec::with_capacity(BATCH_MAX);
        if waiting.lock().await.recv_many(&mut batch, BATCH_MAX).await == 0 {
            return;
        }
        write_batch(&app, batch, settler.as_ref()).await;
    }
}

async fn write_batch(app: &App, batch: Vec<Waiting>, settler: Option<&mpsc::Sender<Arrived>>) {
    // Only as many as the settler has room for are born leased to this process.
    let room = settler.map_or(0, mpsc::Sender::capacity);
    let lease_until = app.clock.now().plus_seconds(app.settings.lease_seconds);
    let mut rows = Vec::with_capacity(batch.len());
    let mut callers = Vec::with_capacity(batch.len());
    for (index, waiting) in batch.into_iter().enumerate() {
        let lease_until = (index < room).then_some(lease_until);
        let Incoming { delivery, topic, body } = waiting.incoming;
        callers.push((waiting.answer, topic, body, delivery.shop_id, delivery.triggered_at));
        rows.push(NewDelivery { lease_until, ..delivery });
    }
    let wakes_others = rows.iter().any(|row| row.lease_until.is_none());
    let leased: Vec<bool> = rows.iter().map(|row| row.lease_until.is_some()).collect();
    let stored = app
        .storage
        .write(move |tx| {
            let recorded = delivery_record_batch(tx, &rows)?;
            if wakes_others {
                notify(tx, Channel::Inbox)?;
            }
            Ok::<_, StorageError>(recorded)
        })
        .await;
    match stored {
        Ok(recorded) => {
            for ((caller, recorded), is_leased) in callers.into_iter().zip(recorded).zip(leased) {
                let (answer, topic, body, shop, triggered_at) = caller;
                // A caller that has gone away still has its delivery stored.
                let _ = answer.send(Ok(recorded));
                if let (Recorded::New(id), true, Some(settler)) = (recorded, is_leased, settler) {
                    let arrived =
                        Arrived { id, shop, topic, triggered_at, body, lease_until, attempts: 1 };
                    // Without room the lease ends, and the row is claimed from the table.
                    let _ = settler.try_send(arrived);
                }
            }
        }
        Err(error) => {
            tracing::error!(%error, count = callers.len(), "deliveries could not be stored");
            for (answer, ..) in callers {
                let _ = answer.send(Err(StorageError::Unavailable(error.to_string())));
            }
        }
    }
}
