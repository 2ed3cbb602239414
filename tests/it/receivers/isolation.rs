//! Bad receivers keep their own slots busy, and nobody else's.

use std::sync::Arc;
use std::time::Duration;

use domain::ids::PostbackId;
use tests::receiver::{Answer, Recorder};
use tokio::task::JoinSet;
use tributary::delivery::http::limits::{GateLimits, Gates, HostKey};
use tributary::delivery::http::{
    AddressPolicy, AttemptResult, ClientLimits, GuardedClient, Outcome,
};

use super::get;

/// Sends as the worker does: gate, request, report.
async fn send(client: GuardedClient, gates: Arc<Gates>, url: String, id: i64) -> AttemptResult {
    let host = HostKey::of_url(&url).unwrap();
    let permit = gates.acquire(&host, PostbackId(id)).await;
    let result = client.send(&get(url)).await;
    permit.finish(&result);
    result
}

#[tokio::test]
async fn two_hundred_healthy_requests_pass_while_bad_receivers_hold_all_their_slots() {
    let drip = Duration::from_millis(100);
    let bad = [
        Answer::hang(),
        Answer::raw("HTTP/1.1 200 OK\r\n").then_drip("x-a: ".repeat(10_000), drip),
        Answer::raw("HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n").then_hang(),
        Answer::raw("HTTP/1.1 200 OK\r\nx-giant: ").then_repeat("x".repeat(1000)),
        Answer::raw("HTTP/1.1 200 OK\r\n\r\n").then_repeat("x".repeat(1000)),
        Answer::raw("HTTP/1.1 200 OK\r\nconte").then_reset(),
        Answer::redirect(302, "/loop"),
        Answer::raw("garbage\r\n\r\n").then_hang(),
    ]
    .map(|answer| Recorder::scripted([answer]));
    let healthy = Recorder::start();
    // The slow ones outlast this test: nobody can pass because a bad request ended.
    let limits = ClientLimits {
        total: Duration::from_secs(600),
        body: Duration::from_secs(600),
        ..ClientLimits::default()
    };
    let policy = AddressPolicy { allow: vec!["127.0.0.1/32".parse().unwrap()] };
    let client = GuardedClient::new(policy, limits);
    let gates = Gates::new(GateLimits {
        total: 32,
        unproven: 32,
        host: 4,
        slow_host: 1,
        new_endpoint: 4,
        endpoint: 4,
    });

    let mut stuck = JoinSet::new();
    for (number, receiver) in (0_i64..).zip(bad.iter()) {
        for _ in 0..50 {
            stuck.spawn(send(client.clone(), Arc::clone(&gates), receiver.url("/"), number));
        }
    }
    for hanging in &bad[..3] {
        hanging.wait_for(4).await;
    }
    let mut passing = JoinSet::new();
    for number in 0..200 {
        let url = healthy.url(&format!("/?n={number}"));
        passing.spawn(send(client.clone(), Arc::clone(&gates), url, 1000 + number));
    }
    while let Some(result) = passing.join_next().await {
        let outcome = result.unwrap().outcome;
        assert!(
            matches!(&outcome, Outcome::Answered(answer) if answer.status == 200),
            "{outcome:?}"
        );
    }
    assert_eq!(healthy.count(), 200);
    for hanging in &bad[..3] {
        assert_eq!(hanging.count(), 4, "its own share and no more");
    }
}

/// A thousand hosts by one listener: receiver `n` hangs when `n % 10 == 0`, fails when it is 1, answers
/// slowly when it is 2, and is healthy otherwise.
async fn a_thousand_hosts() -> (u16, JoinSet<()>) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let listener = tokio::net::TcpListener::bind(("0.0.0.0", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut accepting = JoinSet::new();
    accepting.spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let std::net::IpAddr::V4(ip) = stream.local_addr().unwrap().ip() else { continue };
            let [127, 1, hundreds, rest] = ip.octets() else { continue };
            let receiver = u32::from(hundreds) * 200 + u32::from(rest);
            tokio::spawn(async move {
                let mut bytes = [0; 2_048];
                while stream.read(&mut bytes).await.is_ok_and(|read| read > 0) {
                    let status = match receiver % 10 {
                        0 => std::future::pending().await,
                        1 => "500 No",
                        2 => {
                            tokio::time::sleep(Duration::from_millis(1_500)).await;
                            "200 OK"
                        }
                        _ => "200 OK",
                    };
                    let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 2\r\n\r\nok");
                    if stream.write_all(answer.as_bytes()).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    (port, accepting)
}

#[tokio::test]
async fn n15_of_a_thousand_receivers_three_hundred_bad_ones_delay_no_healthy_one() {
    let (port, _accepting) = a_thousand_hosts().await;
    let url = |receiver: i64| format!("http://127.1.{}.{}:{port}/", receiver / 200, receiver % 200);
    // The hanging ones outlast this test: no healthy call can pass because a bad one ended.
    let limits = ClientLimits {
        total: Duration::from_secs(600),
        body: Duration::from_secs(600),
        ..ClientLimits::default()
    };
    let policy = AddressPolicy { allow: vec!["127.0.0.0/8".parse().unwrap()] };
    let client = GuardedClient::new(policy, limits);
    let gates = Gates::new(GateLimits::default());
    let is_healthy = |receiver: &i64| receiver % 10 > 2 && receiver % 200 != 0;
    let is_bad = |receiver: &i64| receiver % 10 <= 2 && receiver % 200 != 0;

    // All have been called before, the healthy ones with success.
    let mut first = JoinSet::new();
    for receiver in (0..1_000).filter(is_healthy) {
        first.spawn(send(client.clone(), Arc::clone(&gates), url(receiver), receiver));
    }
    first.join_all().await;
    // More calls wait for the bad ones than there are slots.
    let mut stuck = JoinSet::new();
    for receiver in (0..1_000).filter(is_bad) {
        for _ in 0..20 {
            stuck.spawn(send(client.clone(), Arc::clone(&gates), url(receiver), receiver));
        }
    }
    while gates.in_flight() < 200 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let mut passing = JoinSet::new();
    for receiver in (0..1_000).filter(is_healthy).chain((0..1_000).filter(is_healthy)) {
        passing.spawn(send(client.clone(), Arc::clone(&gates), url(receiver), receiver));
    }
    let calls = passing.len();
    let results = passing.join_all().await;
    let is_fine = |result: &AttemptResult| matches!(&result.outcome, Outcome::Answered(answer) if answer.status == 200);
    assert_eq!(results.iter().filter(|result| is_fine(result)).count(), calls);
    assert!(!stuck.is_empty() && gates.in_flight() > 0, "the bad ones still hold their share");
}
