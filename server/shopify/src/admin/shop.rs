//! The shop, and what it has granted us.

use domain::{ids::ShopifyId, money::Currency};
use serde::Deserialize;
use serde_json::{Value, json};

use super::id_of;
use crate::{
    graphql::{Operation, UserErrors},
    scopes::Scopes,
};

/// Reads the shop and our installation in it.
#[derive(Debug, Clone, Copy)]
pub struct ReadShop;

/// What a shop says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShopFacts {
    /// Shopify's id.
    pub id: Option<ShopifyId>,
    /// Its name.
    pub name: String,
    /// Where Shopify writes to its owner.
    pub email: Option<String>,
    /// The currency of its amounts.
    pub currency: Option<Currency>,
    /// IANA name of its time zone.
    pub timezone: String,
    /// The domain that shoppers see.
    pub primary_domain: String,
    /// A development or partner store, where billing is a test.
    pub is_partner_store: bool,
    /// What it has granted.
    pub scopes: Scopes,
}

/// `data`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Data {
    shop: ShopJson,
    current_app_installation: Option<InstallationJson>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ShopJson {
    id: String,
    name: String,
    email: Option<String>,
    currency_code: String,
    iana_timezone: String,
    primary_domain: DomainJson,
    plan: Option<PlanJson>,
}

#[derive(Debug, Deserialize)]
struct DomainJson {
    host: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PlanJson {
    #[serde(default)]
    partner_development: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct InstallationJson {
    #[serde(default)]
    access_scopes: Vec<ScopeJson>,
}

#[derive(Debug, Deserialize)]
struct ScopeJson {
    handle: String,
}

impl Operation for ReadShop {
    const NAME: &'static str = "ReadShop";
    const TEXT: &'static str = "query ReadShop {
  shop {
    id name email currencyCode ianaTimezone
    primaryDomain { host }
    plan { partnerDevelopment }
  }
  currentAppInstallation { accessScopes { handle } }
}";
    const IS_REPEATABLE: bool = true;
    type Data = Data;
    type Output = ShopFacts;

    fn variables(&self) -> Value {
        json!({})
    }

    fn read(&self, data: Data) -> Result<ShopFacts, UserErrors> {
        let shop = data.shop;
        let scopes = data.current_app_installation.map(|found| found.access_scopes);
        Ok(ShopFacts {
            id: id_of(&shop.id),
            name: shop.name,
            email: shop.email.filter(|email| !email.is_empty()),
            currency: Currency::parse(&shop.currency_code).ok(),
            timezone: shop.iana_timezone,
            primary_domain: shop.primary_domain.host,
            is_partner_store: shop.plan.is_some_and(|plan| plan.partner_development),
            scopes: scopes.unwrap_or_default().iter().map(|scope| scope.handle.as_str()).collect(),
        })
    }
}
