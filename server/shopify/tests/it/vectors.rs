//! Every signature, token, domain and host of `test-vectors.json`.

use domain::time::UtcTime;
use serde_json::Value;
use shopify::{
    app_proxy::{sign_proxy_query, verify_proxy},
    query_hmac::{QueryError, sign_query, verify_fresh_query, verify_query},
    secrets::AppSecrets,
    session_token::{SessionTokenError, SessionTokenVerifier},
    shop_domain::{AdminHost, ShopDomain},
    webhook::{WebhookError, sign_webhook, verify_webhook},
};

use crate::fixtures::{secrets, vectors};

fn cases(group: &Value) -> &Vec<Value> {
    let cases = group.as_array().unwrap();
    assert!(!cases.is_empty());
    cases
}

fn text<'a>(case: &'a Value, key: &str) -> &'a str {
    case[key].as_str().unwrap_or_else(|| panic!("{key} in {case}"))
}

fn at(seconds: i64) -> UtcTime {
    UtcTime::default().plus_seconds(seconds)
}

#[test]
fn webhook_bodies_verify_by_their_raw_bytes_and_empty_ones_never() {
    for case in cases(&vectors()["webhook"]) {
        let body = text(case, "body_utf8").as_bytes();
        let digest = text(case, "x_shopify_hmac_sha256");
        let secrets = secrets(text(case, "secret"));
        assert_eq!(sign_webhook(body, &secrets), digest, "{case}");
        let expected = if body.is_empty() { Err(WebhookError::EmptyBody) } else { Ok(()) };
        assert_eq!(verify_webhook(body, digest, &secrets), expected, "{case}");
    }
}

#[test]
fn a_body_written_anew_does_not_verify() {
    let case = &vectors()["webhook"][3];
    let value: Value = serde_json::from_str(text(case, "body_utf8")).unwrap();
    let secrets = secrets(text(case, "secret"));
    let digest = text(case, "x_shopify_hmac_sha256");
    assert_eq!(
        verify_webhook(value.to_string().as_bytes(), digest, &secrets),
        Err(WebhookError::BadDigest)
    );
}

#[test]
fn the_previous_secret_counts_only_while_it_is_configured() {
    let old = secrets("old");
    let rotating = AppSecrets::new("new".into(), Some("old".into())).unwrap();
    let digest = sign_webhook(b"{}", &old);
    assert_eq!(verify_webhook(b"{}", &digest, &rotating), Ok(()));
    assert_eq!(verify_webhook(b"{}", &digest, &secrets("new")), Err(WebhookError::BadDigest));

    let query = sign_query("shop=some-shop.myshopify.com", &old);
    assert_eq!(verify_query(&query, &rotating), Ok(()));
    assert_eq!(verify_query(&query, &secrets("new")), Err(QueryError::BadSignature));

    let query = "shop=s.myshopify.com&path_prefix=%2Fa&timestamp=5&logged_in_customer_id=";
    let query = sign_proxy_query(query, &old);
    assert!(verify_proxy(&query, &rotating, at(5)).is_ok());
    assert_eq!(verify_proxy(&query, &secrets("new"), at(5)), Err(QueryError::BadSignature));
}

#[test]
fn admin_queries_verify_by_either_rule_in_any_order_of_parameters() {
    for case in cases(&vectors()["oauth_query"]) {
        let secrets = secrets(text(case, "secret"));
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        match &case["params"] {
            Value::Object(params) => {
                query
                    .extend_pairs(params.iter().map(|(key, value)| (key, value.as_str().unwrap())));
            }
            _ => {
                query.extend_pairs(url::form_urlencoded::parse(text(case, "message").as_bytes()));
            }
        }
        let query = query.finish();
        let hmac = text(case, "hmac_hex");
        assert_eq!(verify_query(&format!("{query}&hmac={hmac}"), &secrets), Ok(()), "{case}");
        let reversed: Vec<&str> = query.split('&').rev().collect();
        let reversed = format!("hmac={hmac}&{}", reversed.join("&"));
        assert_eq!(verify_query(&reversed, &secrets), Ok(()), "{case}");
        for changed in [
            format!("{query}&extra=1&hmac={hmac}"),
            format!("{query}&hmac={}", hmac.to_uppercase()),
            query.clone() + "&hmac=",
        ] {
            assert_eq!(verify_query(&changed, &secrets), Err(QueryError::BadSignature));
        }
        assert_eq!(verify_query(&query, &secrets), Err(QueryError::Missing("hmac")));
    }
}

