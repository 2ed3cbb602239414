//! The outbound client against receivers that behave well, badly and maliciously. All on loopback,
//! which the policy of these tests allows; what is refused is in the unit tests too.

use std::time::Duration;

use tests::receiver::{Answer, Recorder};
use tributary::delivery::http::{
    AddressPolicy, BodyEnd, ClientLimits, FailureKind, GuardedClient, Method, OutboundRequest,
    Outcome,
};

mod bytes;
mod isolation;
mod redirects;
mod unreachable;

/// A client to these networks, with short limits.
fn client(allow: &[&str]) -> GuardedClient {
    let allow = allow.iter().map(|network| network.parse().unwrap()).collect();
    let limits = ClientLimits {
        connect: Duration::from_secs(2),
        total: Duration::from_secs(2),
        body: Duration::from_secs(1),
        ..ClientLimits::default()
    };
    GuardedClient::new(AddressPolicy { allow }, limits)
}

fn get(url: impl Into<String>) -> OutboundRequest {
    OutboundRequest { method: Method::GET, url: url.into(), headers: Vec::new(), body: None }
}

/// What one GET to a receiver with this behaviour comes to.
async fn outcome_of(answer: Answer) -> Outcome {
    let receiver = Recorder::scripted([answer]);
    client(&["127.0.0.1/32"]).send(&get(receiver.url("/"))).await.outcome
}

/// Status, excerpt and end of the body.
fn answered(outcome: Outcome) -> (u16, String, BodyEnd) {
    match outcome {
        Outcome::Answered(answer) => (answer.status, answer.excerpt, answer.body),
        Outcome::Failed(failure) => panic!("{failure:?}"),
    }
}

fn failed(outcome: Outcome) -> FailureKind {
    match outcome {
        Outcome::Failed(failure) => failure.kind,
        Outcome::Answered(answer) => panic!("{answer:?}"),
    }
}

const DRIP: Duration = Duration::from_millis(100);

#[tokio::test]
async fn a_healthy_receiver_is_answered_by_its_status_and_text() {
    let outcome = outcome_of(Answer::body(200, "success=true;")).await;
    assert_eq!(answered(outcome), (200, "success=true;".to_owned(), BodyEnd::Complete));
    assert_eq!(answered(outcome_of(Answer::status(204)).await).0, 204);
    // Without a length the end of the connection is the end of the body.
    let outcome = outcome_of(Answer::raw("HTTP/1.0 200 OK\r\n\r\n1:0").then_close()).await;
    assert_eq!(answered(outcome), (200, "1:0".to_owned(), BodyEnd::Complete));
}

#[tokio::test]
async fn an_error_in_the_body_of_a_200_is_kept_for_the_failure_pattern() {
    let body = "{\"status\":\"error\",\"text\":\"Required url parameters are not present\"}";
    let outcome = outcome_of(Answer::body(200, body)).await;
    assert_eq!(answered(outcome), (200, body.to_owned(), BodyEnd::Complete));
}

#[tokio::test]
async fn a_429_comes_with_its_retry_after() {
    let answer = Answer::with(429, &[("Retry-After", "120")], "slow down");
    let Outcome::Answered(answer) = outcome_of(answer).await else { panic!("no answer") };
    assert_eq!((answer.status, answer.retry_after.as_deref()), (429, Some("120")));
}

#[tokio::test]
async fn a_receiver_that_never_answers_is_a_timeout() {
    assert_eq!(failed(outcome_of(Answer::hang()).await), FailureKind::Timeout);
}

#[tokio::test]
async fn headers_that_drip_are_a_timeout() {
    let answer = Answer::raw("HTTP/1.1 200 OK\r\n").then_drip("x-a: ".repeat(100), DRIP);
    assert_eq!(failed(outcome_of(answer).await), FailureKind::Timeout);
}

#[tokio::test]
async fn interim_answers_without_end_are_a_timeout() {
    let answer = Answer::raw("").then_repeat("HTTP/1.1 100 Continue\r\n\r\n");
    assert_eq!(failed(outcome_of(answer).await), FailureKind::Timeout);
}

#[tokio::test]
async fn a_body_that_drips_leaves_the_status_and_what_came() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nok;";
    let outcome = outcome_of(Answer::raw(head).then_drip("x".repeat(997), DRIP)).await;
    let (status, excerpt, end) = answered(outcome);
    assert_eq!((status, end), (200, BodyEnd::TooSlow));
    assert!(excerpt.starts_with("ok;") && excerpt.len() < 100, "{excerpt}");
}

#[tokio::test]
async fn a_body_without_an_end_is_cut_after_4_kib() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n";
    let outcome = outcome_of(Answer::raw(head).then_repeat("z".repeat(1000))).await;
    assert_eq!(answered(outcome), (200, "z".repeat(4096), BodyEnd::TooLong));
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let chunk = format!("3e8\r\n{}\r\n", "y".repeat(1000));
    let outcome = outcome_of(Answer::raw(head).then_repeat(chunk)).await;
    assert_eq!(answered(outcome), (200, "y".repeat(4096), BodyEnd::TooLong));
}

#[tokio::test]
async fn a_connection_that_breaks_after_the_status_leaves_the_status() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nhalf";
    for answer in [Answer::raw(head).then_reset(), Answer::raw(head).then_close()] {
        let outcome = outcome_of(answer).await;
        assert_eq!(answered(outcome), (200, "half".to_owned(), BodyEnd::Broken));
    }
    let bad_chunks = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\nzz\r\n";
    let outcome = outcome_of(Answer::raw(bad_chunks).then_hang()).await;
    assert_eq!(answered(outcome), (200, "ok".to_owned(), BodyEnd::Broken));
}

#[tokio::test]
async fn a_connection_that_ends_before_the_status_is_a_reset() {
    for answer in [
        Answer::close(),
        Answer::reset(),
        Answer::raw("HTTP/1.1 200 OK\r\nx-a: ").then_close(),
        Answer::raw("HTTP/1.1 200 OK\r\nx-a: ").then_reset(),
    ] {
        assert_eq!(failed(outcome_of(answer.clone()).await), FailureKind::Reset, "{answer:?}");
    }
}

#[tokio::test]
async fn what_is_not_http_is_a_bad_answer() {
    let many_headers = format!("HTTP/1.1 200 OK\r\n{}\r\n", "x-a: b\r\n".repeat(500));
    for answer in [
        Answer::raw("220 mail.example.com ESMTP ready\r\n").then_hang(),
        Answer::raw("\0\x01\x02\x03garbage\r\n\r\n").then_hang(),
        Answer::raw("HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab"),
        Answer::raw(many_headers),
        Answer::raw("HTTP/1.1 200 OK\r\nx-giant: ").then_repeat("x".repeat(1000)),
        Answer::raw("HTTP/1.1 101 Switching Protocols\r\n\r\n").then_hang(),
    ] {
        assert_eq!(failed(outcome_of(answer.clone()).await), FailureKind::BadAnswer, "{answer:?}");
    }
}
