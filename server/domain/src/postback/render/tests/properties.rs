//! Whatever a value or template holds, the request keeps its shape.

use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn t06_no_value_changes_host_path_depth_or_number_of_pairs(value in any::<String>()) {
        let mut values = Record::new();
        values.set("sub1", value);
        let settings = with_url("https://d.test:8443/a/{sub1}/b?x={sub1}&y=1");
        let rendered = render(&settings, None, &values).unwrap();
        let parsed = ::url::Url::parse(&rendered.url).unwrap();
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
