//! What a webhook says about one order, in the domain's words. Topics that are about something else
//! have no news here.

use domain::{
    ids::ShopifyId,
    money::Currency,
    order::{OrderSnapshot, OrderState, Refund},
    time::UtcTime,
};
use shopify::{
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
            News::Refund(_) | News::Edited(_) | News::ChargedBack | News::Deleted => None,
        }
    }
}

impl News {
    /// Takes the news into what is known of the order. Commutative and idempotent, as the state is.
    pub fn apply(self, state: &mut OrderState) {
        match self {
            Self::Snapshot(snapshot) => state.apply_snapshot(*snapshot),
            Self::Refund(refund) => state.apply_refund(refund),
            Self::Edited(at) => state.edited_at = state.edited_at.max(Some(at)),
            Self::ChargedBack => state.charged_back = true,
            Self::Deleted => state.deleted = true,
        }
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
