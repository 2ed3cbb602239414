//! What an event does to a conversion: the target is computed from the order's present state, and
//! the difference to what is booked becomes one entry.

use crate::{event::EventKind, ledger::EntryKind, reason::Reason, time::UtcTime};

use super::{Change, Conversion, ConversionStatus, Facts, Memory, Occurrence};

/// Brings a conversion up to the order's present state. None when nothing changes, which is what a
/// repeated delivery gives (G48), and when nothing on the order can earn (G09).
///
/// The commission counts from the moment the order is paid (or placed, where unpaid orders are
/// accepted). Until approval it follows the order up and down; afterwards only down, and back up to
/// the approved amount.
///
/// ```
/// # use domain::{conversion::*, ledger::EntryKind, money::Currency};
/// # use domain::{commission::*, attribution::*, order::*, program::ProgramRules};
/// # let line = |id: u64, quantity: i64, unit_price_minor: i64, discount_minor: i64| {
/// #     serde_json::json!({"id": id, "product_id": null, "variant_id": null, "title": "",
/// #         "quantity": quantity, "current_quantity": quantity, "tax_minor": 0,
/// #         "unit_price_minor": unit_price_minor, "discount_minor": discount_minor,
/// #         "gift_card": false, "tip": false, "subscription": false})
/// # };
/// # let snapshot: OrderSnapshot = serde_json::from_value(serde_json::json!({
/// #     "updated_at": "2026-03-01T12:00:00Z", "triggered_at": "2026-03-01T12:00:00Z",
/// #     "ordered_at": "2026-03-01T12:00:00Z", "shopify_order_id": 1, "name": "#1001",
/// #     "currency": "USD", "taxes_included": false, "test": false, "cancelled_at": null,
/// #     "payment": "paid", "fulfilled": false, "discount_codes": [], "customer_id": null,
/// #     "email_fingerprint": null, "attribution_tokens": [], "landing_site": null,
/// #     "source_name": null, "shipping_minor": 1000, "shipping_tax_minor": 0,
/// #     "total_minor": 0, "refunds": [], "lines": [line(1, 2, 3000, 600), line(2, 1, 4000, 400)],
/// # })).unwrap();
/// # let one_unit_of_the_first_line: Refund = serde_json::from_value(serde_json::json!({
/// #     "id": 7, "created_at": "2026-03-02T12:00:00Z", "settlement": "settled", "kept_minor": 0,
/// #     "lines": [{"line_id": 1, "quantity": 1, "subtotal_minor": 2700, "tax_minor": 0}],
/// #     "beyond_items_minor": 0, "beyond_items_tax_minor": 0,
/// #     "shipping_minor": 0, "shipping_tax_minor": 0,
/// # })).unwrap();
/// # let rules: ProgramRules = serde_json::from_str(
/// #     r#"{"key": "main", "commission": {"type": "percent", "value": "10"}}"#).unwrap();
/// let mut order = OrderState::default();
/// order.apply_snapshot(snapshot); // 2 × 30.00 and 40.00, 10 % off, shipping 10.00
/// let context = CommissionContext::bare(Method::Link, vec!["ANNA".into()]);
/// let payout = PayoutTerms::same(Currency::USD);
/// let mut play = |before: Option<&Conversion>, order: &OrderState| {
///     let commission = commission_of(order, &rules, &context).unwrap();
///     let facts = Facts { order, commission: &commission, rules: &rules,
///         disqualified: None, hold: None, payout: &payout };
///     settle(before, &facts)
/// };
/// let first = play(None, &order).unwrap();
/// assert_eq!(first.entry.unwrap().amount_minor, 900);
/// order.apply_refund(one_unit_of_the_first_line);
/// let second = play(Some(&first.conversion), &order).unwrap();
/// let entry = second.entry.unwrap(); // G30
/// assert_eq!((entry.kind, entry.amount_minor), (EntryKind::Refund, -270));
/// assert_eq!(play(Some(&second.conversion), &order), None); // G48
/// ```
#[must_use]
pub fn settle(before: Option<&Conversion>, facts: &Facts<'_>) -> Option<Change> {
    let standing = Standing::of(facts);
    let after = match before {
        None if standing == Standing::Refused(Reason::ExcludedOnly) => return None,
        Some(before) if before.memory.is_rejected_by_review => return None,
        // Deleting an old order does not take back what was paid for it.
        Some(before)
            if before.status == ConversionStatus::Paid
                && standing == Standing::Gone(Reason::Deleted) =>
        {
            return None;
        }
        Some(before) => next(before, &standing, facts),
        None => next(&blank(facts), &standing, facts),
    };
    if before == Some(&after) {
        return None;
    }
    let shift = Shift::between(before, &after, &standing);
    let mut change = Change::new(before, after, shift.entry_kind(), shift.entry_reason());
    change.occurrence = shift.occurrence(&change, facts);
    if change.occurrence.as_ref().is_some_and(|occurrence| occurrence.status != "rejected") {
        change.conversion.memory.is_announced = true;
    }
    Some(change)
}

