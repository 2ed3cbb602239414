//! What the demo's Shopify side sends: order and refund payloads in the shape of API version
//! 2026-10, built from the demo store's own orders. Not a model of Shopify's arithmetic beyond what
//! a small shop needs: one currency, prices without tax, discounts spread over the lines.

use domain::{
    money::{Currency, Money, allocate},
    time::UtcTime,
};
use serde_json::{Value, json};

/// The demo shop's currency.
pub const CURRENCY: Currency = Currency::USD;

/// A product of the demo shop.
#[derive(Debug, Clone, Copy)]
pub struct Product {
    /// Shopify's product id.
    pub id: u64,
    /// Path segment.
    pub handle: &'static str,
    /// Name.
    pub title: &'static str,
    /// One sentence about it.
    pub pitch: &'static str,
    /// Price in cents.
    pub price_minor: i64,
}

/// What the demo shop sells.
pub const CATALOGUE: [Product; 4] = [
    Product {
        id: 7_000_000_000_001,
        handle: "river-stone-mug",
        title: "River stone mug",
        pitch: "Stoneware, thrown by hand, holds a morning.",
        price_minor: 3_000,
    },
    Product {
        id: 7_000_000_000_002,
        handle: "linen-apron",
        title: "Linen apron",
        pitch: "Washed linen with two deep pockets.",
        price_minor: 4_000,
    },
    Product {
        id: 7_000_000_000_003,
        handle: "oak-board",
        title: "Oak board",
        pitch: "One piece of oak, oiled, for bread and cheese.",
        price_minor: 5_500,
    },
    Product {
        id: 7_000_000_000_004,
        handle: "beeswax-candle",
        title: "Beeswax candle",
        pitch: "Forty hours of warm light.",
        price_minor: 1_850,
    },
];

/// A line of a demo order.
#[derive(Debug, Clone)]
pub struct Line {
    /// Shopify's line item id.
    pub id: u64,
    /// What was bought.
    pub product: Product,
    /// Units ordered.
    pub quantity: i64,
    /// Units given back.
    pub refunded: i64,
    /// Share of the order's discount, for all units.
    pub discount_minor: i64,
}

impl Line {
    fn net_minor(&self) -> i64 {
        self.product.price_minor * self.quantity - self.discount_minor
    }

    /// What giving back the `n`-th unit returns; all units together return the line's net amount.
    fn unit_refund_minor(&self, nth: i64) -> i64 {
        let units = usize::try_from(self.quantity).unwrap_or(0);
        let shares = allocate(self.net_minor(), &vec![1; units]);
        usize::try_from(nth).ok().and_then(|index| shares.get(index).copied()).unwrap_or(0)
    }
}

/// An order of the demo store.
#[derive(Debug, Clone)]
pub struct DemoOrder {
    /// Shopify's order id.
    pub id: u64,
    /// The number in its name.
    pub number: u64,
    /// When it was placed.
    pub placed_at: UtcTime,
    /// When it last changed.
    pub updated_at: UtcTime,
    /// When it was cancelled.
    pub cancelled_at: Option<UtcTime>,
    /// The buyer.
    pub email: String,
    /// The code entered, if any, with its percentage.
    pub coupon: Option<(String, i64)>,
    /// What the cart carried.
    pub attributes: Vec<(String, String)>,
    /// The lines.
    pub lines: Vec<Line>,
    /// Refund payloads sent so far.
    pub refunds: Vec<Value>,
}

impl DemoOrder {
    /// The order as `orders/*` webhooks carry it.
    #[must_use]
    pub fn payload(&self) -> Value {
        let discount: i64 = self.lines.iter().map(|line| line.discount_minor).sum();
        let gross: i64 =
            self.lines.iter().map(|line| line.product.price_minor * line.quantity).sum();
        let refunded_units: i64 = self.lines.iter().map(|line| line.refunded).sum();
        let all_units: i64 = self.lines.iter().map(|line| line.quantity).sum();
        let financial_status = match refunded_units {
            0 => "paid",
            units if units == all_units => "refunded",
            _ => "partially_refunded",
        };
        json!({
            "id": self.id,
            "admin_graphql_api_id": format!("gid://shopify/Order/{}", self.id),
            "name": format!("#{}", self.number),
            "order_number": self.number,
            "created_at": self.placed_at,
            "processed_at": self.placed_at,
            "updated_at": self.updated_at,
            "cancelled_at": self.cancelled_at,
            "cancel_reason": self.cancelled_at.map(|_| "customer"),
            "closed_at": null,
            "test": false,
            "confirmed": true,
            "currency": CURRENCY,
            "presentment_currency": CURRENCY,
            "taxes_included": false,
            "financial_status": financial_status,
            "fulfillment_status": null,
            "source_name": "web",
            "email": self.email,
            "contact_email": self.email,
            "customer": null,
            "discount_codes": self.discount_codes(discount),
            "discount_applications": self.discount_applications(),
            "note_attributes": self.attributes.iter()
                .map(|(name, value)| json!({"name": name, "value": value}))
                .collect::<Vec<_>>(),
            "landing_site": null,
            "line_items": self.lines.iter().map(|line| self.line_payload(line)).collect::<Vec<_>>(),
            "shipping_lines": [],
            "tax_lines": [],
            "refunds": self.refunds,
            "subtotal_price": amount(gross - discount),
            "total_discounts": amount(discount),
            "total_line_items_price": amount(gross),
            "total_tax": amount(0),
            "total_tip_received": amount(0),
            "total_price": amount(gross - discount),
            "total_price_set": money_set(gross - discount),
        })
    }

