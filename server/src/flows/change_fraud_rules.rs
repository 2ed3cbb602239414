//! What the merchant wants done about suspicious orders. The rest of the settings document stays as it
//! is; orders that were decided before keep their decision.

use domain::fraud::FraudSettings;
use storage::{StorageError, WriteTx, activity::Subject};

use super::{change_settings::change, record_activity::Act};

/// Replaces the rules about suspicious orders.
///
/// # Errors
/// [`StorageError`].
pub fn change_fraud_rules(
    tx: &mut WriteTx<'_>,
    act: Act,
    rules: &FraudSettings,
) -> Result<(), StorageError> {
    change(tx, act.shop, |settings| settings.fraud.clone_from(rules))?;
    let words = "The rules about suspicious orders were changed.";
    act.note(tx, Subject::Shop, act.shop.0, words)
}
