//! Orders: which ones have changed, and one of them whole.

use domain::{ids::ShopifyId, order::PaymentStatus, time::UtcTime};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{PageInfo, fetched_order, gid};
use crate::graphql::{Operation, UserErrors};

/// Orders on a page of [`ListChanged`].
pub const PAGE: u32 = 100;

/// Lists the orders that changed since a moment, oldest change first: enough to tell whether we know
/// their present state.
#[derive(Debug, Clone)]
pub struct ListChanged {
    /// From then on.
    pub since: UtcTime,
    /// Where the page before ended.
    pub after: Option<String>,
}

/// One entry of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedOrder {
    /// Shopify's id.
    pub id: ShopifyId,
    /// For people.
    pub name: String,
    /// When it changed last.
    pub updated_at: UtcTime,
    /// How far the payment got.
    pub payment: PaymentStatus,
    /// It is cancelled.
    pub is_cancelled: bool,
}

/// `data`.
#[derive(Debug, Deserialize)]
pub struct Listed {
    orders: ListJson,
    /// Of the whole list; Shopify stops counting at 10,000.
    #[serde(rename = "ordersCount")]
    count: Option<CountJson>,
}

#[derive(Debug, Deserialize)]
struct CountJson {
    count: u64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListJson {
    nodes: Vec<OrderJson>,
    page_info: PageInfo,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct OrderJson {
    legacy_resource_id: String,
    name: String,
    updated_at: UtcTime,
    cancelled_at: Option<UtcTime>,
    display_financial_status: Option<String>,
}

/// A page of changed orders.
#[derive(Debug)]
pub struct Page {
    /// The orders.
    pub orders: Vec<ChangedOrder>,
    /// Where the next page begins, if there is one.
    pub next: Option<String>,
    /// How many there are in all, about.
    pub count: Option<u64>,
}

impl Operation for ListChanged {
    const NAME: &'static str = "ListChanged";
    const TEXT: &'static str = "query ListChanged($query: String!, $after: String) {
  orders(first: 100, after: $after, query: $query, sortKey: UPDATED_AT) {
    nodes { legacyResourceId name updatedAt cancelledAt displayFinancialStatus }
    pageInfo { hasNextPage endCursor }
  }
  ordersCount(query: $query) { count }
}";
    const IS_REPEATABLE: bool = true;
    type Data = Listed;
    type Output = Page;

    fn variables(&self) -> Value {
        json!({"query": format!("updated_at:>='{}'", self.since), "after": self.after})
    }

    fn read(&self, data: Listed) -> Result<Page, UserErrors> {
        let orders = data.orders.nodes.into_iter().filter_map(|order| {
            Some(ChangedOrder {
                id: super::id_of(&order.legacy_resource_id)?,
                name: order.name,
                updated_at: order.updated_at,
                payment: fetched_order::payment(order.display_financial_status.as_deref()),
                is_cancelled: order.cancelled_at.is_some(),
            })
        });
        Ok(Page {
            orders: orders.collect(),
            next: data.orders.page_info.next(),
            count: data.count.map(|found| found.count),
        })
    }
}

/// Orders of one [`ReadStanding`].
pub const STANDING_MAX: usize = 100;

/// Asks of orders that we know whether they are still there, and whether a chargeback of one was lost:
/// neither has to change the order, so no list of changes tells it.
#[derive(Debug, Clone)]
pub struct ReadStanding {
    /// At most [`STANDING_MAX`].
    pub orders: Vec<ShopifyId>,
}

/// How an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is there.
    Present,
    /// It is there, and a chargeback of it was lost.
    ChargedBack,
    /// It is not there any more.
    Gone,
}

/// `data`.
#[derive(Debug, Deserialize)]
pub struct StandingData {
    nodes: Vec<Option<StandingJson>>,
}

#[derive(Debug, Deserialize)]
struct StandingJson {
    #[serde(default)]
    id: String,
    #[serde(default)]
    disputes: Vec<fetched_order::Dispute>,
}

impl Operation for ReadStanding {
    const NAME: &'static str = "ReadStanding";
    const TEXT: &'static str = "query ReadStanding($ids: [ID!]!) {
  nodes(ids: $ids) { ... on Order { id disputes { initiatedAs status } } }
}";
    const IS_REPEATABLE: bool = true;
    type Data = StandingData;
    type Output = Vec<(ShopifyId, Standing)>;

    fn variables(&self) -> Value {
        let ids: Vec<String> = self.orders.iter().map(|id| gid("Order", *id)).collect();
        json!({"ids": ids})
    }

    /// For every order that was asked for, in that order.
    fn read(&self, data: StandingData) -> Result<Self::Output, UserErrors> {
        let found: std::collections::HashMap<ShopifyId, Standing> = data
            .nodes
            .into_iter()
            .flatten()
            .filter_map(|order| {
                let is_lost = order.disputes.iter().any(fetched_order::Dispute::is_lost_chargeback);
                let standing = if is_lost { Standing::ChargedBack } else { Standing::Present };
                Some((super::id_of(&order.id)?, standing))
            })
            .collect();
        let of = |id: &ShopifyId| (*id, found.get(id).copied().unwrap_or(Standing::Gone));
        Ok(self.orders.iter().map(of).collect())
    }
}

