use super::*;

#[test]
fn path_and_query_are_kept_byte_for_byte() {
    for tail in [
        "/",
        "/?",
        "/?a",
        "/a/../b/./c//d",
        "//x",
        "/%zz%2f%2F%",
        "/a|b?c|d",
        "/'?q='",
        "/{x}?{y}",
        "/[1]?[2]",
        "/\\x?\\y",
        "/^?^`",
        "/\"q\"",
        "/?a=1&&a=1&",
        "/?a=b?c",
        "/;p=1,2?x=;",
        "/?q=a+b%20c",
        "/été?q=ü日",
        "/%00%0a?%0D",
        "/?x=$!*()~@:/",
    ] {
        let target = Target::parse(&format!("https://example.com{tail}")).unwrap();
        assert_eq!(target.uri.path_and_query().map(ToString::to_string).as_deref(), Some(tail));
    }
}

#[test]
fn u5_an_empty_path_becomes_a_slash_and_a_fragment_stays_here() {
    for (text, sent) in [
        ("http://h.test", "/"),
        ("http://h.test?a=1", "/?a=1"),
        ("http://h.test?", "/?"),
        ("http://h.test#f", "/"),
        ("http://h.test?a=1#f?b", "/?a=1"),
        ("http://h.test/p#/q", "/p"),
    ] {
        let target = Target::parse(text).unwrap();
        assert_eq!(target.uri.path_and_query().unwrap().as_str(), sent, "{text}");
    }
}

#[test]
fn hosts_are_read_as_browsers_read_them() {
    for (text, authority) in [
        ("http://EXAMPLE.com:80/", "example.com"),
        ("HTTPS://example.com:443/", "example.com"),
        ("https://example.com:80/", "example.com:80"),
        ("http://0x7f.1/", "127.0.0.1"),
        ("http://2130706433/", "127.0.0.1"),
        ("http://017700000001/", "127.0.0.1"),
        ("http://127.1/", "127.0.0.1"),
        ("http://%31%32%37.0.0.1/", "127.0.0.1"),
        ("http://１２７.0.0.1/", "127.0.0.1"),
        ("http://127。0。0。1/", "127.0.0.1"),
        ("http://[::ffff:127.0.0.1]/", "[::ffff:7f00:1]"),
        ("http://[0:0:0:0:0:0:0:1]/", "[::1]"),
        ("https://bücher.example/", "xn--bcher-kva.example"),
    ] {
        let target = Target::parse(text).unwrap();
        assert_eq!(target.uri.authority().unwrap().as_str(), authority, "{text}");
    }
}

#[test]
fn what_cannot_be_sent_as_written_is_refused() {
    for text in [
        "",
        "/path",
        "//h.test/",
        "http:/h.test",
        "http:h.test",
        "ftp://h.test/",
        "file:///etc/passwd",
        "javascript:alert('://')",
        "http://",
        "http:///x",
        "http://?q",
        "https://user@h.test/",
        "https://user:pass@h.test/",
        "https://h.test\\@127.0.0.1/",
        "http://h.test:99999/",
        "http://h.test:x/",
        "http://[::1/",
        "http://[fe80::1%25eth0]/",
        "http://a b/",
        "http://h\t.test/",
        "http://h.test/a b",
        "http://h.test/a\tb",
        "http://h.test/a\r\nHost: evil",
        "http://h.test/\0",
        "http://h.test/\u{7f}",
        "http://h.test/?a=\nb",
        "http://h.test/<a>",
        "http://h.test/`",
        "http://h.test/?a=\"b\"",
        "http://h.test/?a=<b>",
        " http://h.test/",
        "http://h.test/ ",
    ] {
        let refused = Target::parse(text).map(|target| target.uri);
        assert!(
            matches!(&refused, Err(f) if f.kind == FailureKind::Unsendable),
            "{text:?} {refused:?}"
        );
    }
}

#[test]
fn e11_a_url_of_8192_bytes_is_sent_and_a_longer_one_is_not() {
    let longest = format!("http://h.test/{}", "x".repeat(URL_BYTES_MAX - 14));
    assert!(Target::parse(&longest).is_ok());
    assert!(Target::parse(&format!("{longest}x")).is_err());
}
