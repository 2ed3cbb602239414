//! What only Shopify knows of a buyer: how many orders there were before us.

use std::collections::BTreeMap;

use domain::ids::ShopifyId;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{gid, id_of};
use crate::graphql::{Operation, UserErrors};

/// How many orders a customer has placed in all, those from before the installation included.
#[derive(Debug, Clone, Copy)]
pub struct CountOrders {
    /// The customer.
    pub customer: ShopifyId,
}

/// `data`.
#[derive(Debug, Deserialize)]
pub struct Data {
    customer: Option<CustomerJson>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CustomerJson {
    #[serde(default)]
    id: String,
    #[serde(default)]
    number_of_orders: Value,
}

impl Operation for CountOrders {
    const NAME: &'static str = "CountOrders";
    const TEXT: &'static str = "query CountOrders($id: ID!) {
  customer(id: $id) { numberOfOrders }
}";
    const IS_REPEATABLE: bool = true;
    type Data = Data;
    type Output = Option<i64>;

    fn variables(&self) -> Value {
        json!({"id": gid("Customer", self.customer)})
    }

    /// None for a customer that is gone or that we may not see.
    fn read(&self, data: Data) -> Result<Option<i64>, UserErrors> {
        Ok(data.customer.and_then(|customer| customer.count()))
    }
}

impl CustomerJson {
    /// An UnsignedInt64 comes as a string.
    fn count(&self) -> Option<i64> {
        match &self.number_of_orders {
            Value::String(text) => text.parse().ok(),
            number => number.as_i64(),
        }
    }
}

/// Customers of one [`CountOrdersOf`]: a point each.
pub const CUSTOMERS_MAX: usize = 250;

/// The same of many customers.
#[derive(Debug, Clone)]
pub struct CountOrdersOf {
    /// At most [`CUSTOMERS_MAX`].
    pub customers: Vec<ShopifyId>,
}

/// `data`.
#[derive(Debug, Deserialize)]
pub struct Counted {
    nodes: Vec<Option<CustomerJson>>,
}

impl Operation for CountOrdersOf {
    const NAME: &'static str = "CountOrdersOf";
    const TEXT: &'static str = "query CountOrdersOf($ids: [ID!]!) {
  nodes(ids: $ids) { ... on Customer { id numberOfOrders } }
}";
    const IS_REPEATABLE: bool = true;
    type Data = Counted;
    type Output = BTreeMap<ShopifyId, i64>;

    fn variables(&self) -> Value {
        let ids: Vec<String> = self.customers.iter().map(|id| gid("Customer", *id)).collect();
        json!({"ids": ids})
    }

    /// Without customers that are gone or that we may not see.
    fn read(&self, data: Counted) -> Result<Self::Output, UserErrors> {
        let known = data.nodes.iter().flatten();
        Ok(known.filter_map(|one| Some((id_of(&one.id)?, one.count()?))).collect())
    }
}
