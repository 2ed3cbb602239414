//! The slots of one postback. A receiver that answers promptly gets more of them, one for each such
//! answer; one that keeps us waiting loses half. So a fast receiver is not held back by a limit made
//! for slow ones, and a hanging one soon costs one slot.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// An answer that took longer kept us waiting.
const PROMPT: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct EndpointGate {
    slots: Arc<Semaphore>,
    max: usize,
    pace: Mutex<Pace>,
}

#[derive(Debug)]
struct Pace {
    /// How many slots there should be.
    wanted: usize,
    /// How many there are, free or taken.
    slot_count: usize,
    known: Known,
}

/// What the last answer showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// Nothing yet.
    Unproven,
    /// It answers promptly.
    Prompt,
    /// It kept us waiting.
    Slow,
}

impl EndpointGate {
    pub(super) fn new(start: usize, max: usize) -> Self {
        let start = start.min(max);
        let pace = Pace { wanted: start, slot_count: start, known: Known::Unproven };
        Self { slots: Arc::new(Semaphore::new(start)), max, pace: Mutex::new(pace) }
    }

    pub(super) fn slots(&self) -> Arc<Semaphore> {
        Arc::clone(&self.slots)
    }

    pub(super) fn known(&self) -> Known {
        self.pace().known
    }

    /// A try has ended after this time, whatever came of it.
    pub(super) fn has_taken(&self, time: Duration) {
        let mut pace = self.pace();
        if time < PROMPT {
            pace.known = Known::Prompt;
            pace.wanted = (pace.wanted + 1).min(self.max);
            let more = pace.wanted.saturating_sub(pace.slot_count);
            self.slots.add_permits(more);
            pace.slot_count += more;
        } else {
            pace.known = Known::Slow;
            pace.wanted = (pace.wanted / 2).max(1);
            let surplus = pace.slot_count.saturating_sub(pace.wanted);
            pace.slot_count -= self.slots.forget_permits(surplus);
        }
    }

    /// Takes a slot back, or ends it when there should be fewer by now.
    pub(super) fn give_back(&self, slot: OwnedSemaphorePermit) {
        let mut pace = self.pace();
        if pace.slot_count > pace.wanted {
            slot.forget();
            pace.slot_count -= 1;
        }
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(10);

    fn take_all(gate: &EndpointGate) -> Vec<OwnedSemaphorePermit> {
        std::iter::from_fn(|| gate.slots().try_acquire_owned().ok()).collect()
    }

    #[test]
    fn prompt_answers_earn_slots_and_slow_ones_cost_half() {
        let gate = EndpointGate::new(2, 8);
        assert_eq!((take_all(&gate).len(), gate.known()), (2, Known::Unproven));
        for _ in 0..20 {
            gate.has_taken(Duration::from_millis(5));
        }
        assert_eq!((take_all(&gate).len(), gate.known()), (8, Known::Prompt));
        for left in [4, 2, 1, 1] {
            gate.has_taken(LONG);
            assert_eq!((take_all(&gate).len(), gate.known()), (left, Known::Slow));
        }
        gate.has_taken(Duration::ZERO);
        assert_eq!(take_all(&gate).len(), 2);
    }

    #[test]
    fn slots_that_are_out_end_when_they_come_back() {
        let gate = EndpointGate::new(4, 4);
        let mut held = take_all(&gate);
        gate.has_taken(LONG);
        gate.has_taken(LONG);
        assert!(gate.slots().try_acquire_owned().is_err());
        held.drain(..).for_each(|slot| gate.give_back(slot));
        assert_eq!(take_all(&gate).len(), 1);
    }
}
