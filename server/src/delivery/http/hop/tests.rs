use super::*;

fn first(method: Method, url: &str) -> Hop {
    let headers = vec![("Authorization".to_owned(), "Bearer secret".to_owned())];
    Hop::first(&OutboundRequest { method, url: url.to_owned(), headers, body: None }).unwrap()
}

fn redirect(from: &Hop, status: u16, location: &str) -> Result<Option<Hop>, Failure> {
    let mut headers = HeaderMap::new();
    headers.insert(header::LOCATION, HeaderValue::from_bytes(location.as_bytes()).unwrap());
    from.next(StatusCode::from_u16(status).unwrap(), &headers)
}

#[test]
fn only_a_get_is_redirected_and_only_by_a_redirect_with_a_place() {
    let get = first(Method::GET, "https://a.test/");
    for status in [301, 302, 303, 307, 308] {
        assert!(redirect(&get, status, "/b").unwrap().is_some(), "{status}");
        assert!(redirect(&first(Method::POST, "https://a.test/"), status, "/b").unwrap().is_none());
        assert!(
            get.next(StatusCode::from_u16(status).unwrap(), &HeaderMap::new()).unwrap().is_none()
        );
    }
    for status in [200, 201, 300, 304, 404] {
        assert!(redirect(&get, status, "/b").unwrap().is_none(), "{status}");
    }
}

#[test]
fn the_place_is_resolved_against_the_url_before() {
    let from = first(Method::GET, "https://a.test/x/y?z=1");
    for (location, url) in [
        ("b", "https://a.test/x/b"),
        ("/b?c=d", "https://a.test/b?c=d"),
        ("?c", "https://a.test/x/y?c"),
        ("//b.test/c", "https://b.test/c"),
        ("https://b.test:8443/c", "https://b.test:8443/c"),
        ("/é", "https://a.test/%C3%A9"),
    ] {
        assert_eq!(redirect(&from, 302, location).unwrap().unwrap().url, url);
    }
}

#[test]
fn headers_go_along_to_the_same_receiver_only() {
    for (from, location, kept) in [
        ("https://a.test/", "/b", true),
        ("https://a.test/", "https://A.test:443/b", true),
        ("http://a.test/", "https://a.test/b", true),
        ("https://a.test/", "https://b.a.test/", false),
        ("https://a.test/", "https://a.test:8443/", false),
        ("http://a.test:8080/", "https://a.test/", false),
        ("https://a.test/", "https://a.test.evil.test/", false),
    ] {
        let next = redirect(&first(Method::GET, from), 302, location).unwrap().unwrap();
        let sent = next.request();
        assert_eq!(sent.headers().contains_key(header::AUTHORIZATION), kept, "{from} {location}");
        assert!(sent.headers().contains_key(header::USER_AGENT));
    }
    let away = redirect(&first(Method::GET, "https://a.test/"), 302, "https://b.test/");
    let back = redirect(&away.unwrap().unwrap(), 302, "https://a.test/").unwrap().unwrap();
    assert!(!back.request().headers().contains_key(header::AUTHORIZATION));
}

#[test]
fn bad_places_are_not_followed() {
    let from = first(Method::GET, "https://a.test/");
    for location in
        ["http://a.test/", "ftp://a.test/", "javascript:1", "https://", "https://u:p@b.test/"]
    {
        let failure = redirect(&from, 302, location).err().map(|failure| failure.kind);
        assert_eq!(failure, Some(FailureKind::BadRedirect), "{location}");
    }
}

#[test]
fn three_redirects_are_followed_and_a_fourth_is_not() {
    let mut hop = first(Method::GET, "https://a.test/");
    for count in 1..=3 {
        hop = redirect(&hop, 302, "/").unwrap().unwrap();
        assert_eq!(hop.redirects, count);
    }
    let failure = redirect(&hop, 302, "/").err().map(|failure| failure.kind);
    assert_eq!(failure, Some(FailureKind::TooManyRedirects));
}

#[test]
fn headers_that_steer_the_connection_or_break_out_of_their_line_are_refused() {
    for (name, value) in [
        ("Host", "a"),
        ("content-length", "1"),
        ("Connection", "close"),
        ("Transfer-Encoding", "chunked"),
        ("Upgrade", "h2c"),
        ("Expect", "100-continue"),
        ("X", "a\r\nHost: b"),
        ("X", "a\nb"),
        ("X", "a\0b"),
        ("X\r\nY", "a"),
        ("X Y", "a"),
        ("", "a"),
        ("X", "été"),
    ] {
        let request = OutboundRequest {
            method: Method::GET,
            url: "https://a.test/".to_owned(),
            headers: vec![(name.to_owned(), value.to_owned())],
            body: None,
        };
        let failure = Hop::first(&request).err().map(|failure| failure.kind);
        assert_eq!(failure, Some(FailureKind::Unsendable), "{name:?}: {value:?}");
    }
}

#[test]
fn a_secret_never_shows_in_a_failure() {
    let request = OutboundRequest {
        method: Method::GET,
        url: "https://a.test/?token=secret\u{1}".to_owned(),
        headers: vec![("X-Key".to_owned(), "secret\u{1}".to_owned())],
        body: Some("secret".to_owned()),
    };
    assert!(!format!("{request:?}").contains("secret"));
    assert!(!Hop::first(&request).err().unwrap().text.contains("secret"));
    let request = OutboundRequest { url: "https://a.test/".to_owned(), ..request };
    assert!(!Hop::first(&request).err().unwrap().text.contains("secret"));
}
