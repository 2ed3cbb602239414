//! What leaves the door is what was rendered (E1), and what we add to it.

use super::{client, failed, get};
use tests::receiver::{Answer, Recorder};
use tributary::delivery::http::{FailureKind, Method, OutboundRequest};

#[tokio::test]
async fn e1_the_request_line_is_the_literal_text() {
    let receiver = Recorder::start();
    let client = client(&["127.0.0.1/32"]);
    let table = [
        ("", "/"),
        ("?affiliate_id=1001", "/?affiliate_id=1001"),
        ("?", "/?"),
        ("/", "/"),
        ("/?", "/?"),
        ("/#fragment", "/"),
        ("/?a=1#b?c", "/?a=1"),
        ("/a/../b/./c//d/..", "/a/../b/./c//d/.."),
        ("/%2e%2E/x", "/%2e%2E/x"),
        ("//double//", "//double//"),
        ("/%zz%2f%2F%?%%%", "/%zz%2f%2F%?%%%"),
        ("/a|b?c|d", "/a|b?c|d"),
        ("/'quote'?q='x'", "/'quote'?q='x'"),
        ("/{path}/[x]?{query}[y]", "/{path}/[x]?{query}[y]"),
        ("/back\\slash?\\", "/back\\slash?\\"),
        ("/^caret?^`tick`", "/^caret?^`tick`"),
        ("/\"in_path\"", "/\"in_path\""),
        ("/?a=1&&a=1&a=2&", "/?a=1&&a=1&a=2&"),
        ("/?a=b?c=d??", "/?a=b?c=d??"),
        ("/;p=1,2;q?x=;y", "/;p=1,2;q?x=;y"),
        ("/?q=a+b%20c%E3%81%82", "/?q=a+b%20c%E3%81%82"),
        ("/été/日本?q=ü", "/été/日本?q=ü"),
        ("/?x=$!*()~@:/-._", "/?x=$!*()~@:/-._"),
    ];
    for (tail, expected) in table {
        let result = client.send(&get(receiver.url(tail))).await;
        let last = receiver.received().pop().unwrap_or_else(|| panic!("{tail}: {result:?}"));
        assert!(last.raw.starts_with(format!("GET {expected} HTTP/1.1\r\n").as_bytes()), "{tail}");
        assert_eq!(result.final_url, receiver.url(tail));
    }
    assert_eq!(receiver.count(), table.len());
}

#[tokio::test]
async fn e1_text_that_http_cannot_carry_is_refused_and_not_repaired() {
    let receiver = Recorder::start();
    let client = client(&["127.0.0.1/32"]);
    for tail in [
        "/a b",
        "/a\tb",
        "/a\nb",
        "/a\r\nx: y",
        "/\0",
        "/\u{7f}",
        "/?a= ",
        "/<a>",
        "/`",
        "/?<",
        "/?>",
        "/?\"",
    ] {
        let outcome = client.send(&get(receiver.url(tail))).await.outcome;
        assert_eq!(failed(outcome), FailureKind::Unsendable, "{tail:?}");
    }
    assert_eq!(receiver.count(), 0);
}

#[tokio::test]
async fn a_get_carries_the_affiliates_headers_and_little_of_ours() {
    let receiver = Recorder::start();
    let headers = [("X-Key", "a"), ("x-key", "b"), ("Authorization", "Basic dTpw")];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let request = OutboundRequest { headers, ..get(receiver.url("/")) };
    client(&["127.0.0.1/32"]).send(&request).await;
    let received = receiver.wait_for(1).await.remove(0);
    let mut headers: Vec<_> =
        received.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    headers.sort();
    let host = format!("host: {}", receiver.address());
    let agent = format!("user-agent: Tributary/{} (+postback)", env!("CARGO_PKG_VERSION"));
    assert_eq!(
        headers,
        ["accept: */*", "authorization: Basic dTpw", &host, &agent, "x-key: a", "x-key: b"]
    );
    assert!(received.body.is_empty());
}

#[tokio::test]
async fn a_post_carries_its_body_byte_for_byte() {
    let receiver = Recorder::start();
    let body = "{\"name\":\"été \\u0000 🎉\"}\r\n\r\nGET / HTTP/1.1\r\n".to_owned();
    let request = OutboundRequest {
        method: Method::POST,
        url: receiver.url("/in"),
        headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
        body: Some(body.clone()),
    };
    client(&["127.0.0.1/32"]).send(&request).await;
    let received = receiver.wait_for(1).await.remove(0);
    assert_eq!((received.method.as_str(), received.text()), ("POST", body));
    assert_eq!(received.header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn an_empty_post_says_that_it_is_empty() {
    let receiver = Recorder::start();
    let request = OutboundRequest { method: Method::POST, ..get(receiver.url("/")) };
    client(&["127.0.0.1/32"]).send(&request).await;
    assert_eq!(receiver.wait_for(1).await.remove(0).header("content-length"), Some("0"));
}

#[tokio::test]
async fn cookies_are_neither_kept_nor_sent() {
    let receiver = Recorder::scripted([Answer::with(200, &[("Set-Cookie", "a=b")], "")]);
    let client = client(&["127.0.0.1/32"]);
    for _ in 0..2 {
        client.send(&get(receiver.url("/"))).await;
    }
    assert!(receiver.wait_for(2).await.iter().all(|request| request.header("cookie").is_none()));
}

#[tokio::test]
async fn a_connection_is_used_again_after_a_body_that_was_read_to_its_end() {
    let receiver = Recorder::scripted([
        Answer::body(200, &"x".repeat(60_000)),
        Answer::body(200, &"x".repeat(200_000)),
        Answer::status(200),
    ]);
    let client = client(&["127.0.0.1/32"]);
    for _ in 0..3 {
        client.send(&get(receiver.url("/"))).await;
    }
    let peers: Vec<_> = receiver.wait_for(3).await.iter().map(|request| request.peer).collect();
    assert_eq!(peers[0], peers[1], "60 kB were read to the end");
    assert_ne!(peers[1], peers[2], "200 kB were not");
}
