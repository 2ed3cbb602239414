//! What remains of an order and counts: units after refunds and edits, discounts, tax, money given
//! back without items, shipping (domain rules 3.2 and 3.5). Lines and their discount allocations
//! are the only input; order-level subtotals change their meaning and are never used. Not here:
//! which rate a line earns (`rate`).

use crate::{
    ids::ShopifyId,
    money::{allocate, divide_half_away},
    order::{OrderLine, OrderSnapshot, OrderState},
    program::{AmountOnlyRefunds, CancelledButPaid, DiscountRule, ProgramRules},
};

use super::rules::{Plan, RuleError};

use self::taken::{Beyond, Taken};

mod taken;

/// What remains of the order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OrderBase {
    /// Lines that earn, then shipping where it counts.
    pub(super) lines: Vec<BaseLine>,
    /// Lines that never earn.
    pub(super) skipped: Vec<SkippedLine>,
    /// The base if nothing had been given back; edits are taken into account.
    pub(super) before_refunds_minor: i64,
    /// Part of that which refunds took.
    pub(super) refunded_minor: i64,
    /// A settled refund touched a line that earns.
    has_refund: bool,
    /// An edit left fewer units than were ordered.
    has_edit: bool,
    total_minor: i64,
}

/// What remains of one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BaseLine {
    /// Shopify's line item id; none for shipping.
    pub(super) id: Option<ShopifyId>,
    pub(super) product_id: Option<ShopifyId>,
    pub(super) variant_id: Option<ShopifyId>,
    pub(super) is_subscription: bool,
    /// Units the buyer keeps.
    pub(super) units: i64,
    /// Part of the base.
    pub(super) base_minor: i64,
    /// What the buyer paid for the remaining units, in the money of an amount-only refund.
    paid_minor: i64,
}

/// A line that never earns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SkippedLine {
    pub(super) id: ShopifyId,
    pub(super) why: &'static str,
}

impl BaseLine {
    /// An item, not shipping.
    pub(super) const fn is_goods(&self) -> bool {
        self.id.is_some()
    }
}

impl OrderBase {
    /// The order has something that can earn at all.
    pub(super) fn has_goods(&self) -> bool {
        self.lines.iter().any(BaseLine::is_goods)
    }

    /// The base.
    pub(super) const fn total_minor(&self) -> i64 {
        self.total_minor
    }

    /// Nothing is left of what could earn. An order that was worth 0.00 from the start is gone only
    /// when its units are (G83).
    pub(super) fn is_gone(&self) -> bool {
        let is_touched = self.has_refund || self.has_edit;
        let has_units = self.lines.iter().any(|line| line.units > 0);
        self.total_minor == 0 && is_touched && (self.before_refunds_minor > 0 || !has_units)
    }

    /// As [`OrderBase::is_gone`], and refunds had a part in it.
    pub(super) fn is_gone_by_refund(&self) -> bool {
        self.has_refund && self.is_gone()
    }
}

/// Computes what remains, line by line, then takes off money that was given without items.
///
/// # Errors
/// [`RuleError::OutOfRange`].
pub(super) fn of_order(
    order: &OrderState,
    snapshot: &OrderSnapshot,
    plan: &Plan<'_>,
    why_skipped: &dyn Fn(&OrderLine) -> Option<&'static str>,
) -> Result<OrderBase, RuleError> {
    let switches = Switches::new(snapshot, plan);
    let mut base = OrderBase {
        lines: Vec::with_capacity(snapshot.lines.len()),
        skipped: Vec::new(),
        before_refunds_minor: 0,
        refunded_minor: 0,
        has_refund: false,
        has_edit: false,
        total_minor: 0,
    };
    let mut before_refunds = 0_i128;
    for line in &snapshot.lines {
        if let Some(why) = why_skipped(line) {
            base.skipped.push(SkippedLine { id: line.id, why });
            continue;
        }
        let mut taken = Taken::from_line(order, line);
        if is_kept(order, plan.rules) {
            // A cancellation takes every unit off; only refunds say what went back.
            taken.removed_units = 0;
        }
        let left = goods_left(line, &taken, switches)?;
        base.has_refund |= taken.units > 0 || left.line.base_minor < left.before_refunds_minor;
        base.has_edit |= taken.removed_units > 0;
        before_refunds += i128::from(left.before_refunds_minor);
        base.lines.push(left.line);
    }
    if plan.rules.amount_only_refunds == AmountOnlyRefunds::ProRata {
        let beyond = Beyond::of_order(order, switches.money_has_tax);
        base.has_refund |= take_beyond_items(&mut base.lines, beyond)?;
    }
    if plan.rules.base.shipping && snapshot.shipping_minor > 0 {
        let (ordered, line) = shipping_left(order, snapshot, plan);
        base.has_refund |= line.base_minor < ordered;
        before_refunds += i128::from(ordered);
        base.lines.push(line);
    }
    let total: i128 = base.lines.iter().map(|line| i128::from(line.base_minor)).sum();
    base.total_minor = i64::try_from(total).map_err(RuleError::overflow)?;
    base.before_refunds_minor = i64::try_from(before_refunds).map_err(RuleError::overflow)?;
    base.refunded_minor = base.before_refunds_minor - base.total_minor;
    Ok(base)
}

