//! How many requests may be under way: in total, to one host, for one postback. A host that hangs
//! keeps its own few slots busy and nobody else's.
//!
//! However many receivers hang at once, those that have answered promptly keep half of all slots:
//! whoever has not yet shown that, or shows the contrary, shares the other half (`unproven`).
//!
//! Slots are taken in the order postback, host, unproven, total, so whoever waits holds only what is
//! their own share, and nobody can wait in a circle. Waiting is first come, first served.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::ids::PostbackId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use self::health::HostGate;
use self::pace::{EndpointGate, Known};
use super::outcome::{AttemptResult, BodyEnd, Failure, FailureKind, Outcome};
use super::target::Target;

mod health;
mod pace;

/// How many requests may be under way at one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GateLimits {
    /// In this process.
    pub total: usize,
    /// Of them, for all postbacks together whose receivers did not answer promptly the last time, or
    /// never answered yet.
    pub unproven: usize,
    /// To one host and port.
    pub host: usize,
    /// To one that keeps timing out, until it answers again.
    pub slow_host: usize,
    /// For one postback that nothing is known of.
    pub new_endpoint: usize,
    /// For one postback at most: whoever answers promptly gets there.
    pub endpoint: usize,
}

impl Default for GateLimits {
    fn default() -> Self {
        Self { total: 512, unproven: 256, host: 32, slow_host: 2, new_endpoint: 2, endpoint: 32 }
    }
}

/// Host and port that a URL leads to: what is limited together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HostKey(String);

impl HostKey {
    /// The key of a rendered URL.
    ///
    /// # Errors
    /// A URL that cannot be sent: the same failure that sending it would give.
    pub fn of_url(url: &str) -> Result<Self, Failure> {
        let url = Target::parse(url)?.url;
        let port = url.port_or_known_default().unwrap_or_default();
        let host = url.host_str().unwrap_or_default();
        Ok(Self(format!("{host}:{port}")))
    }
}

/// The gates of this process. Of keys that are not in use only what was learned is remembered: hosts
/// that time out, and how promptly postbacks are answered.
#[derive(Debug)]
pub struct Gates {
    limits: GateLimits,
    total: Arc<Semaphore>,
    unproven: Arc<Semaphore>,
    keys: Mutex<Keys>,
}

#[derive(Debug, Default)]
struct Keys {
    hosts: HashMap<HostKey, Arc<HostGate>>,
    endpoints: HashMap<PostbackId, Arc<EndpointGate>>,
}

/// When this many hosts are known, the slow ones that are not in use are forgotten.
const HOSTS_KNOWN_MAX: usize = 10_000;
/// When this many postbacks are known, those that are not in use are forgotten.
const ENDPOINTS_KNOWN_MAX: usize = 20_000;

impl Gates {
    /// Gates with all slots free.
    #[must_use]
    pub fn new(limits: GateLimits) -> Arc<Self> {
        let total = Arc::new(Semaphore::new(limits.total));
        let unproven = Arc::new(Semaphore::new(limits.unproven));
        Arc::new(Self { limits, total, unproven, keys: Mutex::default() })
    }

    /// A slot if one is free now.
    #[must_use]
    pub fn try_acquire(self: &Arc<Self>, host: &HostKey, endpoint: PostbackId) -> Option<Permit> {
        let mut permit = self.claim(host, endpoint);
        permit.endpoint_slot = Some(permit.endpoint_gate()?.slots().try_acquire_owned().ok()?);
        permit.host_slot = Some(permit.host_gate()?.slots().try_acquire_owned().ok()?);
        if permit.is_unproven() {
            permit.unproven_slot = Some(Arc::clone(&self.unproven).try_acquire_owned().ok()?);
        }
        permit.total_slot = Some(Arc::clone(&self.total).try_acquire_owned().ok()?);
        Some(permit)
    }

    /// A slot as soon as one is free. Dropping the future gives up the place in the queue.
    pub async fn acquire(self: &Arc<Self>, host: &HostKey, endpoint: PostbackId) -> Permit {
        let mut permit = self.claim(host, endpoint);
        // `acquire_owned` fails only on closed semaphores, and nobody closes these.
        if let Some(gate) = permit.endpoint_gate() {
            permit.endpoint_slot = gate.slots().acquire_owned().await.ok();
        }
        if let Some(gate) = permit.host_gate() {
            permit.host_slot = gate.slots().acquire_owned().await.ok();
        }
        if permit.is_unproven() {
            permit.unproven_slot = Arc::clone(&self.unproven).acquire_owned().await.ok();
        }
        permit.total_slot = Arc::clone(&self.total).acquire_owned().await.ok();
        permit
    }

