//! Pages of a shop as a stranger's pixel may see them: no secret path, no parameter but those of
//! advertising.

use url::Url;

/// Longest address that is told.
const ADDRESS_BYTES_MAX: usize = 512;

/// The page without what is private, by the same rules as in the browser
/// ([`storefront::page_url`]). None for what is no web address.
///
/// ```
/// # use domain::pixel::address::clean_page;
/// let page = "https://shop.example/products/tea?utm_source=fb&email=a%40b.c&ref=ANNA#x";
/// assert_eq!(clean_page(page).unwrap(), "https://shop.example/products/tea?utm_source=fb");
/// ```
#[must_use]
pub fn clean_page(page: &str) -> Option<String> {
    let origin = web_address(page)?.origin().ascii_serialization();
    let mut clean = Vec::new();
    storefront::page_url::clean(page.as_bytes(), |piece| clean.extend_from_slice(piece));
    let clean = String::from_utf8(clean).ok().filter(|clean| !clean.is_empty());
    Some(clean.filter(|clean| clean.len() <= ADDRESS_BYTES_MAX).unwrap_or(format!("{origin}/")))
}

/// Of the page before it, only whose it was.
#[must_use]
pub fn clean_referrer(referrer: &str) -> Option<String> {
    Some(format!("{}/", web_address(referrer)?.origin().ascii_serialization()))
}

/// The network's click id of a landing page, in its own letters: capitals count.
#[must_use]
pub fn facebook_click(page: &str) -> Option<String> {
    let url = web_address(page)?;
    let pairs = url.query().unwrap_or_default().split('&');
    let found =
        pairs.filter_map(|pair| pair.split_once('=')).find(|(name, _)| *name == "fbclid")?;
    is_token(found.1).then(|| found.1.to_owned())
}

/// Letters, digits and a few signs: what the network's own ids are made of.
#[must_use]
pub fn is_token(text: &str) -> bool {
    (1..=255).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

fn web_address(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    matches!(url.scheme(), "http" | "https").then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n16_no_secret_of_a_page_is_told() {
        for (page, clean) in [
            ("https://s.example/", "https://s.example/"),
            (
                "https://s.example/products/a?x=1&utm_medium=cpc&fbclid=IwAR_x-1",
                "https://s.example/products/a?utm_medium=cpc&fbclid=IwAR_x-1",
            ),
            ("https://s.example/123/orders/9f8e7d?key=secret", "https://s.example/"),
            ("https://s.example/fr/account/reset/5/token", "https://s.example/"),
            ("https://user:pw@s.example/p", "https://s.example/"),
            ("https://s.example/?utm_content=anna%40mail.example", "https://s.example/"),
        ] {
            assert_eq!(clean_page(page).as_deref(), Some(clean), "{page}");
        }
        for none in ["", "javascript:alert(1)", "data:text/html,x", "/relative"] {
            assert_eq!(clean_page(none), None, "{none}");
        }
        assert!(
            clean_page(&format!("https://s.example/pages/{}", "x".repeat(4_000))).unwrap().len()
                < 30
        );
    }

    #[test]
    fn a_referrer_is_only_a_host() {
        let referrer = "https://mail.example/inbox?user=anna";
        assert_eq!(clean_referrer(referrer).as_deref(), Some("https://mail.example/"));
    }

    #[test]
    fn a_facebook_click_keeps_its_letters() {
        let page = "https://s.example/?ref=A&fbclid=IwAR0aBcD";
        assert_eq!(facebook_click(page).as_deref(), Some("IwAR0aBcD"));
        assert_eq!(facebook_click("https://s.example/?fbclid=a%26b"), None);
        assert_eq!(facebook_click("https://s.example/"), None);
    }
}
