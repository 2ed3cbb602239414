use super::*;
use crate::{
    event::EventKind,
    postback::{AuthKind, Filter, Header, Param, RequestMethod, render, sample_record},
};

type Settings = PostbackSettings;

const GOOD: &str = "https://t.example.com/pb?cid={click_id}";

fn with_url(url: &str) -> Settings {
    Settings {
        url: url.into(),
        ..Default::default()
    }
}

fn good() -> Settings {
    with_url(GOOD)
}

fn param(name: &str, value: &str) -> Param {
    Param {
        name: name.into(),
        value: value.into(),
        raw: false,
    }
}

fn header(name: &str, value: &str) -> Header {
    Header {
        name: name.into(),
        value: value.into(),
    }
}

/// Fields and codes of the errors; empty when it may be saved.
fn errors_in(settings: &Settings, context: &CheckContext<'_>) -> Vec<(String, &'static str)> {
    let errors = settings.check(context).err().unwrap_or_default();
    errors
        .into_iter()
        .map(|error| (error.field, error.code))
        .collect()
}

fn errors(settings: &Settings) -> Vec<(String, &'static str)> {
    errors_in(settings, &CheckContext::default())
}

fn error(settings: &Settings) -> (String, &'static str) {
    let errors = errors(settings);
    assert_eq!(errors.len(), 1, "{errors:?}");
    errors[0].clone()
}

fn message(settings: &Settings) -> String {
    settings.check(&CheckContext::default()).unwrap_err()[0]
        .message
        .clone()
}

fn warnings(settings: &Settings) -> Vec<&'static str> {
    let warnings = settings.check(&CheckContext::default()).unwrap();
    warnings.into_iter().map(|warning| warning.code).collect()
}

fn at(field: &str, code: &'static str) -> (String, &'static str) {
    (field.to_owned(), code)
}

#[test]
fn e05_an_unknown_macro_is_refused_with_the_nearest_name() {
    let settings = with_url("https://t.example.com/?c={click_id}&p={total_comission}");
    assert_eq!(error(&settings), at("url", "unknown_macro"));
    assert_eq!(
        message(&settings),
        "there is no macro {total_comission}; did you mean {total_commission}?"
    );
    let settings = with_url("https://t.example.com/?c={xyzzy}");
    assert_eq!(
        message(&settings),
        "there is no macro {xyzzy}; for a parameter of your links write {link.xyzzy}"
    );
}

#[test]
fn e05_every_unknown_macro_is_named_wherever_it_stands() {
    let settings = Settings {
        params: vec![param("a", "{nope1}")],
        headers: vec![header("X-A", "{nope2}")],
        ..good()
    };
    assert_eq!(
        errors(&settings),
        [
            at("params[0].value", "unknown_macro"),
            at("headers[0].value", "unknown_macro")
        ]
    );
}

#[test]
fn t11_a_name_that_the_links_have_carried_is_a_macro() {
    let seen = BTreeSet::from(["zone".to_owned(), "clickid".to_owned()]);
    let context = CheckContext {
        seen_link_names: Some(&seen),
        ..Default::default()
    };
    let settings = with_url("https://t.example.com/?z={Zone}&c={click_id}");
    assert_eq!(settings.check(&context), Ok(vec![]));
    assert_eq!(errors(&settings), [at("url", "unknown_macro")]);
}

#[test]
fn t04_a_link_macro_never_seen_gives_a_warning() {
    let seen = BTreeSet::from(["affclickid".to_owned()]);
    let context = CheckContext {
        seen_link_names: Some(&seen),
        ..Default::default()
    };
    let settings = with_url(
        "https://t.example.com/?c={click_id}&a={sub1}&b={link.zone}&b2={link.zone}&s={total_sales}",
    );
    let warnings = settings.check(&context).unwrap();
    let told: Vec<_> = warnings
        .iter()
        .map(|warning| (warning.code, warning.message.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (
                "never_seen",
                "none of your links has carried “sub1” yet; without it {sub1} is sent empty"
            ),
            (
                "never_seen",
                "none of your links has carried “zone” yet; without it {link.zone} is sent empty"
            ),
        ]
    );
}

