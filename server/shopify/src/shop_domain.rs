//! Names that a request claims for its shop, checked before anything is done with them. Not here:
//! whether the shop has installed us (storage), whether the claim is signed (the verifiers).

use std::fmt;

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

const SUFFIX: &str = ".myshopify.com";
const ADMIN: &str = "admin.shopify.com";

/// A permanent shop domain, `some-shop.myshopify.com`, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ShopDomain(String);

/// The text is not a `*.myshopify.com` domain.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a shop domain")]
pub struct BadShopDomain;

impl ShopDomain {
    /// Accepts exactly `[a-z0-9][a-z0-9-]*.myshopify.com`, upper case folded to lower.
    ///
    /// ```
    /// # use shopify::shop_domain::ShopDomain;
    /// assert_eq!(ShopDomain::parse("Some-Shop.myshopify.com").unwrap().handle(), "some-shop");
    /// assert!(ShopDomain::parse("some-shop.myshopify.com.evil.com").is_err());
    /// ```
    ///
    /// # Errors
    /// [`BadShopDomain`].
    pub fn parse(text: &str) -> Result<Self, BadShopDomain> {
        let domain = text.to_ascii_lowercase();
        match domain.strip_suffix(SUFFIX) {
            Some(handle) if is_handle(handle) => Ok(Self(domain)),
            _ => Err(BadShopDomain),
        }
    }

    /// The whole domain.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before `.myshopify.com`; names the store in `admin.shopify.com/store/{handle}`.
    #[must_use]
    pub fn handle(&self) -> &str {
        self.0.strip_suffix(SUFFIX).unwrap_or(&self.0)
    }
}

impl fmt::Display for ShopDomain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The decoded `host` parameter: where the admin lives that embeds us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdminHost {
    place: String,
    shop: ShopDomain,
}

/// The `host` parameter does not name a Shopify admin.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not the host of a Shopify admin")]
pub struct BadAdminHost;

impl AdminHost {
    /// Reads the parameter: Base64, padded or not, of `admin.shopify.com/store/{handle}` or
    /// `{shop}.myshopify.com/admin`, and nothing else.
    ///
    /// # Errors
    /// [`BadAdminHost`].
    pub fn parse(parameter: &str) -> Result<Self, BadAdminHost> {
        let bytes = BASE64.decode(parameter).map_err(|_not_base64| BadAdminHost)?;
        let place = String::from_utf8(bytes).map_err(|_not_text| BadAdminHost)?;
        let (host, path) = place.split_once('/').ok_or(BadAdminHost)?;
        let shop = match path.strip_prefix("store/") {
            Some(handle) if host == ADMIN => ShopDomain::parse(&format!("{handle}{SUFFIX}")),
            _ if path == "admin" => ShopDomain::parse(host),
            _ => Err(BadShopDomain),
        }
        .map_err(|BadShopDomain| BadAdminHost)?;
        Ok(Self { place, shop })
    }

    /// The admin of a shop.
    #[must_use]
    pub fn of_shop(shop: &ShopDomain) -> Self {
        Self { place: format!("{ADMIN}/store/{}", shop.handle()), shop: shop.clone() }
    }

    /// The shop whose admin it is. As trustworthy as the request it came with.
    #[must_use]
    pub const fn shop(&self) -> &ShopDomain {
        &self.shop
    }

    /// Where to send the browser so that the admin opens our app at `path` (starts with `/`, or is
    /// empty).
    #[must_use]
    pub fn app_url(&self, client_id: &str, path: &str) -> String {
        format!("https://{}/apps/{client_id}{path}", self.place)
    }
}

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// One DNS label as Shopify makes them.
fn is_handle(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    text.len() <= 63
        && text.bytes().next().is_some_and(is_plain)
        && text.bytes().all(|byte| is_plain(byte) || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_app_opens_inside_the_admin_that_asked() {
        let host = AdminHost::parse("YWRtaW4uc2hvcGlmeS5jb20vc3RvcmUvc29tZS1zaG9w").unwrap();
        assert_eq!(host.shop().as_str(), "some-shop.myshopify.com");
        assert_eq!(
            host.app_url("id", "/offers?page=2"),
            "https://admin.shopify.com/store/some-shop/apps/id/offers?page=2"
        );
    }

    #[test]
    fn a_host_with_anything_besides_the_store_is_refused() {
        for place in [
            "admin.shopify.com/store/some-shop/settings",
            "admin.shopify.com/store/",
            "admin.shopify.com/store/a?b",
            "admin.shopify.com/store/a#b",
            "some-shop.myshopify.com/store/some-shop",
            "user@admin.shopify.com/store/some-shop",
            "admin.shopify.com:8443/store/some-shop",
            "some-shop.myshopify.com/admin/x",
            "some-shop.myshopify.com",
            "",
        ] {
            assert_eq!(AdminHost::parse(&BASE64.encode(place)), Err(BadAdminHost), "{place}");
        }
        assert_eq!(AdminHost::parse("not base64!"), Err(BadAdminHost));
    }

    #[test]
    fn a_label_longer_than_dns_allows_is_refused() {
        assert!(ShopDomain::parse(&format!("{}{SUFFIX}", "a".repeat(63))).is_ok());
        assert!(ShopDomain::parse(&format!("{}{SUFFIX}", "a".repeat(64))).is_err());
    }
}
