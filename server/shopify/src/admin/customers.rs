//! What only Shopify knows of a buyer: how many orders there were before us.

use domain::ids::ShopifyId;
use serde::Deserialize;
use serde_json::{Value, json};

use super::gid;
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
        // An UnsignedInt64 comes as a string.
        let count = data.customer.map(|customer| match customer.number_of_orders {
            Value::String(text) => text.parse().ok(),
            number => number.as_i64(),
        });
        Ok(count.flatten())
    }
}
