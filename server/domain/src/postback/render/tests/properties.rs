//! Whatever a value or template holds, the request keeps its shape, and the receiver reads back what
//! went in. The receiver is not played by our own code: the `url` crate reads URLs and forms,
//! `serde_json` bodies, `http` headers.

use std::borrow::Cow;

use http::HeaderValue;
use proptest::prelude::*;

use super::*;

/// Arbitrary Unicode, and text made of what has a meaning somewhere.
fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[\\x00-\\x20\\x7f{}|:%&=?#/\\\\\"'.,;+@a2e]{0,24}",
        Just("..".to_owned()),
        Just("{order_id}".to_owned()),
        Just("a\r\nX-Evil: 1\r\n\r\n".to_owned()),
        Just("\",\"evil\":{\"a\":[1]}".to_owned()),
        Just("1}&b=2#".to_owned()),
    ]
}

/// Renders `macro_text` in every slot there is and asserts that the receiver reads `expected` there,
/// and nothing else anywhere.
fn assert_in_every_slot(macro_text: &str, values: &Record, expected: &str) {
    in_url(macro_text, values, expected);
    in_added_query(macro_text, values, expected);
    in_form(macro_text, values, expected);
    in_json(macro_text, values, expected);
    in_header(macro_text, values, expected);
}

fn rendered(settings: &Settings, values: &Record) -> Rendered {
    let request = render(settings, None, values).unwrap();
    assert!(request.url.bytes().all(|byte| byte.is_ascii_graphic()), "{}", request.url);
    request
}

fn parsed(request: &Rendered) -> ::url::Url {
    let url = ::url::Url::parse(&request.url).unwrap();
    assert_eq!((url.host_str(), url.port(), url.username()), (Some("d.test"), Some(8443), ""));
    assert_eq!((url.scheme(), url.fragment()), ("https", None));
    url
}

fn pairs(url: &::url::Url) -> Vec<(Cow<'_, str>, Cow<'_, str>)> {
    url.query_pairs().collect()
}

fn in_url(macro_text: &str, values: &Record, expected: &str) {
    let template = format!("https://d.test:8443/a/{macro_text}/b/x{macro_text}?q={macro_text}&z=1");
    let request = rendered(&with_url(&template), values);
    let url = parsed(&request);
    let segments: Vec<&str> = url.path_segments().unwrap().collect();
    let [first, alone, third, joined] = segments.as_slice() else { panic!("{segments:?}") };
    assert_eq!((*first, *third), ("a", "b"));
    let plus = |text: &str| text.replace('+', "%2B");
    let decode = |segment: &str| {
        let pair = format!("v={}", plus(segment));
        ::url::form_urlencoded::parse(pair.as_bytes()).next().unwrap().1.into_owned()
    };
    if matches!(expected, "." | "..") {
        // HTTP clients would resolve it: the segment stays empty, and the log says so.
        assert_eq!(*alone, "");
        assert!(request.flags.iter().any(|flag| flag == "unsendable:path"));
    } else {
        assert_eq!(decode(alone), expected);
    }
    assert_eq!(decode(joined), format!("x{expected}"));
    assert_eq!(pairs(&url), [("q".into(), expected.into()), ("z".into(), "1".into())]);
}

fn in_added_query(macro_text: &str, values: &Record, expected: &str) {
    let params = vec![param("a&b", macro_text), param("z", "1")];
    let request = rendered(&Settings { params, ..with_url("https://d.test:8443/p?k=v") }, values);
    let url = parsed(&request);
    assert_eq!(
        pairs(&url),
        [("k".into(), "v".into()), ("a&b".into(), expected.into()), ("z".into(), "1".into())]
    );
    assert_eq!((url.path(), request.body), ("/p", None));
}

fn in_form(macro_text: &str, values: &Record, expected: &str) {
    let params =
        vec![param("a", macro_text), param("b=", &format!("x{macro_text}")), param("z", "1")];
    let method = RequestMethod::PostForm;
    let request =
        rendered(&Settings { method, params, ..with_url("https://d.test:8443/") }, values);
    let body = request.body.as_deref().unwrap();
    let read: Vec<_> = ::url::form_urlencoded::parse(body.as_bytes()).collect();
    let joined = format!("x{expected}");
    assert_eq!(
        read,
        [("a".into(), expected.into()), ("b=".into(), joined.into()), ("z".into(), "1".into())]
    );
    assert!(body.is_ascii());
}

