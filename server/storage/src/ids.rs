//! Ids: 63 bits made by the process, growing with time, without asking the database.
//!
//! `41 bits of milliseconds since 2026 | 12 bits sequence | 10 bits node`. The node is random, chosen
//! at the start: nobody has to hand out numbers. Two processes with the same node (1 in 1,024) can
//! make one id twice; the primary key refuses the second, and [`crate::Storage::write`] then takes a
//! new node and runs its closure once more. Therefore make ids inside the closure, with
//! [`crate::WriteTx::next_id`].

use std::sync::atomic::{AtomicI64, Ordering};

use domain::time::UtcTime;

use crate::StorageError;

/// 2026-01-01T00:00:00Z in milliseconds since the Unix epoch.
const EPOCH_MS: i64 = 1_767_225_600_000;
const NODE_BITS: u32 = 10;
const SEQUENCE_BITS: u32 = 12;
/// Milliseconds that fit.
const TIME_MAX: i64 = (1 << 41) - 1;

/// Makes ids for one process.
#[derive(Debug)]
pub struct IdMaker {
    /// Time and sequence of the newest id: the upper 53 bits.
    newest: AtomicI64,
    node: AtomicI64,
}

impl IdMaker {
    /// With a random node.
    ///
    /// # Errors
    /// [`StorageError::Other`] when the system has no randomness.
    pub fn new() -> Result<Self, StorageError> {
        let maker = Self { newest: AtomicI64::new(0), node: AtomicI64::new(0) };
        maker.choose_node()?;
        Ok(maker)
    }

    /// An id that is greater than every id this maker gave before. When a millisecond's 4,096 are
    /// used up, or the clock stands still or goes back, it borrows from the milliseconds to come.
    pub fn next(&self, now: UtcTime) -> i64 {
        let earliest = time_part(now) << SEQUENCE_BITS;
        let step = |newest: i64| Some(earliest.max(newest + 1));
        let before = match self.newest.fetch_update(Ordering::AcqRel, Ordering::Acquire, step) {
            Ok(before) | Err(before) => before,
        };
        (earliest.max(before + 1) << NODE_BITS) | self.node.load(Ordering::Acquire)
    }

    /// Takes a new random node, after another process was seen to have ours.
    pub(crate) fn choose_node(&self) -> Result<(), StorageError> {
        let random = getrandom::u32()
            .map_err(|error| StorageError::Other(format!("no randomness for ids: {error}")))?;
        self.node.store(i64::from(random) & ((1 << NODE_BITS) - 1), Ordering::Release);
        Ok(())
    }
}

/// The smallest id of an instant: every id made before it is smaller (but for borrowed time).
#[must_use]
pub fn first_id_at(time: UtcTime) -> i64 {
    time_part(time) << (SEQUENCE_BITS + NODE_BITS)
}

fn time_part(now: UtcTime) -> i64 {
    (now.micros().div_euclid(1_000) - EPOCH_MS).clamp(0, TIME_MAX)
}

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, sync::Arc, thread};

    use super::*;

    #[test]
    fn ids_grow_when_the_clock_stands_still_goes_back_or_is_before_2026() {
        let maker = IdMaker::new().unwrap();
        let now = UtcTime::parse("2026-11-21T10:00:00Z").unwrap();
        let old = UtcTime::parse("2001-01-01T00:00:00Z").unwrap();
        let ids: Vec<i64> =
            (0..10_000).map(|n| maker.next(if n % 3 == 0 { now } else { old })).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(ids.iter().all(|id| *id > 0));
    }

    #[test]
    fn a_new_node_keeps_ids_growing() {
        let maker = IdMaker::new().unwrap();
        let now = UtcTime::parse("2026-11-21T10:00:00Z").unwrap();
        let before = maker.next(now);
        maker.choose_node().unwrap();
        assert!(maker.next(now) > before);
    }

    #[test]
    fn ids_sort_by_the_time_they_were_made_at() {
        let maker = IdMaker::new().unwrap();
        let now = UtcTime::parse("2026-11-21T10:00:00Z").unwrap();
        let id = maker.next(now);
        assert!(first_id_at(now) <= id);
        assert!(id < first_id_at(now.plus_millis(1)));
        assert!(first_id_at(UtcTime::from_micros(i64::MAX)) > 0);
    }

    #[test]
    fn threads_never_get_one_id_twice() {
        let maker = Arc::new(IdMaker::new().unwrap());
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let maker = Arc::clone(&maker);
                thread::spawn(move || {
                    (0..5_000).map(|_| maker.next(UtcTime::default())).collect::<Vec<_>>()
                })
            })
            .collect();
        let ids: Vec<i64> = threads.into_iter().flat_map(|one| one.join().unwrap()).collect();
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), 20_000);
    }
}
