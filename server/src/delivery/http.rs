//! The only door for postbacks to other people's servers: public addresses only, bounded in time
//! and size, byte for byte what was rendered.
//!
//! Built on hyper's client and not on reqwest, because reqwest takes its URLs from the `url` crate,
//! which rewrites them (`/../`, `'`, `|`), and E1 promises the affiliate's literal text. What is
//! success, and when to try again, is decided in `domain::retry`; what to send in
//! `domain::postback`.

use std::fmt;
use std::time::Duration;

use http_body_util::Full;
use hyper::Response;
use hyper::body::{Bytes, Incoming};
use hyper::header::RETRY_AFTER;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::pki_types::CertificateDer;
use tokio::time::{Instant, timeout_at};

pub use hyper::Method;

mod address;
mod body;
mod connect;
mod failure;
mod hop;
pub mod limits;
mod outcome;
mod target;
mod tls;

pub use address::{AddressPolicy, Refusal};
pub use body::EXCERPT_BYTES;
pub use hop::USER_AGENT;
pub use outcome::{Answer, AttemptResult, BodyEnd, Failure, FailureKind, Outcome};
pub use target::URL_BYTES_MAX;
pub use tls::{install_crypto_provider, root_certificates};

use connect::Door;
use hop::Hop;

/// What is sent. Nothing in it is changed on the way.
#[derive(Clone, PartialEq, Eq)]
pub struct OutboundRequest {
    /// GET or POST.
    pub method: Method,
    /// Absolute http or https URL, as rendered.
    pub url: String,
    /// In this order; a name may come twice.
    pub headers: Vec<(String, String)>,
    /// Sent with its length; `None` for a GET.
    pub body: Option<String>,
}

/// Leaves out what may hold a secret or a buyer's data.
impl fmt::Debug for OutboundRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutboundRequest").field("method", &self.method).finish_non_exhaustive()
    }
}

/// How long a receiver may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientLimits {
    /// For each connection: name lookup, TCP and TLS together.
    pub connect: Duration,
    /// For everything: redirects, and the body too (postbacks.md 4.6).
    pub total: Duration,
    /// For the body alone: its status is known by then, so little is gained by waiting.
    pub body: Duration,
    /// How long an unused connection is kept.
    pub idle: Duration,
    /// How many unused connections are kept for one host: as many as may be busy at a time
    /// ([`limits::GateLimits`]), for each one fewer is opened again and again.
    pub idle_per_host: usize,
}

impl Default for ClientLimits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            total: Duration::from_secs(10),
            body: Duration::from_secs(2),
            idle: Duration::from_secs(15),
            idle_per_host: 32,
        }
    }
}

/// Sends requests to strangers. Cheap to clone; clones share their connections.
#[derive(Clone)]
pub struct GuardedClient {
    http: Client<Door, Full<Bytes>>,
    limits: ClientLimits,
}

impl GuardedClient {
    /// A client that trusts [`root_certificates`].
    #[must_use]
    pub fn new(policy: AddressPolicy, limits: ClientLimits) -> Self {
        Self::with_roots(policy, limits, root_certificates())
    }

    /// A client that trusts these certificates only.
    #[must_use]
    pub fn with_roots(
        policy: AddressPolicy,
        limits: ClientLimits,
        roots: Vec<CertificateDer<'static>>,
    ) -> Self {
        let door = Door::new(policy, tls::client_config(roots), limits.connect);
        let http = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(limits.idle)
            .pool_max_idle_per_host(limits.idle_per_host)
            .http1_max_buf_size(HEADER_BYTES_MAX)
            .build(door);
        Self { http, limits }
    }

    /// Sends one request and follows its redirects. Never takes longer than the limits.
    pub async fn send(&self, request: &OutboundRequest) -> AttemptResult {
        let started = Instant::now();
        let mut at = Position { url: request.url.clone(), redirects: 0 };
        let outcome = match self.follow(request, started + self.limits.total, &mut at).await {
            Ok(answer) => Outcome::Answered(answer),
            Err(failure) => Outcome::Failed(failure),
        };
        AttemptResult {
            outcome,
            latency: started.elapsed(),
            final_url: at.url,
            redirects: at.redirects,
        }
    }

    async fn follow(
        &self,
        request: &OutboundRequest,
        deadline: Instant,
        at: &mut Position,
    ) -> Result<Answer, Failure> {
        let mut hop = Hop::first(request)?;
        loop {
            let response = timeout_at(deadline, self.exchange(&hop))
                .await
                .map_err(|_elapsed| self.too_late())??;
            if response.status().is_informational() {
                return Err(Failure::new(FailureKind::BadAnswer, "an upgrade nobody asked for"));
            }
            match hop.next(response.status(), response.headers())? {
                Some(next) => hop = next,
                None => return Ok(self.read(response, deadline).await),
            }
            *at = Position { url: hop.url.clone(), redirects: hop.redirects };
        }
    }

    /// One request and its status. A connection that was kept can be closed by the receiver in the
    /// moment we use it; that says nothing about the receiver, so the request goes out again, as
    /// part of the same attempt.
    async fn exchange(&self, hop: &Hop) -> Result<Response<Incoming>, Failure> {
        let mut stale = 0;
        loop {
            match self.http.request(hop.request()).await {
                Ok(response) => {
                    connect::mark_used(response.extensions());
                    return Ok(response);
                }
                Err(error) => {
                    let was_used = connect::was_used(&error);
                    let failure = failure::of_client(error);
                    if failure.kind != FailureKind::Reset || !was_used || stale >= STALE_MAX {
                        return Err(failure);
                    }
                    stale += 1;
                }
            }
        }
    }

    async fn read(&self, response: Response<Incoming>, deadline: Instant) -> Answer {
        let status = response.status().as_u16();
        let retry_after = response
            .headers()
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok())
            .map(|text| text.chars().take(RETRY_AFTER_CHARS).collect());
        let limit = self.limits.body.min(deadline.saturating_duration_since(Instant::now()));
        let (excerpt, body) = body::read_excerpt(response.into_body(), limit).await;
        Answer { status, retry_after, excerpt, body }
    }

    fn too_late(&self) -> Failure {
        let text = format!("no answer in {:?}", self.limits.total);
        Failure::new(FailureKind::Timeout, text)
    }
}

/// The status line and all headers of an answer, in bytes.
const HEADER_BYTES_MAX: usize = 64 * 1024;

/// Kept connections that may turn out to be closed, one after the other, in one attempt.
const STALE_MAX: u8 = 3;

/// Longer than any date or number.
const RETRY_AFTER_CHARS: usize = 64;

/// How far the redirects have led.
struct Position {
    url: String,
    redirects: u8,
}
