//! What a webhook says about one order, in the domain's words. Topics that are about something else
//! have no news here.

use domain::{
    ids::ShopifyId,
    money::Currency,
    order::{OrderSnapshot, OrderState, Refund},
    time::UtcTime,
};
use shopify::{
    admin::fetched_order::FetchedOrder,
    fingerprint::Fingerprinter,
    payloads::{self, PayloadError},
    webhook::Topic,
};

/// The cart attribute in which the storefront carries the visit (storefront rules, "Cart facts").
pub const CART_ATTRIBUTE: &str = "__rf";

/// One delivery's news about one order.
#[derive(Debug, Clone)]
pub struct OrderNews {
    /// Shopify's id of the order.
    pub order: ShopifyId,
    /// What is new.
    pub what: News,
}

/// What is new about an order.
#[derive(Debug, Clone)]
pub enum News {
    /// A full picture.
    Snapshot(Box<OrderSnapshot>),
    /// A full picture that we asked for, with what no webhook tells.
    Fetched(Box<FetchedOrder>),
    /// A refund.
    Refund(Refund),
    /// An edit without amounts: a full picture has to follow.
    Edited(UtcTime),
    /// A chargeback was lost (G47).
    ChargedBack,
    /// The order is gone.
    Deleted,
}

impl OrderNews {
    /// The shop's currency, where the news tells it.
    #[must_use]
    pub fn currency(&self) -> Option<Currency> {
        match &self.what {
            News::Snapshot(snapshot) => Some(snapshot.currency),
            News::Fetched(fetched) => Some(fetched.snapshot.currency),
            News::Refund(_) | News::Edited(_) | News::ChargedBack | News::Deleted => None,
        }
    }
}

impl News {
    /// Takes the news into what is known of the order. Commutative and idempotent, as the state is.
    pub fn apply(self, state: &mut OrderState) {
        match self {
            Self::Snapshot(snapshot) => state.apply_snapshot(*snapshot),
            Self::Fetched(fetched) => {
                // Before the picture, which would take the time of asking for that of paying.
                state.paid_at = earliest(state.paid_at, fetched.paid_at);
                state.fulfilled_at = earliest(state.fulfilled_at, fetched.fulfilled_at);
                state.charged_back |= fetched.charged_back;
                state.apply_snapshot(fetched.snapshot);
            }
            Self::Refund(refund) => state.apply_refund(refund),
            Self::Edited(at) => state.edited_at = state.edited_at.max(Some(at)),
            Self::ChargedBack => state.charged_back = true,
            Self::Deleted => state.deleted = true,
        }
    }
}

fn earliest(known: Option<UtcTime>, told: Option<UtcTime>) -> Option<UtcTime> {
    match (known, told) {
        (Some(known), Some(told)) => Some(known.min(told)),
        (known, told) => known.or(told),
    }
}

/// Reads a delivery. None when the topic says nothing about an order's money.
///
/// # Errors
/// [`PayloadError`] naming the field that cannot be read.
pub fn read(
    topic: &Topic,
    body: &[u8],
    triggered_at: UtcTime,
    shop_currency: Currency,
    fingerprints: &Fingerprinter,
) -> Result<Option<OrderNews>, PayloadError> {
    let news = match topic {
        Topic::OrdersCreate
        | Topic::OrdersUpdated
        | Topic::OrdersPaid
        | Topic::OrdersCancelled
        | Topic::OrdersFulfilled
        | Topic::OrdersPartiallyFulfilled => {
            let snapshot =
                payloads::order_snapshot(body, triggered_at, fingerprints, CART_ATTRIBUTE)?;
            OrderNews { order: snapshot.shopify_order_id, what: News::Snapshot(Box::new(snapshot)) }
        }
        Topic::RefundsCreate => {
            let (order, refund, _) = payloads::refund(body, shop_currency)?;
            OrderNews { order, what: News::Refund(refund) }
        }
        Topic::OrdersEdited => {
            let (order, at) = payloads::order_edit(body)?;
            OrderNews { order, what: News::Edited(at) }
        }
        Topic::OrdersDelete => {
            OrderNews { order: payloads::order_deleted(body)?, what: News::Deleted }
        }
        Topic::DisputesCreate | Topic::DisputesUpdate => {
            let dispute = payloads::dispute(body)?;
            match dispute.order_id {
                Some(order) if dispute.is_lost_chargeback() => {
                    OrderNews { order, what: News::ChargedBack }
                }
                _ => return Ok(None),
            }
        }
        _ => return Ok(None),
    };
    Ok(Some(news))
}