    /// Whether the last answer for this postback kept us waiting.
    #[must_use]
    pub fn is_slow(&self, endpoint: PostbackId) -> bool {
        self.keys().endpoints.get(&endpoint).is_some_and(|gate| gate.known() == Known::Slow)
    }

    /// How many requests are under way.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.limits.total.saturating_sub(self.total.available_permits())
    }

    /// Registers an interest in the two keys; its end is what frees their memory.
    fn claim(self: &Arc<Self>, host: &HostKey, endpoint: PostbackId) -> Permit {
        let mut keys = self.keys();
        let host_gate = keys
            .hosts
            .entry(host.clone())
            .or_insert_with(|| Arc::new(HostGate::new(self.limits.host, self.limits.slow_host)));
        let host_gate = Some(Arc::clone(host_gate));
        let limits = self.limits;
        let endpoint_gate = keys
            .endpoints
            .entry(endpoint)
            .or_insert_with(|| Arc::new(EndpointGate::new(limits.new_endpoint, limits.endpoint)));
        Permit {
            host: host.clone(),
            endpoint,
            endpoint_gate: Some(Arc::clone(endpoint_gate)),
            host_gate,
            endpoint_slot: None,
            host_slot: None,
            unproven_slot: None,
            total_slot: None,
            gates: Arc::clone(self),
        }
    }

    fn keys(&self) -> MutexGuard<'_, Keys> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to have one request under way. Give it back with [`Permit::finish`]; dropping it frees
/// the slot too, but teaches nothing about the receiver.
#[derive(Debug)]
pub struct Permit {
    host: HostKey,
    endpoint: PostbackId,
    endpoint_gate: Option<Arc<EndpointGate>>,
    host_gate: Option<Arc<HostGate>>,
    endpoint_slot: Option<OwnedSemaphorePermit>,
    host_slot: Option<OwnedSemaphorePermit>,
    unproven_slot: Option<OwnedSemaphorePermit>,
    total_slot: Option<OwnedSemaphorePermit>,
    gates: Arc<Gates>,
}

impl Permit {
    /// Frees the slot and notes whether the receiver kept us waiting.
    pub fn finish(self, result: &AttemptResult) {
        if let Some(gate) = &self.endpoint_gate {
            gate.has_taken(result.latency);
        }
        let Some(gate) = &self.host_gate else { return };
        match &result.outcome {
            Outcome::Answered(answer) if answer.body == BodyEnd::TooSlow => gate.was_slow(),
            Outcome::Answered(_) => gate.was_prompt(),
            Outcome::Failed(failure) if failure.kind == FailureKind::Timeout => gate.was_slow(),
            // Says nothing about how long the host lets us wait.
            Outcome::Failed(_) => {}
        }
    }

    fn endpoint_gate(&self) -> Option<Arc<EndpointGate>> {
        self.endpoint_gate.clone()
    }

    fn is_unproven(&self) -> bool {
        self.endpoint_gate.as_ref().is_some_and(|gate| gate.known() != Known::Prompt)
    }

    fn host_gate(&self) -> Option<Arc<HostGate>> {
        self.host_gate.clone()
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        drop(self.total_slot.take());
        drop(self.unproven_slot.take());
        if let (Some(gate), Some(slot)) = (&self.endpoint_gate, self.endpoint_slot.take()) {
            gate.give_back(slot);
        }
        if let (Some(gate), Some(slot)) = (&self.host_gate, self.host_slot.take()) {
            gate.give_back(slot);
        }
        // Counting the users of a key is sound only while nobody else can come or go.
        let mut keys = self.gates.keys();
        drop(self.endpoint_gate.take());
        drop(self.host_gate.take());
        let is_blank =
            |gate: &Arc<EndpointGate>| is_unused(gate) && gate.known() == Known::Unproven;
        if keys.endpoints.get(&self.endpoint).is_some_and(is_blank) {
            keys.endpoints.remove(&self.endpoint);
        }
        if keys.endpoints.len() > ENDPOINTS_KNOWN_MAX {
            keys.endpoints.retain(|_, gate| !is_unused(gate));
        }
        if keys.hosts.get(&self.host).is_some_and(|gate| is_unused(gate) && !gate.is_slow()) {
            keys.hosts.remove(&self.host);
        }
        if keys.hosts.len() > HOSTS_KNOWN_MAX {
            keys.hosts.retain(|_, gate| !is_unused(gate));
        }
    }
}

/// Whether only the map itself still holds it.
fn is_unused<T>(gate: &Arc<T>) -> bool {
    Arc::strong_count(gate) == 1
}

#[cfg(test)]
mod tests;
