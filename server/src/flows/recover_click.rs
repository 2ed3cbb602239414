//! The last fallback of attribution: an order whose cart carries nothing, but whose landing page
//! names an affiliate (scripts blocked, or a wallet that skipped the cart). The landing page becomes
//! a click at the time of the order. Repeat-safe: one visitor per order.

use domain::order::OrderSnapshot;
use storage::{StorageError, WriteTx};

use super::{
    attribute::{landing_visitor, visitors},
    record_click::{Visit, record_click},
    shop_book::ShopBook,
};
use crate::visit_token::VisitTokens;

/// Records the landing pages of orders that carry no visit of their own.
///
/// # Errors
/// [`StorageError`].
pub(super) fn recover_clicks(
    tx: &mut WriteTx<'_>,
    book: &ShopBook,
    tokens: &VisitTokens,
    orders: &[&OrderSnapshot],
    now: domain::time::UtcTime,
) -> Result<(), StorageError> {
    for order in orders {
        let Some(landing_site) = &order.landing_site else { continue };
        let visitor = landing_visitor(order.shopify_order_id);
        if visitors(book, tokens, order, now) != [visitor.as_str()] {
            continue;
        }
        let visit = Visit { entry_url: landing_site.clone(), visitor, ..Visit::default() };
        record_click(tx, book, &visit, order.ordered_at)?;
    }
    Ok(())
}
