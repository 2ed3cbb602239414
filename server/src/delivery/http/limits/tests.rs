use std::time::Duration;

use super::super::outcome::Answer;
use super::*;

const LIMITS: GateLimits =
    GateLimits { total: 8, unproven: 8, host: 4, slow_host: 1, new_endpoint: 2, endpoint: 2 };

fn host(name: &str) -> HostKey {
    HostKey::of_url(&format!("https://{name}/")).unwrap()
}

fn result(outcome: Outcome) -> AttemptResult {
    AttemptResult { outcome, latency: Duration::ZERO, final_url: String::new(), redirects: 0 }
}

fn answered() -> AttemptResult {
    let answer =
        Answer { status: 500, retry_after: None, excerpt: String::new(), body: BodyEnd::Complete };
    result(Outcome::Answered(answer))
}

fn timed_out() -> AttemptResult {
    result(Outcome::Failed(Failure::new(FailureKind::Timeout, "")))
}

/// Takes slots for ever new postbacks until there are none.
fn take_all(gates: &Arc<Gates>, host: &HostKey, first: i64) -> Vec<Permit> {
    (first..first + 100).map_while(|id| gates.try_acquire(host, PostbackId(id))).collect()
}

#[test]
fn a_key_is_host_and_port() {
    let key = |url| HostKey::of_url(url).unwrap();
    assert_eq!(key("https://A.test/x"), key("https://a.test:443/y?z"));
    assert_eq!(key("http://0x7f.1/"), key("http://127.0.0.1:80"));
    assert_ne!(key("https://a.test/"), key("http://a.test/"));
    assert!(HostKey::of_url("not a url").is_err());
}

#[test]
fn each_limit_holds_by_itself() {
    let gates = Gates::new(LIMITS);
    let one_postback: Vec<_> =
        (0..9).map_while(|_| gates.try_acquire(&host("a.test"), PostbackId(1))).collect();
    assert_eq!(one_postback.len(), 2);
    let one_host = take_all(&gates, &host("a.test"), 10);
    assert_eq!(one_host.len(), 2, "two of the host's four were taken");
    let all = [take_all(&gates, &host("b.test"), 20), take_all(&gates, &host("c.test"), 30)];
    assert_eq!(all.map(|taken| taken.len()), [4, 0], "eight in total");
}

#[test]
fn a_refused_try_takes_nothing() {
    let gates = Gates::new(LIMITS);
    let held = take_all(&gates, &host("a.test"), 1);
    assert!(gates.try_acquire(&host("a.test"), PostbackId(50)).is_none());
    drop(held);
    assert_eq!(gates.in_flight(), 0);
    assert_eq!(take_all(&gates, &host("a.test"), 1).len(), 4);
}

#[test]
fn of_unused_keys_only_what_was_learned_takes_memory_and_not_for_ever() {
    let gates = Gates::new(LIMITS);
    for id in 0..1000 {
        drop(gates.try_acquire(&host(&format!("h{id}.test")), PostbackId(id)).unwrap());
    }
    assert!(gates.keys().hosts.is_empty() && gates.keys().endpoints.is_empty());
    let calls = i64::try_from(ENDPOINTS_KNOWN_MAX).unwrap() + 10;
    for id in 0..calls {
        gates.try_acquire(&host("a.test"), PostbackId(id)).unwrap().finish(&answered());
    }
    assert!(gates.keys().hosts.is_empty() && gates.keys().endpoints.len() < 20);
}

#[test]
fn however_many_receivers_hang_the_prompt_ones_keep_half_of_the_slots() {
    let limits = GateLimits { total: 8, unproven: 4, ..LIMITS };
    let gates = Gates::new(limits);
    let (prompt, other_prompt) = (PostbackId(1), PostbackId(2));
    for postback in [prompt, other_prompt] {
        gates.try_acquire(&host("prompt.test"), postback).unwrap().finish(&answered());
    }
    let hanging: Vec<_> = (10..100)
        .filter_map(|id| gates.try_acquire(&host(&format!("h{id}.test")), PostbackId(id)))
        .collect();
    assert_eq!(hanging.len(), 4, "newcomers share half of the eight");
    let healthy = [prompt, other_prompt, prompt, other_prompt]
        .map(|postback| gates.try_acquire(&host("prompt.test"), postback).unwrap());
    assert_eq!(gates.in_flight(), 8);
    drop(healthy);
    let mut slow = timed_out();
    slow.latency = Duration::from_secs(10);
    hanging.into_iter().for_each(|permit| permit.finish(&slow));
    assert!(gates.is_slow(PostbackId(10)) && !gates.is_slow(prompt));
}

#[test]
fn a_host_that_times_out_loses_its_share_until_it_answers() {
    let gates = Gates::new(LIMITS);
    let slow = host("slow.test");
    let held = take_all(&gates, &slow, 1);
    for permit in held {
        permit.finish(&timed_out());
    }
    let mut probe = take_all(&gates, &slow, 10);
    assert_eq!(probe.len(), 1, "one at a time now");
    assert_eq!(take_all(&gates, &host("fine.test"), 20).len(), 4, "others are not touched");
    probe.remove(0).finish(&timed_out());
    let mut probe = take_all(&gates, &slow, 30);
    assert_eq!(probe.len(), 1, "it is remembered while idle, and never shut out");
    probe.remove(0).finish(&answered());
    assert_eq!(take_all(&gates, &slow, 40).len(), 4);
}

#[test]
fn slots_that_are_out_when_a_host_turns_slow_end_when_they_come_back() {
    let gates = Gates::new(LIMITS);
    let slow = host("slow.test");
    let mut held = take_all(&gates, &slow, 1);
    for permit in held.drain(..3) {
        permit.finish(&timed_out());
    }
    assert!(gates.try_acquire(&slow, PostbackId(9)).is_none(), "the fourth is still out");
    drop(held);
    assert_eq!(take_all(&gates, &slow, 10).len(), 1);
}

#[test]
fn failures_that_are_no_timeouts_leave_the_share_alone() {
    let gates = Gates::new(LIMITS);
    let refused = result(Outcome::Failed(Failure::new(FailureKind::Connect, "")));
    for id in 0..9 {
        gates.try_acquire(&host("a.test"), PostbackId(id)).unwrap().finish(&refused);
    }
    assert_eq!(take_all(&gates, &host("a.test"), 10).len(), 4);
}

#[tokio::test]
async fn a_waiter_gets_the_slot_that_comes_back() {
    let gates = Gates::new(LIMITS);
    let mut held = take_all(&gates, &host("a.test"), 1);
    let waiting = {
        let gates = Arc::clone(&gates);
        tokio::spawn(async move { gates.acquire(&host("a.test"), PostbackId(77)).await })
    };
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    held.pop();
    drop(waiting.await.unwrap());
    assert_eq!(gates.in_flight(), 3);
}

#[tokio::test]
async fn a_waiter_that_gives_up_leaves_nothing_behind() {
    let gates = Gates::new(LIMITS);
    let held = take_all(&gates, &host("a.test"), 1);
    let key = host("a.test");
    let wait = gates.acquire(&key, PostbackId(77));
    assert!(tokio::time::timeout(Duration::from_millis(5), wait).await.is_err());
    drop(held);
    assert_eq!(gates.in_flight(), 0);
    let keys = gates.keys();
    assert!(keys.hosts.is_empty() && keys.endpoints.is_empty());
}
