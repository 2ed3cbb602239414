//! Against a TLS server whose certificate names 127.0.0.1 and receiver.test. `receiver.*.der` were
//! made for this test with openssl, self-signed and valid for a century.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, Stream};

use super::super::{
    AddressPolicy, ClientLimits, FailureKind, GuardedClient, Method, OutboundRequest, Outcome,
};

const CERTIFICATE: &[u8] = include_bytes!("receiver.crt.der");
const KEY: &[u8] = include_bytes!("receiver.key.der");

/// Answers one connection and returns the port. A handshake that fails ends it.
fn serve_once(answer: &'static str) -> u16 {
    super::install_crypto_provider();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![CERTIFICATE.into()], PrivateKeyDer::try_from(KEY).unwrap())
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (mut tcp, _) = listener.accept().unwrap();
        let mut session = ServerConnection::new(Arc::new(config)).unwrap();
        let mut stream = Stream::new(&mut session, &mut tcp);
        if stream.read(&mut [0; 4096]).is_ok() {
            stream.write_all(answer.as_bytes()).unwrap();
            stream.flush().unwrap();
        }
    });
    port
}

async fn get(url: String, roots: Vec<CertificateDer<'static>>) -> Outcome {
    let policy = AddressPolicy { allow: vec!["127.0.0.0/8".parse().unwrap()] };
    let limits = ClientLimits { connect: Duration::from_secs(10), ..ClientLimits::default() };
    let request = OutboundRequest { method: Method::GET, url, headers: vec![], body: None };
    GuardedClient::with_roots(policy, limits, roots).send(&request).await.outcome
}

fn kind(outcome: Outcome) -> Option<FailureKind> {
    match outcome {
        Outcome::Failed(failure) => Some(failure.kind),
        Outcome::Answered(_) => None,
    }
}

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

#[tokio::test]
async fn a_trusted_certificate_for_this_host_is_accepted() {
    let port = serve_once(OK);
    let outcome = get(format!("https://127.0.0.1:{port}/"), vec![CERTIFICATE.into()]).await;
    assert!(matches!(&outcome, Outcome::Answered(answer) if answer.status == 200), "{outcome:?}");
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    let port = serve_once(OK);
    let outcome = get(format!("https://127.0.0.1:{port}/"), super::root_certificates()).await;
    assert_eq!(kind(outcome), Some(FailureKind::Tls));
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let port = serve_once(OK);
    let outcome = get(format!("https://localhost:{port}/"), vec![CERTIFICATE.into()]).await;
    assert_eq!(kind(outcome), Some(FailureKind::Tls));
}

#[tokio::test]
async fn a_redirect_from_https_to_http_is_refused() {
    let port = serve_once(
        "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1/\r\ncontent-length: 0\r\n\r\n",
    );
    let outcome = get(format!("https://127.0.0.1:{port}/"), vec![CERTIFICATE.into()]).await;
    assert_eq!(kind(outcome), Some(FailureKind::BadRedirect));
}

#[test]
fn a_machine_without_certificates_trusts_the_built_in_list_and_others_their_own() {
    let mut store = rustls::RootCertStore::empty();
    let (usable, unusable) = store.add_parsable_certificates(super::or_built_in(Vec::new()));
    assert!(usable > 100 && unusable == 0, "{usable} {unusable}");
    let own: Vec<CertificateDer<'static>> = vec![CERTIFICATE.into()];
    assert_eq!(super::or_built_in(own.clone()), own);
}
