//! Requests that Shopify forwards from a storefront (app proxy). The signature proves that Shopify
//! forwarded them, for which shop and which customer; everything else stays visitor input.

use domain::{ids::ShopifyId, time::UtcTime};
use hmac::Mac as _;

use crate::{
    query_hmac::{Pairs, QueryError, check_time},
    secrets::{AppSecrets, tag_from_hex},
    shop_domain::ShopDomain,
};

/// What Shopify adds, besides `signature`, and a visitor could try to add as well.
const PLATFORM_KEYS: [&str; 4] = ["logged_in_customer_id", "path_prefix", "shop", "timestamp"];

/// These decide who is meant: a second one would be read differently by different parts.
const ONCE: [&str; 6] =
    ["hmac", "logged_in_customer_id", "path_prefix", "shop", "signature", "timestamp"];

/// A proven request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyRequest {
    /// The shop whose storefront was visited.
    pub shop: ShopDomain,
    /// The customer who is logged in there.
    pub customer_id: Option<ShopifyId>,
    /// Where the merchant put our pages, such as `/apps/aff`; start every link with it.
    pub path_prefix: String,
    /// The visitor's own parameters, decoded, in order.
    pub params: Vec<(String, String)>,
}

/// Proves that Shopify forwarded the request with this query (without `?`), within 90 s of `now`.
///
/// # Errors
/// [`QueryError`].
pub fn verify_proxy(
    query: &str,
    secrets: &AppSecrets,
    now: UtcTime,
) -> Result<ProxyRequest, QueryError> {
    let pairs = Pairs::parse(query, &ONCE)?;
    let signature = pairs.first("signature").ok_or(QueryError::Missing("signature"))?;
    let tag = tag_from_hex(signature).ok_or(QueryError::BadSignature)?;
    let message = message(&pairs);
    if !secrets.verify(&tag, |mac| mac.update(message.as_bytes())) {
        return Err(QueryError::BadSignature);
    }
    refuse_imitations(&message)?;
    let need = |name| pairs.first(name).ok_or(QueryError::Missing(name));
    check_time(need("timestamp")?, now)?;
    Ok(ProxyRequest {
        shop: ShopDomain::parse(need("shop")?).map_err(|_not_a_shop| QueryError::Bad("shop"))?,
        customer_id: customer(need("logged_in_customer_id")?)?,
        path_prefix: need("path_prefix")?.to_owned(),
        params: pairs
            .iter()
            .filter(|(key, _)| *key != "signature" && !PLATFORM_KEYS.contains(key))
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect(),
    })
}

/// `query` with the `signature` that Shopify would add: for the demo's own storefront and tests.
#[must_use]
pub fn sign_proxy_query(query: &str, secrets: &AppSecrets) -> String {
    let message = message(&Pairs::of(query));
    let tag = secrets.sign(|mac| mac.update(message.as_bytes()));
    format!("{query}&signature={}", hex::encode(tag))
}

/// Decoded `key=value` texts, values of one key joined with `,`, sorted, and nothing in between.
fn message(pairs: &Pairs<'_>) -> String {
    let mut signed: Vec<_> = pairs.iter().filter(|(key, _)| *key != "signature").collect();
    signed.sort_by_key(|(key, _)| *key);
    let mut parts: Vec<String> = signed
        .chunk_by(|(left, _), (right, _)| left == right)
        .map(|same| {
            let mut part = same.first().map_or("", |(key, _)| key).to_owned();
            for (index, (_, value)) in same.iter().enumerate() {
                part.push(if index == 0 { '=' } else { ',' });
                part.push_str(value);
            }
            part
        })
        .collect();
    parts.sort_unstable();
    parts.concat()
}

/// Nothing separates the parts of the message, so a visitor could have Shopify sign a parameter
/// `a=1logged_in_customer_id=7…` and then bring the same message cut up in another way. As long as
/// each of Shopify's keys shows up only once, it can only be Shopify's own. The price: a visitor's
/// parameter must not end in one of these names (`workshop=`), nor carry such a text as its value.
fn refuse_imitations(message: &str) -> Result<(), QueryError> {
    let is_repeated = |key: &&&str| {
        let mut after = message.split(**key).skip(1).filter(|after| after.starts_with('='));
        after.nth(1).is_some()
    };
    match PLATFORM_KEYS.iter().find(is_repeated) {
        Some(key) => Err(QueryError::Repeated(key)),
        None => Ok(()),
    }
}

