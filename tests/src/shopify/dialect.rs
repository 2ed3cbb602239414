//! One order, two languages: what a webhook tells is put into GraphQL's words. Written from the schema,
//! not from the code that reads it.

use serde_json::{Value, json};

/// Lines of an order on one page.
const LINES: usize = 40;

/// An order; its lines from a cursor on.
#[must_use]
pub fn order(order: &Value, after: &str) -> Value {
    let currency = at(order, "/currency");
    let skip: usize = after.parse().unwrap_or(0);
    let lines = list(order, "/line_items");
    let page: Vec<Value> =
        lines.iter().skip(skip).take(LINES).map(|one| line(one, currency)).collect();
    let next = skip + page.len();
    let codes: Vec<&Value> =
        list(order, "/discount_codes").iter().map(|code| at(code, "/code")).collect();
    let applications = list(order, "/discount_applications").iter().map(|applied| {
        match at(applied, "/type").as_str() {
            Some("discount_code") => json!({"code": at(applied, "/code")}),
            Some("manual") => json!({"title": at(applied, "/title")}),
            _ => json!({}),
        }
    });
    let attributes = list(order, "/note_attributes")
        .iter()
        .map(|one| json!({"key": at(one, "/name"), "value": at(one, "/value")}));
    let email = ["/email", "/contact_email", "/customer/email"]
        .into_iter()
        .map(|path| at(order, path))
        .find(|email| email.as_str().is_some_and(|email| !email.is_empty()));
    let landing = at(order, "/landing_site").as_str();
    let tips = lines.iter().find(|line| line.get("tip_payment_gateway").is_some());
    let refunds =
        list(order, "/refunds").iter().map(|one| json!({"id": gid("Refund", at(one, "/id"))}));
    json!({
        "id": gid("Order", at(order, "/id")),
        "legacyResourceId": number(at(order, "/id")),
        "name": at(order, "/name"),
        "createdAt": at(order, "/created_at"),
        "updatedAt": at(order, "/updated_at"),
        "processedAt": at(order, "/processed_at"),
        "cancelledAt": at(order, "/cancelled_at"),
        "test": at(order, "/test"),
        "taxesIncluded": at(order, "/taxes_included"),
        "currencyCode": currency,
        "displayFinancialStatus": upper(at(order, "/financial_status")),
        "displayFulfillmentStatus":
            upper(at(order, "/fulfillment_status")).unwrap_or_else(|| "UNFULFILLED".to_owned()),
        "sourceName": at(order, "/source_name"),
        "email": email,
        "discountCodes": codes,
        "customAttributes": attributes.collect::<Vec<_>>(),
        "customer": at(order, "/customer/id").as_u64().map(|id| {
            json!({"id": format!("gid://shopify/Customer/{id}")})
        }),
        "customerJourneySummary": landing.map(|page| json!({"ready": true, "lastVisit":
            {"landingPage": format!("https://shop.example{page}"),
             "referrerUrl": at(order, "/referring_site")}})),
        "totalPriceSet": bag(order, "total_price", currency),
        "totalTipReceivedSet": tips.map(|tip| bag(tip, "price", currency)),
        "discountApplications": {"nodes": applications.collect::<Vec<_>>()},
        "lineItems": {"nodes": page, "pageInfo":
            {"hasNextPage": next < lines.len(), "endCursor": next.to_string()}},
        "shippingLines": {"nodes": list(order, "/shipping_lines").iter()
            .map(|one| shipping(one, currency)).collect::<Vec<_>>()},
        "transactions": paid(order),
        "fulfillments": if at(order, "/fulfillment_status") == "fulfilled" {
            json!([{"createdAt": at(order, "/updated_at")}])
        } else {
            json!([])
        },
        "disputes": [],
        "refunds": refunds.collect::<Vec<_>>(),
    })
}

/// A refund of this order, if it has it.
#[must_use]
pub fn refund(order: &Value, id: u64) -> Option<Value> {
    let refund = list(order, "/refunds").iter().find(|one| at(one, "/id") == id)?;
    let currency = at(order, "/currency");
    let lines = list(refund, "/refund_line_items").iter().map(|line| {
        json!({
            "quantity": at(line, "/quantity"),
            "lineItem": {"id": gid("LineItem", at(line, "/line_item_id"))},
            "subtotalSet": bag(line, "subtotal", currency),
            "totalTaxSet": bag(line, "total_tax", currency),
        })
    });
    // GraphQL lists no shipping among the adjustments: it has lines of its own.
    let is_shipping = |one: &&Value| at(one, "/kind") == "shipping_refund";
    let adjustments = list(refund, "/order_adjustments").iter().filter(|one| !is_shipping(one));
    let adjustments = adjustments.map(|one| {
        json!({
            "reason": upper(at(one, "/reason")),
            "amountSet": bag(one, "amount", currency),
            "taxAmountSet": bag(one, "tax_amount", currency),
        })
    });
    let shipping: Vec<Value> = match list(refund, "/refund_shipping_lines") {
        [] => list(refund, "/order_adjustments")
            .iter()
            .filter(is_shipping)
            .map(|one| {
                json!({
                    "subtotalAmountSet": positive(&bag(one, "amount", currency)),
                    "taxAmountSet": positive(&bag(one, "tax_amount", currency)),
                })
            })
            .collect(),
        lines => lines
            .iter()
            .map(|one| {
                json!({
                    "subtotalAmountSet": bag(one, "subtotal_amount", currency),
                    "taxAmountSet": bag(one, "tax_amount", currency),
                })
            })
            .collect(),
    };
    let transactions = list(refund, "/transactions").iter().map(|one| {
        let is_own = at(one, "/currency") == currency || at(one, "/currency").is_null();
        let amount = is_own.then(|| bag(one, "amount", currency));
        json!({
            "kind": upper(at(one, "/kind")), "status": upper(at(one, "/status")), "amountSet": amount,
        })
    });
    Some(json!({
        "id": gid("Refund", at(refund, "/id")),
        "createdAt": at(refund, "/created_at"),
        "duties": [],
        "refundLineItems": {"nodes": lines.collect::<Vec<_>>(),
            "pageInfo": {"hasNextPage": false, "endCursor": null}},
        "orderAdjustments": {"nodes": adjustments.collect::<Vec<_>>()},
        "refundShippingLines": {"nodes": shipping},
        "transactions": {"nodes": transactions.collect::<Vec<_>>()},
    }))
}

