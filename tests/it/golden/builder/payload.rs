//! The full shape of an order webhook (API version 2026-04), made from an `Order`. Every key of
//! Shopify's own sample is present, so that nothing parses here only because it is absent.

use domain::money::{Currency, Money, divide_half_away};
use serde_json::{Value, json};

use super::{
    line::Line,
    order::{Order, Payment},
    totals::Totals,
};

/// The payload of `orders/create`, `orders/paid`, `orders/updated` and `orders/cancelled`.
pub(super) fn order(order: &Order) -> Value {
    let totals = Totals::of(order);
    let mut payload = facts(order);
    merge(&mut payload, absent_facts());
    merge(&mut payload, people(order));
    merge(&mut payload, contents(order));
    merge(&mut payload, totals.amounts(order));
    payload
}

/// `{shop_money, presentment_money}` of an amount in the shop's currency.
pub(super) fn money_set(order: &Order, minor: i64) -> Value {
    json!({
        "shop_money": {"amount": order.text(minor), "currency_code": order.currency},
        "presentment_money": {
            "amount": order.presented(minor),
            "currency_code": order.presentment_currency(),
        },
    })
}

/// A line as order and refund payloads carry it.
pub(super) fn line_item(order: &Order, line: &Line) -> Value {
    let discount = order.minor(&line.discount);
    let left = line.quantity - line.removed;
    let kind = if line.gift_card { "gift_card" } else { "manual" };
    let mut item = json!({
        "id": order.line_id(&line.title),
        "admin_graphql_api_id": format!("gid://shopify/LineItem/{}", order.line_id(&line.title)),
        "attributed_staffs": [],
        "current_quantity": left,
        "fulfillable_quantity": left,
        "fulfillment_service": kind,
        "fulfillment_status": null,
        "gift_card": line.gift_card,
        "grams": 567,
        "name": line.title,
        "price": order.text(order.minor(&line.price)),
        "price_set": money_set(order, order.minor(&line.price)),
        "product_exists": !line.tip,
        "product_id": (!line.tip).then_some(line.product),
        "properties": [],
        "quantity": line.quantity,
        "requires_shipping": !line.gift_card && !line.tip,
        "sales_line_item_group_id": null,
        "sku": format!("SKU-{}", line.title),
        "taxable": order.minor(&line.tax) != 0,
        "title": line.title,
        "total_discount": order.text(0),
        "total_discount_set": money_set(order, 0),
        "variant_id": (!line.tip).then_some(line.product + 176_039_000),
        "variant_inventory_management": "shopify",
        "variant_title": null,
        "vendor": null,
        "selling_plan_id": line.selling_plan,
        "tax_lines": tax_lines(order, order.minor(&line.tax)),
        "duties": [],
        "discount_allocations": if discount == 0 { json!([]) } else { json!([{
            "amount": order.text(discount),
            "amount_set": money_set(order, discount),
            "discount_application_index": 0,
        }]) },
    });
    if line.tip {
        merge(
            &mut item,
            json!({"tip_payment_gateway": "shopify_payments", "tip_payment_method": null}),
        );
    }
    item
}

impl Order {
    /// The same amount in the currency that the buyer saw.
    pub(super) fn presented(&self, minor: i64) -> String {
        let Some((currency, rate)) = self.presentment else {
            return self.text(minor);
        };
        let minor = divide_half_away(i128::from(minor) * i128::from(rate), 10_000);
        Money::new(i64::try_from(minor).expect("an amount"), currency).decimal()
    }

    /// The currency that the buyer saw.
    pub(super) fn presentment_currency(&self) -> Currency {
        self.presentment.map_or(self.currency, |(currency, _)| currency)
    }

    pub(super) fn financial_status(&self) -> &'static str {
        let left = self.lines.iter().any(|line| line.quantity > line.removed);
        match (self.payment, self.refunds.is_empty()) {
            (Payment::Pending, _) => "pending",
            (Payment::Voided, _) => "voided",
            (Payment::PartiallyPaid, true) => "partially_paid",
            (Payment::Paid, true) => "paid",
            (_, false) if left => "partially_refunded",
            (_, false) => "refunded",
        }
    }
}

/// When, where, in which state.
fn facts(order: &Order) -> Value {
    let number = 1001;
    json!({
        "id": order.id,
        "admin_graphql_api_id": format!("gid://shopify/Order/{}", order.id),
        "app_id": 580_111,
        "browser_ip": "192.0.2.10",
        "cancel_reason": order.cancelled_at.as_ref().map(|_| "customer"),
        "cancelled_at": order.cancelled_at,
        "cart_token": (order.source == "web").then(|| format!("cart{}", order.id)),
        "checkout_token": format!("chk{}", order.id),
        "confirmation_number": "XPAV284CT",
        "confirmed": true,
        "created_at": order.created_at,
        "estimated_taxes": false,
        "financial_status": order.financial_status(),
        "merchant_business_entity_id": "MTU0ODM4MDAwOQ",
        "name": format!("#{number}"),
        "number": number - 1000,
        "order_number": number,
        "order_status_url": "https://demo.example/548380009/orders/b1946ac9/authenticate?key=abc",
        "payment_gateway_names": order.gateways,
        "processed_at": order.created_at,
        "source_name": order.source,
        "tags": "",
        "test": order.test,
        "token": format!("ord{}", order.id),
        "total_weight": 0,
        "updated_at": order.updated_at,
    })
}

