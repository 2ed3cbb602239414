//! A whole order as GraphQL tells it, put into the words of a webhook and read by the one reader of
//! webhooks: what a refund or a discount means is decided in one place (`payloads`), however the order
//! came. Not here: asking for it (`orders`).

use domain::{
    order::{OrderSnapshot, PaymentStatus},
    time::UtcTime,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::id_of;
use crate::{
    fingerprint::Fingerprinter,
    payloads::{self, PayloadError},
};

macro_rules! lines {
    () => {
        "lineItems(first: 40, after: $after) {
      nodes {
        id title quantity currentQuantity isGiftCard
        originalUnitPriceSet { shopMoney { amount currencyCode } }
        discountAllocations { allocatedAmountSet { shopMoney { amount currencyCode } } }
        taxLines { priceSet { shopMoney { amount currencyCode } } }
        product { id } variant { id } sellingPlan { sellingPlanId }
      }
      pageInfo { hasNextPage endCursor }
    }"
    };
}

pub(super) const QUERY: &str = concat!(
    "query ReadOrder($id: ID!, $after: String) {
  order(id: $id) {
    id name createdAt updatedAt processedAt cancelledAt test taxesIncluded
    currencyCode displayFinancialStatus displayFulfillmentStatus sourceName email
    discountCodes
    customAttributes { key value }
    customer { id }
    customerJourneySummary { ready lastVisit { landingPage referrerUrl } }
    totalPriceSet { shopMoney { amount currencyCode } }
    totalTipReceivedSet { shopMoney { amount currencyCode } }
    discountApplications(first: 20) { nodes {
      ... on DiscountCodeApplication { code }
      ... on ManualDiscountApplication { title }
    } }
    ",
    lines!(),
    "
    shippingLines(first: 5) { nodes {
      isRemoved
      originalPriceSet { shopMoney { amount currencyCode } }
      discountedPriceSet { shopMoney { amount currencyCode } }
      discountAllocations { allocatedAmountSet { shopMoney { amount currencyCode } } }
      taxLines { priceSet { shopMoney { amount currencyCode } } }
    } }
    transactions(first: 20) { kind status processedAt }
    fulfillments(first: 10) { createdAt }
    disputes { initiatedAs status }
    refunds(first: 100) { id }
  }
}"
);

pub(super) const REFUND_QUERY: &str = "query ReadRefund($id: ID!, $after: String) {
  refund(id: $id) {
    id createdAt
    duties { amountSet { shopMoney { amount currencyCode } } }
    refundLineItems(first: 80, after: $after) {
      nodes {
        quantity lineItem { id }
        subtotalSet { shopMoney { amount currencyCode } }
        totalTaxSet { shopMoney { amount currencyCode } }
      }
      pageInfo { hasNextPage endCursor }
    }
    orderAdjustments(first: 10) { nodes {
      reason
      amountSet { shopMoney { amount currencyCode } }
      taxAmountSet { shopMoney { amount currencyCode } }
    } }
    refundShippingLines(first: 5) { nodes {
      subtotalAmountSet { shopMoney { amount currencyCode } }
      taxAmountSet { shopMoney { amount currencyCode } }
    } }
    transactions(first: 10) { nodes {
      kind status amountSet { shopMoney { amount currencyCode } }
    } }
  }
}";

pub(super) const LINES_QUERY: &str = concat!(
    "query ReadLines($id: ID!, $after: String) {
  order(id: $id) {
    ",
    lines!(),
    "
  }
}"
);

/// A disputed payment, as orders list them.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Dispute {
    initiated_as: String,
    status: String,
}

impl Dispute {
    /// The money is gone.
    pub(super) fn is_lost_chargeback(&self) -> bool {
        self.initiated_as == "CHARGEBACK" && matches!(self.status.as_str(), "LOST" | "ACCEPTED")
    }
}

/// An order, and what a picture alone does not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchedOrder {
    /// The picture, triggered when it was fetched.
    pub snapshot: OrderSnapshot,
    /// When the last of its money was taken, if all of it was.
    pub paid_at: Option<UtcTime>,
    /// When the last of it was shipped, if all of it was.
    pub fulfilled_at: Option<UtcTime>,
    /// A chargeback was lost.
    pub charged_back: bool,
}

