//! What is known of a shopper's browser from its request: the address, used in full for nothing but
//! the limit and kept only without its last part, and the user agent. A visitor's word, all of it.

use std::{
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::LazyLock,
};

use actix_web::HttpRequest;
use governor::{DefaultKeyedRateLimiter, Quota};

use crate::error::AppError;

/// Reports of one address in a second, after a burst: an office or a train behind one address gets
/// through, a loop does not.
const PER_SECOND: NonZeroU32 = NonZeroU32::MIN.saturating_add(4);
const BURST: NonZeroU32 = NonZeroU32::MIN.saturating_add(59);
/// Addresses in memory after which those that were quiet are forgotten.
const ADDRESSES_MAX: usize = 50_000;
/// Longest user agent that is looked at.
const AGENT_CHARS_MAX: usize = 512;

static REPORTS: LazyLock<DefaultKeyedRateLimiter<IpAddr>> = LazyLock::new(|| {
    DefaultKeyedRateLimiter::keyed(Quota::per_second(PER_SECOND).allow_burst(BURST))
});

/// The browser behind a request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Visitor {
    address: Option<IpAddr>,
    /// What it calls itself.
    pub user_agent: Option<String>,
}

impl Visitor {
    /// Of a request that Shopify or a proxy of ours forwarded.
    #[must_use]
    pub fn of(request: &HttpRequest) -> Self {
        let header = |name: &str| request.headers().get(name)?.to_str().ok();
        let forwarded = header("x-forwarded-for").and_then(|list| list.split(',').next());
        let address = forwarded.and_then(|text| text.trim().parse().ok());
        let agent = header("user-agent").map(|text| text.chars().take(AGENT_CHARS_MAX).collect());
        Self { address, user_agent: agent }
    }

    /// As [`Visitor::of`], for a browser that calls us itself: without a proxy before us the
    /// connection's own address counts.
    #[must_use]
    pub fn of_direct(request: &HttpRequest) -> Self {
        let visitor = Self::of(request);
        let peer = request.peer_addr().map(|peer| peer.ip());
        Self { address: visitor.address.or(peer), ..visitor }
    }

    /// Counts one report of this address.
    ///
    /// # Errors
    /// [`AppError::TooManyRequests`].
    pub fn check_rate(&self) -> Result<(), AppError> {
        let Some(address) = self.address else { return Ok(()) };
        if REPORTS.len() > ADDRESSES_MAX {
            REPORTS.retain_recent();
        }
        REPORTS.check_key(&household(address)).map_err(|_until| AppError::TooManyRequests)
    }

    /// It says of itself that it is a program.
    #[must_use]
    pub fn is_bot(&self) -> bool {
        self.user_agent.as_deref().is_some_and(domain::bot::is_bot)
    }

    /// The address without what tells one person from the next (domain rules, section 5): IPv4 without
    /// its last octet, IPv6 without its last 80 bits.
    #[must_use]
    pub fn truncated_address(&self) -> Option<String> {
        Some(match self.address? {
            IpAddr::V4(ip) => {
                let [a, b, c, _] = ip.octets();
                format!("{a}.{b}.{c}.0")
            }
            IpAddr::V6(ip) => {
                let [a, b, c, ..] = ip.segments();
                Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0).to_string()
            }
        })
    }
}

/// One IPv6 customer has a whole network of addresses.
fn household(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visitor(address: &str) -> Visitor {
        Visitor { address: address.parse().ok(), user_agent: None }
    }

    #[test]
    fn addresses_lose_what_tells_one_person_from_the_next() {
        let cut = |address: &str| visitor(address).truncated_address();
        assert_eq!(cut("203.0.113.77").as_deref(), Some("203.0.113.0"));
        assert_eq!(cut("2001:db8:1:2::3").as_deref(), Some("2001:db8:1::"));
        assert_eq!(cut("not an address"), None);
    }

    #[test]
    fn one_address_is_slowed_down_and_another_is_not() {
        let loud = visitor("198.51.100.7");
        let through = (0..200).filter(|_| loud.check_rate().is_ok()).count();
        assert!((60..80).contains(&through), "{through}");
        assert!(visitor("198.51.100.8").check_rate().is_ok());
        // The same household in another part of its network.
        let through = (0..200)
            .filter(|n| visitor(&format!("2001:db8:9:9::{n:x}")).check_rate().is_ok())
            .count();
        assert!((60..80).contains(&through), "{through}");
    }
}
