//! URL, parameters, headers, secrets.

use super::*;

#[test]
fn e09_http_is_a_warning_and_with_a_secret_an_error() {
    let http = with_url("http://t.example.com/?key={click_id}");
    assert_eq!(warnings(&http), ["http"]);
    let with_auth = Settings { auth: Some(AuthKind::Bearer), ..http.clone() };
    assert_eq!(error(&with_auth), at("auth", "secret_over_http"));
    let with_header = Settings { headers: vec![header("X-Api-Key", "abc")], ..http.clone() };
    assert_eq!(error(&with_header), at("headers[0].name", "secret_over_http"));
    let in_url = with_url("http://t.example.com/?c={click_id}&security_token=TOKEN");
    assert_eq!(error(&in_url), at("url", "secret_over_http"));
    let in_param = Settings { params: vec![param("token", "TOK")], ..http };
    assert_eq!(error(&in_param), at("params[0].value", "secret_over_http"));
    assert_eq!(
        warnings(&with_url("https://t.example.com/?c={click_id}&token=TOKEN")),
        Vec::<&str>::new()
    );
}

#[test]
fn e10_an_inner_host_is_refused_but_in_a_demo() {
    let settings = with_url("http://127.0.0.1:9000/?c={click_id}");
    assert_eq!(error(&settings), at("url", "host_not_public"));
    let demo = CheckContext { private_hosts_allowed: true, ..Default::default() };
    assert!(errors_in(&settings, &demo).is_empty());
}

#[test]
fn customer_hash_needs_the_merchant_and_encryption() {
    let settings = with_url("https://t.example.com/?c={click_id}&h={customer_hash}");
    assert_eq!(error(&settings), at("url", "not_allowed"));
    let allowed = CheckContext { customer_hash_allowed: true, ..Default::default() };
    assert!(errors_in(&settings, &allowed).is_empty());
    let http = with_url("http://t.example.com/?c={click_id}&h={customer_hash}");
    assert_eq!(errors_in(&http, &allowed), [at("url", "secret_over_http")]);
}

#[test]
fn p10_headers_of_the_connection_line_breaks_and_accents_are_refused() {
    for (name, value, expected) in [
        ("Host", "evil", at("headers[0].name", "managed_header")),
        ("content-length", "5", at("headers[0].name", "managed_header")),
        ("Connection", "close", at("headers[0].name", "managed_header")),
        ("Transfer-Encoding", "chunked", at("headers[0].name", "managed_header")),
        ("X\r\nHost", "evil", at("headers[0].name", "bad_header")),
        ("X Y", "1", at("headers[0].name", "bad_header")),
        ("X-A", "1\r\nHost: evil", at("headers[0].value", "bad_header_value")),
        ("X-A", "1\0", at("headers[0].value", "bad_header_value")),
        ("X-A", "é", at("headers[0].value", "bad_header_value")),
        ("X-A", "{", at("headers[0].value", "bad_macro")),
    ] {
        assert_eq!(
            error(&Settings { headers: vec![header(name, value)], ..good() }),
            expected,
            "{name:?}"
        );
    }
    let twice = Settings { headers: vec![header("X-A", "1"), header("x-a", "2")], ..good() };
    assert_eq!(error(&twice), at("headers[1].name", "duplicate"));
    let both = Settings {
        auth: Some(AuthKind::Basic),
        headers: vec![header("authorization", "x")],
        ..good()
    };
    assert_eq!(error(&both), at("headers[0].name", "duplicate"));
}

#[test]
fn raw_json_is_checked_with_its_macros_filled_in() {
    let json = |value: &str| Settings {
        method: RequestMethod::PostJson,
        params: vec![Param { raw: true, ..param("a", value) }],
        ..good()
    };
    for value in
        ["{total_commission}", r#"{"a":["{click_id}",{order_id}]}"#, "true", "{total_sales:minor}"]
    {
        assert!(errors(&json(value)).is_empty(), "{value}");
    }
    for (value, code) in [
        ("{\"a\":", "bad_json"),
        ("", "bad_json"),
        ("{click_id} {sub1}", "bad_json"),
        ("{click_id}", "json_slot"),
        ("[{sub1}]", "json_slot"),
    ] {
        assert_eq!(error(&json(value)), at("params[0].value", code), "{value}");
    }
    let form = Settings { method: RequestMethod::PostForm, ..json("1") };
    assert_eq!(error(&form), at("params[0].raw", "raw_without_json"));
}

#[test]
fn a_body_value_may_hold_braces_and_a_query_value_may_not() {
    let with =
        |method| Settings { method, params: vec![param("a", r#"{"x":"{click_id}"}"#)], ..good() };
    assert!(errors(&with(RequestMethod::PostForm)).is_empty());
    assert!(errors(&with(RequestMethod::PostJson)).is_empty());
    assert_eq!(error(&with(RequestMethod::Get)), at("params[0].value", "bad_macro"));
}

#[test]
fn parameters_have_names_and_json_has_each_once() {
    let unnamed = Settings { params: vec![param("", "1")], ..good() };
    assert_eq!(error(&unnamed), at("params[0].name", "required"));
    let twice =
        |method| Settings { method, params: vec![param("a", "1"), param("a", "2")], ..good() };
    assert!(errors(&twice(RequestMethod::PostForm)).is_empty());
    assert_eq!(error(&twice(RequestMethod::PostJson)), at("params[1].name", "duplicate"));
}

#[test]
fn t16_fifty_pairs_are_accepted_and_whatever_passes_renders() {
    let params = (0..50).map(|n| param(&format!("p{n}"), "{sub1}")).collect();
    let settings = Settings { params, ..good() };
    assert!(errors(&settings).is_empty());
    assert!(render(&settings, None, &sample_record()).is_ok());
}