fn line(line: &Value, currency: &Value) -> Value {
    json!({
        "id": gid("LineItem", at(line, "/id")),
        "title": at(line, "/title"),
        "quantity": at(line, "/quantity"),
        "currentQuantity": at(line, "/current_quantity"),
        "isGiftCard": at(line, "/gift_card").as_bool().unwrap_or(false),
        "originalUnitPriceSet": bag(line, "price", currency),
        "discountAllocations": allocations(line, currency),
        "taxLines": taxes(line, currency),
        "product": node("Product", at(line, "/product_id")),
        "variant": node("ProductVariant", at(line, "/variant_id")),
        "sellingPlan": at(line, "/selling_plan_id").as_u64().map(|id| {
            json!({"sellingPlanId": format!("gid://shopify/SellingPlan/{id}")})
        }),
    })
}

fn shipping(line: &Value, currency: &Value) -> Value {
    json!({
        "isRemoved": at(line, "/is_removed").as_bool().unwrap_or(false),
        "originalPriceSet": bag(line, "price", currency),
        "discountedPriceSet": bag(line, "discounted_price", currency),
        "discountAllocations": allocations(line, currency),
        "taxLines": taxes(line, currency),
    })
}

fn allocations(line: &Value, currency: &Value) -> Vec<Value> {
    let amount = |one| json!({"allocatedAmountSet": bag(one, "amount", currency)});
    list(line, "/discount_allocations").iter().map(amount).collect()
}

fn taxes(line: &Value, currency: &Value) -> Vec<Value> {
    let price = |one| json!({"priceSet": bag(one, "price", currency)});
    list(line, "/tax_lines").iter().map(price).collect()
}

/// The payment behind a paid order; webhooks do not tell it.
fn paid(order: &Value) -> Value {
    let status = at(order, "/financial_status").as_str().unwrap_or("paid");
    if !matches!(status, "paid" | "partially_refunded" | "refunded") {
        return json!([]);
    }
    let at_time = match at(order, "/processed_at") {
        Value::Null => at(order, "/created_at"),
        time => time,
    };
    json!([{"kind": "SALE", "status": "SUCCESS", "processedAt": at_time}])
}

/// `name`, or its `_set`, as a bag.
fn bag(value: &Value, name: &str, currency: &Value) -> Value {
    if let Some(money) =
        value.pointer(&format!("/{name}_set/shop_money")).filter(|it| !it.is_null())
    {
        let code = money.get("currency_code").cloned().unwrap_or_else(|| currency.clone());
        return json!({"shopMoney": {"amount": money.get("amount"), "currencyCode": code}});
    }
    match value.get(name) {
        None | Some(Value::Null) => Value::Null,
        Some(Value::String(text)) => {
            json!({"shopMoney": {"amount": text, "currencyCode": currency}})
        }
        Some(plain) => {
            json!({"shopMoney": {"amount": plain.to_string(), "currencyCode": currency}})
        }
    }
}

fn positive(bag: &Value) -> Value {
    let mut bag = bag.clone();
    if let Some(amount) = bag.pointer_mut("/shopMoney/amount") {
        let text = amount.as_str().unwrap_or_default();
        *amount = json!(text.strip_prefix('-').unwrap_or(text));
    }
    bag
}

fn at<'a>(value: &'a Value, path: &str) -> &'a Value {
    value.pointer(path).unwrap_or(&Value::Null)
}

fn list<'a>(value: &'a Value, path: &str) -> &'a [Value] {
    at(value, path).as_array().map_or(&[], Vec::as_slice)
}

fn gid(kind: &str, id: &Value) -> String {
    format!("gid://shopify/{kind}/{}", number(id).unwrap_or_default())
}

fn node(kind: &str, id: &Value) -> Value {
    number(id).map_or(Value::Null, |id| json!({"id": format!("gid://shopify/{kind}/{id}")}))
}

fn number(id: &Value) -> Option<String> {
    match id {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

fn upper(word: &Value) -> Option<String> {
    word.as_str().map(|word| word.to_uppercase().replace(' ', "_"))
}
