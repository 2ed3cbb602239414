//! What we ask of the GraphQL Admin API: each operation's text beside the type of its answer. One
//! noun per file. Not here: sending (the server), the envelope (`graphql`), webhooks (`payloads`).

use domain::ids::ShopifyId;
use serde::Deserialize;

use crate::graphql::{UserError, UserErrors};

pub mod billing;
pub mod collections;
pub mod customers;
pub mod discounts;
pub mod fetched_order;
pub mod orders;
pub mod pixel;
pub mod shop;
pub mod store_credit;
pub mod storefront;

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PageInfo {
    /// There is more.
    pub has_next_page: bool,
    /// Where it goes on.
    pub end_cursor: Option<String>,
}

impl PageInfo {
    /// Where to go on, if there is more.
    #[must_use]
    pub fn next(self) -> Option<String> {
        self.end_cursor.filter(|_| self.has_next_page)
    }
}

/// `gid://shopify/{kind}/{id}`.
#[must_use]
pub fn gid(kind: &str, id: ShopifyId) -> String {
    format!("gid://shopify/{kind}/{id}")
}

/// The number at the end of a global id, whatever follows it (`?version=2`).
///
/// ```
/// # use shopify::admin::id_of;
/// assert_eq!(id_of("gid://shopify/Order/1001").unwrap().0, 1001);
/// assert_eq!(id_of("1001").unwrap().0, 1001);
/// assert!(id_of("gid://shopify/Order/").is_none());
/// ```
#[must_use]
pub fn id_of(gid: &str) -> Option<ShopifyId> {
    let last = gid.rsplit('/').next()?.split('?').next()?;
    last.parse().ok().map(ShopifyId)
}

/// The answer of a mutation: what it made, and why it did not.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Refusals {
    #[serde(default)]
    user_errors: Vec<UserError>,
}

impl Refusals {
    fn check(self) -> Result<(), UserErrors> {
        UserErrors::none_of(self.user_errors)
    }
}
