//! Known and unknown macros, and warnings about them.

use super::*;

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
        [at("params[0].value", "unknown_macro"), at("headers[0].value", "unknown_macro")]
    );
}

#[test]
fn t11_a_name_that_the_links_have_carried_is_a_macro() {
    let seen = BTreeSet::from(["zone".to_owned(), "clickid".to_owned()]);
    let context = CheckContext { seen_link_names: Some(&seen), ..Default::default() };
    let settings = with_url("https://t.example.com/?z={Zone}&c={click_id}");
    assert_eq!(settings.check(&context), Ok(vec![]));
    assert_eq!(errors(&settings), [at("url", "unknown_macro")]);
}

#[test]
fn t04_a_link_macro_never_seen_gives_a_warning() {
    let seen = BTreeSet::from(["affclickid".to_owned()]);
    let context = CheckContext { seen_link_names: Some(&seen), ..Default::default() };
    let settings = with_url(
        "https://t.example.com/?c={click_id}&a={sub1}&b={link.zone}&b2={link.zone}&s={total_sales}",
    );
    let warnings = settings.check(&context).unwrap();
    let told: Vec<_> =
        warnings.iter().map(|warning| (warning.code, warning.message.as_str())).collect();
    assert_eq!(
        told,
        [
            ("never_seen", "no link has carried “sub1” yet; without it {sub1} is sent empty"),
            ("never_seen", "no link has carried “zone” yet; without it {link.zone} is sent empty"),
        ]
    );
}

#[test]
fn t10_a_template_without_macros_needs_the_tick() {
    let settings = with_url("https://t.example.com/pb?a=1");
    assert_eq!(error(&settings), at("url", "no_macro"));
    assert_eq!(warnings(&Settings { static_only: true, ..settings.clone() }), Vec::<&str>::new());
    assert!(
        errors(&Settings { params: vec![param("c", "{click_id}")], ..settings.clone() }).is_empty()
    );
    assert!(
        errors(&Settings { headers: vec![header("X-C", "{click_id}")], ..settings }).is_empty()
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
        assert!(message.ends_with(&format!("in our spelling it reads {ours}")), "{message}");
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
    for name in
        ["click_id", "transaction_id", "affclickid", "sub3", "sca_source", "link.x", "order_id"]
    {
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
        ("https://t.example.com/?c={click_id}¤cy={currency}", "&curren"),
        ("https://t.example.com/?c={click_id}®ion=1", "&reg"),
        ("https://t.example.com/?c={click_id}©=1", "&copy"),
        ("https://t.example.com/?c={click_id}§ion=1", "&sect"),
    ] {
        let warnings = with_url(text).check(&CheckContext::default()).unwrap();
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert_eq!((warnings[0].code, warnings[0].field.as_str()), ("damaged_copy", "url"));
        assert!(warnings[0].message.starts_with(&format!("did your copy damage {entity}?")));
    }
    assert_eq!(
        warnings(&with_url("https://t.example.com/?c={click_id}&currency={currency}")),
        Vec::<&str>::new()
    );
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
    for bad in ["{click_id:minor}", "{status:minor}", "{total_sales:a=b}", "{link.x:a=b}"] {
        assert_eq!(
            error(&with_url(&format!("https://t.example.com/?x={bad}"))),
            at("url", "bad_argument"),
            "{bad}"
        );
    }
    for good in
        ["{total_sales:minor}", "{event:conversion=sale}", "{goal:purchase=1}", "{currency:USD=1}"]
    {
        let settings = with_url(&format!("https://t.example.com/?c={{click_id}}&x={good}"));
        assert!(errors(&settings).is_empty(), "{good}");
    }
}