#[test]
fn t10_a_template_without_macros_needs_the_tick() {
    let settings = with_url("https://t.example.com/pb?a=1");
    assert_eq!(error(&settings), at("url", "no_macro"));
    assert_eq!(
        warnings(&Settings {
            static_only: true,
            ..settings.clone()
        }),
        Vec::<&str>::new()
    );
    assert!(
        errors(&Settings {
            params: vec![param("c", "{click_id}")],
            ..settings.clone()
        })
        .is_empty()
    );
    assert!(
        errors(&Settings {
            headers: vec![header("X-C", "{click_id}")],
            ..settings
        })
        .is_empty()
    );
}

#[test]
fn n13_a_foreign_template_is_refused_with_its_conversion() {
    let cake = with_url("https://t.example.com/pb?cid=#s2#&payout=#price#");
    assert_eq!(error(&cake), at("url", "fragment"));
    for text in [
        "https://t.example.com/pb?cid=[subid]&payout=[price]",
        "https://t.example.com/pb?cid={{subid}}&payout={{price}}",
    ] {
        let message = message(&with_url(text));
        let ours = "https://t.example.com/pb?cid={click_id}&payout={total_commission}";
        assert!(
            message.ends_with(&format!("in our spelling it reads {ours}")),
            "{message}"
        );
    }
}

#[test]
fn n13_a_single_foreign_macro_left_behind_gives_a_warning() {
    let settings = with_url("https://t.example.com/pb?cid={click_id}&payout=[price]");
    let warnings = settings.check(&CheckContext::default()).unwrap();
    assert_eq!(warnings.len(), 1);
    assert_eq!(warnings[0].code, "foreign_macro");
    assert_eq!(
        warnings[0].message,
        "[price] may be meant as a macro of another system; in our spelling the URL reads \
         https://t.example.com/pb?cid={click_id}&payout={total_commission}"
    );
}

#[test]
fn i02_a_template_without_transaction_or_click_gives_a_warning() {
    assert_eq!(
        warnings(&with_url("https://t.example.com/?p={total_commission}")),
        ["no_transaction"]
    );
    for name in [
        "click_id",
        "transaction_id",
        "affclickid",
        "sub3",
        "sca_source",
        "link.x",
        "order_id",
    ] {
        assert_eq!(
            warnings(&with_url(&format!("https://t.example.com/?p={{{name}}}"))),
            Vec::<&str>::new(),
            "{name}"
        );
    }
}

#[test]
fn c04_a_damaged_copy_is_asked_about() {
    for (text, entity) in [
        (
            "https://t.example.com/?c={click_id}¤cy={currency}",
            "&curren",
        ),
        ("https://t.example.com/?c={click_id}®ion=1", "&reg"),
        ("https://t.example.com/?c={click_id}©=1", "&copy"),
        ("https://t.example.com/?c={click_id}§ion=1", "&sect"),
    ] {
        let warnings = with_url(text).check(&CheckContext::default()).unwrap();
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert_eq!(
            (warnings[0].code, warnings[0].field.as_str()),
            ("damaged_copy", "url")
        );
        assert!(
            warnings[0]
                .message
                .starts_with(&format!("did your copy damage {entity}?"))
        );
    }
    assert_eq!(
        warnings(&with_url(
            "https://t.example.com/?c={click_id}&currency={currency}"
        )),
        Vec::<&str>::new()
    );
}

#[test]
fn e09_http_is_a_warning_and_with_a_secret_an_error() {
    let http = with_url("http://t.example.com/?key={click_id}");
    assert_eq!(warnings(&http), ["http"]);
    let with_auth = Settings {
        auth: Some(AuthKind::Bearer),
        ..http.clone()
    };
    assert_eq!(error(&with_auth), at("auth", "secret_over_http"));
    let with_header = Settings {
        headers: vec![header("X-Api-Key", "abc")],
        ..http.clone()
    };
    assert_eq!(
        error(&with_header),
        at("headers[0].name", "secret_over_http")
    );
    let in_url = with_url("http://t.example.com/?c={click_id}&security_token=TOKEN");
    assert_eq!(error(&in_url), at("url", "secret_over_http"));
    let in_param = Settings {
        params: vec![param("token", "TOK")],
        ..http
    };
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
    let demo = CheckContext {
        private_hosts_allowed: true,
        ..Default::default()
    };
    assert!(errors_in(&settings, &demo).is_empty());
}

