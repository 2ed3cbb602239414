//! Setting the app up: what the admin says of the theme embed, the pixel tried again, the list put
//! away. Repeat-safe: each sets what it says.

use domain::{ids::ShopId, time::UtcTime};
use storage::{
    StorageError, WriteTx,
    installations::installation_set_embed,
    shopify_tasks::{TaskKind, task_add},
};

use super::change_settings::change;

/// How the theme embed stands, as Shopify's admin says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmbedState {
    /// On, in the theme that buyers see.
    Active,
    /// Off.
    Available,
    /// The theme cannot have it, or the extension is not there.
    Unavailable,
}

impl EmbedState {
    /// As App Bridge writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Available => "available",
            Self::Unavailable => "unavailable",
        }
    }

    /// Reads App Bridge's word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Active, Self::Available, Self::Unavailable]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

/// Keeps what the admin says of the theme embed.
///
/// # Errors
/// [`StorageError`].
pub fn note_embed(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    state: EmbedState,
    now: UtcTime,
) -> Result<(), StorageError> {
    installation_set_embed(tx, shop, state.as_str(), now)
}

/// Connects the web pixel, as soon as the workers come to it.
///
/// # Errors
/// [`StorageError`].
pub fn connect_pixel(tx: &mut WriteTx<'_>, shop: ShopId, now: UtcTime) -> Result<(), StorageError> {
    task_add(tx, shop, TaskKind::ConnectPixel, "", now)
}

/// Compares the orders with Shopify's, as soon as the workers come to it.
///
/// # Errors
/// [`StorageError`].
pub fn compare_orders(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    now: UtcTime,
) -> Result<(), StorageError> {
    task_add(tx, shop, TaskKind::Reconcile, "", now)
}

/// Puts the list of first steps away, for good.
///
/// # Errors
/// [`StorageError`].
pub fn hide_setup(tx: &mut WriteTx<'_>, shop: ShopId) -> Result<(), StorageError> {
    change(tx, shop, |settings| settings.is_setup_hidden = true)
}
