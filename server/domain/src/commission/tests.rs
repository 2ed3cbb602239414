//! Golden cases of what one state of an order earns, and what follows from the same rules.

use serde_json::json;

use crate::{
    attribution::{Method, Share},
    commission::{CommissionContext, RuleError, commission_of, may_earn},
    order::{OrderState, PaymentStatus, RefundSettlement},
    program::CustomerKind,
    reason::Reason,
    testing::{
        A, B, all_of_r, context, currency, day, earns, one_a, order, order_of, plain, r, refund,
        rules, total,
    },
};

mod base;
mod edits;
mod rates;
mod refunds;
mod rule_check;
mod sums;
mod tiers;

/// Why an order earns nothing under the plain program.
fn reason(order: &OrderState) -> Option<Reason> {
    earns(order, &plain()).zero_reason
}
