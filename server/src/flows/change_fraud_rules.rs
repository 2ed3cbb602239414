//! What the merchant wants done about suspicious orders. The rest of the settings document stays as it
//! is; orders that were decided before keep their decision.

use domain::{fraud::FraudSettings, ids::ShopId};
use storage::{StorageError, WriteTx};

use super::change_settings::change;

/// Replaces the rules about suspicious orders.
///
/// # Errors
/// [`StorageError`].
pub fn change_fraud_rules(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    rules: &FraudSettings,
) -> Result<(), StorageError> {
    change(tx, shop, |settings| settings.fraud.clone_from(rules))
}
