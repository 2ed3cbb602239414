//! The sums that an order payload carries: as placed, and as it is now (`current_*`).

use serde_json::{Value, json};

use super::{
    line::Line,
    order::Order,
    payload::{merge, money_set},
};

/// Sums over the order, in minor units.
pub(super) struct Totals {
    list: i64,
    pub(super) discounts: i64,
    pub(super) tax: i64,
    tips: i64,
    shipping: i64,
    duties: i64,
    left_goods: i64,
    left_tax: i64,
}

impl Totals {
    /// Sums up an order as it is now.
    pub(super) fn of(order: &Order) -> Self {
        let goods = || order.lines.iter().filter(|line| !line.tip);
        let left = |line: &Line| line.quantity - line.removed;
        let shipping_tax = order.minor(&order.shipping_tax);
        Self {
            list: goods().map(|line| order.minor(&line.price) * line.quantity).sum(),
            discounts: goods().map(|line| order.minor(&line.discount)).sum(),
            tax: goods().map(|line| order.minor(&line.tax)).sum::<i64>() + shipping_tax,
            tips: order
                .lines
                .iter()
                .filter(|line| line.tip)
                .map(|line| order.minor(&line.price))
                .sum(),
            shipping: order.minor(&order.shipping),
            duties: order.minor(&order.duties),
            left_goods: goods().map(|line| order.net_of(line, left(line))).sum(),
            left_tax: goods().map(|line| order.tax_of(line, left(line))).sum(),
        }
    }

    /// What the buyer pays for the order as it was placed.
    pub(super) fn placed_total(&self, order: &Order) -> i64 {
        self.total(order, self.list - self.discounts, self.tax)
    }

    /// What the buyer pays for these goods and this tax.
    fn total(&self, order: &Order, goods: i64, tax: i64) -> i64 {
        let tax = if order.taxes_included { 0 } else { tax };
        goods + self.shipping + tax + self.tips + self.duties
    }

    /// The amount fields of an order payload, each with its `_set`.
    pub(super) fn amounts(&self, order: &Order) -> Value {
        let mut amounts = json!({
            "total_outstanding": order.text(0),
            "total_tip_received": order.text(self.tips),
        });
        let given_back: i64 = order.refunds.iter().map(super::Refund::money).sum();
        let total = self.placed_total(order);
        for (name, minor) in [
            ("total_line_items_price", self.list),
            ("total_discounts", self.discounts),
            ("subtotal_price", self.list - self.discounts),
            ("total_tax", self.tax),
            ("total_price", total),
            ("current_subtotal_price", self.left_goods),
            ("current_total_discounts", self.discounts),
            ("current_total_tax", self.left_tax),
            ("current_total_price", total - given_back),
        ] {
            let set = money_set(order, minor);
            merge(&mut amounts, json!({name: order.text(minor), format!("{name}_set"): set}));
        }
        for (name, minor) in [
            ("total_shipping_price_set", self.shipping),
            ("current_shipping_price_set", self.shipping),
            ("total_cash_rounding_payment_adjustment_set", 0),
            ("total_cash_rounding_refund_adjustment_set", 0),
        ] {
            merge(&mut amounts, json!({name: money_set(order, minor)}));
        }
        let duties = (self.duties != 0).then(|| money_set(order, self.duties));
        merge(
            &mut amounts,
            json!({
                "original_total_duties_set": duties,
                "current_total_duties_set": duties,
                "original_total_additional_fees_set": null,
                "current_total_additional_fees_set": null,
            }),
        );
        amounts
    }
}
