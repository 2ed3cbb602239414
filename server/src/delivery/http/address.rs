//! Which addresses a postback may be sent to: the public internet, and what the operator allows.
//! A pure decision about one socket address; names are resolved in `connect.rs`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use ipnet::IpNet;

/// Decides about addresses (E10). The default allows the public internet only.
#[derive(Debug, Clone, Default)]
pub struct AddressPolicy {
    /// Networks the operator opens in spite of the rules, with all their ports: an intranet, a test.
    pub allow: Vec<IpNet>,
}

/// Why an address is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Not on the public internet; the text says what it is instead.
    NotPublic(&'static str),
    /// A port where something other than HTTP listens, which a request could be used to attack.
    Port(u16),
}

impl AddressPolicy {
    /// Whether a request may be sent to this address and port.
    ///
    /// # Errors
    /// The reason when it may not.
    pub fn check(&self, address: SocketAddr) -> Result<(), Refusal> {
        let ip = address.ip();
        if self.allow.iter().any(|network| network.contains(&ip)) {
            return Ok(());
        }
        let special = match ip {
            IpAddr::V4(ip) => special_v4(ip),
            IpAddr::V6(ip) => special_v6(ip),
        };
        if let Some(what) = special {
            return Err(Refusal::NotPublic(what));
        }
        if NOT_HTTP_PORTS.contains(&address.port()) {
            return Err(Refusal::Port(address.port()));
        }
        Ok(())
    }
}

/// What an IPv4 address is when it is not a public host.
fn special_v4(ip: Ipv4Addr) -> Option<&'static str> {
    SPECIAL_V4.iter().find(|(network, prefix, _)| in_v4(ip, *network, *prefix)).map(|row| row.2)
}

/// What an IPv6 address is when it is not a public host. Only 2000::/3 is handed out to hosts at
/// all, so everything outside it is refused whatever its name: loopback, unique-local, link-local,
/// multicast, mapped and compatible IPv4, NAT64, and what is invented next.
fn special_v6(ip: Ipv6Addr) -> Option<&'static str> {
    SPECIAL_V6
        .iter()
        .find(|(network, prefix, _)| in_v6(ip, *network, *prefix))
        .map(|row| row.2)
        .or_else(|| (!in_v6(ip, v6(0x2000, 0, 0), 3)).then_some("not global unicast"))
}

fn in_v4(ip: Ipv4Addr, network: Ipv4Addr, prefix: u32) -> bool {
    let mask = u32::MAX.checked_shl(32 - prefix).unwrap_or(0);
    ip.to_bits() & mask == network.to_bits()
}

fn in_v6(ip: Ipv6Addr, network: Ipv6Addr, prefix: u32) -> bool {
    let mask = u128::MAX.checked_shl(128 - prefix).unwrap_or(0);
    ip.to_bits() & mask == network.to_bits()
}

const fn v4(a: u8, b: u8, c: u8, d: u8) -> Ipv4Addr {
    Ipv4Addr::new(a, b, c, d)
}

const fn v6(a: u16, b: u16, c: u16) -> Ipv6Addr {
    Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0)
}

/// The IANA special-purpose registry for IPv4, and the one public address that is a cloud's inside.
const SPECIAL_V4: [(Ipv4Addr, u32, &str); 19] = [
    (v4(0, 0, 0, 0), 8, "this network"),
    (v4(10, 0, 0, 0), 8, "private"),
    (v4(100, 64, 0, 0), 10, "shared by a carrier's NAT"),
    (v4(127, 0, 0, 0), 8, "loopback"),
    (v4(169, 254, 0, 0), 16, "link-local"), // 169.254.169.254: the clouds' metadata service
    (v4(172, 16, 0, 0), 12, "private"),
    (v4(192, 0, 0, 0), 24, "reserved for protocols"), // 192.0.0.192: Oracle's metadata service
    (v4(192, 0, 2, 0), 24, "documentation"),
    (v4(192, 31, 196, 0), 24, "reserved for protocols"),
    (v4(192, 52, 193, 0), 24, "reserved for protocols"),
    (v4(192, 88, 99, 0), 24, "a 6to4 relay"),
    (v4(192, 168, 0, 0), 16, "private"),
    (v4(192, 175, 48, 0), 24, "reserved for protocols"),
    (v4(198, 18, 0, 0), 15, "benchmarking"),
    (v4(198, 51, 100, 0), 24, "documentation"),
    (v4(203, 0, 113, 0), 24, "documentation"),
    (v4(224, 0, 0, 0), 4, "multicast"),
    (v4(240, 0, 0, 0), 4, "reserved or broadcast"),
    (v4(168, 63, 129, 16), 32, "a cloud's own service"), // Azure's WireServer
];

/// What is not a public host inside 2000::/3, and better names for the common ones outside it.
const SPECIAL_V6: [(Ipv6Addr, u32, &str); 12] = [
    (Ipv6Addr::LOCALHOST, 128, "loopback"),
    (Ipv6Addr::UNSPECIFIED, 128, "this network"),
    (Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96, "IPv4 written as IPv6"),
    (Ipv6Addr::UNSPECIFIED, 96, "IPv4 written as IPv6"),
    (v6(0x64, 0xff9b, 0), 32, "IPv4 through NAT64"),
    (v6(0xfc00, 0, 0), 7, "private"), // fd00:ec2::254: a metadata service
    (v6(0xfe80, 0, 0), 10, "link-local"),
    (v6(0xff00, 0, 0), 8, "multicast"),
    (v6(0x2001, 0, 0), 23, "reserved for protocols"), // Teredo, benchmarking, ORCHID
    (v6(0x2001, 0xdb8, 0), 32, "documentation"),
    (v6(0x2002, 0, 0), 16, "IPv4 through 6to4"),
    (v6(0x3fff, 0, 0), 20, "documentation"),
];

/// Ports of services that take the lines of an HTTP request for commands: the list browsers block
/// (<https://fetch.spec.whatwg.org/#port-blocking>), and databases, caches and control sockets.
const NOT_HTTP_PORTS: [u16; 60] = [
    7, 9, 11, 13, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 79, 110, 111, 113, 119, 123, 135,
    137, 139, 143, 161, 179, 389, 427, 445, 465, 512, 513, 514, 515, 587, 636, 873, 989, 990, 993,
    995, 1433, 1521, 1719, 1720, 1723, 2049, 2375, 3306, 3389, 4190, 5060, 5432, 6379, 6667, 9042,
    11211, 27017, 50000,
];

#[cfg(test)]
mod tests;
