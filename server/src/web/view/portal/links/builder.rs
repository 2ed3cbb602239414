//! Puts a tracking link together, byte for byte as `assets/app.js` does in the page.

use url::Url;

/// The page that was pasted belongs to somebody else's site, or is no address at all.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("paste an address of {shop_url}, or only the part after it")]
pub struct NotOfThisShop {
    /// The shop's own address.
    pub shop_url: String,
}

/// `page` of the shop (an address, a path, or nothing for the front page) with the affiliate's
/// code and its other parameters. What the page's address already carries stays, but for the
/// parameters set here. Braces and brackets of a traffic source's own macros stay readable, so
/// that the source can still replace them.
///
/// ```
/// # use tributary::web::view::portal::links::builder::tracking_link;
/// let link = tracking_link("https://shop.example", "/tea?v=2", &[("ref", "ANNA"), ("sub1", "{zone}")]);
/// assert_eq!(link.unwrap(), "https://shop.example/tea?v=2&ref=ANNA&sub1={zone}");
/// ```
///
/// # Errors
/// [`NotOfThisShop`].
pub fn tracking_link(
    shop_url: &str,
    page: &str,
    parameters: &[(&str, &str)],
) -> Result<String, NotOfThisShop> {
    let refused = || NotOfThisShop { shop_url: shop_url.to_owned() };
    let shop = Url::parse(shop_url).ok().ok_or_else(refused)?;
    let url = shop.join(page.trim()).ok().ok_or_else(refused)?;
    if url.host_str() != shop.host_str() || url.port() != shop.port() {
        return Err(refused());
    }
    let set: Vec<(&str, &str)> = parameters
        .iter()
        .map(|(name, value)| (name.trim(), value.trim()))
        .filter(|(name, value)| !name.is_empty() && !value.is_empty())
        .collect();
    let kept = url.query().unwrap_or("").split('&').filter(|pair| {
        let name = pair.split('=').next().unwrap_or("");
        !name.is_empty() && !set.iter().any(|(own, _)| *own == name)
    });
    let query = kept
        .map(str::to_owned)
        .chain(set.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))))
        .collect::<Vec<_>>()
        .join("&");
    let mut link = format!("{}{}", shop.origin().ascii_serialization(), url.path());
    if !query.is_empty() {
        link.push('?');
        link.push_str(&query);
    }
    if let Some(fragment) = url.fragment().filter(|text| !text.is_empty()) {
        link.push('#');
        link.push_str(fragment);
    }
    Ok(link)
}

/// Percent-encodes what would break a query; the rest, macros above all, stays as typed.
fn encoded(text: &str) -> String {
    const READABLE: &[u8] = b"-_.~{}[]$:,@!*()/|";
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || READABLE.contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOP: &str = "https://shop.example";

    fn link(page: &str, parameters: &[(&str, &str)]) -> String {
        tracking_link(SHOP, page, parameters).unwrap()
    }

    #[test]
    fn any_page_of_the_shop_becomes_a_link() {
        let code = [("ref", "ANNA")];
        assert_eq!(link("", &code), "https://shop.example/?ref=ANNA");
        assert_eq!(link("products/tea", &code), "https://shop.example/products/tea?ref=ANNA");
        assert_eq!(
            link(" https://shop.example/a?variant=1&ref=BOB#reviews ", &code),
            "https://shop.example/a?variant=1&ref=ANNA#reviews"
        );
    }

    #[test]
    fn another_site_is_refused_however_it_is_written() {
        for page in [
            "https://evil.example/",
            "//evil.example/x",
            "https://shop.example.evil.example/",
            "https://shop.example:444/",
            "https://shop.example@evil.example/",
            "javascript:alert(1)",
            "\\\\evil.example",
        ] {
            assert!(tracking_link(SHOP, page, &[]).is_err(), "{page}");
        }
    }

    #[test]
    fn values_cannot_break_out_of_their_parameter() {
        assert_eq!(
            link("", &[("ref", "ANNA"), ("sub1", "a&b=c #ü%")]),
            "https://shop.example/?ref=ANNA&sub1=a%26b%3Dc%20%23%C3%BC%25"
        );
    }

    #[test]
    fn macros_of_traffic_sources_stay_readable() {
        let macros = [("a", "{clickid}"), ("b", "${SUBID}"), ("c", "[ID]"), ("d", "{{x}}")];
        assert_eq!(
            link("", &macros),
            "https://shop.example/?a={clickid}&b=${SUBID}&c=[ID]&d={{x}}"
        );
    }

    #[test]
    fn empty_parameters_are_left_out() {
        assert_eq!(
            link("/x", &[("ref", "A"), ("sub1", " "), ("", "v")]),
            "https://shop.example/x?ref=A"
        );
    }
}
