//! One webhook of a history: as Shopify sends it, and as the domain takes it in.

use std::fmt;

use domain::order::{OrderSnapshot, OrderState, Refund as DomainRefund};
use serde_json::Value;

use crate::golden::builder::{Order, Refund};

/// One webhook.
#[derive(Clone)]
pub(super) enum Message {
    /// A picture of the order, under this topic.
    Order { topic: &'static str, order: Box<Order>, snapshot: Box<OrderSnapshot> },
    /// `refunds/create`.
    Refund { refund: Box<Refund>, domain: Box<DomainRefund> },
}

impl fmt::Debug for Message {
    /// What tells a failing history apart; whole payloads would fill pages.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Order { topic, order, .. } => write!(f, "{topic}: {order:?}"),
            Self::Refund { refund, .. } => write!(f, "refunds/create: {refund:?}"),
        }
    }
}

impl Message {
    /// A picture of an order.
    pub(super) fn order(topic: &'static str, order: &Order) -> Self {
        let snapshot = Box::new(order.snapshot());
        Self::Order { topic, order: Box::new(order.clone()), snapshot }
    }

    /// A refund by itself.
    pub(super) fn refund(refund: &Refund) -> Self {
        Self::Refund { refund: Box::new(refund.clone()), domain: Box::new(refund.domain()) }
    }

    /// Topic and payload for an order with another id, as Shopify sends them.
    pub(super) fn webhook(&self, id: u64) -> (&'static str, Value) {
        match self {
            Self::Order { topic, order, .. } => (topic, order.renumbered(id).payload()),
            Self::Refund { refund, .. } => ("refunds/create", refund.renumbered(id).payload()),
        }
    }

    /// What the message does to the known state.
    pub(super) fn apply(&self, state: &mut OrderState) {
        match self {
            Self::Order { snapshot, .. } => state.apply_snapshot(OrderSnapshot::clone(snapshot)),
            Self::Refund { domain, .. } => state.apply_refund(DomainRefund::clone(domain)),
        }
    }
}