/// Reads an order of `ReadOrder`, with the lines of all its pages and every refund whole.
///
/// # Errors
/// [`PayloadError`], in the words of the webhook.
pub fn fetched_order(
    order: &Value,
    fetched_at: UtcTime,
    fingerprints: &Fingerprinter,
    attribute_name: &str,
) -> Result<FetchedOrder, PayloadError> {
    let body = webhook_words(order).to_string();
    let snapshot =
        payloads::order_snapshot(body.as_bytes(), fetched_at, fingerprints, attribute_name)?;
    let paid_at = latest(list(order, "/transactions"), "processedAt", |transaction| {
        matches!(text(transaction, "/kind"), "SALE" | "CAPTURE")
            && text(transaction, "/status") == "SUCCESS"
    });
    let fulfilled_at = latest(list(order, "/fulfillments"), "createdAt", |_| true);
    let is_lost = |dispute: &Value| {
        Dispute::deserialize(dispute).is_ok_and(|dispute| dispute.is_lost_chargeback())
    };
    Ok(FetchedOrder {
        paid_at: paid_at.filter(|_| snapshot.payment.was_paid()),
        fulfilled_at: fulfilled_at.filter(|_| snapshot.fulfilled),
        charged_back: list(order, "/disputes").iter().any(is_lost),
        snapshot,
    })
}

/// How far a payment got, in GraphQL's words.
pub(super) fn payment(status: Option<&str>) -> PaymentStatus {
    payloads::payment_status(status.map(str::to_lowercase).as_deref())
}

/// The order as a webhook tells it.
fn webhook_words(order: &Value) -> Value {
    let tip = text(order, "/totalTipReceivedSet/shopMoney/amount");
    let lines = list(order, "/lineItems/nodes").iter().map(|line| line_words(line, tip));
    let shipping = list(order, "/shippingLines/nodes").iter().map(|line| {
        json!({
            "is_removed": at(line, "/isRemoved"),
            "price_set": money_set(at(line, "/originalPriceSet")),
            "discounted_price_set": money_set(at(line, "/discountedPriceSet")),
            "discount_allocations": allocations(line),
            "tax_lines": taxes(line),
        })
    });
    let codes = list(order, "/discountCodes").iter().map(|code| json!({"code": code}));
    let applications = list(order, "/discountApplications/nodes").iter().map(|applied| {
        let kind = if applied.get("code").is_some() { "discount_code" } else { "manual" };
        json!({"type": kind, "code": at(applied, "/code"), "title": at(applied, "/title")})
    });
    let attributes = list(order, "/customAttributes")
        .iter()
        .map(|one| json!({"name": at(one, "/key"), "value": at(one, "/value")}));
    json!({
        "id": id(order, "/id"),
        "name": at(order, "/name"),
        "created_at": at(order, "/createdAt"),
        "updated_at": at(order, "/updatedAt"),
        "processed_at": at(order, "/processedAt"),
        "cancelled_at": at(order, "/cancelledAt"),
        "test": at(order, "/test"),
        "taxes_included": at(order, "/taxesIncluded"),
        "currency": at(order, "/currencyCode"),
        "financial_status": lower(order, "/displayFinancialStatus"),
        "fulfillment_status": lower(order, "/displayFulfillmentStatus"),
        "source_name": at(order, "/sourceName"),
        "email": at(order, "/email"),
        "landing_site": landing_site(order),
        "referring_site": at(order, "/customerJourneySummary/lastVisit/referrerUrl"),
        "customer": {"id": id(order, "/customer/id")},
        "discount_codes": codes.collect::<Vec<_>>(),
        "discount_applications": applications.collect::<Vec<_>>(),
        "note_attributes": attributes.collect::<Vec<_>>(),
        "total_price_set": money_set(at(order, "/totalPriceSet")),
        "line_items": lines.collect::<Vec<_>>(),
        "shipping_lines": shipping.collect::<Vec<_>>(),
        "refunds": list(order, "/refunds").iter().map(refund_words).collect::<Vec<_>>(),
    })
}

fn line_words(line: &Value, tip: &str) -> Value {
    let price = at(line, "/originalUnitPriceSet");
    let mut words = json!({
        "id": id(line, "/id"),
        "product_id": id(line, "/product/id"),
        "variant_id": id(line, "/variant/id"),
        "title": at(line, "/title"),
        "quantity": at(line, "/quantity"),
        "current_quantity": at(line, "/currentQuantity"),
        "gift_card": at(line, "/isGiftCard"),
        "selling_plan_id": id(line, "/sellingPlan/sellingPlanId"),
        "price_set": money_set(price),
        "discount_allocations": allocations(line),
        "tax_lines": taxes(line),
    });
    // GraphQL does not mark a tip's line: it is the one without a product that costs what was tipped.
    let is_tip = at(line, "/product").is_null()
        && text(line, "/title") == "Tip"
        && !tip.is_empty()
        && text(price, "/shopMoney/amount") == tip;
    if let (true, Some(words)) = (is_tip, words.as_object_mut()) {
        words.insert("tip_payment_gateway".to_owned(), Value::Null);
    }
    words
}

