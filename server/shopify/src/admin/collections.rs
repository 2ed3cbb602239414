//! Which collections products are in, and the other way round: webhooks do not tell, rates may depend on it.

use std::collections::BTreeMap;

use domain::ids::ShopifyId;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{PageInfo, gid, id_of};
use crate::graphql::{Operation, UserErrors};

/// Reads the collections of some products.
#[derive(Debug, Clone)]
pub struct ReadCollections {
    /// At most [`PRODUCTS_MAX`].
    pub products: Vec<ShopifyId>,
}

/// Products of one call: with 100 collections each they stay below what a call may cost.
pub const PRODUCTS_MAX: usize = 9;

/// `data`.
#[derive(Debug, Deserialize)]
pub struct Data {
    nodes: Vec<Option<ProductJson>>,
}

#[derive(Debug, Deserialize)]
struct ProductJson {
    #[serde(default)]
    id: String,
    #[serde(default)]
    collections: Option<Nodes>,
}

#[derive(Debug, Deserialize)]
struct Nodes {
    nodes: Vec<NodeJson>,
}

#[derive(Debug, Deserialize)]
struct NodeJson {
    id: String,
}

impl Operation for ReadCollections {
    const NAME: &'static str = "ReadCollections";
    const TEXT: &'static str = "query ReadCollections($ids: [ID!]!) {
  nodes(ids: $ids) { ... on Product { id collections(first: 100) { nodes { id } } } }
}";
    const IS_REPEATABLE: bool = true;
    type Data = Data;
    type Output = BTreeMap<ShopifyId, Vec<ShopifyId>>;

    fn variables(&self) -> Value {
        let ids: Vec<String> = self.products.iter().map(|id| gid("Product", *id)).collect();
        json!({"ids": ids})
    }

    /// A product that is gone is in none.
    fn read(&self, data: Data) -> Result<Self::Output, UserErrors> {
        let mut found: Self::Output = self.products.iter().map(|id| (*id, Vec::new())).collect();
        for product in data.nodes.into_iter().flatten() {
            let collections = product.collections.map(|found| found.nodes).unwrap_or_default();
            if let Some(list) = id_of(&product.id).and_then(|id| found.get_mut(&id)) {
                *list = collections.iter().filter_map(|one| id_of(&one.id)).collect();
            }
        }
        Ok(found)
    }
}

/// Lists the products of a collection, which is cheaper than asking for the collections of each when many
/// orders are looked at.
#[derive(Debug, Clone)]
pub struct ListProducts {
    /// The collection.
    pub collection: ShopifyId,
    /// Where the page before ended.
    pub after: Option<String>,
}

/// `data`.
#[derive(Debug, Deserialize)]
pub struct Listed {
    collection: Option<ListedJson>,
}

#[derive(Debug, Deserialize)]
struct ListedJson {
    products: ProductsJson,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProductsJson {
    nodes: Vec<NodeJson>,
    page_info: PageInfo,
}

/// A page of products.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ProductPage {
    /// The products.
    pub products: Vec<ShopifyId>,
    /// Where the next page begins, if there is one.
    pub next: Option<String>,
}

impl Operation for ListProducts {
    const NAME: &'static str = "ListProducts";
    const TEXT: &'static str = "query ListProducts($id: ID!, $after: String) {
  collection(id: $id) {
    products(first: 250, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } }
  }
}";
    const IS_REPEATABLE: bool = true;
    type Data = Listed;
    type Output = ProductPage;

    fn variables(&self) -> Value {
        json!({"id": gid("Collection", self.collection), "after": self.after})
    }

    /// A collection that is gone has none.
    fn read(&self, data: Listed) -> Result<ProductPage, UserErrors> {
        let page = data.collection.map(|collection| collection.products);
        Ok(page.map_or_else(ProductPage::default, |page| ProductPage {
            products: page.nodes.iter().filter_map(|product| id_of(&product.id)).collect(),
            next: page.page_info.next(),
        }))
    }
}
