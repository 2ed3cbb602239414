//! What the merchant wants done about suspicious orders. The rest of the settings document stays as it
//! is; orders that were decided before keep their decision.

use domain::fraud::FraudSettings;
use storage::{StorageError, WriteTx, activity::Subject, shops};

use super::{change_settings::read_settings, record_activity::Act};

/// Replaces the rules about suspicious orders.
///
/// # Errors
/// [`StorageError`].
pub fn change_fraud_rules(
    tx: &mut WriteTx<'_>,
    act: Act,
    rules: &FraudSettings,
) -> Result<(), StorageError> {
    let row = shops::shop_by_id(tx, act.shop)?.ok_or(StorageError::NotFound)?;
    let mut settings = read_settings(&row)?;
    settings.fraud.clone_from(rules);
    let text = serde_json::to_string(&settings)
        .map_err(|error| StorageError::Other(format!("settings: {error}")))?;
    shops::shop_update_settings(tx, act.shop, &text)?;
    let words = "The rules about suspicious orders were changed.";
    act.note(tx, Subject::Shop, act.shop.0, words)
}
