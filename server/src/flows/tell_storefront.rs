//! What the storefront's script knows of the shop's rules has changed. Repeat-safe: one task for each
//! shop, which tells how the rules are when it is done.

use domain::{ids::ShopId, time::UtcTime};
use storage::{
    StorageError, WriteTx,
    shopify_tasks::{TaskKind, task_add},
};

/// Has it told, as soon as the workers come to it.
///
/// # Errors
/// [`StorageError`].
pub fn storefront_changed(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    now: UtcTime,
) -> Result<(), StorageError> {
    task_add(tx, shop, TaskKind::TellStorefront, "", now)
}
