//! What the demo's Shopify side sends: order and refund payloads in the shape of API version
//! 2026-10, built from the demo store's own orders. Not a model of Shopify's arithmetic beyond what
//! a small shop needs: one currency, prices without tax, discounts spread over the lines.

use domain::{
    money::{BasisPoints, Currency, Money, allocate, divide_half_away},
    time::UtcTime,
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::discounts::{Coupon, Saving};

/// The demo shop's currency.
pub(super) const CURRENCY: Currency = Currency::USD;

/// A product of the demo shop.
#[derive(Debug, Clone, Copy)]
pub(super) struct Product {
    /// Shopify's product id.
    pub(super) id: u64,
    /// Path segment.
    pub(super) handle: &'static str,
    /// Name.
    pub(super) title: &'static str,
    /// One sentence about it.
    pub(super) pitch: &'static str,
    /// Price in cents.
    pub(super) price_minor: i64,
}

/// What the demo shop sells.
pub(super) const CATALOGUE: [Product; 4] = [
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

/// Who buys with the same address is the same customer, as at Shopify.
fn customer_id(email: &str) -> u64 {
    let digest = Sha256::digest(email.trim().to_lowercase().as_bytes());
    let digits = digest.iter().take(5).fold(0, |sum, byte| (sum << 8) | u64::from(*byte));
    // As long as Shopify's.
    7_000_000_000_000 + digits
}

/// A line of a demo order.
#[derive(Debug, Clone)]
pub(super) struct Line {
    /// Shopify's line item id.
    pub(super) id: u64,
    /// What was bought.
    pub(super) product: Product,
    /// Units ordered.
    pub(super) quantity: i64,
    /// Units given back.
    pub(super) refunded: i64,
    /// Share of the order's discount, for all units.
    pub(super) discount_minor: i64,
}

impl Line {
    /// Before discounts, in cents.
    #[must_use]
    pub(super) const fn gross_minor(&self) -> i64 {
        self.product.price_minor * self.quantity
    }

    /// Takes up to this many units back: how many it were, and their cents. All units together
    /// return exactly what was paid for the line.
    fn give_back(&mut self, units: i64) -> Option<(i64, i64)> {
        let units = units.min(self.quantity - self.refunded);
        if units <= 0 {
            return None;
        }
        let shares =
            allocate(self.gross_minor() - self.discount_minor, &vec![1; count(self.quantity)]);
        let minor = shares.iter().skip(count(self.refunded)).take(count(units)).sum();
        self.refunded += units;
        Some((units, minor))
    }
}

/// An order of the demo store.
#[derive(Debug, Clone)]
pub(super) struct DemoOrder {
    /// Shopify's order id.
    pub(super) id: u64,
    /// The number in its name.
    pub(super) number: u64,
    /// When it was placed.
    pub(super) placed_at: UtcTime,
    /// When it last changed.
    pub(super) updated_at: UtcTime,
    /// When it was cancelled.
    pub(super) cancelled_at: Option<UtcTime>,
    /// The buyer.
    pub(super) email: String,
    /// The code entered, if any.
    pub(super) coupon: Option<Coupon>,
    /// What the cart carried.
    pub(super) attributes: Vec<(String, String)>,
    /// The lines.
    pub(super) lines: Vec<Line>,
    /// Refund payloads sent so far.
    pub(super) refunds: Vec<Value>,
}

impl DemoOrder {
    /// The order as `orders/*` webhooks carry it.
    #[must_use]
    pub(super) fn payload(&self) -> Value {
        let (gross, discount) = (self.gross_minor(), self.discount_minor());
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
            "financial_status": self.financial_status(),
            "fulfillment_status": null,
            "source_name": "web",
            "email": self.email,
            "contact_email": self.email,
            "customer": {"id": customer_id(&self.email), "email": self.email},
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

    /// Gives back units of lines (line item id, how many) and returns the `refunds/create` payload;
    /// none when nothing of it is left to give back.
    pub(super) fn refund(&mut self, wanted: &[(u64, i64)], id: u64, at: UtcTime) -> Option<Value> {
        let mut refunded = Vec::new();
        let mut whole = 0;
        for (index, (line_id, units)) in (1_u64..).zip(wanted) {
            let Some(line) = self.lines.iter_mut().find(|line| line.id == *line_id) else {
                continue;
            };
            if let Some((units, minor)) = line.give_back(*units) {
                whole += minor;
                refunded.push(refund_line(id * 100 + index, *line_id, units, minor));
            }
        }
        if refunded.is_empty() {
            return None;
        }
        self.updated_at = at;
        let payload = json!({
            "id": id,
            "order_id": self.id,
            "created_at": at,
            "processed_at": at,
            "note": null,
            "restock": true,
            "duties": [],
            "refund_shipping_lines": [],
            "order_adjustments": [],
            "refund_line_items": refunded,
            "transactions": [{
                "id": id * 100,
                "order_id": self.id,
                "kind": "refund",
                "status": "success",
                "amount": amount(whole),
                "currency": CURRENCY,
                "gateway": "shopify_payments",
                "test": false,
            }],
        });
        self.refunds.push(payload.clone());
        Some(payload)
    }

    /// The order's state of payment, as Shopify names it.
    #[must_use]
    pub(super) fn financial_status(&self) -> &'static str {
        let refunded: i64 = self.lines.iter().map(|line| line.refunded).sum();
        let ordered: i64 = self.lines.iter().map(|line| line.quantity).sum();
        match refunded {
            0 => "paid",
            units if units == ordered => "refunded",
            _ => "partially_refunded",
        }
    }

    /// Before discounts, in cents.
    #[must_use]
    pub(super) fn gross_minor(&self) -> i64 {
        self.lines.iter().map(Line::gross_minor).sum()
    }

    /// What the discount code took off, in cents.
    #[must_use]
    pub(super) fn discount_minor(&self) -> i64 {
        self.lines.iter().map(|line| line.discount_minor).sum()
    }

    fn discount_codes(&self, discount_minor: i64) -> Value {
        match &self.coupon {
            Some(coupon) => json!([{
                "code": coupon.code, "amount": amount(discount_minor),
                "type": value_of(coupon.saving).0,
            }]),
            None => json!([]),
        }
    }

    fn discount_applications(&self) -> Value {
        match &self.coupon {
            Some(coupon) => {
                let (value_type, value) = value_of(coupon.saving);
                json!([{
                    "type": "discount_code", "code": coupon.code, "value": value,
                    "value_type": value_type, "target_type": "line_item",
                    "target_selection": "all", "allocation_method": "across",
                }])
            }
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

/// What a code saves, as Shopify tells it: the kind and the value.
fn value_of(saving: Saving) -> (&'static str, String) {
    match saving {
        Saving::Percent(points) => {
            ("percentage", format!("{}.{}", points.0 / 100, points.0 % 100 / 10))
        }
        Saving::Amount(money) => ("fixed_amount", money.decimal()),
    }
}

/// Spreads what a code takes off the whole order over its lines, to the cent.
pub(super) fn discount(lines: &mut [Line], saving: Saving) {
    let gross: Vec<i64> = lines.iter().map(Line::gross_minor).collect();
    let whole: i64 = gross.iter().sum();
    let off = match saving {
        Saving::Percent(points) => {
            let parts = i128::from(whole) * i128::from(points.0);
            let off = divide_half_away(parts, i128::from(BasisPoints::WHOLE));
            i64::try_from(off).unwrap_or(0)
        }
        Saving::Amount(money) => money.minor.min(whole),
    };
    let shares = allocate(off, &gross);
    for (line, share) in lines.iter_mut().zip(shares) {
        line.discount_minor = share;
    }
}

fn refund_line(id: u64, line_id: u64, units: i64, minor: i64) -> Value {
    json!({
        "id": id,
        "line_item_id": line_id,
        "quantity": units,
        "restock_type": "return",
        "subtotal": amount(minor),
        "total_tax": amount(0),
        "subtotal_set": money_set(minor),
        "total_tax_set": money_set(0),
    })
}

fn count(units: i64) -> usize {
    usize::try_from(units).unwrap_or(0)
}

fn amount(minor: i64) -> String {
    Money::new(minor, CURRENCY).decimal()
}

fn money_set(minor: i64) -> Value {
    let money = json!({"amount": amount(minor), "currency_code": CURRENCY});
    json!({"shop_money": money, "presentment_money": money})
}

#[cfg(test)]
mod tests;