#[test]
fn our_own_admin_links_are_signed_by_rule_a() {
    let case = &vectors()["oauth_query"][4];
    assert_eq!(text(case, "rule"), "A only");
    let query = "a=1%26b%3D2&c%3D3%26d=4&note=jane+doe&shop=some-shop.myshopify.com\
                 &timestamp=1337178173";
    let signed = sign_query(query, &secrets(text(case, "secret")));
    assert_eq!(signed, format!("{query}&hmac={}", text(case, "hmac_hex")));
}

#[test]
fn a_callback_must_be_fresh_and_name_each_parameter_once() {
    let hush = secrets("hush");
    let signed = sign_query("code=1&shop=some-shop.myshopify.com&timestamp=1000", &hush);
    assert_eq!(verify_fresh_query(&signed, &hush, at(1090)), Ok(()));
    assert_eq!(verify_fresh_query(&signed, &hush, at(910)), Ok(()));
    for wrong in [at(1091), at(909)] {
        assert_eq!(verify_fresh_query(&signed, &hush, wrong), Err(QueryError::WrongTime));
    }
    assert_eq!(verify_query(&signed, &hush), Ok(()), "a page load may be old");
    let twice = sign_query("shop=a.myshopify.com&shop=b.myshopify.com&timestamp=1000", &hush);
    assert_eq!(verify_query(&twice, &hush), Err(QueryError::Repeated("shop")));
    let timeless = sign_query("code=1", &hush);
    assert_eq!(
        verify_fresh_query(&timeless, &hush, at(1000)),
        Err(QueryError::Missing("timestamp"))
    );
}

#[test]
fn proxy_queries_verify_and_expire() {
    for case in cases(&vectors()["app_proxy"]) {
        let query = text(case, "query");
        let secrets = secrets(text(case, "secret"));
        let signed = format!("{query}&signature={}", text(case, "signature_hex"));
        assert_eq!(sign_proxy_query(query, &secrets), signed, "{case}");
        let seconds = query.split("timestamp=").nth(1).unwrap();
        let now = at(seconds.split('&').next().unwrap().parse().unwrap());
        let request = verify_proxy(&signed, &secrets, now).unwrap();
        assert_eq!(request.shop.as_str(), "shop-name.myshopify.com");
        assert_eq!(request.customer_id.is_some(), query.contains("customer_id=1"), "{case}");
        assert_eq!(
            verify_proxy(&signed, &secrets, now.plus_seconds(91)),
            Err(QueryError::WrongTime)
        );
    }
}

#[test]
fn session_tokens_pass_or_fail_as_listed() {
    let group = &vectors()["session_token"];
    let verifier =
        SessionTokenVerifier::new(text(group, "client_id"), &secrets(text(group, "secret")));
    for case in cases(&group["cases"]) {
        let result = verifier.verify(text(case, "token"), at(case["now"].as_i64().unwrap()));
        let name = text(case, "name");
        assert_eq!(result.is_ok(), case["accept"].as_bool().unwrap(), "{name}: {result:?}");
        match (name, result) {
            (_, Ok(token)) => {
                assert_eq!(token.shop.as_str(), text(group, "shop"));
                assert_eq!(token.user_id, "42");
            }
            ("expired 40 s ago", Err(error)) => assert_eq!(error, SessionTokenError::Expired),
            ("nbf 12 s ahead", Err(error)) => assert_eq!(error, SessionTokenError::NotYetValid),
            ("wrong aud", Err(error)) => assert_eq!(error, SessionTokenError::WrongAudience),
            ("wrong secret" | "alg HS512 header", Err(error)) => {
                assert_eq!(error, SessionTokenError::BadSignature);
            }
            ("alg none" | "missing exp", Err(error)) => {
                assert_eq!(error, SessionTokenError::Malformed);
            }
            (_, Err(error)) => assert_eq!(error, SessionTokenError::NotAdmin, "{name}"),
        }
    }
}

#[test]
fn shop_domains_and_hosts_pass_or_fail_as_listed() {
    let vectors = vectors();
    for case in cases(&vectors["shop_domain"]["accept"]) {
        assert_eq!(ShopDomain::parse(case.as_str().unwrap()).unwrap().as_str(), case);
    }
    for case in cases(&vectors["shop_domain"]["reject"]) {
        assert!(ShopDomain::parse(case.as_str().unwrap()).is_err(), "{case}");
    }
    for case in cases(&vectors["host_param"]) {
        let host = AdminHost::parse(text(case, "host"));
        assert_eq!(host.is_ok(), case["ok"].as_bool().unwrap(), "{case}");
        if let Ok(host) = host {
            assert_eq!(host.shop().as_str(), "some-shop.myshopify.com");
            let url = format!("https://{}/apps/id", text(case, "decoded"));
            assert_eq!(host.app_url("id", ""), url);
        }
    }
}