    /// Gives back `units` of a line and returns the `refunds/create` payload.
    pub fn refund(&mut self, line_id: u64, units: i64, refund_id: u64, at: UtcTime) -> Option<Value> {
        let (order_id, currency) = (self.id, CURRENCY);
        let line = self.lines.iter_mut().find(|line| line.id == line_id)?;
        let units = units.min(line.quantity - line.refunded);
        if units <= 0 {
            return None;
        }
        let subtotal: i64 =
            (line.refunded..line.refunded + units).map(|nth| line.unit_refund_minor(nth)).sum();
        line.refunded += units;
        self.updated_at = at;
        let payload = json!({
            "id": refund_id,
            "order_id": order_id,
            "created_at": at,
            "processed_at": at,
            "note": null,
            "restock": true,
            "duties": [],
            "refund_shipping_lines": [],
            "order_adjustments": [],
            "refund_line_items": [{
                "id": refund_id * 10 + 1,
                "line_item_id": line_id,
                "quantity": units,
                "restock_type": "return",
                "subtotal": amount(subtotal),
                "total_tax": amount(0),
                "subtotal_set": money_set(subtotal),
                "total_tax_set": money_set(0),
            }],
            "transactions": [{
                "id": refund_id * 10 + 2,
                "order_id": order_id,
                "kind": "refund",
                "status": "success",
                "amount": amount(subtotal),
                "currency": currency,
                "gateway": "shopify_payments",
                "test": false,
            }],
        });
        self.refunds.push(payload.clone());
        Some(payload)
    }

    fn discount_codes(&self, discount_minor: i64) -> Value {
        match &self.coupon {
            Some((code, _)) => {
                json!([{"code": code, "amount": amount(discount_minor), "type": "percentage"}])
            }
            None => json!([]),
        }
    }

    fn discount_applications(&self) -> Value {
        match &self.coupon {
            Some((code, percent)) => json!([{
                "type": "discount_code", "code": code, "value": format!("{percent}.0"),
                "value_type": "percentage", "target_type": "line_item",
                "target_selection": "all", "allocation_method": "across",
            }]),
            None => json!([]),
        }
    }

    fn line_payload(&self, line: &Line) -> Value {
        let allocations = match line.discount_minor {
            0 => json!([]),
            minor => json!([{
                "amount": amount(minor), "amount_set": money_set(minor),
                "discount_application_index": 0,
            }]),
        };
        json!({
            "id": line.id,
            "product_id": line.product.id,
            "variant_id": line.product.id + 1_000,
            "title": line.product.title,
            "name": line.product.title,
            "quantity": line.quantity,
            "current_quantity": line.quantity - line.refunded,
            "price": amount(line.product.price_minor),
            "price_set": money_set(line.product.price_minor),
            "total_discount": amount(0),
            "discount_allocations": allocations,
            "tax_lines": [],
            "duties": [],
            "gift_card": false,
            "taxable": true,
            "properties": [],
        })
    }
}

/// Spreads a percentage off the whole order over its lines, to the cent.
pub fn discount(lines: &mut [Line], percent: i64) {
    let gross: Vec<i64> =
        lines.iter().map(|line| line.product.price_minor * line.quantity).collect();
    let whole: i64 = gross.iter().sum();
    let off = domain::money::divide_half_away(i128::from(whole) * i128::from(percent), 100);
    let shares = allocate(i64::try_from(off).unwrap_or(0), &gross);
    for (line, share) in lines.iter_mut().zip(shares) {
        line.discount_minor = share;
    }
}

fn amount(minor: i64) -> String {
    Money::new(minor, CURRENCY).decimal()
}

fn money_set(minor: i64) -> Value {
    let money = json!({"amount": amount(minor), "currency_code": CURRENCY});
    json!({"shop_money": money, "presentment_money": money})
}
