//! Headers and credentials.

use super::*;

#[test]
fn e06_strict_mode_drops_parameters_and_headers_too() {
    for method in [RequestMethod::Get, RequestMethod::PostForm, RequestMethod::PostJson] {
        let settings = Settings {
            strict: true,
            method,
            params: vec![param("a", "{sub1}"), param("b", "1"), param("c", "{sub2}")],
            headers: vec![header("X-A", "{sub1}"), header("X-B", "1")],
            ..with_url("https://d.test/")
        };
        let rendered = render(&settings, None, &Record::new()).unwrap();
        match method {
            RequestMethod::Get => assert_eq!(rendered.url, "https://d.test/?b=1"),
            RequestMethod::PostForm => assert_eq!(rendered.body.as_deref(), Some("b=1")),
            RequestMethod::PostJson => assert_eq!(rendered.body.as_deref(), Some(r#"{"b":"1"}"#)),
        }
        assert!(rendered.headers.contains(&("X-B".into(), "1".into())));
        assert!(!rendered.headers.iter().any(|(name, _)| name == "X-A"));
        assert!(rendered.flags.contains(&"dropped:c".to_owned()));
    }
}

#[test]
fn p08_credentials_become_the_authorization_header_and_are_masked_in_logs() {
    let settings = Settings {
        auth: Some(AuthKind::Basic),
        headers: vec![header("X-Api-Key", "k-{sub1}"), header("X-Source", "shop")],
        ..with_url("https://d.test/?a={click_id}")
    };
    let basic = Credentials::Basic { login: "anna".into(), password: "pass".into() };
    let request = render(&settings, Some(&basic), &record(&[("sub1", "7")])).unwrap();
    let expected =
        [("Authorization", "Basic YW5uYTpwYXNz"), ("X-Api-Key", "k-7"), ("X-Source", "shop")];
    assert_eq!(request.headers, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    let masked = [("Authorization", "•••"), ("X-Api-Key", "•••"), ("X-Source", "shop")];
    assert_eq!(request.masked_headers(), masked.map(|(a, b)| (a.to_owned(), b.to_owned())));
}

#[test]
fn p08_missing_or_other_credentials_are_an_error_not_an_open_call() {
    let settings = Settings { auth: Some(AuthKind::Bearer), ..with_url("https://d.test/") };
    let token = Credentials::Token { token: "x".into() };
    for credentials in [None, Some(&token)] {
        let error = render(&settings, credentials, &Record::new()).unwrap_err();
        assert_eq!(error, RenderError::NoCredentials(AuthKind::Bearer));
    }
}

#[test]
fn p10_a_value_that_a_header_cannot_carry_is_left_out_and_flagged() {
    let settings =
        Settings { headers: vec![header("X-Sub", "a{sub1|-}")], ..with_url("https://d.test/") };
    for hostile in ["x\r\nHost: evil", "x\n", "x\0", "é"] {
        let request = render(&settings, None, &record(&[("sub1", hostile)])).unwrap();
        assert_eq!(request.headers, [("X-Sub".to_owned(), "a-".to_owned())]);
        assert_eq!(request.flags, ["unsendable:sub1"]);
    }
}

#[test]
fn p10_headers_are_checked_again_when_a_request_is_built() {
    let with = |name: &str, value: &str| {
        let settings =
            Settings { headers: vec![header(name, value)], ..with_url("https://d.test/") };
        render(&settings, None, &Record::new())
    };
    assert!(matches!(with("Host", "evil"), Err(RenderError::HeaderName(_))));
    assert!(matches!(with("X-A", "a\r\nb"), Err(RenderError::HeaderText(_))));
    assert!(matches!(with("X-A", "a{"), Err(RenderError::Template { .. })));
}

#[test]
fn a_content_type_of_the_affiliates_own_replaces_ours() {
    let settings = Settings {
        method: RequestMethod::PostJson,
        headers: vec![header("content-type", "application/vnd.api+json")],
        ..with_url("https://d.test/")
    };
    let request = render(&settings, None, &Record::new()).unwrap();
    assert_eq!(
        request.headers,
        [("content-type".to_owned(), "application/vnd.api+json".to_owned())]
    );
}