/// How the credit stands, whatever it is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Standing {
    /// Fine, but not paid yet. Payment is never unlearned, so nothing was booked.
    Unpaid,
    /// It counts.
    Counted,
    /// Something happened to the order.
    Gone(Reason),
    /// The credit itself is refused.
    Refused(Reason),
}

impl Standing {
    fn of(facts: &Facts<'_>) -> Self {
        let reason = facts.disqualified.or(facts.commission.zero_reason.as_ref());
        let counts = facts.order.was_paid() || facts.rules.accept_unpaid;
        match reason {
            Some(reason) if reason.refuses_credit() => Self::Refused(reason.clone()),
            Some(reason) => Self::Gone(reason.clone()),
            None if counts => Self::Counted,
            None => Self::Unpaid,
        }
    }

    const fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Gone(reason) | Self::Refused(reason) => Some(reason),
            Self::Unpaid | Self::Counted => None,
        }
    }
}

/// A conversion of which nothing is known yet.
fn blank(facts: &Facts<'_>) -> Conversion {
    Conversion {
        status: ConversionStatus::Recorded,
        reason: None,
        currency: facts.commission.total.currency,
        sales_minor: 0,
        commission_minor: 0,
        first_commission_minor: 0,
        approve_at: None,
        payout_currency: facts.payout.currency,
        payout_rate: facts.payout.rate,
        payout_minor: 0,
        memory: Memory::default(),
        version: 0,
    }
}

/// The conversion as it should stand now; the version is the old one.
fn next(before: &Conversion, standing: &Standing, facts: &Facts<'_>) -> Conversion {
    let mut after = before.clone();
    (after.status, after.reason) = next_status(before, standing, facts.hold);
    // Somebody who puts an approved one on hold, or lets it go on, has not consented to more.
    if matches!(
        after.status,
        ConversionStatus::Recorded | ConversionStatus::Rejected | ConversionStatus::Reversed
    ) {
        after.memory.approved_minor = None;
    }
    let earned = match standing {
        Standing::Unpaid | Standing::Counted => facts.commission.total.minor,
        Standing::Gone(_) | Standing::Refused(_) => 0,
    };
    let most = after.memory.approved_minor.unwrap_or(i64::MAX);
    after.memory.withheld_increase_minor = earned.saturating_sub(most).max(0);
    after.memory.refunded_minor = facts.commission.refunded.minor;
    after.sales_minor = facts.commission.sales.minor;
    after.set_commission(earned.min(most));
    after.approve_at = match after.status {
        ConversionStatus::Pending | ConversionStatus::OnHold => approve_at(facts),
        ConversionStatus::Approved | ConversionStatus::Payable | ConversionStatus::Paid => {
            before.approve_at
        }
        ConversionStatus::Recorded | ConversionStatus::Rejected | ConversionStatus::Reversed => {
            None
        }
    };
    after
}

fn next_status(
    before: &Conversion,
    standing: &Standing,
    hold: Option<&Reason>,
) -> (ConversionStatus, Option<Reason>) {
    use ConversionStatus as Status;
    let status = match (before.status, standing) {
        (Status::Paid, _) => Status::Paid,
        (_, Standing::Unpaid) => Status::Recorded,
        (Status::OnHold, Standing::Counted) => return (Status::OnHold, before.reason.clone()),
        (Status::Approved | Status::Payable, Standing::Counted) => before.status,
        (_, Standing::Counted) => match hold.filter(|_| !before.memory.is_released) {
            Some(hold) => return (Status::OnHold, Some(hold.clone())),
            None => Status::Pending,
        },
        (_, Standing::Gone(Reason::TestOrder)) => Status::Rejected,
        (_, Standing::Gone(_)) => Status::Reversed,
        (_, Standing::Refused(_)) if before.has_accrued() => Status::Reversed,
        (_, Standing::Refused(_)) => Status::Rejected,
    };
    (status, standing.reason().cloned())
}

/// The end of the hold: so many days of 86,400 s after the later of payment and, if required,
/// fulfilment. Unknown while one of them or a refund's money is still awaited. // G80
fn approve_at(facts: &Facts<'_>) -> Option<UtcTime> {
    let order = facts.order;
    if order.has_pending_refund() {
        return None;
    }
    let ordered_at = order.snapshot.as_ref().map(|snapshot| snapshot.ordered_at);
    let started = if facts.rules.accept_unpaid { ordered_at? } else { order.paid_at? };
    let fulfilled = if facts.rules.require_fulfilment { order.fulfilled_at? } else { started };
    Some(started.max(fulfilled).plus_days(facts.rules.hold_days))
}

