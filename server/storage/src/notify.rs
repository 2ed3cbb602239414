//! Waking other processes: LISTEN and NOTIFY on PostgreSQL. On SQLite there is one process, which
//! wakes itself, and both do nothing. A wake-up may get lost with its connection, so whoever waits
//! also has a timer.

use std::{
    thread,
    time::{Duration, Instant},
};

use diesel::{PgConnection, connection::SimpleConnection};

use crate::{
    DbConn, StorageError, WriteTx,
    address::Address,
    conn::{self, Purpose},
    sql::load,
};

/// How often the socket is looked at: libpq's is not ours to wait on.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// What can be announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channel {
    /// There are deliveries to settle.
    Inbox,
    /// There are firings to send.
    Outbox,
    /// Settings, programs or postbacks of a shop have changed.
    Settings,
}

impl Channel {
    const ALL: [Self; 3] = [Self::Inbox, Self::Outbox, Self::Settings];

    const fn name(self) -> &'static str {
        match self {
            Self::Inbox => "tributary_inbox",
            Self::Outbox => "tributary_outbox",
            Self::Settings => "tributary_settings",
        }
    }
}

/// Wakes the listeners of all processes when this transaction commits.
///
/// # Errors
/// [`StorageError`].
pub fn notify(tx: &mut WriteTx<'_>, channel: Channel) -> Result<(), StorageError> {
    // Only PostgreSQL has it.
    if matches!(&**tx, DbConn::Postgres(_)) {
        let text = "SELECT 1::BIGINT FROM (SELECT pg_notify(?, '')) AS sent";
        load!(&mut **tx, text, [channel.name()] => diesel::sql_types::BigInt as i64);
    }
    Ok(())
}

/// Hears what other processes announce, on a connection of its own.
#[expect(missing_debug_implementations, reason = "a connection has nothing to show")]
pub struct Listener(Option<PgConnection>);

impl Listener {
    /// Listens to all channels of the database at this URL.
    ///
    /// # Errors
    /// [`StorageError::Unavailable`] when it cannot be reached.
    pub fn connect(url: &str) -> Result<Self, StorageError> {
        let address = Address::parse(url)?;
        if !matches!(address, Address::Postgres(_)) {
            return Ok(Self(None));
        }
        let DbConn::Postgres(mut conn) = conn::open(&address, Purpose::Read)? else {
            return Ok(Self(None));
        };
        for channel in Channel::ALL {
            conn.batch_execute(&format!("LISTEN {}", channel.name()))?;
        }
        Ok(Self(Some(conn)))
    }

    /// Waits for announcements, at most `timeout`, and returns their channels, each once; none when
    /// the time is over. Blocks: for a thread of its own.
    ///
    /// # Errors
    /// [`StorageError::Unavailable`] when the connection is lost: connect again, and look at the
    /// queues, for something may have been missed.
    pub fn wait(&mut self, timeout: Duration) -> Result<Vec<Channel>, StorageError> {
        let deadline = Instant::now() + timeout;
        let Some(conn) = &mut self.0 else {
            thread::sleep(timeout);
            return Ok(Vec::new());
        };
        loop {
            let mut heard = Vec::new();
            for notification in conn.notifications_iter() {
                let name = notification?.channel;
                let known = Channel::ALL.into_iter().find(|channel| channel.name() == name);
                heard.extend(known.filter(|channel| !heard.contains(channel)));
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if !heard.is_empty() || left.is_zero() {
                return Ok(heard);
            }
            thread::sleep(left.min(LOOK_EVERY));
        }
    }
}
