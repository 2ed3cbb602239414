//! Which hosts a template may name (E10). This is the early answer while the affiliate types; the
//! one that counts is made on the resolved address when the request is sent (`delivery/http.rs`).

use std::net::{Ipv4Addr, Ipv6Addr};

use url::Host;

/// Endings of names that never lead to the public internet.
const PRIVATE_SUFFIXES: [&str; 6] =
    ["localhost", "local", "internal", "intranet", "lan", "home.arpa"];

/// True when the host is, by its spelling alone, somewhere on the public internet.
#[must_use]
pub fn is_public(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => is_public_name(name),
        Host::Ipv4(address) => is_public_v4(*address),
        Host::Ipv6(address) => is_public_v6(*address),
    }
}

fn is_public_name(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let is_under = |suffix: &str| {
        name.strip_suffix(suffix).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    name.contains('.') && !PRIVATE_SUFFIXES.iter().any(|suffix| is_under(suffix))
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_reserved = match (a, b, c) {
        (0 | 240..=255, _, _) | (192, 0, 0) | (100, 64..=127, _) | (198, 18 | 19, _) => true,
        _ => address.is_multicast() || address.is_documentation(),
    };
    !(is_reserved || address.is_private() || address.is_loopback() || address.is_link_local())
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(embedded) = address.to_ipv4() {
        return is_public_v4(embedded);
    }
    let [first, second, third, ..] = address.segments();
    match (first, second) {
        (0x2001, 0xdb8) => false,
        (0x2002, _) => is_public_v4(embedded_6to4(second, third)),
        _ => (0x2000..0x4000).contains(&first),
    }
}

fn embedded_6to4(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(high) << 16 | u32::from(low))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public(host: &str) -> bool {
        is_public(
            &Host::parse(host)
                .as_ref()
                .map(|h| match h {
                    Host::Domain(name) => Host::Domain(name.as_str()),
                    Host::Ipv4(a) => Host::Ipv4(*a),
                    Host::Ipv6(a) => Host::Ipv6(*a),
                })
                .unwrap(),
        )
    }

    #[test]
    fn e10_ugly_spellings_of_inner_addresses_are_not_public() {
        for host in [
            "localhost",
            "LOCALHOST",
            "a.localhost",
            "localhost.",
            "printer",
            "db.internal",
            "nas.local",
            "127.0.0.1",
            "127.1",
            "0x7f.1",
            "2130706433",
            "0",
            "0.0.0.0",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "192.0.2.1",
            "[::1]",
            "[::]",
            "[fe80::1]",
            "[fc00::1]",
            "[::ffff:127.0.0.1]",
            "[::7f00:1]",
            "[2001:db8::1]",
            "[2002:7f00:1::]",
            "[64:ff9b::7f00:1]",
            "[ff02::1]",
        ] {
            assert!(!public(host), "{host}");
        }
    }

    #[test]
    fn e10_ordinary_hosts_are_public() {
        for host in [
            "trk.example.com",
            "domain.test",
            "localhost.example.com",
            "mylocal.net",
            "8.8.8.8",
            "172.32.0.1",
            "100.128.0.1",
            "[2606:4700::1111]",
            "[2002:808:808::]",
        ] {
            assert!(public(host), "{host}");
        }
    }
}
