//! The only place that knows what time it is.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use domain::time::UtcTime;

/// Tells the time: the system's, or one that `simulate` and the tests move by hand.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// Microseconds since the epoch, moved by [`Clock::set`].
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands still at `start`.
    #[must_use]
    pub fn manual(start: UtcTime) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(start.micros())))
    }

    /// The present instant.
    #[must_use]
    pub fn now(&self) -> UtcTime {
        match self {
            #[expect(clippy::disallowed_methods, reason = "this is the one clock")]
            Self::System => {
                let since_epoch = std::time::SystemTime::now()
                    .duration_since(std::time::UNIX_EPOCH)
                    .unwrap_or_default();
                UtcTime::from_micros(i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX))
            }
            Self::Manual(micros) => UtcTime::from_micros(micros.load(Ordering::SeqCst)),
        }
    }

    /// Moves a manual clock; the system's clock does not listen.
    pub fn set(&self, now: UtcTime) {
        if let Self::Manual(micros) = self {
            micros.store(now.micros(), Ordering::SeqCst);
        }
    }
}