/// The order was cancelled, its money was captured and not all of it went back, and the merchant lets
/// what was kept count (domain rules 3.5).
pub(super) fn is_kept(order: &OrderState, rules: &ProgramRules) -> bool {
    let is_cancelled =
        order.snapshot.as_ref().is_some_and(|snapshot| snapshot.cancelled_at.is_some());
    rules.cancelled_but_paid == CancelledButPaid::Count && is_cancelled && order.was_paid()
}

/// The value of `kept` of `quantity` units, in whole minor units.
///
/// ```
/// # use domain::commission::base::value_of_units;
/// assert_eq!(value_of_units(5_400, 1, 2), 2_700); // G30
/// assert_eq!(value_of_units(1_000, 2, 3), 667);
/// assert_eq!(value_of_units(1_000, 4, 3), 1_000); // never more than the whole
/// ```
#[must_use]
pub fn value_of_units(whole_minor: i64, kept: i64, quantity: i64) -> i64 {
    let product = i128::from(whole_minor) * i128::from(kept.clamp(0, quantity.max(0)));
    // No larger than the whole, so it fits.
    i64::try_from(divide_half_away(product, i128::from(quantity))).unwrap_or(whole_minor)
}

/// The program's switches and the order's tax mode, combined.
#[derive(Debug, Clone, Copy)]
struct Switches {
    tax: Tax,
    discounts: DiscountRule,
    /// Money given back without items contains tax, as far as the base is concerned.
    money_has_tax: bool,
}

/// From the shop's prices to the base.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tax {
    /// Prices include it, the base does not (G13).
    Strip,
    /// Prices and base agree.
    Keep,
    /// Prices exclude it, the base includes it.
    Add,
}

impl Switches {
    fn new(snapshot: &OrderSnapshot, plan: &Plan<'_>) -> Self {
        let tax = match (snapshot.taxes_included, plan.rules.base.tax) {
            (true, false) => Tax::Strip,
            (false, true) => Tax::Add,
            (true, true) | (false, false) => Tax::Keep,
        };
        Self {
            tax,
            discounts: plan.rules.base.discounts,
            money_has_tax: snapshot.taxes_included || plan.rules.base.tax,
        }
    }
}

impl Tax {
    fn apply(self, amount_minor: i64, tax_minor: i64) -> i64 {
        let tax_minor = tax_minor.max(0);
        match self {
            Self::Strip => amount_minor.saturating_sub(tax_minor).max(0),
            Self::Keep => amount_minor.max(0),
            Self::Add => amount_minor.max(0).saturating_add(tax_minor),
        }
    }
}

/// A line's remains, and what they would be without refunds.
struct GoodsLeft {
    line: BaseLine,
    before_refunds_minor: i64,
}

/// One line after edits and refunds. Edits take units off at their share of the line; refunds take
/// the subtotals that Shopify gives. When no unit is left the base is exactly zero, whatever the
/// subtotals were.
fn goods_left(
    line: &OrderLine,
    taken: &Taken<'_>,
    switches: Switches,
) -> Result<GoodsLeft, RuleError> {
    let whole = Whole::of_line(line, switches)?;
    let kept = whole.quantity - taken.removed_units;
    let units = (kept - taken.units).max(0);
    let before_refunds_minor = value_of_units(whole.net, kept, whole.quantity);
    let (base_minor, paid_minor) = if units == 0 {
        (0, 0)
    } else {
        let paid_kept = value_of_units(whole.paid, kept, whole.quantity);
        let base = before_refunds_minor.saturating_sub(whole.net_refunded(taken, switches));
        let paid = paid_kept.saturating_sub(whole.paid_refunded(taken, switches));
        (base.max(0), paid.max(0))
    };
    let line = BaseLine {
        id: Some(line.id),
        product_id: line.product_id,
        variant_id: line.variant_id,
        is_subscription: line.subscription,
        units,
        base_minor,
        paid_minor,
    };
    Ok(GoodsLeft { line, before_refunds_minor })
}

