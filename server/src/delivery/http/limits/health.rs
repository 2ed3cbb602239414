//! The slots of one host, fewer while it keeps timing out: a small circuit breaker.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Timeouts in a row that make a host a slow one.
const TIMEOUTS_MAX: u32 = 3;

#[derive(Debug)]
pub(super) struct HostGate {
    slots: Arc<Semaphore>,
    full: usize,
    slow: usize,
    health: Mutex<HostHealth>,
}

#[derive(Debug)]
struct HostHealth {
    timeouts_in_row: u32,
    /// Slots that exist now, free or taken.
    slot_count: usize,
}

impl HostGate {
    pub(super) fn new(full: usize, slow: usize) -> Self {
        let health = HostHealth { timeouts_in_row: 0, slot_count: full };
        Self {
            slots: Arc::new(Semaphore::new(full)),
            full,
            slow: slow.min(full),
            health: Mutex::new(health),
        }
    }

    pub(super) fn slots(&self) -> Arc<Semaphore> {
        Arc::clone(&self.slots)
    }

    pub(super) fn is_slow(&self) -> bool {
        self.health().timeouts_in_row >= TIMEOUTS_MAX
    }

    /// A request timed out. After some in a row the free slots above the slow limit go away at
    /// once, and the taken ones as they come back.
    pub(super) fn was_slow(&self) {
        let mut health = self.health();
        health.timeouts_in_row = health.timeouts_in_row.saturating_add(1);
        if health.timeouts_in_row >= TIMEOUTS_MAX {
            let surplus = health.slot_count.saturating_sub(self.slow);
            health.slot_count -= self.slots.forget_permits(surplus);
        }
    }

    /// A request was answered: the host has all its slots again.
    pub(super) fn was_prompt(&self) {
        let mut health = self.health();
        health.timeouts_in_row = 0;
        self.slots.add_permits(self.full.saturating_sub(health.slot_count));
        health.slot_count = self.full;
    }

    /// Takes a slot back, or ends it when the host has become slow meanwhile.
    pub(super) fn give_back(&self, slot: OwnedSemaphorePermit) {
        let mut health = self.health();
        if health.timeouts_in_row >= TIMEOUTS_MAX && health.slot_count > self.slow {
            slot.forget();
            health.slot_count -= 1;
        }
    }

    fn health(&self) -> MutexGuard<'_, HostHealth> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
