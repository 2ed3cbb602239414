//! The last fallback of attribution: a landing page that names an affiliate and of which no report
//! arrived. The cart carries it where the storefront could not report it (WebAssembly or the app's
//! address blocked); else the order knows it (scripts blocked, or a wallet that skipped the cart). It
//! becomes a click at the time of the order. Repeat-safe: one visitor per order.

use domain::order::OrderSnapshot;
use storage::{StorageError, WriteTx};

use super::{
    attribute::{landing_visitor, unreported_landing},
    record_click::{Visit, record_click},
    shop_book::ShopBook,
};
use crate::visit_token::VisitTokens;

/// Records the landing pages that only the orders tell of.
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
        let Some(landing) = unreported_landing(book, tokens, order, now) else { continue };
        let visitor = landing_visitor(order.shopify_order_id);
        let visit = Visit::entering(landing.to_owned(), visitor);
        record_click(tx, book, &visit, order.ordered_at)?;
    }
    Ok(())
}
