//! Which part of a page's address may be told to strangers. Addresses of orders, accounts, carts and
//! checkouts carry secrets, parameters carry anything: so it is a list of what may pass, not of what
//! may not.

use crate::query::{decoded_bytes, take_until};

/// The kinds of page whose path says nothing about the visitor.
const PUBLIC_KINDS: [&[u8]; 4] = [b"products/", b"collections/", b"pages/", b"blogs/"];

/// Longest folder that may stand before the kind: a language, such as `fr` or `zh-hant`.
const LOCALE_LEN_MAX: usize = 8;

/// The public part of an address, piece by piece: the origin; the path of a product, a collection, a
/// page or a blog, else `/`; and of the parameters only `utm_…` and `fbclid`, without e-mail addresses.
/// Nothing of what is no web address.
///
/// ```
/// let mut clean = Vec::new();
/// let url = b"https://shop.example/fr/products/mug?variant=1&utm_source=ig&key=secret#reviews";
/// storefront::page_url::clean(url, |piece| clean.extend_from_slice(piece));
/// assert_eq!(clean, b"https://shop.example/fr/products/mug?utm_source=ig");
/// ```
pub fn clean<'a>(mut url: &'a [u8], mut emit: impl FnMut(&'a [u8])) {
    let mut query = take_until(&mut url, b'#');
    let address = take_until(&mut query, b'?');
    if !address.starts_with(b"http") || has_at_sign(address) {
        return;
    }
    let (origin, path) = split_at_path(address);
    emit(origin);
    emit(if is_public(path) { path } else { b"/" });
    let mut separator: &[u8] = b"?";
    while !query.is_empty() {
        let pair = take_until(&mut query, b'&');
        if (pair.starts_with(b"utm_") || pair.starts_with(b"fbclid=")) && !has_at_sign(pair) {
            emit(separator);
            emit(pair);
            separator = b"&";
        }
    }
}

/// `scheme://host` and what stands behind it.
#[must_use]
#[inline(never)]
pub fn split_at_path(url: &[u8]) -> (&[u8], &[u8]) {
    let mut slashes = 0;
    let third = url.iter().position(|byte| {
        slashes += usize::from(*byte == b'/');
        slashes == 3
    });
    url.split_at_checked(third.unwrap_or(url.len())).unwrap_or_default()
}

/// It may be an e-mail address, or a password before a host.
#[inline(never)]
fn has_at_sign(text: &[u8]) -> bool {
    decoded_bytes(text).any(|byte| byte == b'@')
}

fn is_public(path: &[u8]) -> bool {
    let path = path.get(1..).unwrap_or_default();
    let mut behind_locale = path;
    let locale = take_until(&mut behind_locale, b'/');
    let start = if locale.len() > LOCALE_LEN_MAX { path } else { behind_locale };
    PUBLIC_KINDS.iter().any(|kind| path.starts_with(kind) || start.starts_with(kind))
}

#[cfg(test)]
mod tests {
    use std::prelude::v1::*;

    use proptest::prelude::*;

    use super::*;

    fn cleaned(url: &str) -> String {
        let mut clean = Vec::new();
        super::clean(url.as_bytes(), |piece| clean.extend_from_slice(piece));
        String::from_utf8(clean).unwrap()
    }

    #[test]
    fn only_addresses_of_public_kinds_of_page_keep_their_path() {
        for (url, expected) in [
            ("https://a.example", "https://a.example/"),
            ("https://a.example/products/mug", "https://a.example/products/mug"),
            ("https://a.example/en-gb/blogs/n/x", "https://a.example/en-gb/blogs/n/x"),
            (
                "https://a.example/collections/all/products/b",
                "https://a.example/collections/all/products/b",
            ),
            ("https://a.example/productsx/secret", "https://a.example/"),
            ("https://a.example/0123456789abcdef/products/x", "https://a.example/"),
            ("https://a.example/123/orders/2c9f/authenticate?key=abc", "https://a.example/"),
            ("https://a.example/checkouts/cn/Z2NwLXVz/thank-you", "https://a.example/"),
            ("https://a.example/cart/c/Z2NwLXVz?key=7", "https://a.example/"),
            ("https://a.example/account/reset/1/2", "https://a.example/"),
            ("android-app://com.example/x", ""),
            ("https://name:word@a.example/products/x", ""),
            ("javascript:alert(1)", ""),
            ("", ""),
        ] {
            assert_eq!(cleaned(url), expected, "{url}");
        }
    }

    #[test]
    fn only_campaign_parameters_pass_and_none_with_an_e_mail_address() {
        let query =
            "?ref=A&utm_source=x&token=s&utm_term=a%40b.example&utm_id=c@d.example&fbclid=F";
        let expected = "https://a.example/?utm_source=x&fbclid=F";
        assert_eq!(cleaned(&std::format!("https://a.example/{query}")), expected);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]
        #[test]
        fn no_secret_of_a_generated_address_is_told(
            folder in "(/[a-z]{2})?/(orders|checkouts|account|cart|apps|[0-9]{1,9}/orders|thank-you|[a-z]{9,12}/products)",
            parameter in "[a-z]{1,8}",
            rest in prop::collection::vec("[a-z]{1,9}=[a-z0-9]{0,9}", 0..5),
        ) {
            prop_assume!(parameter != "fbclid");
            let secret = "s3cr3tT0ken";
            let url = std::format!("https://a.example{folder}/{secret}?{parameter}={secret}&{}#{secret}", rest.join("&"));
            prop_assert!(!cleaned(&url).contains(secret));
        }

        #[test]
        fn any_bytes_are_taken(url in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut len = 0;
            clean(&url, |piece| len += piece.len());
            prop_assert!(len <= url.len() + 1);
        }
    }
}
