//! The same orders as the domain sees them: what `shopify::payloads` must make of the payloads.

use domain::{
    ids::ShopifyId,
    order::{
        OrderLine, OrderSnapshot, PaymentStatus, Refund as DomainRefund, RefundLine,
        RefundSettlement,
    },
    time::UtcTime,
};

use super::{line::Line, order::Order, refund::Refund, totals::Totals};

impl Order {
    /// The picture that the payload gives; triggered when it was updated.
    pub(crate) fn snapshot(&self) -> OrderSnapshot {
        let updated_at = time(&self.updated_at);
        OrderSnapshot {
            has_disposable_email: false,
            tells_subscriptions: true,
            updated_at,
            triggered_at: updated_at,
            shopify_order_id: ShopifyId(self.id),
            name: "#1001".to_owned(),
            ordered_at: time(&self.created_at),
            currency: self.currency,
            taxes_included: self.taxes_included,
            test: self.test,
            cancelled_at: self.cancelled_at.as_deref().map(time),
            payment: self.payment_status(),
            fulfilled: false,
            discount_codes: self.codes.clone(),
            customer_id: self.customer.map(ShopifyId),
            email_fingerprint: None,
            attribution_tokens: Vec::new(),
            landing_site: None,
            referring_host: None,
            source_name: Some(self.source.clone()),
            lines: self.lines.iter().map(|line| self.domain_line(line)).collect(),
            shipping_minor: self.minor(&self.shipping),
            shipping_tax_minor: self.minor(&self.shipping_tax),
            total_minor: Totals::of(self).placed_total(self),
            refunds: self.refunds.iter().map(Refund::domain).collect(),
        }
    }

    fn payment_status(&self) -> PaymentStatus {
        match self.financial_status() {
            "pending" => PaymentStatus::Pending,
            "partially_paid" => PaymentStatus::PartiallyPaid,
            "paid" => PaymentStatus::Paid,
            "partially_refunded" => PaymentStatus::PartiallyRefunded,
            "refunded" => PaymentStatus::Refunded,
            _ => PaymentStatus::Voided,
        }
    }

    fn domain_line(&self, line: &Line) -> OrderLine {
        OrderLine {
            id: ShopifyId(self.line_id(&line.title)),
            product_id: (!line.tip).then_some(ShopifyId(line.product)),
            variant_id: (!line.tip).then_some(ShopifyId(line.product + 176_039_000)),
            title: line.title.clone(),
            quantity: line.quantity,
            current_quantity: Some(line.quantity - line.removed),
            unit_price_minor: self.minor(&line.price),
            discount_minor: self.minor(&line.discount),
            tax_minor: self.minor(&line.tax),
            gift_card: line.gift_card,
            tip: line.tip,
            subscription: line.selling_plan.is_some(),
        }
    }
}

impl Refund {
    /// The refund as the domain keeps it.
    pub(crate) fn domain(&self) -> DomainRefund {
        let order = &self.order;
        let line = |(title, units): &(String, i64)| {
            let line = order.line(title);
            RefundLine {
                line_id: ShopifyId(order.line_id(title)),
                quantity: *units,
                subtotal_minor: order.net_of(line, *units),
                tax_minor: order.tax_of(line, *units),
            }
        };
        DomainRefund {
            id: ShopifyId(self.id),
            created_at: time(&self.created_at),
            settlement: match self.status {
                "failure" => RefundSettlement::Failed,
                "pending" => RefundSettlement::Pending,
                _ => RefundSettlement::Settled,
            },
            lines: self.units.iter().map(line).collect(),
            beyond_items_minor: order.minor(&self.beyond),
            beyond_items_tax_minor: 0,
            kept_minor: order.minor(&self.kept),
            shipping_minor: order.minor(&self.shipping),
            shipping_tax_minor: 0,
        }
    }
}

fn time(text: &str) -> UtcTime {
    UtcTime::parse(text).expect("an RFC 3339 time")
}
