use super::*;

fn addresses(list: &[&str]) -> Vec<SocketAddr> {
    list.iter().map(|text| text.parse().unwrap()).collect()
}

#[test]
fn of_a_mixed_answer_only_the_public_addresses_are_connected() {
    let found = addresses(&["127.0.0.1:80", "8.8.8.8:80", "[::1]:80", "[2606:4700::1]:80"]);
    let kept = permitted(&AddressPolicy::default(), found).unwrap();
    assert_eq!(kept, addresses(&["8.8.8.8:80", "[2606:4700::1]:80"]));
}

#[test]
fn a_refusal_says_what_it_is_without_the_address() {
    let refused = permitted(&AddressPolicy::default(), addresses(&["10.9.8.7:80"]));
    let failure = refused.unwrap_err();
    assert_eq!(failure.kind, FailureKind::AddressRefused);
    assert_eq!(failure.text, "the host's address is not public (private)");
    let refused = permitted(&AddressPolicy::default(), addresses(&["8.8.8.8:25"]));
    assert_eq!(refused.unwrap_err().text, "port 25 is not for HTTP");
    let nothing = permitted(&AddressPolicy::default(), Vec::new());
    assert_eq!(nothing.unwrap_err().kind, FailureKind::Dns);
}
