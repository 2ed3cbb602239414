//! Opens connections: resolves the name, keeps the permitted addresses, connects to one of those.
//! The address that was checked is the address that is connected, so a name that changes its
//! answer between check and use (DNS rebinding) gains nothing.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::Uri;
use hyper_rustls::HttpsConnector;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::{sleep, timeout};
use tower_service::Service;

use super::address::{AddressPolicy, Refusal};
use super::outcome::{Failure, FailureKind};

mod connection;

pub(super) use connection::{OpenConnection, mark_used, was_used};

type BoxFuture<T, E> = std::pin::Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;
type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The whole way in: address check, TCP, TLS, all within one time limit.
#[derive(Clone)]
pub(super) struct Door {
    https: HttpsConnector<GuardedTcp>,
    limit: Duration,
}

impl Door {
    pub(super) fn new(policy: AddressPolicy, tls: rustls::ClientConfig, limit: Duration) -> Self {
        let tcp =
            GuardedTcp { policy: Arc::new(policy), lookups: Arc::new(Semaphore::new(LOOKUPS_MAX)) };
        Self { https: HttpsConnector::from((tcp, tls)), limit }
    }
}

impl Service<Uri> for Door {
    type Response = OpenConnection;
    type Error = Failure;
    type Future = BoxFuture<Self::Response, Failure>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connecting = self.https.call(uri);
        let limit = self.limit;
        Box::pin(async move {
            timeout(limit, connecting)
                .await
                .map_err(|_elapsed| {
                    failed(FailureKind::Timeout, format!("no connection in {limit:?}"))
                })?
                .map(OpenConnection)
                .map_err(failure_of)
        })
    }
}

/// Ours keeps its kind; whatever else the TLS layer reports came from the handshake.
fn failure_of(error: BoxError) -> Failure {
    match error.downcast::<Failure>() {
        Ok(ours) => *ours,
        Err(tls) => failed(FailureKind::Tls, format!("TLS: {tls}")),
    }
}

/// TCP to permitted addresses only.
#[derive(Clone)]
struct GuardedTcp {
    policy: Arc<AddressPolicy>,
    lookups: Arc<Semaphore>,
}

/// Name lookups at one time. A lookup is a blocking system call that cannot be stopped, on threads
/// that the database needs too: names whose servers never answer must not use them all up.
const LOOKUPS_MAX: usize = 64;

impl Service<Uri> for GuardedTcp {
    type Response = TokioIo<TcpStream>;
    type Error = Failure;
    type Future = BoxFuture<Self::Response, Failure>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let this = self.clone();
        Box::pin(async move {
            let host = uri.host().unwrap_or_default();
            let port = uri.port_u16().unwrap_or(match uri.scheme_str() {
                Some("https") => 443,
                _ => 80,
            });
            let found = this.resolve(host, port).await?;
            let stream = connect_any(permitted(&this.policy, found)?).await?;
            // Requests are small and complete: waiting to fill a packet only adds delay. A socket
            // that refuses the option works without it.
            let _ = stream.set_nodelay(true);
            Ok(TokioIo::new(stream))
        })
    }
}

impl GuardedTcp {
    async fn resolve(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, Failure> {
        let literal = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        if let Ok(ip) = literal.unwrap_or(host).parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(ip, port)]);
        }
        let unresolved = || failed(FailureKind::Dns, "the host name could not be resolved");
        let Ok(permit) = Arc::clone(&self.lookups).acquire_owned().await else {
            return Err(unresolved());
        };
        let name = host.to_owned();
        let lookup = spawn_blocking(move || {
            let _held_until_the_call_returns = permit;
            (name.as_str(), port).to_socket_addrs().map(Vec::from_iter)
        });
        match lookup.await {
            Ok(Ok(found)) => Ok(found),
            Ok(Err(_)) | Err(_) => Err(unresolved()),
        }
    }
}

/// The permitted ones of what a name resolved to, or why there are none.
fn permitted(policy: &AddressPolicy, found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, Failure> {
    let mut refusal = None;
    let mut permitted = Vec::new();
    for address in found {
        match policy.check(address) {
            Ok(()) => permitted.push(address),
            Err(reason) => refusal = Some(reason),
        }
    }
    match (permitted.is_empty(), refusal) {
        (false, _) => Ok(permitted),
        (true, Some(Refusal::NotPublic(what))) => Err(failed(
            FailureKind::AddressRefused,
            format!("the host's address is not public ({what})"),
        )),
        (true, Some(Refusal::Port(port))) => {
            Err(failed(FailureKind::AddressRefused, format!("port {port} is not for HTTP")))
        }
        (true, None) => Err(failed(FailureKind::Dns, "the host name has no address")),
    }
}

/// Tries the addresses with a head start each, so that one dead address of several (often IPv6)
/// does not use up the time.
async fn connect_any(addresses: Vec<SocketAddr>) -> Result<TcpStream, Failure> {
    if let [only] = addresses.as_slice() {
        return TcpStream::connect(only).await.map_err(|error| connect_failure(&error));
    }
    let mut tries = JoinSet::new();
    let mut wait = Duration::ZERO;
    for address in addresses.into_iter().take(ADDRESSES_MAX) {
        tries.spawn(async move {
            sleep(wait).await;
            TcpStream::connect(address).await
        });
        wait += HEAD_START;
    }
    let mut last = failed(FailureKind::Connect, "no connection");
    while let Some(tried) = tries.join_next().await {
        match tried {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => last = connect_failure(&error),
            Err(_) => {}
        }
    }
    Err(last)
}

const ADDRESSES_MAX: usize = 6;
const HEAD_START: Duration = Duration::from_millis(250);

fn connect_failure(error: &std::io::Error) -> Failure {
    failed(FailureKind::Connect, format!("no connection: {}", error.kind()))
}

fn failed(kind: FailureKind, text: impl Into<String>) -> Failure {
    Failure::new(kind, text)
}

#[cfg(test)]
mod tests;
