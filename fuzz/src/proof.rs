//! What proves who is calling: nothing but what was signed is accepted.
//!
//! The input is text in lines, of which each is tried as a token, a query, a header; the whole of it as
//! a body.

use domain::time::UtcTime;
use secrecy::SecretString;
use shopify::{
    app_proxy::{sign_proxy_query, verify_proxy},
    query_hmac::{sign_query, verify_query},
    secrets::AppSecrets,
    session_token::{SessionTokenVerifier, mint_session_token},
    shop_domain::{AdminHost, ShopDomain},
    webhook::{WebhookHeaders, sign_webhook, verify_webhook},
};

/// The app that the seeds are signed for.
pub(crate) const CLIENT_ID: &str = "client";
const SHOP: &str = "a.myshopify.com";

/// The time at which everything is checked.
pub(crate) const NOW: UtcTime = UtcTime::from_micros(1_700_000_000_000_000);

/// Checks one input.
///
/// # Panics
/// A finding.
pub fn check(input: &[u8]) {
    let secrets = secrets();
    if let Ok(header) = std::str::from_utf8(input) {
        for line in header.lines() {
            token_is_ours_or_refused(line, &secrets);
            query_is_signed_or_refused(line, &secrets);
            // A domain or host that is read prints as what it is.
            if let Ok(shop) = ShopDomain::parse(line) {
                assert_eq!(ShopDomain::parse(shop.as_str()).as_ref(), Ok(&shop));
            }
            let _ = AdminHost::parse(line);
        }
        let mut lines = header.lines();
        let _ = WebhookHeaders::read(|_| lines.clone().next());
        let digest = lines.next().unwrap_or_default();
        let body = input.get(digest.len()..).unwrap_or_default();
        if verify_webhook(body, digest, &secrets).is_ok() {
            assert_eq!(digest, sign_webhook(body, &secrets));
        }
    }
}

pub(crate) fn secrets() -> AppSecrets {
    AppSecrets::new(SecretString::from("hush"), None).unwrap()
}

/// A token that is accepted, for the seeds.
pub(crate) fn token(secrets: &AppSecrets) -> String {
    let shop = ShopDomain::parse(SHOP).unwrap();
    mint_session_token(secrets, CLIENT_ID, &shop, "1", NOW).unwrap()
}

fn token_is_ours_or_refused(text: &str, secrets: &AppSecrets) {
    let verifier = SessionTokenVerifier::new(CLIENT_ID, secrets);
    if verifier.verify(text, NOW).is_ok() {
        assert_eq!(text, token(secrets), "a token that nobody made is accepted");
    }
}

fn query_is_signed_or_refused(query: &str, secrets: &AppSecrets) {
    // Whoever signs it gets in or is told why; without a signature nobody does.
    let signed = sign_query(query, secrets);
    let _ = verify_query(&signed, secrets);
    let _ = verify_proxy(&sign_proxy_query(query, secrets), secrets, NOW);
    if !query.contains("hmac=") {
        assert!(verify_query(query, secrets).is_err(), "{query}");
    }
    if !query.contains("signature=") {
        assert!(verify_proxy(query, secrets, NOW).is_err(), "{query}");
    }
}
