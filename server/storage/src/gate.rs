//! The queue in front of the connections: first come, first served, bounded in time. Waiting here
//! costs nothing, so that neither blocking threads nor SQLite's busy handler have to wait.

use std::{
    future::Future,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
    time::{Duration, Instant},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::StorageError;

/// One permit per connection. With a single permit it is a fair mutex.
#[derive(Debug, Clone)]
pub(crate) struct Gate {
    permits: Arc<Semaphore>,
    wait_max: Duration,
}

impl Gate {
    pub(crate) fn new(permits: u32, wait_max: Duration) -> Self {
        let permits = usize::try_from(permits).unwrap_or(usize::MAX);
        Self { permits: Arc::new(Semaphore::new(permits)), wait_max }
    }

    /// Waits for a turn, at most `wait_max`.
    pub(crate) async fn enter(&self) -> Result<OwnedSemaphorePermit, StorageError> {
        // Most often there is no queue, and then no timer is needed.
        if let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() {
            return Ok(permit);
        }
        let turn = Arc::clone(&self.permits).acquire_owned();
        match tokio::time::timeout(self.wait_max, turn).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) | Err(_) => Err(self.too_long()),
        }
    }

    /// The same for a thread that may block.
    pub(crate) fn enter_blocking(&self) -> Result<OwnedSemaphorePermit, StorageError> {
        let turn = Arc::clone(&self.permits).acquire_owned();
        match block_on(turn, Instant::now() + self.wait_max) {
            Some(Ok(permit)) => Ok(permit),
            Some(Err(_)) | None => Err(self.too_long()),
        }
    }

    fn too_long(&self) -> StorageError {
        StorageError::Busy(format!("no connection was free within {:?}", self.wait_max))
    }
}

/// Runs a future that needs no reactor on this thread; none when the deadline passes.
fn block_on<F: Future>(future: F, deadline: Instant) -> Option<F::Output> {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Some(output);
        }
        let left = deadline.checked_duration_since(Instant::now())?;
        thread::park_timeout(left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blocked_thread_gets_its_turn_when_the_permit_comes_back() {
        let gate = Gate::new(1, Duration::from_secs(10));
        let held = gate.enter_blocking().unwrap();
        let waiting = thread::spawn({
            let gate = gate.clone();
            move || gate.enter_blocking().is_ok()
        });
        drop(held);
        assert!(waiting.join().unwrap());
    }

    #[tokio::test]
    async fn waiting_ends_with_busy_after_the_limit() {
        let gate = Gate::new(1, Duration::from_millis(20));
        let _held = gate.enter().await.unwrap();
        assert!(matches!(gate.enter().await, Err(StorageError::Busy(_))));
        let blocking = thread::spawn({
            let gate = gate.clone();
            move || gate.enter_blocking().map(drop)
        });
        assert!(matches!(blocking.join().unwrap(), Err(StorageError::Busy(_))));
    }
}
