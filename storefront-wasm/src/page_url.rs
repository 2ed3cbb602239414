//! Which part of a page's address may be told to strangers. Addresses of orders, accounts, carts and
//! checkouts carry secrets, parameters carry anything: so it is a list of what may pass, not of what
//! may not.

use crate::output::Output;
use crate::scan::{END, behind, byte_at, decoded_at, starts_with};

/// The kinds of page whose path says nothing about the visitor.
const PUBLIC_KINDS: &[u8] = b"products/|collections/|pages/|blogs/|";

/// Parameters of campaigns.
const PUBLIC_PARAMETERS: &[u8] = b"utm_|fbclid=|";

/// Longest folder that may stand before the kind: a language, such as `fr` or `zh-hant`.
const LOCALE_LEN_MAX: usize = 8;

/// Writes the public part of an address: the origin; the path of a product, a collection, a page or a
/// blog, else `/`; and of the parameters only `utm_…` and `fbclid`, without e-mail addresses. Nothing
/// of what is no web address. A fragment has to be taken off before.
///
/// ```
/// use storefront::{output::Output, page_url::clean};
/// let url = b"https://shop.example/fr/products/mug?variant=1&utm_source=ig&key=secret";
/// let mut out = Output::<99>::new();
/// clean(url, 0, &mut out);
/// assert_eq!(out.written(), b"https://shop.example/fr/products/mug?utm_source=ig");
/// ```
#[inline(never)]
pub fn clean<const N: usize>(text: &[u8], mut at: usize, out: &mut Output<N>) {
    let mut pair = behind(text, at, '?');
    // No other address that a browser shows begins with an h.
    if byte_at(text, at) != 'h' || has_at_sign(text, at, '?') {
        return;
    }
    let mut slashes = 0;
    loop {
        let byte = byte_at(text, at);
        slashes += u32::from(byte == '/');
        if byte == END || byte == '?' || slashes == 3 {
            break;
        }
        out.byte(byte);
        at += 1;
    }
    if is_public(text, at + 1) {
        out.copy(text, at, '?');
    } else {
        out.byte('/');
    }
    let mut separator = '?';
    while byte_at(text, pair) != END {
        if starts_with(text, pair, PUBLIC_PARAMETERS) && !has_at_sign(text, pair, '&') {
            out.byte(separator);
            out.copy(text, pair, '&');
            separator = '&';
        }
        pair = behind(text, pair, '&');
    }
}

/// It may be an e-mail address, or a password before a host.
#[inline(never)]
fn has_at_sign(text: &[u8], mut at: usize, end: char) -> bool {
    loop {
        let byte = byte_at(text, at);
        if byte == end || byte == END {
            return false;
        }
        let decoded = decoded_at(text, at);
        if decoded.byte() == b'@' {
            return true;
        }
        at += decoded.len();
    }
}

fn is_public(text: &[u8], path: usize) -> bool {
    let behind_locale = behind(text, path, '/');
    let start = if behind_locale - path > LOCALE_LEN_MAX + 1 { path } else { behind_locale };
    starts_with(text, path, PUBLIC_KINDS) || starts_with(text, start, PUBLIC_KINDS)
}

#[cfg(test)]
mod tests {
    use std::prelude::v1::*;

    use proptest::prelude::*;

    use super::*;

    fn cleaned(url: &str) -> String {
        let mut out = Output::<999>::new();
        clean(url.as_bytes(), 0, &mut out);
        String::from_utf8(out.written().to_vec()).unwrap()
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
            let url = std::format!("https://a.example{folder}/{secret}?{parameter}={secret}&{}", rest.join("&"));
            prop_assert!(!cleaned(&url).contains(secret));
        }

        #[test]
        fn any_bytes_are_taken(url in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut out = Output::<999>::new();
            clean(&url, 0, &mut out);
            prop_assert!(out.len() <= url.len() + 1);
        }
    }
}
