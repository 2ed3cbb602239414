//! A merchant's decision about many orders at once. What one order's status does not allow leaves the
//! others alone and is told.

use domain::{
    conversion::{ReviewAction, WrongMove},
    ids::{ShopId, ShopifyId},
    time::UtcTime,
};
use storage::{StorageError, WriteTx, firings::Firing};

use super::{
    approve_due::{ReviewError, review_order},
    settle_orders::Settler,
    shop_book::ShopBooks,
};

/// Orders of one decision; each is locked until the end.
pub const ORDERS_MAX: usize = 200;

/// What became of a decision.
#[derive(Debug, Default)]
pub struct Reviewed {
    /// Carried out.
    pub done: Vec<ShopifyId>,
    /// Not possible, and why.
    pub refused: Vec<(ShopifyId, WrongMove)>,
    /// Orders that the shop does not have, or that nobody has a part in.
    pub unknown: Vec<ShopifyId>,
    /// Postbacks that tell of it.
    pub firings: Vec<Firing>,
}

/// Carries out a decision about up to [`ORDERS_MAX`] orders; further ones are left out and are in none
/// of the lists. A rejection that is taken back is settled anew at once.
///
/// # Errors
/// [`StorageError`]; then nothing has changed.
pub fn review_orders(
    tx: &mut WriteTx<'_>,
    books: &ShopBooks,
    settler: &Settler,
    shop: ShopId,
    orders: &[ShopifyId],
    action: &ReviewAction,
    now: UtcTime,
) -> Result<Reviewed, StorageError> {
    let mut orders = orders.to_vec();
    // In one sequence everywhere, so that two decisions never wait for each other in a circle.
    orders.sort_unstable();
    orders.dedup();
    let mut reviewed = Reviewed::default();
    for order in orders.into_iter().take(ORDERS_MAX) {
        match review_order(tx, books, shop, order, action, now) {
            Ok(fired) => {
                reviewed.firings.extend(fired);
                if *action == ReviewAction::Reopen {
                    reviewed.firings.extend(settler.resettle(tx, shop, order, now)?);
                }
                reviewed.done.push(order);
            }
            Err(ReviewError::WrongMove(wrong)) => reviewed.refused.push((order, wrong)),
            Err(ReviewError::Storage(StorageError::NotFound)) => reviewed.unknown.push(order),
            Err(ReviewError::Storage(error)) => return Err(error),
        }
    }
    Ok(reviewed)
}