/// A line as it was ordered.
struct Whole {
    quantity: i64,
    /// Its part of the base.
    net: i64,
    /// What the buyer paid for it, in the money of refunds.
    paid: i64,
}

impl Whole {
    fn of_line(line: &OrderLine, switches: Switches) -> Result<Self, RuleError> {
        let quantity = line.quantity.max(0);
        let list = i128::from(line.unit_price_minor.max(0)) * i128::from(quantity);
        let list = i64::try_from(list).map_err(RuleError::overflow)?;
        let charged = list.saturating_sub(line.discount_minor.max(0)).max(0);
        let valued = match switches.discounts {
            DiscountRule::Deduct => charged,
            DiscountRule::Ignore => list,
        };
        let paid = match switches.tax {
            Tax::Strip | Tax::Keep => charged,
            Tax::Add => switches.tax.apply(charged, line.tax_minor),
        };
        Ok(Self { quantity, net: switches.tax.apply(valued, line.tax_minor), paid })
    }

    /// What refunds took from the base. Where discounts do not count, subtotals say nothing about
    /// it, so units count with their share.
    fn net_refunded(&self, taken: &Taken<'_>, switches: Switches) -> i64 {
        match switches.discounts {
            DiscountRule::Ignore => self.share(self.net, taken.units),
            DiscountRule::Deduct => taken
                .base_value(switches.tax, self.net, self.paid)
                .saturating_add(self.share(self.net, taken.unpriced_units)),
        }
    }

    /// What refunds gave back of the buyer's money.
    fn paid_refunded(&self, taken: &Taken<'_>, switches: Switches) -> i64 {
        let unpriced = self.share(self.paid, taken.unpriced_units);
        taken.money_value(switches.tax).saturating_add(unpriced)
    }

    /// The part of an amount that belongs to some of the units: what the others leave.
    fn share(&self, minor: i64, units: i64) -> i64 {
        minor - value_of_units(minor, self.quantity - units, self.quantity)
    }
}

/// Lowers the remaining lines by the same share as the buyer's money was lowered: that keeps tax
/// out where prices contain it, and reaches zero when all money went back. // G34
fn take_beyond_items(lines: &mut [BaseLine], beyond: Beyond) -> Result<bool, RuleError> {
    let sum = |minor: &dyn Fn(&BaseLine) -> i64| {
        let sum: i128 = lines.iter().map(|line| i128::from(minor(line))).sum();
        i64::try_from(sum).map_err(RuleError::overflow)
    };
    let (paid, base) = (sum(&|line| line.paid_minor)?, sum(&|line| line.base_minor)?);
    let amount = beyond.0.min(paid);
    if amount <= 0 || base <= 0 {
        return Ok(false);
    }
    let lowered = divide_half_away(i128::from(base) * i128::from(amount), i128::from(paid));
    let lowered = i64::try_from(lowered).map_err(RuleError::overflow)?;
    let bases: Vec<i64> = lines.iter().map(|line| line.base_minor).collect();
    for (line, part) in lines.iter_mut().zip(allocate(lowered, &bases)) {
        line.base_minor -= part;
    }
    Ok(true)
}

/// Shipping as a line of its own, without units: what it was before refunds, and what is left.
fn shipping_left(order: &OrderState, snapshot: &OrderSnapshot, plan: &Plan<'_>) -> (i64, BaseLine) {
    let with_tax = |net: i64, tax: i64| {
        if plan.rules.base.tax { net.saturating_add(tax) } else { net }
    };
    let ordered = with_tax(snapshot.shipping_minor, snapshot.shipping_tax_minor.max(0));
    let refunded = taken::settled(order)
        .map(|refund| with_tax(refund.shipping_minor.max(0), refund.shipping_tax_minor.max(0)))
        .fold(0_i64, i64::saturating_add);
    let base_minor = ordered.saturating_sub(refunded).max(0);
    let line = BaseLine {
        id: None,
        product_id: None,
        variant_id: None,
        is_subscription: false,
        units: 0,
        base_minor,
        paid_minor: 0,
    };
    (ordered, line)
}
