//! Ugly and ordinary URLs.

use super::*;

fn code(text: &str) -> &'static str {
    match UrlTemplate::parse(text) {
        Ok(_) => "accepted",
        Err(problem) => problem.code(),
    }
}

#[test]
fn e10_scheme_host_port_and_user_info_take_no_macro() {
    for (text, expected) in [
        ("{click_id}", "scheme"),
        ("{sub1}://example.com/", "scheme"),
        ("ftp://example.com/{click_id}", "scheme"),
        ("//example.com/{click_id}", "scheme"),
        ("javascript:alert(1)", "scheme"),
        (" https://example.com/", "scheme"),
        ("https://{sub1}.example.com/", "macro_in_host"),
        ("https://example.{sub1}/", "macro_in_host"),
        ("https://example.com{sub1}/", "macro_in_host"),
        ("https://example.com:{sub1}/", "macro_in_host"),
        ("https://{sub1}", "macro_in_host"),
        ("https://{sub1}@example.com/", "macro_in_host"),
        ("https://a:b@example.com/{click_id}", "user_info"),
        ("https://good.com\\@evil.com/", "user_info"),
        ("https:///{click_id}", "host"),
        ("https://example.com:/", "host"),
        ("https://example.com:0/", "host"),
        ("https://example.com:99999/", "host"),
        ("https://ex ample.com/", "host"),
        ("https://ex%61mple.com/", "host"),
        ("https://good.com\\evil/", "host"),
        ("https://müller.example/{click_id}", "host"),
        ("", "required"),
        ("https://example.com/#{click_id}", "fragment"),
        ("https://example.com/?a=#s2#", "fragment"),
        ("https://example.com/a\r\nHost: evil/", "control_character"),
        ("https://example.com/../{click_id}", "dot_segment"),
        ("https://example.com/%2E./{click_id}", "dot_segment"),
        ("https://example.com/.{click_id}/", "dot_segment"),
        ("https://example.com/?a=%{click_id}", "split_escape"),
        ("https://example.com/?a=%2{click_id}", "split_escape"),
        ("https://example.com/?a={click_id", "bad_macro"),
    ] {
        assert_eq!(code(text), expected, "{text:?}");
    }
}

#[test]
fn e10_macros_may_start_right_after_the_host() {
    for text in [
        "https://domain.test?cid={click_id}",
        "https://domain.test/{click_id}",
        "HTTPS://Domain.Test:8443/{click_id}/x",
        "http://my_host.example.com/?a={click_id}",
        "https://[2606:4700::1111]/?a={click_id}",
        "https://example.com/?a=100%&b={click_id}",
        "https://example.com/?a=%25{click_id}",
        "https://example.com/a/..b/{click_id}",
    ] {
        assert_eq!(code(text), "accepted", "{text}");
    }
}

#[test]
fn a_host_in_another_script_is_answered_with_its_ascii_form() {
    let problem = UrlTemplate::parse("https://müller.example/{click_id}").unwrap_err();
    assert_eq!(problem.to_string(), "write the host in its ASCII form: xn--mller-kva.example");
}

#[test]
fn e11_a_url_has_at_most_8192_bytes() {
    let head = "https://example.com/?a={click_id}&b=";
    let fits = format!("{head}{}", "x".repeat(URL_BYTES_MAX - head.len()));
    assert_eq!(code(&fits), "accepted");
    assert_eq!(code(&format!("{fits}x")), "too_long");
}

#[test]
fn an_inner_address_is_seen_for_what_it_is() {
    for (text, expected) in [
        ("https://trk.example.com/", true),
        ("http://127.0.0.1:9000/", false),
        ("http://localhost/", false),
        ("http://0x7f.1/", false),
        ("http://[::1]/", false),
    ] {
        assert_eq!(UrlTemplate::parse(text).unwrap().origin.is_public(), expected, "{text}");
    }
}

#[test]
fn literal_characters_that_the_wire_cannot_carry_are_known() {
    let url = UrlTemplate::parse("https://h.test/a b?c=¤cy\"&d={sub1|é}").unwrap();
    assert_eq!(url.characters_encoded(), [' ', '¤', '"']);
}