fn refund_words(refund: &Value) -> Value {
    let lines = list(refund, "/refundLineItems/nodes").iter().map(|line| {
        json!({
            "line_item_id": id(line, "/lineItem/id"),
            "quantity": at(line, "/quantity"),
            "subtotal_set": money_set(at(line, "/subtotalSet")),
            "total_tax_set": money_set(at(line, "/totalTaxSet")),
        })
    });
    let adjustments = list(refund, "/orderAdjustments/nodes").iter().map(|adjustment| {
        json!({
            "reason": at(adjustment, "/reason"),
            "amount_set": money_set(at(adjustment, "/amountSet")),
            "tax_amount_set": money_set(at(adjustment, "/taxAmountSet")),
        })
    });
    let shipping = list(refund, "/refundShippingLines/nodes").iter().map(|line| {
        json!({
            "subtotal_amount_set": money_set(at(line, "/subtotalAmountSet")),
            "tax_amount_set": money_set(at(line, "/taxAmountSet")),
        })
    });
    // The amount is the shop's, unlike a webhook's.
    let transactions = list(refund, "/transactions/nodes").iter().map(|transaction| {
        json!({
            "kind": lower(transaction, "/kind"),
            "status": lower(transaction, "/status"),
            "amount": at(transaction, "/amountSet/shopMoney/amount"),
            "currency": at(transaction, "/amountSet/shopMoney/currencyCode"),
        })
    });
    // One duty of several currencies cannot be: they are all in the shop's.
    let duties = list(refund, "/duties").first().map(|duty| money_set(at(duty, "/amountSet")));
    json!({
        "id": id(refund, "/id"),
        "created_at": at(refund, "/createdAt"),
        "refund_line_items": lines.collect::<Vec<_>>(),
        "order_adjustments": adjustments.collect::<Vec<_>>(),
        "refund_shipping_lines": shipping.collect::<Vec<_>>(),
        "transactions": transactions.collect::<Vec<_>>(),
        "total_duties_set": duties,
    })
}

fn allocations(line: &Value) -> Vec<Value> {
    let amount = |one| json!({"amount_set": money_set(at(one, "/allocatedAmountSet"))});
    list(line, "/discountAllocations").iter().map(amount).collect()
}

fn taxes(line: &Value) -> Vec<Value> {
    let price = |one| json!({"price_set": money_set(at(one, "/priceSet"))});
    list(line, "/taxLines").iter().map(price).collect()
}

/// Path and query, as a webhook's `landing_site` has them.
fn landing_site(order: &Value) -> Value {
    let page = text(order, "/customerJourneySummary/lastVisit/landingPage");
    let Ok(url) = url::Url::parse(page) else { return Value::Null };
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    json!(format!("{}{query}", url.path()))
}

fn money_set(bag: &Value) -> Value {
    let Some(money) = bag.get("shopMoney").and_then(Value::as_object) else { return Value::Null };
    let part = |name: &str| Map::get(money, name).cloned().unwrap_or_default();
    json!({"shop_money": {"amount": part("amount"), "currency_code": part("currencyCode")}})
}

fn at<'a>(value: &'a Value, path: &str) -> &'a Value {
    value.pointer(path).unwrap_or(&Value::Null)
}

fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    at(value, path).as_str().unwrap_or_default()
}

fn lower(value: &Value, path: &str) -> Option<String> {
    at(value, path).as_str().map(str::to_lowercase)
}

fn list<'a>(value: &'a Value, path: &str) -> &'a [Value] {
    at(value, path).as_array().map_or(&[], Vec::as_slice)
}

/// The number of a global id; ids exceed what a JSON float holds, so it stays text.
fn id(value: &Value, path: &str) -> Option<String> {
    Some(id_of(at(value, path).as_str()?)?.to_string())
}

fn latest(list: &[Value], time: &str, counts: impl Fn(&Value) -> bool) -> Option<UtcTime> {
    let times = list.iter().filter(|one| counts(one));
    times.filter_map(|one| UtcTime::parse(one.get(time)?.as_str()?).ok()).max()
}
