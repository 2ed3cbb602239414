//! What happens to an order after it was placed: each change gives the same order, later.

use super::{
    later,
    line::Line,
    order::{Order, Payment},
    refund::Refund,
};

impl Order {
    /// The same order once its money has come.
    pub(crate) fn paid(&self, time: &str) -> Self {
        self.changed(time, |order| order.payment = Payment::Paid)
    }

    /// The same order when its payment was given up.
    pub(crate) fn voided(&self, time: &str) -> Self {
        self.changed(time, |order| order.payment = Payment::Voided)
    }

    /// The same order after it was cancelled; an unpaid one is voided as well.
    pub(crate) fn cancelled(&self, time: &str) -> Self {
        self.changed(time, |order| {
            order.cancelled_at = Some(time.to_owned());
            for line in &mut order.lines {
                line.removed = line.quantity;
            }
            if order.payment == Payment::Pending {
                order.payment = Payment::Voided;
            }
        })
    }

    /// The same order with one line more, not yet paid for.
    pub(crate) fn with_added(&self, time: &str, line: Line) -> Self {
        self.changed(time, |order| {
            order.lines.push(line);
            if order.payment == Payment::Paid {
                order.payment = Payment::PartiallyPaid;
            }
        })
    }

    /// The same order after an edit took units of a line out, without a refund.
    pub(crate) fn with_removed(&self, time: &str, title: &str, units: i64) -> Self {
        self.changed(time, |order| order.line_mut(title).removed += units)
    }

    /// The same order with a refund listed and its units taken off.
    pub(crate) fn refunded(&self, refund: &Refund) -> Self {
        self.changed(&refund.created_at, |order| {
            for (title, units) in &refund.units {
                order.line_mut(title).removed += units;
            }
            order.refunds.push(refund.clone());
        })
    }

    /// A refund of this order with nothing in it yet.
    pub(crate) fn refund(&self, time: &str) -> Refund {
        Refund::of(self, time)
    }

    /// A refund of every unit that is left.
    pub(crate) fn refund_of_rest(&self, time: &str) -> Refund {
        let left = self.units_left().into_iter().filter(|(_, units)| *units > 0);
        left.fold(self.refund(time), |refund, (title, units)| refund.units(&title, units))
    }

    /// A refund of everything that is left, shipping included.
    pub(crate) fn full_refund(&self, time: &str) -> Refund {
        self.refund_of_rest(time).shipping_in_full()
    }

    /// Every line with the units that are left of it.
    pub(crate) fn units_left(&self) -> Vec<(String, i64)> {
        let lines = self.lines.iter();
        lines.map(|line| (line.title.clone(), line.quantity - line.removed)).collect()
    }

    /// What the goods that are left cost, less what was given back without items; minor units.
    pub(crate) fn left_minor(&self) -> i64 {
        let goods = self.lines.iter();
        let left: i64 = goods.map(|line| self.net_of(line, line.quantity - line.removed)).sum();
        left - self.refunds.iter().map(|refund| self.minor(&refund.beyond)).sum::<i64>()
    }

    /// The order was cancelled.
    pub(crate) const fn is_cancelled(&self) -> bool {
        self.cancelled_at.is_some()
    }

    /// The same order, refunds and all, under another id.
    pub(crate) fn renumbered(&self, id: u64) -> Self {
        let refunds = self.refunds.iter().map(|refund| refund.renumbered(id)).collect();
        Self { id, refunds, ..self.clone() }
    }

    fn line_mut(&mut self, title: &str) -> &mut Line {
        self.lines.iter_mut().find(|line| line.title == title).expect("a line of the order")
    }

    fn changed(&self, time: &str, change: impl FnOnce(&mut Self)) -> Self {
        let mut order = self.clone();
        change(&mut order);
        // Two changes at one time still have an order: Shopify's `updated_at` moves on each.
        order.updated_at =
            if *time > *order.updated_at { time.to_owned() } else { later(&order.updated_at, 1) };
        order
    }
}
