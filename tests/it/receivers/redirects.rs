//! Redirects: three for a GET, every hop checked like the first.

use std::net::{IpAddr, Ipv4Addr};

use super::{answered, client, failed, get};
use tests::receiver::{Answer, Received, Recorder};
use tributary::delivery::http::{FailureKind, Method, OutboundRequest};

/// A receiver on 127.0.0.2, another host than all the others.
fn elsewhere() -> Recorder {
    let ip = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
    Recorder::answering_at(ip, |_| Answer::body(200, "elsewhere"))
}

fn with_secret(url: String) -> OutboundRequest {
    let headers = [("Authorization", "Bearer s"), ("X-Key", "k")];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    OutboundRequest { headers, ..get(url) }
}

fn has_secret(request: &Received) -> bool {
    request.header("authorization").is_some() || request.header("x-key").is_some()
}

#[tokio::test]
async fn a_redirect_on_the_same_host_keeps_the_headers() {
    let receiver = Recorder::scripted([Answer::redirect(301, "b?c=1"), Answer::body(200, "here")]);
    let result = client(&["127.0.0.1/32"]).send(&with_secret(receiver.url("/a/x"))).await;
    assert_eq!(result.redirects, 1);
    assert_eq!(result.final_url, receiver.url("/a/b?c=1"));
    assert_eq!(answered(result.outcome).1, "here");
    let received = receiver.wait_for(2).await;
    assert_eq!(received[1].target, "/a/b?c=1");
    assert!(received.iter().all(has_secret));
}

#[tokio::test]
async fn a_redirect_to_another_host_leaves_the_headers_behind() {
    let elsewhere = elsewhere();
    let receiver = Recorder::scripted([Answer::redirect(302, &elsewhere.url("/in"))]);
    let result = client(&["127.0.0.0/8"]).send(&with_secret(receiver.url("/"))).await;
    assert_eq!(result.final_url, elsewhere.url("/in"));
    assert_eq!(answered(result.outcome).1, "elsewhere");
    assert!(has_secret(&receiver.received()[0]));
    assert!(!has_secret(&elsewhere.received()[0]));
}

#[tokio::test]
async fn e10_a_redirect_to_a_refused_address_is_not_followed() {
    let elsewhere = elsewhere();
    let port = elsewhere.address().port();
    let client = client(&["127.0.0.1/32"]);
    for location in [
        elsewhere.url("/"),
        format!("//127.0.0.2:{port}/"),
        format!("http://localhost.localdomain@127.0.0.2:{port}/"),
        format!("http://0x7f.2:{port}/"),
        format!("http://[::ffff:127.0.0.2]:{port}/"),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
    ] {
        let receiver = Recorder::scripted([Answer::redirect(302, &location)]);
        let kind = failed(client.send(&get(receiver.url("/"))).await.outcome);
        let user_info = location.contains('@');
        let refusal =
            if user_info { FailureKind::BadRedirect } else { FailureKind::AddressRefused };
        assert_eq!(kind, refusal, "{location}");
    }
    assert_eq!(elsewhere.count(), 0);
}

#[tokio::test]
async fn a_loop_ends_after_three_redirects() {
    let receiver = Recorder::scripted([Answer::redirect(307, "/again")]);
    let result = client(&["127.0.0.1/32"]).send(&get(receiver.url("/"))).await;
    assert_eq!(result.redirects, 3);
    assert_eq!(failed(result.outcome), FailureKind::TooManyRedirects);
    assert_eq!(receiver.count(), 4);
}

#[tokio::test]
async fn a_redirected_post_is_answered_by_the_redirect() {
    let receiver = Recorder::scripted([Answer::redirect(303, "/b")]);
    let url = receiver.url("/");
    let request = OutboundRequest { method: Method::POST, body: Some("x".to_owned()), ..get(url) };
    let result = client(&["127.0.0.1/32"]).send(&request).await;
    assert_eq!((answered(result.outcome).0, result.redirects), (303, 0));
    assert_eq!(receiver.count(), 1);
}

#[tokio::test]
async fn redirects_and_waiting_share_one_time_limit() {
    let step = std::time::Duration::from_millis(900);
    let receiver = Recorder::scripted([Answer::redirect(302, "/next").after(step)]);
    let result = client(&["127.0.0.1/32"]).send(&get(receiver.url("/"))).await;
    assert_eq!(failed(result.outcome), FailureKind::Timeout);
}
