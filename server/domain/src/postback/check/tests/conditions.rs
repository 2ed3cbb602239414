//! Name, conditions, patterns, and the report as a whole.

use super::*;

#[test]
fn conditions_are_checked_word_by_word() {
    let words = |word: &str| Filter::Only(vec![word.to_owned()]);
    for (settings, expected) in [
        (Settings { on: vec![], ..good() }, at("on", "required")),
        (Settings { statuses: words("sold"), ..good() }, at("statuses", "unknown_status")),
        (Settings { methods: words("magic"), ..good() }, at("methods", "unknown_method")),
        (
            Settings { goals: Filter::Only(vec!["g".into(); 101]), ..good() },
            at("goals", "too_many"),
        ),
        (Settings { delay_seconds: 604_801, ..good() }, at("delay_seconds", "out_of_range")),
        (Settings { delay_seconds: -1, ..good() }, at("delay_seconds", "out_of_range")),
        (
            Settings { success_pattern: Some("/(/".into()), ..good() },
            at("success_pattern", "bad_pattern"),
        ),
        (
            Settings { failure_pattern: Some(String::new()), ..good() },
            at("failure_pattern", "bad_pattern"),
        ),
        (Settings { name: "a\nb".into(), ..good() }, at("name", "bad_name")),
        (Settings { params: vec![param("a", "1"); 201], ..good() }, at("params", "too_many")),
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
    let stored = CheckContext { name_required: true, ..Default::default() };
    assert_eq!(errors_in(&good(), &stored), [at("name", "required")]);
    assert!(errors_in(&Settings { name: "Voluum".into(), ..good() }, &stored).is_empty());
}

#[test]
fn e12_a_postback_for_declined_conversions_that_cannot_say_so_gives_a_warning() {
    let declined = Settings { statuses: Filter::Only(vec!["rejected".into()]), ..good() };
    assert_eq!(warnings(&declined), ["cannot_express_reversal"]);
    let refunds = Settings { on: vec![EventKind::Refund], ..good() };
    assert_eq!(warnings(&refunds), ["cannot_express_reversal"]);
    assert_eq!(warnings(&Settings { reversals: true, ..declined }), Vec::<&str>::new());
    assert_eq!(warnings(&good()), Vec::<&str>::new());
}

#[test]
fn all_mistakes_are_reported_at_once_in_the_order_of_the_form() {
    let settings = Settings {
        delay_seconds: -1,
        on: vec![],
        headers: vec![header("Host", "x")],
        ..with_url("ftp://x/{nope}")
    };
    let fields: Vec<_> = errors(&settings).into_iter().map(|(field, _)| field).collect();
    assert_eq!(fields, ["delay_seconds", "on", "url", "headers[0].name"]);
}