/// What the orders of the cases do not have; Shopify sends the keys all the same.
fn absent_facts() -> Value {
    json!({
        "client_details": null,
        "closed_at": null,
        "device_id": null,
        "fulfillment_status": null,
        "fulfillments": [],
        "landing_site": null,
        "landing_site_ref": null,
        "location_id": null,
        "merchant_of_record_app_id": null,
        "note": null,
        "note_attributes": [],
        "payment_terms": null,
        "po_number": null,
        "reference": null,
        "referring_site": null,
        "returns": [],
        "source_identifier": null,
        "source_url": null,
        "user_id": null,
    })
}

/// The buyer, as far as protected data lets us see them.
fn people(order: &Order) -> Value {
    let customer = order.customer.map(|id| {
        json!({
            "id": id,
            "admin_graphql_api_id": format!("gid://shopify/Customer/{id}"),
            "created_at": null,
            "updated_at": null,
            "email": order.email,
            "first_name": "Bob",
            "last_name": "Norman",
            "phone": null,
            "state": "disabled",
            "note": null,
            "verified_email": true,
            "multipass_identifier": null,
            "tax_exempt": false,
            "tax_exemptions": [],
            "currency": order.currency,
        })
    });
    json!({
        "billing_address": null,
        "buyer_accepts_marketing": false,
        "company": null,
        "contact_email": order.email,
        "customer": customer,
        "customer_locale": "en",
        "email": order.email,
        "phone": null,
        "shipping_address": null,
    })
}

/// Lines, shipping, discounts, refunds.
fn contents(order: &Order) -> Value {
    let shipping = order.minor(&order.shipping);
    let shipping_lines = if shipping == 0 {
        json!([])
    } else {
        json!([{
            "id": order.id * 10 + 9,
            "carrier_identifier": null,
            "code": "Standard",
            "current_discounted_price_set": money_set(order, shipping),
            "discount_allocations": [],
            "discounted_price": order.text(shipping),
            "discounted_price_set": money_set(order, shipping),
            "is_removed": false,
            "phone": null,
            "price": order.text(shipping),
            "price_set": money_set(order, shipping),
            "requested_fulfillment_service_id": null,
            "source": "shopify",
            "title": "Standard",
            "tax_lines": tax_lines(order, order.minor(&order.shipping_tax)),
        }])
    };
    json!({
        "currency": order.currency,
        "discount_applications": discount_applications(order),
        "discount_codes": discount_codes(order),
        "duties_included": false,
        "line_item_groups": [],
        "line_items": order.lines.iter().map(|line| line_item(order, line)).collect::<Vec<_>>(),
        "presentment_currency": order.presentment_currency(),
        "refunds": order.refunds.iter().map(super::Refund::payload).collect::<Vec<_>>(),
        "shipping_lines": shipping_lines,
        "tax_exempt": false,
        "tax_lines": tax_lines(order, Totals::of(order).tax),
        "taxes_included": order.taxes_included,
    })
}

fn tax_lines(order: &Order, minor: i64) -> Value {
    if minor == 0 {
        return json!([]);
    }
    json!([{
        "channel_liable": false,
        "price": order.text(minor),
        "price_set": money_set(order, minor),
        "rate": 0.1,
        "title": "Tax",
    }])
}

/// A code typed on a draft order arrives as a manual discount whose title is the code (3.3, fact 2);
/// an order with discounts and no code has an automatic one.
fn discount_applications(order: &Order) -> Vec<Value> {
    let base = json!({
        "target_type": "line_item",
        "target_selection": "all",
        "allocation_method": "across",
        "value": "10.0",
        "value_type": "percentage",
    });
    let with = |extra: Value| {
        let mut application = base.clone();
        merge(&mut application, extra);
        application
    };
    let draft = order.source == "shopify_draft_order";
    if order.codes.is_empty() && Totals::of(order).discounts != 0 {
        return vec![with(json!({"type": "automatic", "title": "Spring sale"}))];
    }
    let application = |code: &String| match draft {
        true => with(json!({"type": "manual", "title": code, "description": code})),
        false => with(json!({"type": "discount_code", "code": code})),
    };
    order.codes.iter().map(application).collect()
}

/// The first code carries all allocations; further ones give free shipping or nothing.
fn discount_codes(order: &Order) -> Vec<Value> {
    let amounts = std::iter::once(Totals::of(order).discounts).chain(std::iter::repeat(0));
    let code = |(code, amount): (&String, i64)| json!({"code": code, "amount": order.text(amount), "type": "percentage"});
    order.codes.iter().zip(amounts).map(code).collect()
}

/// Puts the fields of one JSON object into another.
pub(super) fn merge(into: &mut Value, fields: Value) {
    let (Value::Object(into), Value::Object(fields)) = (into, fields) else {
        panic!("only objects are merged")
    };
    into.extend(fields);
}