#[test]
fn customer_hash_needs_the_merchant_and_encryption() {
    let settings = with_url("https://t.example.com/?c={click_id}&h={customer_hash}");
    assert_eq!(error(&settings), at("url", "not_allowed"));
    let allowed = CheckContext {
        customer_hash_allowed: true,
        ..Default::default()
    };
    assert!(errors_in(&settings, &allowed).is_empty());
    let http = with_url("http://t.example.com/?c={click_id}&h={customer_hash}");
    assert_eq!(errors_in(&http, &allowed), [at("url", "secret_over_http")]);
}

#[test]
fn e07_a_status_map_knows_our_words() {
    assert!(
        errors(&with_url(
            "https://t.example.com/?c={click_id}&s={status:Approved=1 declined=3 hold=5}"
        ))
        .is_empty()
    );
    let keitaro = with_url("https://t.example.com/?c={click_id}&s={status: lead=reg sale=dep}");
    assert_eq!(error(&keitaro), at("url", "unknown_status"));
    assert!(message(&keitaro).starts_with("“lead” is not one of our statuses"));
}

#[test]
fn arguments_fit_their_macros() {
    for bad in [
        "{click_id:minor}",
        "{status:minor}",
        "{total_sales:a=b}",
        "{link.x:a=b}",
    ] {
        assert_eq!(
            error(&with_url(&format!("https://t.example.com/?x={bad}"))),
            at("url", "bad_argument"),
            "{bad}"
        );
    }
    for good in [
        "{total_sales:minor}",
        "{event:conversion=sale}",
        "{goal:purchase=1}",
        "{currency:USD=1}",
    ] {
        let settings = with_url(&format!("https://t.example.com/?c={{click_id}}&x={good}"));
        assert!(errors(&settings).is_empty(), "{good}");
    }
}

#[test]
fn p10_headers_of_the_connection_line_breaks_and_accents_are_refused() {
    for (name, value, expected) in [
        ("Host", "evil", at("headers[0].name", "managed_header")),
        (
            "content-length",
            "5",
            at("headers[0].name", "managed_header"),
        ),
        (
            "Connection",
            "close",
            at("headers[0].name", "managed_header"),
        ),
        (
            "Transfer-Encoding",
            "chunked",
            at("headers[0].name", "managed_header"),
        ),
        ("X\r\nHost", "evil", at("headers[0].name", "bad_header")),
        ("X Y", "1", at("headers[0].name", "bad_header")),
        (
            "X-A",
            "1\r\nHost: evil",
            at("headers[0].value", "bad_header_value"),
        ),
        ("X-A", "1\0", at("headers[0].value", "bad_header_value")),
        ("X-A", "é", at("headers[0].value", "bad_header_value")),
        ("X-A", "{", at("headers[0].value", "bad_macro")),
    ] {
        assert_eq!(
            error(&Settings {
                headers: vec![header(name, value)],
                ..good()
            }),
            expected,
            "{name:?}"
        );
    }
    let twice = Settings {
        headers: vec![header("X-A", "1"), header("x-a", "2")],
        ..good()
    };
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
        params: vec![Param {
            raw: true,
            ..param("a", value)
        }],
        ..good()
    };
    for value in [
        "{total_commission}",
        r#"{"a":["{click_id}",{order_id}]}"#,
        "true",
        "{total_sales:minor}",
    ] {
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
    let form = Settings {
        method: RequestMethod::PostForm,
        ..json("1")
    };
    assert_eq!(error(&form), at("params[0].raw", "raw_without_json"));
}

