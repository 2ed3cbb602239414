//! Access scopes: what a shop has granted, and what is missing for the app to work. Not here: how they
//! are asked for (`shopify.app.toml` for managed installation, `oauth` for the older way).

use std::{collections::BTreeSet, fmt};

/// What the app needs, as `shopify.app.toml` declares it; a test keeps both equal.
pub const NEEDED: [&str; 9] = [
    "read_customer_events",
    "read_customers",
    "read_orders",
    "read_products",
    // Without it Shopify refuses the subscription to disputes.
    "read_shopify_payments_disputes",
    "write_app_proxy",
    "write_discounts",
    "write_pixels",
    "write_store_credit_account_transactions",
];

/// Granted scopes. A scope to write contains the one to read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scopes(BTreeSet<String>);

impl Scopes {
    /// Reads Shopify's comma list.
    ///
    /// ```
    /// # use shopify::scopes::Scopes;
    /// let scopes = Scopes::parse("write_orders, read_products");
    /// assert!(scopes.grants("read_orders") && !scopes.grants("write_products"));
    /// ```
    #[must_use]
    pub fn parse(list: &str) -> Self {
        list.split(',').map(str::trim).filter(|scope| !scope.is_empty()).collect()
    }

    /// Whether the shop has granted it.
    #[must_use]
    pub fn grants(&self, scope: &str) -> bool {
        let has = |scope: &str| self.0.contains(scope);
        let writes = scope.strip_prefix("read_").map(|rest| format!("write_{rest}"));
        has(scope) || writes.is_some_and(|writes| has(&writes))
    }

    /// What is needed and not granted.
    #[must_use]
    pub fn missing(&self) -> Vec<&'static str> {
        NEEDED.into_iter().filter(|scope| !self.grants(scope)).collect()
    }
}

impl<'a> FromIterator<&'a str> for Scopes {
    fn from_iter<I: IntoIterator<Item = &'a str>>(scopes: I) -> Self {
        Self(scopes.into_iter().map(ToOwned::to_owned).collect())
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, scope) in self.0.iter().enumerate() {
            write!(f, "{}{scope}", if index > 0 { "," } else { "" })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        let all = NEEDED.join(",");
        assert_eq!(Scopes::parse(&all).missing(), Vec::<&str>::new());
        assert_eq!(Scopes::parse(&all.replace("write_pixels,", "")).missing(), ["write_pixels"]);
        assert_eq!(Scopes::parse("").missing().len(), NEEDED.len());
    }

    #[test]
    fn a_list_reads_back_as_written() {
        let scopes = Scopes::parse(" read_orders,, write_pixels");
        assert_eq!(scopes.to_string(), "read_orders,write_pixels");
        assert_eq!(Scopes::parse(&scopes.to_string()), scopes);
    }
}
