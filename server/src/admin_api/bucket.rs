//! A shop's budget of points, as far as we know it: calls wait here instead of being refused there.
//! Shopify's own word, which comes with every answer, replaces what we reckoned.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use shopify::graphql::Cost;

/// What is assumed before the first answer: the smallest bucket there is.
const UNKNOWN: Level = Level { maximum: 1_000, available: 1_000, restore_per_s: 50 };

#[derive(Debug, Clone, Copy)]
struct Level {
    maximum: u32,
    available: u32,
    restore_per_s: u32,
}

/// The budget of one shop.
#[derive(Debug)]
pub(super) struct Bucket {
    level: Level,
    /// When the level was, or will be, so.
    at: Instant,
    /// What each operation was priced at.
    prices: HashMap<&'static str, u32>,
}

impl Bucket {
    pub(super) fn new(now: Instant) -> Self {
        Self { level: UNKNOWN, at: now, prices: HashMap::new() }
    }

    /// Sets points aside for an operation, and says how long to wait until they are there.
    pub(super) fn reserve(
        &mut self,
        operation: &'static str,
        estimate: u32,
        now: Instant,
    ) -> Duration {
        let price = self.prices.get(operation).copied().unwrap_or(estimate);
        let price = price.min(self.level.maximum);
        self.restore(now);
        let missing = price.saturating_sub(self.level.available);
        self.level.available = self.level.available.saturating_sub(price);
        let filling = milliseconds(missing, self.level.restore_per_s);
        self.at += filling;
        self.at.saturating_duration_since(now)
    }

    /// What Shopify said with an answer.
    pub(super) fn learn(&mut self, operation: &'static str, cost: &Cost, now: Instant) {
        self.prices.insert(operation, cost.requested);
        let is_reserved_ahead = self.at > now;
        self.level.maximum = cost.maximum;
        self.level.restore_per_s = cost.restore_per_s.max(1);
        if !is_reserved_ahead {
            self.level.available = cost.available;
            self.at = now;
        }
    }

    /// Shopify refused for want of points: the next reservation waits until they are there.
    pub(super) fn refused(&mut self, operation: &'static str, cost: &Cost, now: Instant) {
        self.prices.insert(operation, cost.requested);
        let wait = Duration::from_millis(cost.wait_ms(cost.requested));
        self.level = Level {
            maximum: cost.maximum,
            // What will be in it by then.
            available: cost.available.max(cost.requested.min(cost.maximum)),
            restore_per_s: cost.restore_per_s.max(1),
        };
        self.at = now + wait;
    }

    /// Points that have come back since.
    fn restore(&mut self, now: Instant) {
        let Some(passed) = now.checked_duration_since(self.at) else { return };
        let restored = passed.as_millis() * u128::from(self.level.restore_per_s) / 1_000;
        let available = u128::from(self.level.available) + restored;
        let full = u128::from(self.level.maximum);
        self.level.available = u32::try_from(available.min(full)).unwrap_or(u32::MAX);
        self.at = now;
    }
}

fn milliseconds(points: u32, per_s: u32) -> Duration {
    Duration::from_millis((u64::from(points) * 1_000).div_ceil(u64::from(per_s.max(1))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(available: u32) -> Cost {
        Cost { requested: 100, actual: None, maximum: 2_000, available, restore_per_s: 100 }
    }

    #[test]
    fn s11_13_calls_wait_until_their_points_are_there() {
        let start = Instant::now();
        let mut bucket = Bucket::new(start);
        bucket.learn("A", &cost(250), start);
        assert_eq!(bucket.reserve("A", 1, start), Duration::ZERO);
        assert_eq!(bucket.reserve("A", 1, start), Duration::ZERO);
        assert_eq!(bucket.reserve("A", 1, start), Duration::from_millis(500));
        assert_eq!(
            bucket.reserve("A", 1, start),
            Duration::from_millis(1_500),
            "one after another"
        );
        let later = start + Duration::from_secs(10);
        assert_eq!(bucket.reserve("B", 850, later), Duration::ZERO, "8.5 s have filled it");
        assert_eq!(bucket.reserve("B", 10, later), Duration::from_millis(100));
    }

    #[test]
    fn s11_13_a_refusal_makes_everybody_wait() {
        let start = Instant::now();
        let mut bucket = Bucket::new(start);
        bucket.refused("A", &cost(40), start);
        assert_eq!(bucket.reserve("A", 1, start), Duration::from_millis(600), "the same call");
        assert_eq!(bucket.reserve("B", 50, start), Duration::from_millis(1_100), "then another");
    }

    #[test]
    fn what_costs_more_than_the_bucket_holds_waits_for_a_full_one() {
        let start = Instant::now();
        let mut bucket = Bucket::new(start);
        bucket.learn("A", &Cost { maximum: 50, ..cost(50) }, start);
        assert_eq!(bucket.reserve("A", 1, start), Duration::ZERO);
    }
}
