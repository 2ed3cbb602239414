//! The Partner API, as far as it is about plans: since April 2026 it alone tells which plan of Shopify
//! App Pricing a shop pays for. Not here: charges of the older Billing API (`admin::billing`).
//!
//! <https://shopify.dev/docs/api/partner/latest/active-subscription>

use domain::{ids::ShopifyId, time::UtcTime};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    admin::gid,
    graphql::{Operation, UserErrors},
};

/// The version of every call; the first with this query.
pub const PARTNER_API_VERSION: &str = "2026-07";

/// Reads the active subscription of a shop.
#[derive(Debug, Clone, Copy)]
pub struct ReadPlan {
    /// The app's id in the Partner Dashboard.
    pub app: ShopifyId,
    /// Shopify's id of the shop.
    pub shop: ShopifyId,
}

/// What a shop pays for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaidPlan {
    /// Its handle in the listing, `growth-yearly`.
    pub handle: String,
    /// When the present cycle, or the trial, ends.
    pub period_ends_at: Option<UtcTime>,
}

/// `data`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Data {
    active_subscription: Option<SubscriptionJson>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SubscriptionJson {
    #[serde(default)]
    trial_ends_at: Option<UtcTime>,
    #[serde(default)]
    current_billing_cycle: Option<CycleJson>,
    #[serde(default)]
    items: Vec<ItemJson>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CycleJson {
    end_time: Option<UtcTime>,
}

#[derive(Debug, Deserialize)]
struct ItemJson {
    #[serde(default)]
    handle: String,
}

impl Operation for ReadPlan {
    const NAME: &'static str = "ReadPlan";
    const TEXT: &'static str = "query ReadPlan($app: ID!, $shop: ID!) {
  activeSubscription(appId: $app, shopId: $shop) {
    trialEndsAt currentBillingCycle { endTime } items { handle }
  }
}";
    const IS_REPEATABLE: bool = true;
    type Data = Data;
    type Output = Option<PaidPlan>;

    fn variables(&self) -> Value {
        json!({"app": gid("App", self.app), "shop": gid("Shop", self.shop)})
    }

    /// None for a shop that pays for nothing.
    fn read(&self, data: Data) -> Result<Option<PaidPlan>, UserErrors> {
        Ok(data.active_subscription.map(|found| PaidPlan {
            handle: found.items.into_iter().next().map(|item| item.handle).unwrap_or_default(),
            period_ends_at: found
                .current_billing_cycle
                .and_then(|cycle| cycle.end_time)
                .or(found.trial_ends_at),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s11_34_the_partner_api_names_the_plan_by_its_handle() {
        let ask = ReadPlan { app: ShopifyId(7), shop: ShopifyId(9) };
        assert_eq!(ask.variables()["shop"], "gid://shopify/Shop/9");
        let data = |text: &str| ask.read(serde_json::from_str(text).unwrap()).unwrap();
        assert_eq!(data(r#"{"activeSubscription":null}"#), None);
        let found = data(
            r#"{"activeSubscription":{"trialEndsAt":null,
                "currentBillingCycle":{"endTime":"2026-12-01T00:00:00Z"},
                "items":[{"handle":"growth-yearly"}]}}"#,
        );
        let found = found.unwrap();
        assert_eq!(found.handle, "growth-yearly");
        assert_eq!(found.period_ends_at, UtcTime::parse("2026-12-01T00:00:00Z").ok());
    }
}
