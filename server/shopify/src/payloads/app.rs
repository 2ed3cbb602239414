//! Bodies about the app itself: scopes, and what the merchant pays for it.

use super::{
    error::{At as _, PayloadError, Required as _},
    json::{self, json_object},
};
use crate::scopes::Scopes;

json_object! {
    /// `app/scopes_update`.
    ScopesJson { current }
}

json_object! {
    /// `app_subscriptions/update`.
    UpdateJson { app_subscription }
}

json_object! {
    /// `app_subscription`.
    SubscriptionJson { name, status }
}

/// A subscription whose state changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionUpdate {
    /// The plan's name.
    pub name: String,
    /// `ACTIVE`, `CANCELLED` …
    pub status: String,
}

impl SubscriptionUpdate {
    /// It is paid for.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.status == "ACTIVE"
    }
}

/// Reads `app/scopes_update`: what the shop grants now.
///
/// # Errors
/// [`PayloadError`].
pub fn scopes_update(body: &[u8]) -> Result<Scopes, PayloadError> {
    let update: ScopesJson<'_> = json::body(body)?;
    let current = update.current.list(|scope| Ok(scope.trimmed())).at("current")?;
    Ok(current.iter().flatten().map(String::as_str).collect())
}

/// Reads `app_subscriptions/update`.
///
/// # Errors
/// [`PayloadError`].
pub fn subscription_update(body: &[u8]) -> Result<SubscriptionUpdate, PayloadError> {
    let update: UpdateJson<'_> = json::body(body)?;
    let subscription: SubscriptionJson<'_> =
        update.app_subscription.object().required().at("app_subscription")?;
    Ok(SubscriptionUpdate {
        name: subscription.name.trimmed().unwrap_or_default(),
        status: subscription.status.trimmed().unwrap_or_default().to_uppercase(),
    })
}
