//! What refunds and edits took from an order, summed over every refund that counts.

use crate::{
    ids::ShopifyId,
    order::{OrderLine, OrderState, Refund, RefundLine, RefundSettlement},
};

use super::Tax;
use crate::money::divide_half_away;

/// Refunds whose money moved. A pending one counts later, a failed one never.
pub(super) fn settled(order: &OrderState) -> impl Iterator<Item = &Refund> {
    order.refunds.values().filter(|refund| refund.settlement == RefundSettlement::Settled)
}

/// What was taken from one line.
#[derive(Debug, Default)]
pub(super) struct Taken<'a> {
    /// Units given back by settled refunds.
    pub(super) units: i64,
    /// Of those, units that came back without a subtotal: they count with their share of the line.
    pub(super) unpriced_units: i64,
    /// Units removed by edits: missing in the snapshot and in no refund that it knows.
    pub(super) removed_units: i64,
    /// Refund lines with a subtotal.
    priced: Vec<&'a RefundLine>,
}

impl<'a> Taken<'a> {
    pub(super) fn from_line(order: &'a OrderState, line: &OrderLine) -> Self {
        let mut taken = Self { removed_units: removed_by_edits(order, line), ..Self::default() };
        for refund_line in settled(order).flat_map(|refund| of_line(refund, line.id)) {
            let units = refund_line.quantity.max(0);
            taken.units = taken.units.saturating_add(units);
            if refund_line.subtotal_minor > 0 {
                taken.priced.push(refund_line);
            } else {
                taken.unpriced_units = taken.unpriced_units.saturating_add(units);
            }
        }
        taken
    }

    /// What the priced refund lines take from the base. `net` and `paid` are the whole line in the
    /// base and in the shop's prices: where a refund line of a taxed line names no tax, its
    /// subtotal is scaled by them.
    pub(super) fn base_value(&self, tax: Tax, net: i64, paid: i64) -> i64 {
        self.sum(|line| {
            if tax == Tax::Strip && line.tax_minor == 0 && net < paid {
                let scaled = i128::from(line.subtotal_minor) * i128::from(net);
                return i64::try_from(divide_half_away(scaled, i128::from(paid)))
                    .unwrap_or(i64::MAX);
            }
            tax.apply(line.subtotal_minor, line.tax_minor)
        })
    }

    /// What they gave back in the buyer's money.
    pub(super) fn money_value(&self, tax: Tax) -> i64 {
        self.sum(|line| match tax {
            Tax::Strip | Tax::Keep => line.subtotal_minor,
            Tax::Add => tax.apply(line.subtotal_minor, line.tax_minor),
        })
    }

    fn sum(&self, value: impl Fn(&RefundLine) -> i64) -> i64 {
        self.priced.iter().map(|line| value(line)).fold(0, i64::saturating_add)
    }
}

/// Units that the snapshot lacks and no refund within it explains. Settled or not, a refund that
/// the snapshot knows has lowered `current_quantity`; a later one has not.
fn removed_by_edits(order: &OrderState, line: &OrderLine) -> i64 {
    let Some(current) = line.current_quantity else {
        return 0;
    };
    let quantity = line.quantity.max(0);
    let missing = quantity - current.clamp(0, quantity);
    let explained = order
        .refunds
        .values()
        .filter(|refund| order.snapshot_knows(refund))
        .flat_map(|refund| of_line(refund, line.id))
        .fold(0_i64, |sum, refund_line| sum.saturating_add(refund_line.quantity.max(0)));
    missing.saturating_sub(explained).max(0)
}

fn of_line(refund: &Refund, line: ShopifyId) -> impl Iterator<Item = &RefundLine> {
    refund.lines.iter().filter(move |refund_line| refund_line.line_id == line)
}

/// Money given back beyond items, less money kept of items: an edit of a paid order books its
/// owed money first as kept and later as given, and the two cancel out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Beyond(pub(super) i64);

impl Beyond {
    pub(super) fn of_order(order: &OrderState, with_tax: bool) -> Self {
        let net = settled(order)
            .map(|refund| {
                let tax = if with_tax { refund.beyond_items_tax_minor } else { 0 };
                i128::from(refund.beyond_items_minor) + i128::from(tax)
                    - i128::from(refund.kept_minor)
            })
            .sum::<i128>();
        Self(i64::try_from(net.max(0)).unwrap_or(i64::MAX))
    }
}
