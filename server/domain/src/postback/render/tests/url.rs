//! Macros in the URL.

use super::*;

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
    assert_eq!(url(template, &values), "https://d.test/?a=1001&p=7&s=GitHub&o=42&t=90.00&c=9.00");
}

#[test]
fn u05_an_empty_path_stays_empty() {
    assert_eq!(
        url("https://domain.test?a={affiliate_id}", &[("affiliate_id", "1")]),
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
    assert_eq!(url("https://d.test/?foo={affclickid}", &values), "https://d.test/?foo=1122");
}

#[test]
fn c02_the_left_name_is_never_changed() {
    let rendered = url("https://d.test/?click_id={affclickid}", &[("affclickid", "1122")]);
    assert!(!rendered.contains("affclickid="));
}

#[test]
fn t09_dynamic_parameters_are_replaced() {
    let values = [("affclickid", "1122443455565666"), ("amount", "50")];
    assert_eq!(
        url("https://d.test/pb?x=1&click_id={affclickid}&payout_sum={amount}", &values),
        "https://d.test/pb?x=1&click_id=1122443455565666&payout_sum=50"
    );
}

#[test]
fn t12_t13_static_text_arrives_byte_for_byte_beside_macros() {
    assert_eq!(
        url("https://d.test/pb?a={sub1}&source=track360&type=signup", &[("sub1", "x")]),
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
    assert_eq!(url("https://d.test/a b?x=¤cy\"é", &[]), "https://d.test/a%20b?x=%C2%A4cy%22%C3%A9");
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
    assert_eq!(url("https://d.test/{sub1}", &[("sub1", "..a")]), "https://d.test/..a");
}

#[test]
fn e03_a_value_that_looks_like_a_macro_stays_text() {
    let values = [("sub1", "{order_id}"), ("order_id", "42")];
    assert_eq!(url("https://d.test/?a={sub1}", &values), "https://d.test/?a=%7Border_id%7D");
    let request = posted(RequestMethod::PostJson, vec![param("a", "{sub1}")], &values);
    assert_eq!(request.body.as_deref(), Some(r#"{"a":"{order_id}"}"#));
}

#[test]
fn e04_names_ignore_case_and_values_never_change_it() {
    assert_eq!(
        url("https://d.test/?a={CLICKID}&b={clickId}", &[("click_id", "AbC")]),
        "https://d.test/?a=AbC&b=AbC"
    );
}

#[test]
fn e05_a_macro_that_no_longer_exists_is_empty_and_flagged() {
    let rendered = render(&with_url("https://d.test/?a={gone}&b=1"), None, &Record::new()).unwrap();
    assert_eq!(rendered.url, "https://d.test/?a=&b=1");
    assert_eq!(rendered.flags, ["unresolved:gone"]);
}

#[test]
fn e06_a_known_macro_without_value_is_empty_or_its_default() {
    assert_eq!(
        url("https://d.test/?a={sub1}&b={sub2|none}&c={sub3|a b}", &[]),
        "https://d.test/?a=&b=none&c=a%20b"
    );
    assert_eq!(url("https://d.test/?a={sub1|none}", &[("sub1", "")]), "https://d.test/?a=none");
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
        ("https://d.test/?b=1&a={sub1}&c=2&", "https://d.test/?b=1&c=2&"),
        ("https://d.test/?a={sub1}", "https://d.test/"),
        ("https://d.test/?a={sub1}&b={sub2}", "https://d.test/"),
        ("https://d.test/?a={sub1|none}&b=", "https://d.test/?a=none&b="),
        ("https://d.test/?a=x-{sub1}-{order_id}&b=1", "https://d.test/?b=1"),
        ("https://d.test/{sub1}/x", "https://d.test//x"),
    ] {
        let settings = Settings { strict: true, ..with_url(template) };
        let rendered = render(&settings, None, &record(&[("order_id", "42")])).unwrap();
        assert_eq!(rendered.url, expected, "{template}");
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
        assert_eq!(url(affise, &values), format!("https://d.test/?s={sent}"), "{status}");
    }
    let partial = "https://d.test/?s={status:pending=lead}";
    assert_eq!(url(partial, &[("status", "reversed")]), "https://d.test/?s=reversed");
    assert_eq!(url(partial, &[("status", "adjusted")]), "https://d.test/?s=adjusted");
}

#[test]
fn n04_a_full_refund_goes_through_the_map_of_x06() {
    let keitaro = "https://k.test/?status={status:approved=sale pending=lead rejected=rejected}&payout={total_commission}";
    let values = [("status", "reversed"), ("total_commission", "0.00")];
    assert_eq!(url(keitaro, &values), "https://k.test/?status=rejected&payout=0.00");
}

#[test]
fn e08_minor_gives_whole_cents() {
    let template = "https://d.test/?a={total_commission:minor}&b={delta_commission:minor}";
    let values = [("total_commission", "6.30"), ("delta_commission", "-2.70"), ("currency", "USD")];
    assert_eq!(url(template, &values), "https://d.test/?a=630&b=-270");
}

#[test]
fn e13_total_and_change_are_both_there() {
    let template = "https://d.test/?s={status}&t={total_commission}&d={delta_commission}";
    let values =
        [("status", "adjusted"), ("total_commission", "6.30"), ("delta_commission", "-2.70")];
    assert_eq!(url(template, &values), "https://d.test/?s=adjusted&t=6.30&d=-2.70");
}

#[test]
fn e11_a_url_too_long_after_substitution_is_not_sent() {
    let long = "é".repeat(URL_BYTES_MAX / 6);
    let error = render(&with_url("https://d.test/?a={sub1}"), None, &record(&[("sub1", &long)]));
    assert!(matches!(error, Err(RenderError::TooLong { what: "URL", .. })));
}
