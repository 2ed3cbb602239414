//! Starts the workers of a process and wakes them: within the process directly, across processes
//! through the database's announcements (PostgreSQL).

use std::{sync::Arc, time::Duration};

use storage::{
    StorageError,
    notify::{Channel, Listener},
};
use tokio::sync::{Notify, mpsc};

use super::{
    job_runner, link_reader,
    mailer::{self, Mailer},
    pixel_sender, postback_upkeep,
    sender::{self, Sender},
    settler::{self, FiringQueue, hand_over},
    upkeep,
};
use crate::{app::App, flows::approve_due, inbox::Arrived, shopify_work};

/// Deliveries in memory that wait for the settler; the inbox table keeps the others.
const ARRIVED_MAX: usize = 2_048;
/// Batches of firings in memory that wait for the sender.
const FIRED_MAX: usize = 256;
/// How often conversions are looked at whose hold may have ended.
const APPROVE_EVERY: Duration = Duration::from_secs(5);
/// How long the listener waits before it looks whether it is still wanted.
const LISTEN_FOR: Duration = Duration::from_secs(5);

/// The running workers of a process.
pub struct Workers {
    /// Where the inbox hands deliveries over.
    pub arrived: mpsc::Sender<Arrived>,
    /// What is being sent.
    pub sender: Sender,
    /// Mails that are being sent.
    pub mailer: Mailer,
}

/// Starts settling, sending, approving and mailing.
#[must_use]
pub fn start(app: &App) -> Workers {
    let (arrived, arriving) = mpsc::channel(ARRIVED_MAX);
    let (firings, fired) = mpsc::channel(FIRED_MAX);
    let (inbox_wake, outbox_wake) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    settler::start(app, arriving, &firings, &inbox_wake);
    let sender = sender::start(app, fired, &outbox_wake);
    tokio::spawn(approve_regularly(app.clone(), firings));
    tokio::spawn(shopify_work::run(app.clone()));
    let mailer = mailer::start(app);
    tokio::spawn(pixel_sender::run(app.clone()));
    tokio::spawn(job_runner::run(app.clone()));
    tokio::spawn(upkeep::run(app.clone()));
    tokio::spawn(link_reader::run(app.clone()));
    tokio::spawn(postback_upkeep::keep_up(app.clone()));
    listen(app.settings.database_url.clone(), inbox_wake, outbox_wake);
    Workers { arrived, sender, mailer }
}

async fn approve_regularly(app: App, firings: FiringQueue) {
    let mut timer = tokio::time::interval(APPROVE_EVERY);
    loop {
        timer.tick().await;
        loop {
            match approve_batch(&app, &firings).await {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) => {
                    tracing::error!(%error, "conversions cannot be approved");
                    break;
                }
            }
        }
    }
}

async fn approve_batch(app: &App, firings: &FiringQueue) -> Result<usize, StorageError> {
    let now = app.clock.now();
    let due = app.storage.read(approve_due::next_approval_at).await?;
    if due.is_none_or(|due| due > now) {
        return Ok(0);
    }
    let lease_until = Some(now.plus_seconds(app.settings.lease_seconds));
    let books = Arc::clone(&app.books);
    let (count, fired) =
        app.storage.write(move |tx| approve_due::approve_due(tx, &books, now, lease_until)).await?;
    hand_over(firings, fired, lease_until);
    Ok(count)
}

/// Hears other processes' announcements on a thread of its own. On SQLite there is nobody to hear.
fn listen(database_url: String, inbox: Arc<Notify>, outbox: Arc<Notify>) {
    if !database_url.starts_with("postgres") {
        return;
    }
    let spawned = std::thread::Builder::new().name("announcements".to_owned()).spawn(move || {
        loop {
            if let Err(error) = hear(&database_url, &inbox, &outbox) {
                tracing::warn!(%error, "announcements are lost; the timers go on");
                std::thread::sleep(LISTEN_FOR);
            }
        }
    });
    if let Err(error) = spawned {
        tracing::warn!(%error, "no thread for announcements; the timers go on");
    }
}

fn hear(database_url: &str, inbox: &Notify, outbox: &Notify) -> Result<(), StorageError> {
    let mut listener = Listener::connect(database_url)?;
    loop {
        for channel in listener.wait(LISTEN_FOR)? {
            match channel {
                Channel::Inbox => inbox.notify_one(),
                Channel::Outbox => outbox.notify_one(),
                Channel::Settings => {}
            }
        }
    }
}