#[test]
fn a_body_value_may_hold_braces_and_a_query_value_may_not() {
    let with = |method| Settings {
        method,
        params: vec![param("a", r#"{"x":"{click_id}"}"#)],
        ..good()
    };
    assert!(errors(&with(RequestMethod::PostForm)).is_empty());
    assert!(errors(&with(RequestMethod::PostJson)).is_empty());
    assert_eq!(
        error(&with(RequestMethod::Get)),
        at("params[0].value", "bad_macro")
    );
}

#[test]
fn parameters_have_names_and_json_has_each_once() {
    let unnamed = Settings {
        params: vec![param("", "1")],
        ..good()
    };
    assert_eq!(error(&unnamed), at("params[0].name", "required"));
    let twice = |method| Settings {
        method,
        params: vec![param("a", "1"), param("a", "2")],
        ..good()
    };
    assert!(errors(&twice(RequestMethod::PostForm)).is_empty());
    assert_eq!(
        error(&twice(RequestMethod::PostJson)),
        at("params[1].name", "duplicate")
    );
}

#[test]
fn conditions_are_checked_word_by_word() {
    let words = |word: &str| Filter::Only(vec![word.to_owned()]);
    for (settings, expected) in [
        (
            Settings {
                on: vec![],
                ..good()
            },
            at("on", "required"),
        ),
        (
            Settings {
                statuses: words("sold"),
                ..good()
            },
            at("statuses", "unknown_status"),
        ),
        (
            Settings {
                methods: words("magic"),
                ..good()
            },
            at("methods", "unknown_method"),
        ),
        (
            Settings {
                goals: Filter::Only(vec!["g".into(); 101]),
                ..good()
            },
            at("goals", "too_many"),
        ),
        (
            Settings {
                delay_seconds: 604_801,
                ..good()
            },
            at("delay_seconds", "out_of_range"),
        ),
        (
            Settings {
                delay_seconds: -1,
                ..good()
            },
            at("delay_seconds", "out_of_range"),
        ),
        (
            Settings {
                success_pattern: Some("/(/".into()),
                ..good()
            },
            at("success_pattern", "bad_pattern"),
        ),
        (
            Settings {
                failure_pattern: Some(String::new()),
                ..good()
            },
            at("failure_pattern", "bad_pattern"),
        ),
        (
            Settings {
                name: "a\nb".into(),
                ..good()
            },
            at("name", "bad_name"),
        ),
        (
            Settings {
                params: vec![param("a", "1"); 201],
                ..good()
            },
            at("params", "too_many"),
        ),
    ] {
        assert_eq!(error(&settings), expected);
    }
    let fine = Settings {
        statuses: words("Declined"),
        methods: words("Coupon"),
        delay_seconds: 604_800,
        reversals: true,
        ..good()
    };
    assert_eq!(warnings(&fine), Vec::<&str>::new());
}

#[test]
fn i03_a_stored_postback_has_a_name() {
    let stored = CheckContext {
        name_required: true,
        ..Default::default()
    };
    assert_eq!(errors_in(&good(), &stored), [at("name", "required")]);
    assert!(
        errors_in(
            &Settings {
                name: "Voluum".into(),
                ..good()
            },
            &stored
        )
        .is_empty()
    );
}

#[test]
fn e12_a_postback_for_declined_conversions_that_cannot_say_so_gives_a_warning() {
    let declined = Settings {
        statuses: Filter::Only(vec!["rejected".into()]),
        ..good()
    };
    assert_eq!(warnings(&declined), ["cannot_express_reversal"]);
    let refunds = Settings {
        on: vec![EventKind::Refund],
        ..good()
    };
    assert_eq!(warnings(&refunds), ["cannot_express_reversal"]);
    assert_eq!(
        warnings(&Settings {
            reversals: true,
            ..declined
        }),
        Vec::<&str>::new()
    );
    assert_eq!(warnings(&good()), Vec::<&str>::new());
}

#[test]
fn t16_fifty_pairs_are_accepted_and_whatever_passes_renders() {
    let params = (0..50).map(|n| param(&format!("p{n}"), "{sub1}")).collect();
    let settings = Settings { params, ..good() };
    assert!(errors(&settings).is_empty());
    assert!(render(&settings, None, &sample_record()).is_ok());
}

#[test]
fn all_mistakes_are_reported_at_once_in_the_order_of_the_form() {
    let settings = Settings {
        delay_seconds: -1,
        on: vec![],
        headers: vec![header("Host", "x")],
        ..with_url("ftp://x/{nope}")
    };
    let fields: Vec<_> = errors(&settings)
        .into_iter()
        .map(|(field, _)| field)
        .collect();
    assert_eq!(fields, ["delay_seconds", "on", "url", "headers[0].name"]);
}