/// Reads a whole order.
#[derive(Debug, Clone, Copy)]
pub struct ReadOrder {
    /// Shopify's id.
    pub id: ShopifyId,
}

/// `data`.
#[derive(Debug, Deserialize)]
pub struct Read {
    order: Option<Value>,
}

impl Operation for ReadOrder {
    const NAME: &'static str = "ReadOrder";
    const TEXT: &'static str = fetched_order::QUERY;
    const IS_REPEATABLE: bool = true;
    type Data = Read;
    type Output = Option<Value>;

    fn variables(&self) -> Value {
        json!({"id": gid("Order", self.id), "after": null})
    }

    /// None for an order that is gone.
    fn read(&self, data: Read) -> Result<Option<Value>, UserErrors> {
        Ok(data.order.filter(|order| !order.is_null()))
    }
}

/// Reads further lines of an order that has more than one page of them.
#[derive(Debug, Clone)]
pub struct ReadLines {
    /// Shopify's id.
    pub id: ShopifyId,
    /// Where the page before ended.
    pub after: String,
}

/// `data`.
#[derive(Debug, Deserialize)]
pub struct MoreLines {
    order: Option<Value>,
}

impl Operation for ReadLines {
    const NAME: &'static str = "ReadLines";
    const TEXT: &'static str = fetched_order::LINES_QUERY;
    const IS_REPEATABLE: bool = true;
    type Data = MoreLines;
    type Output = Value;

    fn variables(&self) -> Value {
        json!({"id": gid("Order", self.id), "after": self.after})
    }

    /// The order with these lines only.
    fn read(&self, data: MoreLines) -> Result<Value, UserErrors> {
        data.order.ok_or_else(|| UserErrors::nothing_came("the order"))
    }
}

/// Reads a refund, or further lines of it.
#[derive(Debug, Clone)]
pub struct ReadRefund {
    /// Its global id, as the order lists it.
    pub id: String,
    /// Where the page before ended.
    pub after: Option<String>,
}

/// `data`.
#[derive(Debug, Deserialize)]
pub struct RefundRead {
    refund: Option<Value>,
}

impl Operation for ReadRefund {
    const NAME: &'static str = "ReadRefund";
    const TEXT: &'static str = fetched_order::REFUND_QUERY;
    const IS_REPEATABLE: bool = true;
    type Data = RefundRead;
    type Output = Value;

    fn variables(&self) -> Value {
        json!({"id": self.id, "after": self.after})
    }

    fn read(&self, data: RefundRead) -> Result<Value, UserErrors> {
        data.refund.ok_or_else(|| UserErrors::nothing_came("the refund"))
    }
}

/// Where the next page of a list inside an answer begins, if there is one.
#[must_use]
pub fn next_page(answer: &Value, list: &str) -> Option<String> {
    let info: PageInfo = serde_json::from_value(answer.get(list)?.get("pageInfo")?.clone()).ok()?;
    info.next()
}

/// Adds the nodes of a further page to those of the first.
pub fn add_page(answer: &mut Value, list: &str, mut page: Value) {
    let path = format!("/{list}/nodes");
    let more = page.pointer_mut(&path).and_then(Value::as_array_mut).map(std::mem::take);
    if let Some(nodes) = answer.pointer_mut(&path).and_then(Value::as_array_mut) {
        nodes.extend(more.unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        admin::{billing, collections, customers, discounts, pixel, shop, store_credit},
        graphql::{COST_MAX, estimate},
    };

    fn cost<O: Operation>() -> (&'static str, u32) {
        assert!(O::TEXT.contains(O::NAME), "{} does not name its text", O::NAME);
        (O::NAME, estimate(O::TEXT))
    }

    #[test]
    fn s11_13_no_operation_costs_more_than_shopify_allows() {
        for (name, points) in [
            cost::<ListChanged>(),
            cost::<ReadOrder>(),
            cost::<ReadLines>(),
            cost::<ReadRefund>(),
            cost::<ReadStanding>(),
            cost::<collections::ReadCollections>(),
            cost::<collections::ListProducts>(),
            cost::<customers::CountOrders>(),
            cost::<customers::CountOrdersOf>(),
            cost::<shop::ReadShop>(),
            cost::<pixel::ReadPixel>(),
            cost::<pixel::CreatePixel>(),
            cost::<pixel::UpdatePixel>(),
            cost::<discounts::CreateDiscount>(),
            cost::<discounts::AddCodes>(),
            cost::<discounts::FindCode>(),
            cost::<discounts::DeactivateDiscount>(),
            cost::<discounts::ListCodes>(),
            cost::<discounts::DeleteCodes>(),
            cost::<store_credit::GiveCredit>(),
            cost::<store_credit::ReadCredits>(),
            cost::<billing::ReadSubscriptions>(),
            cost::<billing::OfferUsagePlan>(),
            cost::<billing::ChargeUsage>(),
            cost::<billing::RaiseCap>(),
        ] {
            assert!((1..=COST_MAX).contains(&points), "{name} costs {points}");
        }
    }
}
