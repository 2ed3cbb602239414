//! The shop object: `app/uninstalled` and `shop/update`.

use domain::{ids::ShopifyId, money::Currency};

use super::{
    error::{At as _, PayloadError, Required as _},
    json::{self, json_object},
};
use crate::shop_domain::ShopDomain;

json_object! {
    /// The shop.
    ShopJson { id, name, email, myshopify_domain, currency, iana_timezone }
}

/// What a shop says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shop {
    /// The id, which never changes; the domain can.
    pub id: ShopifyId,
    /// The `*.myshopify.com` domain; none when the body names none that is one.
    pub domain: Option<ShopDomain>,
    /// Its name.
    pub name: Option<String>,
    /// Where the merchant reads mail.
    pub email: Option<String>,
    /// The currency of its amounts.
    pub currency: Option<Currency>,
    /// Its time zone, `America/New_York`.
    pub iana_timezone: Option<String>,
}

/// Reads a shop. Shopify's own sample has null for almost everything but the id.
///
/// # Errors
/// [`PayloadError`].
pub fn shop(body: &[u8]) -> Result<Shop, PayloadError> {
    let shop: ShopJson<'_> = json::body(body)?;
    let domain = shop.myshopify_domain.text();
    Ok(Shop {
        id: shop.id.id().required().at("id")?,
        domain: domain.and_then(|domain| ShopDomain::parse(&domain).ok()),
        name: shop.name.trimmed(),
        email: shop.email.trimmed(),
        currency: shop.currency.currency().at("currency")?,
        iana_timezone: shop.iana_timezone.trimmed(),
    })
}
