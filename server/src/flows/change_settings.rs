//! The merchant's switches (U1, U9). The rest of the settings document stays as it is.

use domain::{
    attribution::{AttributionSettings, Method},
    commission::rules::DAYS_MAX,
    ids::ShopId,
    pixel::PixelRules,
    shop::{PostbackRules, ShopSettings},
};
use storage::{
    StorageError, WriteTx,
    activity::Subject,
    contacts::{contact_choose, contact_of},
    shops,
};

use super::record_activity::Act;

/// The two integrations, independent of each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Switches {
    /// *Postback URL* (U1).
    pub postbacks: bool,
    /// *Facebook pixel* (U9).
    pub facebook_pixel: bool,
    /// What affiliates' pixels may be told while it is on.
    pub pixels: PixelRules,
}

/// Sets both switches.
///
/// # Errors
/// [`StorageError`].
pub fn change_switches(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    switches: &Switches,
) -> Result<(), StorageError> {
    change(tx, shop, |settings| {
        settings.postbacks_enabled = switches.postbacks;
        settings.facebook_pixel_enabled = switches.facebook_pixel;
        settings.pixels.clone_from(&switches.pixels);
    })
}

/// Sets the rules for affiliates' postbacks.
///
/// # Errors
/// [`StorageError`].
pub fn change_postback_rules(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    rules: PostbackRules,
) -> Result<(), StorageError> {
    change(tx, shop, |settings| settings.postbacks = rules)
}

/// Chooses where the merchant is told what it should not miss; none: where Shopify writes to it.
///
/// # Errors
/// [`StorageError`].
pub fn choose_contact(
    tx: &mut WriteTx<'_>,
    act: Act,
    email: Option<&str>,
) -> Result<(), StorageError> {
    let before = contact_of(tx, act.shop)?.and_then(|contact| contact.chosen);
    if before.as_deref() == email {
        return Ok(());
    }
    contact_choose(tx, act.shop, email)?;
    let words = match email {
        Some(email) => format!("News about postbacks go to {email}."),
        None => "News about postbacks go to the address that Shopify has.".to_owned(),
    };
    act.note(tx, Subject::Shop, act.shop.0, words)
}

/// Changes something of the settings document; the rest stays as it is, also when others change that at
/// the same moment.
///
/// # Errors
/// [`StorageError`].
pub(super) fn change(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    change: impl FnOnce(&mut ShopSettings),
) -> Result<(), StorageError> {
    let row = shops::shop_to_change(tx, shop)?;
    let mut settings = read_settings(&row)?;
    change(&mut settings);
    let text = serde_json::to_string(&settings)
        .map_err(|error| StorageError::Other(format!("settings: {error}")))?;
    shops::shop_update_settings(tx, shop, &text)
}

/// The stored settings of a shop.
///
/// # Errors
/// [`StorageError::Corrupt`] when the column is not one that the program writes.
pub fn read_settings(row: &shops::Shop) -> Result<ShopSettings, StorageError> {
    serde_json::from_str(&row.settings)
        .map_err(|error| StorageError::Corrupt(format!("settings of shop {}: {error}", row.id)))
}

/// Why attribution stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum AttributionError {
    /// The window is no number of days that can be.
    #[error("the window lies between 0 and {DAYS_MAX} days")]
    Window,
    /// A method stands in two places, or in none.
    #[error("each method stands in one place")]
    Order,
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl storage::TxError for AttributionError {
    fn storage_error(&self) -> Option<&StorageError> {
        match self {
            Self::Storage(error) => Some(error),
            Self::Window | Self::Order => None,
        }
    }
}

/// Sets who is credited. Orders that were decided keep their decision.
///
/// # Errors
/// [`AttributionError`].
pub fn change_attribution(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    attribution: &AttributionSettings,
) -> Result<(), AttributionError> {
    if !(0..=DAYS_MAX).contains(&attribution.window_days) {
        return Err(AttributionError::Window);
    }
    let is_once = |method: &Method| {
        attribution.precedence.iter().filter(|known| *known == method).count() == 1
    };
    let ordered = Method::ALL.iter().filter(|method| **method != Method::Manual);
    if !ordered.clone().all(is_once) {
        return Err(AttributionError::Order);
    }
    Ok(change(tx, shop, |settings| settings.attribution.clone_from(attribution))?)
}