fn in_json(macro_text: &str, values: &Record, expected: &str) {
    let params = vec![
        param("a\"", macro_text),
        raw("r", &format!(r#"{{"s":"{macro_text}","l":["x{macro_text}",{macro_text}]}}"#)),
        param("z", "1"),
    ];
    let method = RequestMethod::PostJson;
    let request =
        rendered(&Settings { method, params, ..with_url("https://d.test:8443/") }, values);
    let body: serde_json::Value = serde_json::from_str(request.body.as_deref().unwrap()).unwrap();
    let bare = body["r"]["l"][1].clone();
    assert!(bare.is_null() || bare.is_number() || bare.is_boolean(), "{bare}");
    assert_eq!(
        body,
        serde_json::json!({
            "a\"": expected,
            "r": { "s": expected, "l": [format!("x{expected}"), bare] },
            "z": "1",
        })
    );
}

fn in_header(macro_text: &str, values: &Record, expected: &str) {
    let headers = vec![header("X-A", macro_text), header("X-Z", "1")];
    let request = rendered(&Settings { headers, ..with_url("https://d.test:8443/") }, values);
    let [(first, value), (last, one)] = request.headers.as_slice() else {
        panic!("{:?}", request.headers)
    };
    assert_eq!((first.as_str(), last.as_str(), one.as_str()), ("X-A", "X-Z", "1"));
    let on_the_wire = HeaderValue::from_str(value).unwrap();
    // A header takes printable ASCII; anything else is left out, and the log says so.
    match HeaderValue::from_str(expected) {
        Ok(whole) if expected.is_ascii() && !expected.contains('\t') => {
            assert_eq!(on_the_wire, whole);
        }
        _ => assert_eq!(on_the_wire, ""),
    }
}

proptest! {
    #[test]
    fn t06_e02_a_value_is_read_back_from_every_slot_and_from_no_other(value in hostile()) {
        let mut values = Record::new();
        values.set("sub1", value.clone());
        assert_in_every_slot("{sub1}", &values, &value);
    }

    #[test]
    fn e04_a_macro_in_any_letters_and_by_any_name_gives_its_value_unchanged(value in hostile()) {
        let mut values = Record::new();
        values.set("click_id", value.clone());
        for spelling in ["{click_id}", "{CLICK_ID}", "{clickId}", "{AffClickId}", "{subid}"] {
            assert_in_every_slot(spelling, &values, &value);
        }
        let mut values = Record::new();
        values.set_link("Zone-ID", value.clone());
        assert_in_every_slot("{link.zone-id}", &values, &value);
        assert_in_every_slot("{ZONE-ID}", &values, &value);
    }

    #[test]
    fn e02_the_small_currency_stays_in_its_slot_too(value in hostile()) {
        let mut values = Record::new();
        values.set("currency", value.clone());
        assert_in_every_slot("{currency_lower}", &values, &value.to_ascii_lowercase());
    }

    #[test]
    fn e03_a_value_that_looks_like_a_macro_stays_text(
        before in "[a-z{}|:]{0,4}",
        name in "order_id|sub2|status:approved=1|sub1|link\\.x|total_commission:minor",
        after in "[a-z{}|:]{0,4}",
    ) {
        let value = format!("{before}{{{name}}}{after}");
        let mut values = crate::postback::sample_record();
        values.set("sub1", value.clone());
        assert_in_every_slot("{sub1}", &values, &value);
    }

    #[test]
    fn e06_a_default_stays_in_its_slot(default in "[^{}\\x00-\\x1f\\x7f-\\u{9f}]{1,16}") {
        assert_in_every_slot(&format!("{{sub1|{default}}}"), &Record::new(), &default);
        let mut values = Record::new();
        values.set("sub1", "there");
        assert_in_every_slot(&format!("{{sub1|{default}}}"), &values, "there");
    }

    #[test]
    fn e07_a_mapped_word_and_an_unmapped_status_stay_in_their_slots(
        word in "[^{}|=\\s\\x00-\\x1f\\x7f-\\u{9f}]{1,12}",
        other in hostile(),
    ) {
        let status = format!("{{status:approved={word} pending=2}}");
        let mut values = Record::new();
        values.set("status", "approved");
        if Template::parse(&status).is_ok() {
            assert_in_every_slot(&status, &values, &word);
        }
        if crate::postback::status::canonical(&other).is_none() {
            values.set("status", other.clone());
            assert_in_every_slot("{status:approved=1 pending=2}", &values, &other);
        }
    }

    #[test]
    fn e08_minor_units_stay_in_their_slot(amount in hostile(), currency in hostile()) {
        let mut values = Record::new();
        values.set("total_commission", amount.clone());
        values.set("currency", currency);
        let request = render(&with_url("https://d.test:8443/?q={total_commission:minor}&z=1"), None, &values);
        let request = request.unwrap();
        let url = parsed(&request);
        let read = pairs(&url);
        prop_assert_eq!(read.len(), 2);
        let is_whole = read[0].1.parse::<i64>().is_ok();
        prop_assert!(is_whole || read[0].1 == amount, "{} of {}", read[0].1, amount);
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