/// What moved between two states of a conversion.
struct Shift<'a> {
    standing: &'a Standing,
    before_status: Option<ConversionStatus>,
    was_announced: bool,
    has_accrued: bool,
    delta_minor: i64,
    refund_minor: i64,
}

impl<'a> Shift<'a> {
    fn between(before: Option<&Conversion>, after: &Conversion, standing: &'a Standing) -> Self {
        let refunded = before.map_or(0, |conversion| conversion.memory.refunded_minor);
        Self {
            standing,
            before_status: before.map(|conversion| conversion.status),
            was_announced: before.is_some_and(|conversion| conversion.memory.is_announced),
            has_accrued: before.is_some_and(Conversion::has_accrued),
            delta_minor: after.booked_minor() - before.map_or(0, Conversion::booked_minor),
            refund_minor: (after.memory.refunded_minor - refunded).max(0),
        }
    }

    /// Money went back to the buyer with this event.
    const fn is_refund(&self) -> bool {
        match self.standing {
            Standing::Gone(Reason::Refunded | Reason::Chargeback) => true,
            Standing::Counted | Standing::Refused(_) => self.refund_minor > 0,
            Standing::Gone(_) | Standing::Unpaid => false,
        }
    }

    const fn entry_kind(&self) -> EntryKind {
        if self.delta_minor > 0 {
            return if self.has_accrued { EntryKind::Adjustment } else { EntryKind::Accrual };
        }
        match self.standing {
            _ if self.is_refund() => EntryKind::Refund,
            Standing::Counted | Standing::Unpaid | Standing::Gone(Reason::ItemsRemoved) => {
                EntryKind::Adjustment
            }
            Standing::Gone(_) | Standing::Refused(_) => EntryKind::Reversal,
        }
    }

    fn entry_reason(&self) -> Option<Reason> {
        match self.standing.reason() {
            Some(reason) => Some(reason.clone()),
            None => (self.delta_minor < 0 && self.is_refund()).then_some(Reason::Refunded),
        }
    }

    /// What to tell. A conversion is announced once it counts; before that only a refusal is told.
    fn occurrence(&self, change: &Change, facts: &Facts<'_>) -> Option<Occurrence> {
        let status = change.conversion.status;
        let occurrence = |kinds: &[EventKind], status: &str, needs_reversal_support| Occurrence {
            kinds: kinds.to_vec(),
            status: status.to_owned(),
            reason: self.entry_reason(),
            needs_reversal_support,
            delta_commission_minor: change.delta_minor(),
            refund_minor: self.refund_minor,
        };
        match self.standing {
            Standing::Refused(Reason::Superseded(_)) if !self.was_announced => None,
            Standing::Refused(_) if !self.was_announced => {
                let is_new = self.before_status != Some(ConversionStatus::Rejected);
                is_new.then(|| occurrence(&[EventKind::Conversion], status.as_str(), true))
            }
            Standing::Unpaid | Standing::Gone(_) if !self.was_announced => None,
            Standing::Counted if !self.was_announced => {
                let is_worth_telling =
                    change.conversion.commission_minor != 0 || facts.rules.fire_on_zero;
                is_worth_telling
                    .then(|| occurrence(&[EventKind::Conversion], status.as_str(), false))
            }
            Standing::Gone(_) | Standing::Refused(_) => {
                let is_new = self.delta_minor != 0 || self.before_status != Some(status);
                let is_rejected = status == ConversionStatus::Rejected;
                let told = if is_rejected { status } else { ConversionStatus::Reversed };
                is_new.then(|| occurrence(self.kinds(), told.as_str(), true))
            }
            Standing::Unpaid | Standing::Counted => {
                let is_same = self.before_status == Some(status);
                let text = if is_same { "adjusted" } else { status.as_str() };
                (self.delta_minor != 0).then(|| occurrence(self.kinds(), text, true))
            }
        }
    }

    const fn kinds(&self) -> &'static [EventKind] {
        match self.standing {
            _ if self.is_refund() => &[EventKind::Refund, EventKind::StatusChange],
            Standing::Counted | Standing::Unpaid | Standing::Gone(Reason::ItemsRemoved) => {
                &[EventKind::Adjustment, EventKind::StatusChange]
            }
            Standing::Gone(_) | Standing::Refused(_) => &[EventKind::StatusChange],
        }
    }
}
