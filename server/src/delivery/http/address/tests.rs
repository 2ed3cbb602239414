use super::*;

fn verdict(policy: &AddressPolicy, ip: &str, port: u16) -> Result<(), Refusal> {
    policy.check(SocketAddr::new(ip.parse().unwrap_or_else(|_| panic!("{ip}")), port))
}

#[test]
fn only_public_addresses_are_permitted() {
    let refused = [
        // IPv4: the edges of every block
        "0.0.0.0",
        "0.255.255.255",
        "10.0.0.0",
        "10.255.255.255",
        "100.64.0.0",
        "100.100.100.200",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.255",
        "168.63.129.16",
        "169.254.0.1",
        "169.254.169.254",
        "172.16.0.0",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.0",
        "192.168.255.255",
        "198.18.0.0",
        "198.19.255.255",
        "198.51.100.7",
        "203.0.113.9",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        // IPv6: loopback, unspecified, unique-local, link-local, the old site-local, multicast
        "::1",
        "::",
        "fc00::1",
        "fd00:ec2::254",
        "fdff:ffff::1",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
        // IPv4 hidden in IPv6: mapped, compatible, NAT64, local NAT64, 6to4, Teredo
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "::ffff:0:127.0.0.1",
        "::127.0.0.1",
        "::8.8.8.8",
        "64:ff9b::127.0.0.1",
        "64:ff9b::8.8.8.8",
        "64:ff9b:1::a00:1",
        "2002:7f00:1::",
        "2002:808:808::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        // the rest of what is nobody's host
        "100::1",
        "2001:2::1",
        "2001:20::1",
        "2001:db8::1",
        "3fff::1",
        "5f00::1",
        "4000::1",
    ];
    let policy = AddressPolicy::default();
    for ip in refused {
        let verdict = verdict(&policy, ip, 443);
        assert!(matches!(verdict, Err(Refusal::NotPublic(_))), "{ip}: {verdict:?}");
    }
}

#[test]
fn the_neighbours_of_every_block_are_permitted() {
    let permitted = [
        "1.0.0.0",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "168.63.129.15",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "192.0.3.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2000::1",
        "2001:200::1",
        "2001:db9::1",
        "2003::1",
        "2606:4700:4700::1111",
        "2a00:1450:4001::200e",
        "3ffe:ffff::1",
    ];
    for ip in permitted {
        assert_eq!(verdict(&AddressPolicy::default(), ip, 443), Ok(()), "{ip}");
    }
}

#[test]
fn ports_of_other_protocols_are_refused() {
    let policy = AddressPolicy::default();
    for port in [22, 25, 465, 587, 3306, 5432, 6379, 11211] {
        assert_eq!(verdict(&policy, "8.8.8.8", port), Err(Refusal::Port(port)));
    }
    for port in [80, 443, 3000, 8080, 8443, 65535] {
        assert_eq!(verdict(&policy, "8.8.8.8", port), Ok(()));
    }
}

#[test]
fn an_allowed_network_is_open_and_nothing_beside_it() {
    let allow = vec!["10.1.0.0/16".parse().unwrap(), "fd12::/16".parse().unwrap()];
    let policy = AddressPolicy { allow };
    assert_eq!(verdict(&policy, "10.1.2.3", 6379), Ok(()));
    assert_eq!(verdict(&policy, "fd12::7", 80), Ok(()));
    assert!(verdict(&policy, "10.2.0.0", 80).is_err());
    // The same machine in another spelling is not what the operator allowed.
    assert!(verdict(&policy, "::ffff:10.1.2.3", 80).is_err());
    // And the rest of the rules still hold.
    assert_eq!(verdict(&policy, "8.8.8.8", 25), Err(Refusal::Port(25)));
}
