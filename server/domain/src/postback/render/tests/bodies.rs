//! Parameters in query, form and JSON.

use super::*;

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
    assert!(matches!(error, Err(RenderError::TooLong { what: "body", .. })));
}

#[test]
fn p07_get_appends_the_parameters_to_the_query() {
    let values = [("click_id", "w 5"), ("total_commission", "9.00")];
    for (base, expected) in [
        ("https://d.test", "https://d.test?cid=w%205&src=my%20shop&p=9.00"),
        ("https://d.test/pb", "https://d.test/pb?cid=w%205&src=my%20shop&p=9.00"),
        ("https://d.test/pb?", "https://d.test/pb?cid=w%205&src=my%20shop&p=9.00"),
        ("https://d.test/pb?x=1", "https://d.test/pb?x=1&cid=w%205&src=my%20shop&p=9.00"),
        ("https://d.test/pb?x=1&", "https://d.test/pb?x=1&cid=w%205&src=my%20shop&p=9.00"),
        // A macro that turns out empty is a pair all the same.
        ("https://d.test/pb?{sub1}", "https://d.test/pb?&cid=w%205&src=my%20shop&p=9.00"),
    ] {
        let params = vec![
            param("cid", "{click_id}"),
            param("src", "my shop"),
            param("p", "{total_commission}"),
        ];
        let settings = Settings { params, ..with_url(base) };
        let rendered = render(&settings, None, &record(&values)).unwrap();
        assert_eq!((rendered.url.as_str(), rendered.body), (expected, None));
        assert!(rendered.headers.is_empty());
    }
}

#[test]
fn p07_form_puts_them_into_the_body() {
    let params = vec![param("cid", "{click_id}"), param("a&b", "x={sub1}"), param("cid", "")];
    let request = posted(RequestMethod::PostForm, params, &[("click_id", "w 5"), ("sub1", "é&")]);
    assert_eq!(request.method, "POST");
    assert_eq!(request.url, "https://t.example.com/pb");
    assert_eq!(request.body.as_deref(), Some("cid=w+5&a%26b=x%3D%C3%A9%26&cid="));
    assert_eq!(
        request.headers,
        [("Content-Type".into(), "application/x-www-form-urlencoded".into())]
    );
}

#[test]
fn p07_json_makes_an_object_of_strings() {
    let params = vec![
        param("cid", "{click_id}"),
        param("payout", "{total_commission}"),
        param("q\"", "a\"{sub1}"),
    ];
    let values = [("click_id", "w5"), ("total_commission", "9.00"), ("sub1", "\"\\\n")];
    let request = posted(RequestMethod::PostJson, params, &values);
    assert_eq!(
        request.body.as_deref(),
        Some("{\"cid\":\"w5\",\"payout\":\"9.00\",\"q\\\"\":\"a\\\"\\\"\\\\\\n\"}")
    );
    assert_eq!(request.headers, [("Content-Type".into(), "application/json".into())]);
}

#[test]
fn e02_a_raw_json_parameter_has_quoted_and_unquoted_slots() {
    let value = r#"{"id":"{click_id}","esc":"\"{sub1}","sum":{total_commission},"none":{refund_amount},"ok":true}"#;
    let values = [("click_id", "w\"5"), ("sub1", "x"), ("total_commission", "9.00")];
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
    assert_eq!(posted(RequestMethod::PostForm, vec![], &[]).body.as_deref(), Some(""));
    assert_eq!(posted(RequestMethod::PostJson, vec![], &[]).body.as_deref(), Some("{}"));
}

#[test]
fn in_a_post_the_url_still_has_its_macros() {
    let settings = Settings {
        method: RequestMethod::PostForm,
        params: vec![param("a", "1")],
        ..with_url("https://d.test/{sub1}?c={click_id}")
    };
    let request = render(&settings, None, &record(&[("sub1", "x"), ("click_id", "w")])).unwrap();
    assert_eq!(
        (request.url.as_str(), request.body.as_deref()),
        ("https://d.test/x?c=w", Some("a=1"))
    );
}

#[test]
fn p09_parameters_keep_their_order_and_t16_there_may_be_fifty() {
    let params: Vec<_> = (0..50).map(|n| param(&format!("p{}", 49 - n), "{sub1}")).collect();
    let settings = Settings { params, ..with_url("https://d.test/") };
    let request = render(&settings, None, &record(&[("sub1", "v")])).unwrap();
    let expected: Vec<_> = (0..50).map(|n| format!("p{}=v", 49 - n)).collect();
    assert_eq!(request.url, format!("https://d.test/?{}", expected.join("&")));
}
