//! A refund as a test describes it, and its payload. Shopify's signs: an adjustment is negative for
//! money beyond the items, positive for what the merchant kept (shopify.md 3.4).

use std::fmt;

use serde_json::{Value, json};

use super::{order::Order, payload::money_set};

/// One refund of an order.
#[derive(Clone)]
pub(crate) struct Refund {
    pub(super) order: Box<Order>,
    pub(super) id: u64,
    pub(super) created_at: String,
    pub(super) units: Vec<(String, i64)>,
    pub(super) shipping: String,
    pub(super) beyond: String,
    pub(super) kept: String,
    pub(super) restock: &'static str,
    pub(super) status: &'static str,
}

impl fmt::Debug for Refund {
    /// What the test said of it, without the order.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { units, shipping, beyond, kept, status, .. } = self;
        write!(f, "{units:?} +{beyond} shipping {shipping} kept {kept} {status}")
    }
}

impl Refund {
    pub(super) fn of(order: &Order, time: &str) -> Self {
        let earlier = u64::try_from(order.refunds.len()).expect("few refunds");
        Self {
            order: Box::new(Order { refunds: Vec::new(), ..order.clone() }),
            id: order.id * 10 + 509_562_969 + earlier,
            created_at: time.to_owned(),
            units: Vec::new(),
            shipping: "0".to_owned(),
            beyond: "0".to_owned(),
            kept: "0".to_owned(),
            restock: "return",
            status: "success",
        }
    }

    /// The same refund of the same order under another id.
    pub(crate) fn renumbered(&self, order_id: u64) -> Self {
        Self {
            id: self.id - self.order.id * 10 + order_id * 10,
            order: Box::new(self.order.renumbered(order_id)),
            ..self.clone()
        }
    }

    /// Gives back units of a line.
    pub(crate) fn units(mut self, title: &str, units: i64) -> Self {
        self.units.push((title.to_owned(), units));
        self
    }

    /// Gives back shipping.
    pub(crate) fn shipping(mut self, amount: &str) -> Self {
        amount.clone_into(&mut self.shipping);
        self
    }

    /// Gives all of the order's shipping back.
    pub(crate) fn shipping_in_full(mut self) -> Self {
        self.shipping.clone_from(&self.order.shipping);
        self
    }

    /// Gives money without items.
    pub(crate) fn amount(mut self, amount: &str) -> Self {
        amount.clone_into(&mut self.beyond);
        self
    }

    /// What the merchant keeps of the items' value, as a restocking fee.
    pub(crate) fn kept(mut self, amount: &str) -> Self {
        amount.clone_into(&mut self.kept);
        self
    }

    /// The goods do not come back.
    pub(crate) fn no_restock(mut self) -> Self {
        self.restock = "no_restock";
        self
    }

    /// How its money transaction stands: `pending`, `failure`, …
    pub(crate) fn transaction_status(mut self, status: &'static str) -> Self {
        self.status = status;
        self
    }

    /// The payload of `refunds/create`.
    pub(crate) fn payload(&self) -> Value {
        let order = &self.order;
        let set = |minor| money_set(order, minor);
        json!({
            "id": self.id,
            "order_id": order.id,
            "admin_graphql_api_id": format!("gid://shopify/Refund/{}", self.id),
            "created_at": self.created_at,
            "processed_at": self.created_at,
            "note": null,
            "user_id": 548_380_009,
            "restock": self.restock != "no_restock",
            "return": null,
            "duties": [],
            "total_duties_set": set(0),
            "additional_fees": [],
            "total_additional_fees_set": set(0),
            "refund_shipping_lines": self.shipping_lines(),
            "order_adjustments": self.adjustments(),
            "refund_line_items": self.line_items(),
            "transactions": self.transactions(),
        })
    }

    /// Money that goes back to the buyer, in minor units of the shop's currency.
    pub(super) fn money(&self) -> i64 {
        let order = &self.order;
        let goods: i64 = self
            .units
            .iter()
            .map(|(title, units)| {
                let line = order.line(title);
                let tax = if order.taxes_included { 0 } else { order.tax_of(line, *units) };
                order.net_of(line, *units) + tax
            })
            .sum();
        goods + order.minor(&self.shipping) + order.minor(&self.beyond) - order.minor(&self.kept)
    }

    fn line_items(&self) -> Vec<Value> {
        let order = &self.order;
        let item = |(index, (title, units)): (usize, &(String, i64))| {
            let line = order.line(title);
            let (subtotal, tax) = (order.net_of(line, *units), order.tax_of(line, *units));
            let position = u64::try_from(index).expect("few lines");
            json!({
                "id": self.id * 10 + position,
                "line_item_id": order.line_id(title),
                "location_id": 655_441_491,
                "quantity": units,
                "restock_type": self.restock,
                // Shopify writes these two as numbers, in every version seen.
                "subtotal": number(order, subtotal),
                "subtotal_set": money_set(order, subtotal),
                "total_tax": number(order, tax),
                "total_tax_set": money_set(order, tax),
                "line_item": super::payload::line_item(order, line),
            })
        };
        self.units.iter().enumerate().map(item).collect()
    }

    fn shipping_lines(&self) -> Vec<Value> {
        match self.order.minor(&self.shipping) {
            0 => Vec::new(),
            minor => vec![json!({
                "id": self.id * 10 + 7,
                "shipping_line_id": self.order.id * 10 + 9,
                "subtotal_amount_set": money_set(&self.order, minor),
            })],
        }
    }

    fn adjustments(&self) -> Vec<Value> {
        let order = &self.order;
        let rows = [
            ("shipping_refund", "Shipping refund", -order.minor(&self.shipping), 0),
            ("refund_discrepancy", "Refund discrepancy", -order.minor(&self.beyond), 0),
            ("refund_discrepancy", "Refund discrepancy", order.minor(&self.kept), 0),
        ];
        let adjustment =
            |(position, (kind, reason, amount, tax)): (u64, (&str, &str, i64, i64))| {
                json!({
                    "id": self.id * 10 + position,
                    "order_id": order.id,
                    "refund_id": self.id,
                    "kind": kind,
                    "reason": reason,
                    "amount": order.text(amount),
                    "amount_set": money_set(order, amount),
                    "tax_amount": order.text(tax),
                    "tax_amount_set": money_set(order, tax),
                })
            };
        (0_u64..).zip(rows).filter(|(_, row)| row.2 != 0).map(adjustment).collect()
    }

    fn transactions(&self) -> Vec<Value> {
        let order = &self.order;
        if self.money() == 0 {
            return Vec::new();
        }
        vec![json!({
            "id": self.id * 10 + 8,
            "order_id": order.id,
            "admin_graphql_api_id": format!("gid://shopify/OrderTransaction/{}", self.id * 10 + 8),
            "kind": "refund",
            "status": self.status,
            "gateway": "shopify_payments",
            "message": null,
            "test": order.test,
            "parent_id": order.id * 10 + 1,
            "created_at": self.created_at,
            "processed_at": self.created_at,
            "receipt": {},
            // Transactions are in the buyer's currency, unlike every other amount.
            "amount": order.presented(self.money()),
            "currency": order.presentment_currency(),
            "error_code": null,
            "source_name": "1830279",
        })]
    }
}

/// The amount as Shopify's JSON number.
fn number(order: &Order, minor: i64) -> f64 {
    order.text(minor).parse().expect("a number")
}
