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
