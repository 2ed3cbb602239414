use proptest::prelude::*;

use super::*;
use crate::postback::{Header, Param};

type Settings = PostbackSettings;

fn with_url(url: &str) -> Settings {
    Settings {
        url: url.into(),
        ..Default::default()
    }
}

fn param(name: &str, value: &str) -> Param {
    Param {
        name: name.into(),
        value: value.into(),
        raw: false,
    }
}

fn raw(name: &str, value: &str) -> Param {
    Param {
        raw: true,
        ..param(name, value)
    }
}

fn header(name: &str, value: &str) -> Header {
    Header {
        name: name.into(),
        value: value.into(),
    }
}

fn record(pairs: &[(&str, &str)]) -> Record {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn url(template: &str, pairs: &[(&str, &str)]) -> String {
    render(&with_url(template), None, &record(pairs))
        .unwrap()
        .url
}

fn posted(method: RequestMethod, params: Vec<Param>, pairs: &[(&str, &str)]) -> Rendered {
    let settings = Settings {
        method,
        params,
        ..with_url("https://t.example.com/pb")
    };
    render(&settings, None, &record(pairs)).unwrap()
}

#[test]
fn u04_each_of_the_six_macros_gets_its_value() {
    let template = "https://d.test/?a={affiliate_id}&p={program_id}&s={sca_source}&o={order_id}\
                    &t={total_sales}&c={total_commission}";
    let values = [
        ("affiliate_id", "1001"),
        ("program_id", "7"),
        ("sca_source", "GitHub"),
        ("order_id", "42"),
        ("total_sales", "90.00"),
        ("total_commission", "9.00"),
    ];
    assert_eq!(
        url(template, &values),
        "https://d.test/?a=1001&p=7&s=GitHub&o=42&t=90.00&c=9.00"
    );
}

#[test]
fn u05_an_empty_path_stays_empty() {
    assert_eq!(
        url(
            "https://domain.test?a={affiliate_id}",
            &[("affiliate_id", "1")]
        ),
        "https://domain.test?a=1"
    );
    assert_eq!(url("https://domain.test", &[]), "https://domain.test");
}

#[test]
fn t08_the_name_left_of_the_equals_sign_is_free() {
    let values = [("affclickid", "1122")];
    assert_eq!(
        url("https://d.test/?click_id={affclickid}", &values),
        "https://d.test/?click_id=1122"
    );
    assert_eq!(
        url("https://d.test/?foo={affclickid}", &values),
        "https://d.test/?foo=1122"
    );
}

#[test]
fn c02_the_left_name_is_never_changed() {
    let rendered = url(
        "https://d.test/?click_id={affclickid}",
        &[("affclickid", "1122")],
    );
    assert!(!rendered.contains("affclickid="));
}

#[test]
fn t09_dynamic_parameters_are_replaced() {
    let values = [("affclickid", "1122443455565666"), ("amount", "50")];
    assert_eq!(
        url(
            "https://d.test/pb?x=1&click_id={affclickid}&payout_sum={amount}",
            &values
        ),
        "https://d.test/pb?x=1&click_id=1122443455565666&payout_sum=50"
    );
}

#[test]
fn t12_t13_static_text_arrives_byte_for_byte_beside_macros() {
    assert_eq!(
        url(
            "https://d.test/pb?a={sub1}&source=track360&type=signup",
            &[("sub1", "x")]
        ),
        "https://d.test/pb?a=x&source=track360&type=signup"
    );
}

#[test]
fn e01_literal_text_keeps_its_order_duplicates_commas_and_final_ampersand() {
    for text in [
        "https://d.test/a,b;c=1/pb?z=1&a=2&a=2&&status=0,2|5&q=100%25+x&",
        "https://d.test/pb?",
        "https://d.test/pb?a=[1]&b='x'&c=^&d=%zz",
        "HTTPS://D.test:443//x//?",
    ] {
        assert_eq!(url(text, &[]), text);
    }
}

#[test]
fn e01_what_no_client_can_send_raw_is_percent_encoded() {
    assert_eq!(
        url("https://d.test/a b?x=¤cy\"é", &[]),
        "https://d.test/a%20b?x=%C2%A4cy%22%C3%A9"
    );
}

#[test]
fn e02_values_are_encoded_for_path_and_query() {
    let values = [("sub1", "a b/../c?d#e&f=é+")];
    let encoded = "a%20b%2F..%2Fc%3Fd%23e%26f%3D%C3%A9%2B";
    assert_eq!(
        url("https://d.test/{sub1}/x?y={sub1}", &values),
        format!("https://d.test/{encoded}/x?y={encoded}")
    );
}

#[test]
fn e02_a_value_cannot_climb_out_of_its_path_segment() {
    let settings = with_url("https://d.test/a/{sub1}/b/{sub1}{sub2}?c={sub1}");
    let rendered = render(&settings, None, &record(&[("sub1", "."), ("sub2", ".")])).unwrap();
    assert_eq!(rendered.url, "https://d.test/a//b/?c=.");
    assert_eq!(rendered.flags, ["unsendable:path"]);
    assert_eq!(
        url("https://d.test/{sub1}", &[("sub1", "..a")]),
        "https://d.test/..a"
    );
}

#[test]
fn e03_a_value_that_looks_like_a_macro_stays_text() {
    let values = [("sub1", "{order_id}"), ("order_id", "42")];
    assert_eq!(
        url("https://d.test/?a={sub1}", &values),
        "https://d.test/?a=%7Border_id%7D"
    );
    let request = posted(RequestMethod::PostJson, vec![param("a", "{sub1}")], &values);
    assert_eq!(request.body.as_deref(), Some(r#"{"a":"{order_id}"}"#));
}

#[test]
fn e04_names_ignore_case_and_values_never_change_it() {
    assert_eq!(
        url(
            "https://d.test/?a={CLICKID}&b={clickId}",
            &[("click_id", "AbC")]
        ),
        "https://d.test/?a=AbC&b=AbC"
    );
}

#[test]
fn e05_a_macro_that_no_longer_exists_is_empty_and_flagged() {
    let rendered = render(
        &with_url("https://d.test/?a={gone}&b=1"),
        None,
        &Record::new(),
    )
    .unwrap();
    assert_eq!(rendered.url, "https://d.test/?a=&b=1");
    assert_eq!(rendered.flags, ["unresolved:gone"]);
}

#[test]
fn e06_a_known_macro_without_value_is_empty_or_its_default() {
    assert_eq!(
        url("https://d.test/?a={sub1}&b={sub2|none}&c={sub3|a b}", &[]),
        "https://d.test/?a=&b=none&c=a%20b"
    );
    assert_eq!(
        url("https://d.test/?a={sub1|none}", &[("sub1", "")]),
        "https://d.test/?a=none"
    );
}

#[test]
fn c01_only_a_link_macro_without_value_is_flagged() {
    let settings = with_url("https://d.test/?a={link.zone}&b={reason}&c={sub1|x}");
    let rendered = render(&settings, None, &Record::new()).unwrap();
    assert_eq!(rendered.flags, ["empty:link.zone", "empty:sub1"]);
}

#[test]
fn e06_strict_mode_drops_whole_pairs_with_their_separator() {
    for (template, expected) in [
        ("https://d.test/?a={sub1}&b=1", "https://d.test/?b=1"),
        ("https://d.test/?b=1&a={sub1}", "https://d.test/?b=1"),
        (
            "https://d.test/?b=1&a={sub1}&c=2&",
            "https://d.test/?b=1&c=2&",
        ),
        ("https://d.test/?a={sub1}", "https://d.test/"),
        ("https://d.test/?a={sub1}&b={sub2}", "https://d.test/"),
        (
            "https://d.test/?a={sub1|none}&b=",
            "https://d.test/?a=none&b=",
        ),
        (
            "https://d.test/?a=x-{sub1}-{order_id}&b=1",
            "https://d.test/?b=1",
        ),
        ("https://d.test/{sub1}/x", "https://d.test//x"),
    ] {
        let settings = Settings {
            strict: true,
            ..with_url(template)
        };
        let rendered = render(&settings, None, &record(&[("order_id", "42")])).unwrap();
        assert_eq!(rendered.url, expected, "{template}");
    }
}

#[test]
fn e06_strict_mode_drops_parameters_and_headers_too() {
    for method in [
        RequestMethod::Get,
        RequestMethod::PostForm,
        RequestMethod::PostJson,
    ] {
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
fn e07_the_map_speaks_the_receivers_words_and_falls_back_to_ours() {
    let affise = "https://d.test/?s={status:approved=1 pending=2 rejected=3 hold=5}";
    for (status, sent) in [
        ("approved", "1"),
        ("pending", "2"),
        ("rejected", "3"),
        ("reversed", "3"),
        ("on_hold", "5"),
        ("adjusted", "2"),
        ("paid", "paid"),
    ] {
        let values = [("status", status), ("workflow_status", "pending")];
        assert_eq!(
            url(affise, &values),
            format!("https://d.test/?s={sent}"),
            "{status}"
        );
    }
    let partial = "https://d.test/?s={status:pending=lead}";
    assert_eq!(
        url(partial, &[("status", "reversed")]),
        "https://d.test/?s=reversed"
    );
    assert_eq!(
        url(partial, &[("status", "adjusted")]),
        "https://d.test/?s=adjusted"
    );
}

#[test]
fn n04_a_full_refund_goes_through_the_map_of_x06() {
    let keitaro = "https://k.test/?status={status:approved=sale pending=lead rejected=rejected}&payout={total_commission}";
    let values = [("status", "reversed"), ("total_commission", "0.00")];
    assert_eq!(
        url(keitaro, &values),
        "https://k.test/?status=rejected&payout=0.00"
    );
}

#[test]
fn e08_minor_gives_whole_cents() {
    let template = "https://d.test/?a={total_commission:minor}&b={delta_commission:minor}";
    let values = [
        ("total_commission", "6.30"),
        ("delta_commission", "-2.70"),
        ("currency", "USD"),
    ];
    assert_eq!(url(template, &values), "https://d.test/?a=630&b=-270");
}

#[test]
fn e13_total_and_change_are_both_there() {
    let template = "https://d.test/?s={status}&t={total_commission}&d={delta_commission}";
    let values = [
        ("status", "adjusted"),
        ("total_commission", "6.30"),
        ("delta_commission", "-2.70"),
    ];
    assert_eq!(
        url(template, &values),
        "https://d.test/?s=adjusted&t=6.30&d=-2.70"
    );
}

#[test]
fn e11_a_url_too_long_after_substitution_is_not_sent() {
    let long = "é".repeat(URL_BYTES_MAX / 6);
    let error = render(
        &with_url("https://d.test/?a={sub1}"),
        None,
        &record(&[("sub1", &long)]),
    );
    assert!(matches!(
        error,
        Err(RenderError::TooLong { what: "URL", .. })
    ));
}

#[test]
fn e11_a_body_has_at_most_64_kib() {
    let settings = |value: String| Settings {
        method: RequestMethod::PostForm,
        params: vec![param("a", &value)],
        ..with_url("https://d.test/")
    };
    let fits = "x".repeat(BODY_BYTES_MAX - 2);
    assert!(render(&settings(fits.clone()), None, &Record::new()).is_ok());
    let error = render(&settings(fits + "x"), None, &Record::new());
    assert!(matches!(
        error,
        Err(RenderError::TooLong { what: "body", .. })
    ));
}

#[test]
fn p07_get_appends_the_parameters_to_the_query() {
    let values = [("click_id", "w 5"), ("total_commission", "9.00")];
    for (base, expected) in [
        (
            "https://d.test",
            "https://d.test?cid=w%205&src=my%20shop&p=9.00",
        ),
        (
            "https://d.test/pb",
            "https://d.test/pb?cid=w%205&src=my%20shop&p=9.00",
        ),
        (
            "https://d.test/pb?",
            "https://d.test/pb?cid=w%205&src=my%20shop&p=9.00",
        ),
        (
            "https://d.test/pb?x=1",
            "https://d.test/pb?x=1&cid=w%205&src=my%20shop&p=9.00",
        ),
        (
            "https://d.test/pb?x=1&",
            "https://d.test/pb?x=1&cid=w%205&src=my%20shop&p=9.00",
        ),
    ] {
        let params = vec![
            param("cid", "{click_id}"),
            param("src", "my shop"),
            param("p", "{total_commission}"),
        ];
        let settings = Settings {
            params,
            ..with_url(base)
        };
        let rendered = render(&settings, None, &record(&values)).unwrap();
        assert_eq!((rendered.url.as_str(), rendered.body), (expected, None));
        assert!(rendered.headers.is_empty());
    }
}

#[test]
fn p07_form_puts_them_into_the_body() {
    let params = vec![
        param("cid", "{click_id}"),
        param("a&b", "x={sub1}"),
        param("cid", ""),
    ];
    let request = posted(
        RequestMethod::PostForm,
        params,
        &[("click_id", "w 5"), ("sub1", "é&")],
    );
    assert_eq!(request.method, "POST");
    assert_eq!(request.url, "https://t.example.com/pb");
    assert_eq!(
        request.body.as_deref(),
        Some("cid=w+5&a%26b=x%3D%C3%A9%26&cid=")
    );
    assert_eq!(
        request.headers,
        [(
            "Content-Type".into(),
            "application/x-www-form-urlencoded".into()
        )]
    );
}

#[test]
fn p07_json_makes_an_object_of_strings() {
    let params = vec![
        param("cid", "{click_id}"),
        param("payout", "{total_commission}"),
        param("q\"", "a\"{sub1}"),
    ];
    let values = [
        ("click_id", "w5"),
        ("total_commission", "9.00"),
        ("sub1", "\"\\\n"),
    ];
    let request = posted(RequestMethod::PostJson, params, &values);
    assert_eq!(
        request.body.as_deref(),
        Some("{\"cid\":\"w5\",\"payout\":\"9.00\",\"q\\\"\":\"a\\\"\\\"\\\\\\n\"}")
    );
    assert_eq!(
        request.headers,
        [("Content-Type".into(), "application/json".into())]
    );
}

#[test]
fn e02_a_raw_json_parameter_has_quoted_and_unquoted_slots() {
    let value = r#"{"id":"{click_id}","esc":"\"{sub1}","sum":{total_commission},"none":{refund_amount},"ok":true}"#;
    let values = [
        ("click_id", "w\"5"),
        ("sub1", "x"),
        ("total_commission", "9.00"),
    ];
    let request = posted(RequestMethod::PostJson, vec![raw("data", value)], &values);
    assert_eq!(
        request.body.as_deref(),
        Some(r#"{"data":{"id":"w\"5","esc":"\"x","sum":9.00,"none":null,"ok":true}}"#)
    );
}

#[test]
fn e02_text_cannot_enter_an_unquoted_json_slot() {
    let request = posted(
        RequestMethod::PostJson,
        vec![raw("sum", "{total_commission}")],
        &[("total_commission", "1,\"admin\":true")],
    );
    assert_eq!(request.body.as_deref(), Some(r#"{"sum":null}"#));
    assert_eq!(request.flags, ["unsendable:total_commission"]);
}

#[test]
fn a_post_without_parameters_has_an_empty_body() {
    assert_eq!(
        posted(RequestMethod::PostForm, vec![], &[]).body.as_deref(),
        Some("")
    );
    assert_eq!(
        posted(RequestMethod::PostJson, vec![], &[]).body.as_deref(),
        Some("{}")
    );
}

#[test]
fn in_a_post_the_url_still_has_its_macros() {
    let settings = Settings {
        method: RequestMethod::PostForm,
        params: vec![param("a", "1")],
        ..with_url("https://d.test/{sub1}?c={click_id}")
    };
    let request = render(
        &settings,
        None,
        &record(&[("sub1", "x"), ("click_id", "w")]),
    )
    .unwrap();
    assert_eq!(
        (request.url.as_str(), request.body.as_deref()),
        ("https://d.test/x?c=w", Some("a=1"))
    );
}

#[test]
fn p08_credentials_become_the_authorization_header_and_are_masked_in_logs() {
    let settings = Settings {
        auth: Some(AuthKind::Basic),
        headers: vec![header("X-Api-Key", "k-{sub1}"), header("X-Source", "shop")],
        ..with_url("https://d.test/?a={click_id}")
    };
    let basic = Credentials::Basic {
        login: "anna".into(),
        password: "pass".into(),
    };
    let request = render(&settings, Some(&basic), &record(&[("sub1", "7")])).unwrap();
    let expected = [
        ("Authorization", "Basic YW5uYTpwYXNz"),
        ("X-Api-Key", "k-7"),
        ("X-Source", "shop"),
    ];
    assert_eq!(
        request.headers,
        expected.map(|(a, b)| (a.to_owned(), b.to_owned()))
    );
    let masked = [
        ("Authorization", "•••"),
        ("X-Api-Key", "•••"),
        ("X-Source", "shop"),
    ];
    assert_eq!(
        request.masked_headers(),
        masked.map(|(a, b)| (a.to_owned(), b.to_owned()))
    );
}

#[test]
fn p08_missing_or_other_credentials_are_an_error_not_an_open_call() {
    let settings = Settings {
        auth: Some(AuthKind::Bearer),
        ..with_url("https://d.test/")
    };
    let token = Credentials::Token { token: "x".into() };
    for credentials in [None, Some(&token)] {
        let error = render(&settings, credentials, &Record::new()).unwrap_err();
        assert_eq!(error, RenderError::NoCredentials(AuthKind::Bearer));
    }
}

#[test]
fn p09_parameters_keep_their_order_and_t16_there_may_be_fifty() {
    let params: Vec<_> = (0..50)
        .map(|n| param(&format!("p{}", 49 - n), "{sub1}"))
        .collect();
    let settings = Settings {
        params,
        ..with_url("https://d.test/")
    };
    let request = render(&settings, None, &record(&[("sub1", "v")])).unwrap();
    let expected: Vec<_> = (0..50).map(|n| format!("p{}=v", 49 - n)).collect();
    assert_eq!(
        request.url,
        format!("https://d.test/?{}", expected.join("&"))
    );
}

#[test]
fn p10_a_value_that_a_header_cannot_carry_is_left_out_and_flagged() {
    let settings = Settings {
        headers: vec![header("X-Sub", "a{sub1|-}")],
        ..with_url("https://d.test/")
    };
    for hostile in ["x\r\nHost: evil", "x\n", "x\0", "é"] {
        let request = render(&settings, None, &record(&[("sub1", hostile)])).unwrap();
        assert_eq!(request.headers, [("X-Sub".to_owned(), "a-".to_owned())]);
        assert_eq!(request.flags, ["unsendable:sub1"]);
    }
}

#[test]
fn p10_headers_are_checked_again_when_a_request_is_built() {
    let with = |name: &str, value: &str| {
        let settings = Settings {
            headers: vec![header(name, value)],
            ..with_url("https://d.test/")
        };
        render(&settings, None, &Record::new())
    };
    assert!(matches!(
        with("Host", "evil"),
        Err(RenderError::HeaderName(_))
    ));
    assert!(matches!(
        with("X-A", "a\r\nb"),
        Err(RenderError::HeaderText(_))
    ));
    assert!(matches!(
        with("X-A", "a{"),
        Err(RenderError::Template { .. })
    ));
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
        [(
            "content-type".to_owned(),
            "application/vnd.api+json".to_owned()
        )]
    );
}

proptest! {
    #[test]
    fn t06_no_value_changes_host_path_depth_or_number_of_pairs(value in any::<String>()) {
        let mut values = Record::new();
        values.set("sub1", value);
        let settings = with_url("https://d.test:8443/a/{sub1}/b?x={sub1}&y=1");
        let rendered = render(&settings, None, &values).unwrap();
        let parsed = url::Url::parse(&rendered.url).unwrap();
        prop_assert_eq!(parsed.host_str(), Some("d.test"));
        prop_assert_eq!(parsed.port(), Some(8443));
        prop_assert_eq!(parsed.path_segments().unwrap().count(), 3);
        prop_assert_eq!(parsed.query_pairs().count(), 2);
        prop_assert_eq!(parsed.fragment(), None);
        prop_assert!(rendered.url.is_ascii());
    }

    #[test]
    fn p07_no_value_leaves_its_json_member(value in any::<String>(), number in any::<String>()) {
        let mut values = Record::new();
        values.set("sub1", value.clone());
        values.set("total_commission", number);
        let params = vec![
            param("a", "x{sub1}"),
            raw("b", r#"{"s":"{sub1}","n":{total_commission}}"#),
            param("c", "1"),
        ];
        let settings = Settings {
            method: RequestMethod::PostJson, params, ..with_url("https://d.test/")
        };
        let body = render(&settings, None, &values).unwrap().body.unwrap();
        let parsed: serde_json::Value = serde_json::from_str(&body).unwrap();
        prop_assert_eq!(parsed.as_object().unwrap().len(), 3);
        prop_assert_eq!(parsed["a"].as_str().unwrap(), format!("x{value}"));
        prop_assert_eq!(parsed["b"].as_object().unwrap().len(), 2);
        prop_assert!(!parsed["b"]["n"].is_object() && !parsed["b"]["n"].is_string());
    }

    #[test]
    fn p10_no_value_leaves_its_header(value in any::<String>()) {
        let mut values = Record::new();
        values.set("sub1", value);
        let settings = Settings { headers: vec![header("X-A", "{sub1}")], ..with_url("https://d.test/") };
        let request = render(&settings, None, &values).unwrap();
        prop_assert_eq!(request.headers.len(), 1);
        prop_assert!(is_header_text(&request.headers[0].1));
    }

    #[test]
    fn rendering_any_text_gives_a_request_or_an_error(
        url in "https://d\\.test[/?&=#{}|:.%a-z \\PC]{0,24}|\\PC{0,24}",
        text in "[{}|:=a \"\\\\,\\[\\]]{0,16}|\\PC{0,16}",
        strict in any::<bool>(),
        is_raw in any::<bool>(),
        method in prop_oneof![
            Just(RequestMethod::Get), Just(RequestMethod::PostForm), Just(RequestMethod::PostJson)
        ],
    ) {
        let settings = Settings {
            strict,
            method,
            params: vec![Param { name: text.clone(), value: text.clone(), raw: is_raw }],
            headers: vec![header("X-A", &text)],
            ..with_url(&url)
        };
        if let Ok(request) = render(&settings, None, &crate::postback::sample_record()) {
            prop_assert!(request.url.starts_with("http"));
            prop_assert!(request.url.bytes().all(|b| b.is_ascii_graphic()));
        }
    }
}
