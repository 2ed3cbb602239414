//! Why: the decision stored with an order and the computation stored with a conversion, as they are
//! written and read.

use domain::{
    attribution::Decision,
    commission::{Commission, CommissionContext},
    ids::AffiliateId,
    reason::Reason,
};
use serde::{Deserialize, Serialize};
use storage::{StorageError, conversions::ConversionRow, orders::Order};

/// How an amount came about, stored with its conversion and shown to the merchant.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Explanation {
    /// What the rate depends on besides the order; fixed when the order was first seen.
    pub context: CommissionContext,
    /// The computation as of the last event.
    pub commission: Commission,
    /// Who was above the affiliate when the order was first seen, nearest first.
    #[serde(default)]
    pub uplines: Vec<Upline>,
}

/// Somebody above the affiliate who is credited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upline {
    /// Who.
    pub affiliate: AffiliateId,
    /// Why this level earns nothing, if it does not.
    pub refused: Option<Reason>,
}

/// The stored decision of an order.
///
/// # Errors
/// [`StorageError::Corrupt`] when the column is not one that the program writes.
pub fn read_decision(order: &Order) -> Result<Option<Decision>, StorageError> {
    order
        .decision
        .as_deref()
        .map(serde_json::from_str)
        .transpose()
        .map_err(|error| StorageError::Corrupt(format!("decision of order {}: {error}", order.id)))
}

/// The stored explanation of a conversion.
///
/// # Errors
/// [`StorageError::Corrupt`] when the column is not one that the program writes.
pub fn read_explanation(row: &ConversionRow) -> Result<Explanation, StorageError> {
    serde_json::from_str(&row.explanation)
        .map_err(|error| StorageError::Corrupt(format!("explanation of {}: {error}", row.id)))
}