/// Empty for a visitor who is not logged in.
fn customer(text: &str) -> Result<Option<ShopifyId>, QueryError> {
    if text.is_empty() {
        return Ok(None);
    }
    let id = text.parse().map_err(|_not_an_id| QueryError::Bad("logged_in_customer_id"))?;
    Ok(Some(ShopifyId(id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLATFORM: &str =
        "shop=some-shop.myshopify.com&path_prefix=%2Fapps%2Faff&timestamp=1700000000";
    const NOW: UtcTime = UtcTime::from_micros(1_700_000_000_000_000);

    fn secrets() -> AppSecrets {
        AppSecrets::new("hush".into(), None).unwrap()
    }

    fn verify(query: &str) -> Result<ProxyRequest, QueryError> {
        verify_proxy(&sign_proxy_query(query, &secrets()), &secrets(), NOW)
    }

    #[test]
    fn shop_customer_and_visitor_parameters_come_out() {
        let request =
            verify(&format!("ref=jane+d&{PLATFORM}&logged_in_customer_id=7&ref=b")).unwrap();
        assert_eq!(request.shop.as_str(), "some-shop.myshopify.com");
        assert_eq!(request.customer_id, Some(ShopifyId(7)));
        assert_eq!(request.path_prefix, "/apps/aff");
        let params = [("ref".into(), "jane d".into()), ("ref".into(), "b".into())];
        assert_eq!(request.params, params);
        let anonymous = verify(&format!("{PLATFORM}&logged_in_customer_id=")).unwrap();
        assert_eq!(anonymous.customer_id, None);
    }

    #[test]
    fn repeated_platform_parameters_are_refused_though_signed() {
        for (extra, name) in [
            ("shop=other.myshopify.com", "shop"),
            ("timestamp=1700000000", "timestamp"),
            ("hmac=1&hmac=2", "hmac"),
            ("path_prefix=/x", "path_prefix"),
            ("logged_in_customer_id=7", "logged_in_customer_id"),
        ] {
            let query = format!("{PLATFORM}&logged_in_customer_id=&{extra}");
            assert_eq!(verify(&query), Err(QueryError::Repeated(name)));
        }
    }

    #[test]
    fn a_signed_message_cannot_be_cut_up_into_another_customer() {
        let inner = "1logged_in_customer_id=7path_prefix=/xshop=victim.myshopify.com\
                     timestamp=1700000000zz=";
        let asked = format!("a={}&{PLATFORM}&logged_in_customer_id=", inner.replace('=', "%3D"));
        let signed = sign_proxy_query(&asked, &secrets());
        let signature = signed.rsplit_once('=').unwrap().1;
        let forged = format!(
            "a=1&logged_in_customer_id=7&path_prefix=/x&shop=victim.myshopify.com&\
             timestamp=1700000000&zz=logged_in_customer_id%3Dpath_prefix%3D/apps/aff\
             shop%3Dsome-shop.myshopify.comtimestamp%3D1700000000&signature={signature}"
        );
        assert_eq!(
            message(&Pairs::of(&forged)),
            message(&Pairs::of(&asked)),
            "the forgery is what it claims to be"
        );
        assert_eq!(
            verify_proxy(&forged, &secrets(), NOW),
            Err(QueryError::Repeated("logged_in_customer_id"))
        );
    }

    #[test]
    fn the_window_is_ninety_seconds_both_ways() {
        let signed = sign_proxy_query(&format!("{PLATFORM}&logged_in_customer_id="), &secrets());
        for (seconds, accepted) in [(90, true), (-90, true), (91, false), (-91, false)] {
            let result = verify_proxy(&signed, &secrets(), NOW.plus_seconds(seconds));
            assert_eq!(result.is_ok(), accepted, "{seconds} s: {result:?}");
        }
    }

    #[test]
    fn each_platform_parameter_is_needed() {
        for name in PLATFORM_KEYS {
            let query = format!("{PLATFORM}&logged_in_customer_id=")
                .split('&')
                .filter(|pair| !pair.starts_with(name))
                .collect::<Vec<_>>()
                .join("&");
            assert_eq!(verify(&query), Err(QueryError::Missing(name)));
        }
    }
}
