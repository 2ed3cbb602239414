//! What an advertising network wrote into a landing page's address. What may be told of a page's own
//! address is the browser's business ([`storefront::page_url`]).

use url::Url;

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
    fn a_facebook_click_keeps_its_letters() {
        let page = "https://s.example/?ref=A&fbclid=IwAR0aBcD";
        assert_eq!(facebook_click(page).as_deref(), Some("IwAR0aBcD"));
        assert_eq!(facebook_click("https://s.example/?fbclid=a%26b"), None);
        assert_eq!(facebook_click("https://s.example/"), None);
    }
}
