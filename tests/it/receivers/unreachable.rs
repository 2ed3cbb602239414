//! No connection, a connection that is not trusted, and addresses that are never connected.

use tests::receiver::{Answer, Recorder};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tributary::delivery::http::FailureKind;

use super::{answered, client, failed, get};

#[tokio::test]
async fn a_port_where_nobody_listens_and_a_name_that_is_none_are_told_apart() {
    let free = Recorder::start().address();
    let client = client(&["127.0.0.1/32"]);
    let outcome = client.send(&get(format!("http://{free}/"))).await.outcome;
    assert_eq!(failed(outcome), FailureKind::Connect);
    // A label of 64 characters can be in no zone, so nothing is asked of the network.
    let name = format!("http://{}.example/", "a".repeat(64));
    assert_eq!(failed(client.send(&get(name)).await.outcome), FailureKind::Dns);
}

#[tokio::test]
async fn tls_with_a_receiver_that_speaks_plain_http_fails_as_tls() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let receiver = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        stream
    });
    let outcome = client(&["127.0.0.1/32"]).send(&get(url)).await.outcome;
    assert_eq!(failed(outcome), FailureKind::Tls);
    receiver.await.unwrap();
}

#[tokio::test]
async fn inside_addresses_are_refused_however_they_are_written() {
    let receiver = Recorder::start();
    let port = receiver.address().port();
    let client = client(&[]);
    for host in [
        "127.0.0.1",
        "localhost",
        "LOCALHOST",
        "0x7f.1",
        "2130706433",
        "017700000001",
        "127.1",
        "0",
        "0.0.0.0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[2002:7f00:1::]",
        "%31%32%37.0.0.1",
        "１２７.0.0.1",
        "169.254.169.254",
        "[fd00:ec2::254]",
    ] {
        let outcome = client.send(&get(format!("http://{host}:{port}/"))).await.outcome;
        assert_eq!(failed(outcome), FailureKind::AddressRefused, "{host}");
    }
    assert_eq!(receiver.count(), 0);
}

#[tokio::test]
async fn a_receiver_that_closes_after_each_answer_is_connected_again() {
    let receiver = Recorder::scripted([Answer::body(200, "bye").then_close()]);
    let client = client(&["127.0.0.1/32"]);
    for _ in 0..300 {
        assert_eq!(answered(client.send(&get(receiver.url("/"))).await.outcome).1, "bye");
    }
    assert_eq!(receiver.count(), 300);
}

#[tokio::test]
async fn a_kept_connection_that_ends_without_an_answer_is_replaced_within_the_attempt() {
    let receiver =
        Recorder::scripted([Answer::status(200), Answer::close(), Answer::body(200, "again")]);
    let client = client(&["127.0.0.1/32"]);
    client.send(&get(receiver.url("/"))).await;
    assert_eq!(answered(client.send(&get(receiver.url("/"))).await.outcome).1, "again");
    let peers: Vec<_> = receiver.wait_for(3).await.iter().map(|request| request.peer).collect();
    assert_eq!(peers[0], peers[1]);
    assert_ne!(peers[1], peers[2]);
}

#[tokio::test]
async fn a_new_connection_that_ends_without_an_answer_is_not_tried_again() {
    let receiver = Recorder::scripted([Answer::close()]);
    let outcome = client(&["127.0.0.1/32"]).send(&get(receiver.url("/"))).await.outcome;
    assert_eq!(failed(outcome), FailureKind::Reset);
    assert_eq!(receiver.count(), 1);
}
