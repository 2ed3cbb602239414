use super::*;
use crate::query_hmac::sign_query;

fn hush() -> AppSecrets {
    AppSecrets::new("hush".into(), None).unwrap()
}

fn field<'a>(form: &'a [(&'static str, String)], name: &str) -> Option<&'a str> {
    form.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str())
}

const PAIR: &str = r#"{"access_token":"shpat_1","scope":"read_orders","expires_in":3600,
    "refresh_token":"shprt_1","refresh_token_expires_in":7776000}"#;

#[test]
fn every_grant_asks_for_an_expiring_offline_token() {
    let old = SecretString::from("shpca_old");
    for grant in [Grant::SessionToken("jwt"), Grant::PermanentToken(&old), Grant::Code("c")] {
        let form = grant.form("app", &hush());
        assert_eq!(field(&form, "expiring"), Some("1"), "{grant:?}");
        assert_eq!(field(&form, "client_id"), Some("app"));
        assert_eq!(field(&form, "client_secret"), Some("hush"));
    }
    let exchange = Grant::SessionToken("jwt").form("app", &hush());
    assert_eq!(field(&exchange, "subject_token"), Some("jwt"));
    assert_eq!(field(&exchange, "requested_token_type"), Some(OFFLINE));
    let refresh = Grant::RefreshToken(&old).form("app", &hush());
    assert_eq!(field(&refresh, "grant_type"), Some("refresh_token"));
    assert_eq!(field(&refresh, "refresh_token"), Some("shpca_old"));
}

#[test]
fn a_pair_is_read_with_its_times() {
    let pair = read_answer(200, None, PAIR.as_bytes()).unwrap();
    assert_eq!((pair.expires_in_s, pair.refresh_expires_in_s), (3_600, 7_776_000));
    assert_eq!(pair.refresh.expose_secret(), "shprt_1");
    assert!(pair.scopes.grants("read_orders"));
    assert!(!format!("{pair:?}").contains("shp"), "tokens are never logged");
}

#[test]
fn s11_11_an_answer_without_expires_in_is_an_error_and_never_a_token_that_does_not_expire() {
    for missing in ["access_token", "refresh_token", "expires_in", "refresh_token_expires_in"] {
        let mut answer: serde_json::Value = serde_json::from_str(PAIR).unwrap();
        for blank in [None, Some(serde_json::Value::Null)] {
            let object = answer.as_object_mut().unwrap();
            object.remove(missing);
            if let Some(blank) = blank {
                object.insert(missing.to_owned(), blank);
            }
            let error = read_answer(200, None, answer.to_string().as_bytes()).unwrap_err();
            assert!(matches!(error, TokenRefusal::Unreadable(_)), "{missing}: {error:?}");
        }
    }
}

#[test]
fn refusals_say_what_follows_from_them() {
    let refused = |status, body: &str| read_answer(status, None, body.as_bytes()).unwrap_err();
    assert_eq!(refused(400, r#"{"error":"invalid_subject_token"}"#), TokenRefusal::BadSessionToken);
    assert_eq!(refused(400, r#"{"error":"invalid_grant"}"#), TokenRefusal::InvalidGrant);
    assert_eq!(refused(401, r#"{"error":"invalid_client"}"#), TokenRefusal::InvalidClient);
    assert_eq!(refused(503, "<html>"), TokenRefusal::Unavailable(503));
    assert_eq!(
        read_answer(429, Some("2.0"), b"").unwrap_err(),
        TokenRefusal::Throttled(2),
        "Shopify writes it with a fraction"
    );
    assert!(matches!(refused(403, "<html>"), TokenRefusal::Unreadable(_)));
}

fn callback(query: &str) -> Result<Callback, CallbackError> {
    read_callback(query, "nonce", &hush(), UtcTime::default().plus_seconds(1_000))
}

const QUERY: &str = "code=c&host=YWRtaW4uc2hvcGlmeS5jb20vc3RvcmUvc29tZS1zaG9w\
                     &shop=some-shop.myshopify.com&state=nonce&timestamp=1000";

#[test]
fn s11_05_a_callback_is_read_only_with_its_state_signature_and_time() {
    let read = callback(&sign_query(QUERY, &hush())).unwrap();
    assert_eq!((read.shop.handle(), read.code.as_str()), ("some-shop", "c"));
    assert!(read.host.is_some());
    let changed = |from: &str, to: &str| callback(&sign_query(&QUERY.replace(from, to), &hush()));
    assert_eq!(changed("state=nonce", "state=other").unwrap_err(), CallbackError::BadState);
    assert_eq!(changed("timestamp=1000", "timestamp=1091"), Err(CallbackError::BadSignature));
    assert_eq!(changed("some-shop.myshopify.com", "evil.example"), Err(CallbackError::BadShop));
    assert_eq!(changed("code=c&", ""), Err(CallbackError::NoCode));
    let forged = sign_query(QUERY, &AppSecrets::new("other".into(), None).unwrap());
    assert_eq!(callback(&forged), Err(CallbackError::BadSignature));
    let without = read_callback(
        &sign_query(&QUERY.replace("&state=nonce", ""), &hush()),
        "",
        &hush(),
        UtcTime::default().plus_seconds(1_000),
    );
    assert_eq!(without, Err(CallbackError::BadState), "no state is no state");
}

#[test]
fn the_page_to_grant_names_every_scope() {
    let path = authorize_path("app", "https://app.example.com/auth/callback", "nonce");
    assert!(path.starts_with("/admin/oauth/authorize?client_id=app&scope="));
    assert!(path.contains("read_orders") && path.ends_with("&state=nonce"));
}
