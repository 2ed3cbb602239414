//! Approves conversions whose hold has ended (G80), in small batches. Repeat-safe: the order is
//! locked and the conversion read again, so what was approved or refused meanwhile is left alone.

use std::collections::{BTreeMap, HashMap};

use domain::{
    conversion::{ReviewAction, WrongMove, approve, review},
    ids::{AffiliateId, OrderId, ShopId, ShopifyId},
    time::UtcTime,
};
use storage::{
    StorageError, WriteTx,
    affiliates::{self, Affiliate},
    conversions::{self, ConversionRow},
    firings::Firing,
    orders::{self, Order},
};

use super::{
    book_changes::{Booking, book_changes, read_conversion, write_conversion},
    shop_book::{ShopBook, ShopBooks},
};

/// Conversions approved in one write.
pub const BATCH_MAX: i64 = 100;

/// Approves up to [`BATCH_MAX`] conversions. Gives back how many there were, and the firings.
///
/// # Errors
/// [`StorageError`].
pub fn approve_due(
    tx: &mut WriteTx<'_>,
    books: &ShopBooks,
    now: UtcTime,
    lease_until: Option<UtcTime>,
) -> Result<(usize, Vec<Firing>), StorageError> {
    let due = conversions::conversions_due_for_approval(tx, now, BATCH_MAX)?;
    let mut by_shop: BTreeMap<ShopId, Vec<OrderId>> = BTreeMap::new();
    for row in &due {
        by_shop.entry(row.shop_id).or_default().push(row.order_id);
    }
    let mut fired = Vec::new();
    for (shop, order_ids) in by_shop {
        let book = books.of(tx, shop)?;
        let locked = lock_orders(tx, &book, &order_ids, now)?;
        let affiliates = affiliates_of(tx, shop, &locked.rows)?;
        let mut bookings = Vec::new();
        for row in &locked.rows {
            let before = read_conversion(row)?;
            let Ok(change) = approve(&before, now) else { continue };
            bookings.extend(locked.booking(&affiliates, row, before, change, now)?);
        }
        fired.extend(book_changes(tx, &book, &bookings, now, lease_until)?);
    }
    Ok((due.len(), fired))
}

/// What a merchant's decision came to.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// The conversion's status does not allow it.
    #[error(transparent)]
    WrongMove(#[from] WrongMove),
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl storage::TxError for ReviewError {
    fn storage_error(&self) -> Option<&StorageError> {
        match self {
            Self::Storage(error) => Some(error),
            Self::WrongMove(_) => None,
        }
    }
}

/// Carries out a merchant's decision about every conversion of an order that allows it.
///
/// # Errors
/// [`ReviewError`]; then nothing has changed.
pub fn review_order(
    tx: &mut WriteTx<'_>,
    books: &ShopBooks,
    shop: ShopId,
    order: ShopifyId,
    action: &ReviewAction,
    now: UtcTime,
) -> Result<Vec<Firing>, ReviewError> {
    let book = books.of(tx, shop)?;
    let known = orders::order_by_shopify_id(tx, shop, order)?.ok_or(StorageError::NotFound)?;
    let locked = lock_orders(tx, &book, &[known.id], now)?;
    if locked.rows.is_empty() {
        return Err(StorageError::NotFound.into());
    }
    let affiliates = affiliates_of(tx, shop, &locked.rows)?;
    let mut bookings = Vec::new();
    let mut wrong = None;
    for row in &locked.rows {
        let before = read_conversion(row)?;
        match review(&before, action) {
            Ok(change) => {
                bookings.extend(locked.booking(&affiliates, row, before, change, now)?);
            }
            Err(error) => wrong = wrong.or(Some(error)),
        }
    }
    // Somebody who lost the credit before, or a level that has nothing to add, does not stand in the
    // way of the others.
    match wrong {
        Some(wrong) if bookings.is_empty() => Err(wrong.into()),
        _ => Ok(book_changes(tx, &book, &bookings, now, None)?),
    }
}

/// Orders that this transaction alone may change, with their conversions.
pub(super) struct LockedConversions {
    orders: HashMap<OrderId, Order>,
    pub(super) rows: Vec<ConversionRow>,
}

pub(super) fn lock_orders(
    tx: &mut WriteTx<'_>,
    book: &ShopBook,
    ids: &[OrderId],
    now: UtcTime,
) -> Result<LockedConversions, StorageError> {
    let mut shopify_ids: Vec<ShopifyId> = Vec::with_capacity(ids.len());
    for id in ids {
        if let Some(order) = orders::order_by_id(tx, book.shop, *id)? {
            shopify_ids.push(order.shopify_order_id);
        }
    }
    let locked = orders::orders_lock(tx, book.shop, &shopify_ids, book.currency(), now)?;
    let rows = conversions::conversions_of_orders(tx, book.shop, ids)?;
    let orders = locked.into_iter().map(|order| (order.row.id, order.row)).collect();
    Ok(LockedConversions { orders, rows })
}

pub(super) fn affiliates_of(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    rows: &[ConversionRow],
) -> Result<HashMap<AffiliateId, Affiliate>, StorageError> {
    let mut ids: Vec<AffiliateId> = rows.iter().map(|row| row.affiliate_id).collect();
    ids.sort_unstable();
    ids.dedup();
    affiliates::affiliates_by_ids(tx, shop, &ids)
}

impl LockedConversions {
    pub(super) fn booking<'a>(
        &'a self,
        affiliates: &'a HashMap<AffiliateId, Affiliate>,
        row: &ConversionRow,
        before: domain::conversion::Conversion,
        change: domain::conversion::Change,
        now: UtcTime,
    ) -> Result<Option<Booking<'a>>, StorageError> {
        let (Some(order), Some(affiliate)) =
            (self.orders.get(&row.order_id), affiliates.get(&row.affiliate_id))
        else {
            return Ok(None);
        };
        let mut row = row.clone();
        row.updated_at = now;
        write_conversion(&mut row, &change.conversion)?;
        Ok(Some(Booking { order, affiliate, row, before: Some(before), change }))
    }
}

/// When the next approval falls due: for the timer.
///
/// # Errors
/// [`StorageError`].
pub fn next_approval_at(conn: &mut storage::DbConn) -> Result<Option<UtcTime>, StorageError> {
    conversions::conversion_next_approval_at(conn)
}
