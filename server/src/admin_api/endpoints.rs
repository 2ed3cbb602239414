//! Where Shopify is: its own hosts, or one address on loopback that stands in for all of them in
//! tests and rehearsals.

use shopify::{graphql::API_VERSION, partner::PARTNER_API_VERSION};

const APP_BRIDGE: &str = "https://cdn.shopify.com/shopifycloud/app-bridge.js";

/// The addresses of Shopify.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ShopifyEndpoints {
    /// `http://127.0.0.1:9000` stands in for every host of Shopify; none: the real ones.
    stand_in: Option<String>,
}

impl ShopifyEndpoints {
    /// Shopify, or what stands in for it. The settings have made sure that it is on loopback.
    #[must_use]
    pub const fn new(stand_in: Option<String>) -> Self {
        Self { stand_in }
    }

    /// An address of a shop: `/admin/…`.
    #[must_use]
    pub fn of_shop(&self, domain: &str, path: &str) -> String {
        match &self.stand_in {
            None => format!("https://{domain}{path}"),
            Some(origin) => format!("{origin}/shops/{domain}{path}"),
        }
    }

    /// Where GraphQL is posted to.
    #[must_use]
    pub fn graphql(&self, domain: &str) -> String {
        self.of_shop(domain, &format!("/admin/api/{API_VERSION}/graphql.json"))
    }

    /// Where tokens come from.
    #[must_use]
    pub fn token(&self, domain: &str) -> String {
        self.of_shop(domain, "/admin/oauth/access_token")
    }

    /// A page of the admin: `/apps/{client_id}`, `/charges/…`.
    #[must_use]
    pub fn admin(&self, store: &str, path: &str) -> String {
        match &self.stand_in {
            None => format!("https://admin.shopify.com/store/{store}{path}"),
            Some(origin) => format!("{origin}/store/{store}{path}"),
        }
    }

    /// Where the Partner API of an organisation is.
    #[must_use]
    pub fn partner(&self, organisation: &str) -> String {
        let origin = self.stand_in.as_deref().unwrap_or("https://partners.shopify.com");
        format!("{origin}/{organisation}/api/{PARTNER_API_VERSION}/graphql.json")
    }

    /// The script that embedded pages begin with.
    #[must_use]
    pub fn app_bridge(&self) -> String {
        match &self.stand_in {
            None => APP_BRIDGE.to_owned(),
            Some(origin) => format!("{origin}/app-bridge.js"),
        }
    }

    /// Where that script comes from.
    #[must_use]
    pub fn script_origin(&self) -> &str {
        self.stand_in.as_deref().unwrap_or("https://cdn.shopify.com")
    }

    /// Who may show the pages of a shop in a frame.
    #[must_use]
    pub fn frame_ancestors(&self, domain: &str) -> String {
        match &self.stand_in {
            None => format!("https://{domain} https://admin.shopify.com"),
            Some(origin) => origin.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_stand_in_everything_is_at_shopify() {
        let real = ShopifyEndpoints::default();
        assert_eq!(
            real.graphql("a.myshopify.com"),
            "https://a.myshopify.com/admin/api/2026-10/graphql.json"
        );
        assert_eq!(real.admin("a", "/apps/x"), "https://admin.shopify.com/store/a/apps/x");
        assert!(real.app_bridge().starts_with(real.script_origin()));
        assert_eq!(
            real.frame_ancestors("a.myshopify.com"),
            "https://a.myshopify.com https://admin.shopify.com"
        );
    }
}
