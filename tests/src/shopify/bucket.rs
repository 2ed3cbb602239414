//! The leaky bucket of one shop.

use std::time::Instant;

use serde_json::{Value, json};

/// Points that come back with time.
#[derive(Debug, Clone)]
pub struct FakeBucket {
    /// What it holds when it is full.
    pub maximum: u64,
    /// What comes back each second.
    pub restore_per_s: u64,
    /// In thousandths, so that no rounding lets anybody through early.
    available_milli: u64,
    at: Instant,
}

impl Default for FakeBucket {
    fn default() -> Self {
        Self::new(20_000, 10_000)
    }
}

impl FakeBucket {
    /// A full one.
    #[must_use]
    pub fn new(maximum: u64, restore_per_s: u64) -> Self {
        Self { maximum, restore_per_s, available_milli: maximum * 1_000, at: Instant::now() }
    }

    /// Takes points out, if there are so many.
    pub(super) fn take(&mut self, points: u64, now: Instant) -> bool {
        let passed = u64::try_from(now.duration_since(self.at).as_micros()).unwrap_or(u64::MAX);
        let restored = passed.saturating_mul(self.restore_per_s) / 1_000;
        self.available_milli = (self.available_milli + restored).min(self.maximum * 1_000);
        self.at = now;
        let Some(left) = self.available_milli.checked_sub(points * 1_000) else { return false };
        self.available_milli = left;
        true
    }

    pub(super) const fn available(&self) -> u64 {
        self.available_milli / 1_000
    }

    /// As Shopify tells it with every answer.
    pub(super) fn cost(&self, points: u64, ran: bool) -> Value {
        json!({"cost": {
            "requestedQueryCost": points,
            "actualQueryCost": if ran { json!(points) } else { Value::Null },
            "throttleStatus": {
                "maximumAvailable": format!("{}.0", self.maximum).parse::<f64>().unwrap_or(0.0),
                "currentlyAvailable": self.available(),
                "restoreRate": self.restore_per_s,
            },
        }})
    }
}
