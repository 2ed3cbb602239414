//! What "exactly once" means, for the tests that kill servers and that run several: a stream of
//! webhooks with known consequences, a receiver that fails on purpose, and an audit of database and
//! receiver afterwards.

use std::net::SocketAddr;

use tests::db::TestDatabase;
use tests::server_process::{ServerProcess, ServerSettings};

mod audit;
mod flaky;
mod stream;

pub(crate) use audit::audit;
pub(crate) use flaky::FlakyReceiver;
pub(crate) use stream::Stream;

/// Affiliates with a coupon and a postback each.
pub(crate) const AFFILIATES: usize = 3;

/// A server with short leases, so that what it held when it was killed is taken up again within the
/// test, and a retry schedule that outlasts a receiver of 30 % failures: 0.3 to the 24th.
pub(crate) fn server(database: &TestDatabase, role: &'static str) -> ServerProcess {
    let schedule = format!("0,0{}", ",1".repeat(22));
    let settings = ServerSettings::new(&database.url)
        .role(role)
        .with("LEASE_SECONDS", "1")
        .with("POSTBACK_RETRY_SECONDS", &schedule);
    ServerProcess::new(settings)
}

/// Where some servers listen.
pub(crate) fn addresses(servers: &[ServerProcess]) -> Vec<SocketAddr> {
    servers.iter().map(ServerProcess::address).collect()
}
