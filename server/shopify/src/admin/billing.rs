//! What the merchant pays for the app. Plans are Shopify App Pricing's: the listing defines them and
//! Shopify's own page sells them, we only read which one is active. A percentage of sales with a cap
//! is what only the older Billing API can do.

use domain::{
    money::{Currency, Money},
    time::UtcTime,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Refusals;
use crate::graphql::{Operation, UserErrors};

/// How a subscription stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SubscriptionStatus {
    /// Waits for the merchant.
    Pending,
    /// Runs.
    Active,
    /// The merchant said no.
    Declined,
    /// The merchant never answered.
    Expired,
    /// The shop does not pay Shopify.
    Frozen,
    /// Ended.
    Cancelled,
    /// A word that this version does not know.
    #[serde(other)]
    Other,
}

impl SubscriptionStatus {
    /// Shopify's word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Active => "ACTIVE",
            Self::Declined => "DECLINED",
            Self::Expired => "EXPIRED",
            Self::Frozen => "FROZEN",
            Self::Cancelled => "CANCELLED",
            Self::Other => "",
        }
    }
}

/// A subscription of the shop to this app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Its global id.
    pub id: String,
    /// The plan's name.
    pub name: String,
    /// How it stands.
    pub status: SubscriptionStatus,
    /// Costs nothing: a test.
    pub is_test: bool,
    /// The present period ends then.
    pub period_ends_at: Option<UtcTime>,
    /// Where usage is charged, with what was charged so far and the most that may be.
    pub usage: Option<Usage>,
}

/// A usage line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// The line's global id.
    pub line_id: String,
    /// Charged in this period.
    pub used: Money,
    /// The most that the merchant agreed to.
    pub cap: Money,
}

/// Reads the active subscriptions; the return address of a charge proves nothing.
#[derive(Debug, Clone, Copy)]
pub struct ReadSubscriptions;

/// `data`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Read {
    current_app_installation: InstallationJson,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct InstallationJson {
    active_subscriptions: Vec<SubscriptionJson>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SubscriptionJson {
    id: String,
    name: String,
    status: SubscriptionStatus,
    #[serde(default)]
    test: bool,
    current_period_end: Option<UtcTime>,
    #[serde(default)]
    line_items: Vec<LineJson>,
}

#[derive(Debug, Deserialize)]
struct LineJson {
    id: String,
    plan: PlanJson,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PlanJson {
    pricing_details: DetailsJson,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct DetailsJson {
    balance_used: Option<MoneyJson>,
    capped_amount: Option<MoneyJson>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct MoneyJson {
    amount: Value,
    currency_code: String,
}

impl MoneyJson {
    fn money(&self) -> Option<Money> {
        let currency = Currency::parse(&self.currency_code).ok()?;
        let digits = match &self.amount {
            Value::String(text) => text.parse().ok()?,
            number => number.to_string().parse().ok()?,
        };
        Money::from_decimal(digits, currency).ok()
    }
}

impl SubscriptionJson {
    fn subscription(self) -> Subscription {
        let usage = self.line_items.into_iter().find_map(|line| {
            let details = line.plan.pricing_details;
            Some(Usage {
                line_id: line.id,
                used: details.balance_used?.money()?,
                cap: details.capped_amount?.money()?,
            })
        });
        Subscription {
            id: self.id,
            name: self.name,
            status: self.status,
            is_test: self.test,
            period_ends_at: self.current_period_end,
            usage,
        }
    }
}

impl Operation for ReadSubscriptions {
    const NAME: &'static str = "ReadSubscriptions";
    const TEXT: &'static str = "query ReadSubscriptions {
  currentAppInstallation { activeSubscriptions {
    id name status test currentPeriodEnd
    lineItems { id plan { pricingDetails {
      ... on AppUsagePricing {
        balanceUsed { amount currencyCode } cappedAmount { amount currencyCode }
      }
    } } }
  } }
}";
    const IS_REPEATABLE: bool = true;
    type Data = Read;
    type Output = Vec<Subscription>;

    fn variables(&self) -> Value {
        json!({})
    }

    fn read(&self, data: Read) -> Result<Vec<Subscription>, UserErrors> {
        let found = data.current_app_installation.active_subscriptions;
        Ok(found.into_iter().map(SubscriptionJson::subscription).collect())
    }
}

/// Offers the merchant a percentage of sales with a cap (Billing API).
#[derive(Debug, Clone)]
pub struct OfferUsagePlan {
    /// The plan's name.
    pub name: String,
    /// In words: what is charged for what.
    pub terms: String,
    /// The most per 30 days.
    pub cap: Money,
    /// Where the merchant comes back to.
    pub return_url: String,
    /// Days without charge.
    pub trial_days: i64,
    /// Costs nothing: development stores.
    pub is_test: bool,
}

/// `data`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Offered {
    app_subscription_create: OfferedJson,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct OfferedJson {
    confirmation_url: Option<String>,
    #[serde(flatten)]
    refusals: Refusals,
}

impl Operation for OfferUsagePlan {
    const NAME: &'static str = "OfferUsagePlan";
    const TEXT: &'static str = "mutation OfferUsagePlan(
  $name: String!, $returnUrl: URL!, $test: Boolean!, $trialDays: Int!, $terms: String!, $cap: MoneyInput!
) {
  appSubscriptionCreate(
    name: $name, returnUrl: $returnUrl, test: $test, trialDays: $trialDays,
    lineItems: [{plan: {appUsagePricingDetails: {terms: $terms, cappedAmount: $cap}}}]
  ) { confirmationUrl userErrors { field message } }
}";
    // An offer that nobody accepts costs nothing.
    const IS_REPEATABLE: bool = true;
    type Data = Offered;
    type Output = String;

    fn variables(&self) -> Value {
        json!({
            "name": self.name, "terms": self.terms, "returnUrl": self.return_url,
            "test": self.is_test, "trialDays": self.trial_days,
            "cap": {"amount": self.cap.decimal(), "currencyCode": self.cap.currency.as_str()},
        })
    }

    /// Where the merchant accepts; outside of the frame.
    fn read(&self, data: Offered) -> Result<String, UserErrors> {
        let offered = data.app_subscription_create;
        offered.refusals.check()?;
        offered.confirmation_url.ok_or_else(|| UserErrors::nothing_came("the page to confirm"))
    }
}

/// Charges usage. The key makes a repeat harmless.
#[derive(Debug, Clone)]
pub struct ChargeUsage {
    /// The usage line.
    pub line_id: String,
    /// What for.
    pub description: String,
    /// How much.
    pub price: Money,
    /// Equal for equal charges.
    pub idempotency_key: String,
}

/// `data`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Charged {
    app_usage_record_create: ChargedJson,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ChargedJson {
    app_usage_record: Option<RecordJson>,
    #[serde(flatten)]
    refusals: Refusals,
}

#[derive(Debug, Deserialize)]
struct RecordJson {
    id: String,
}

impl Operation for ChargeUsage {
    const NAME: &'static str = "ChargeUsage";
    const TEXT: &'static str = "mutation ChargeUsage(
  $line: ID!, $description: String!, $price: MoneyInput!, $key: String!
) {
  appUsageRecordCreate(
    subscriptionLineItemId: $line, description: $description, price: $price, idempotencyKey: $key
  ) { appUsageRecord { id } userErrors { field message } }
}";
    const IS_REPEATABLE: bool = true;
    type Data = Charged;
    type Output = String;

    fn variables(&self) -> Value {
        json!({
            "line": self.line_id, "description": self.description, "key": self.idempotency_key,
            "price": {"amount": self.price.decimal(), "currencyCode": self.price.currency.as_str()},
        })
    }

    /// The record's global id.
    fn read(&self, data: Charged) -> Result<String, UserErrors> {
        let charged = data.app_usage_record_create;
        charged.refusals.check()?;
        let record = charged.app_usage_record;
        record.map(|record| record.id).ok_or_else(|| UserErrors::nothing_came("the charge"))
    }
}

/// Asks the merchant for a higher cap (Billing API). Nothing changes until it is accepted.
#[derive(Debug, Clone)]
pub struct RaiseCap {
    /// The usage line.
    pub line_id: String,
    /// The new most per 30 days.
    pub cap: Money,
}

/// `data`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Raised {
    app_subscription_line_item_update: OfferedJson,
}

impl Operation for RaiseCap {
    const NAME: &'static str = "RaiseCap";
    const TEXT: &'static str = "mutation RaiseCap($line: ID!, $cap: MoneyInput!) {
  appSubscriptionLineItemUpdate(id: $line, cappedAmount: $cap) {
    confirmationUrl userErrors { field message }
  }
}";
    // A question that nobody answers changes nothing.
    const IS_REPEATABLE: bool = true;
    type Data = Raised;
    type Output = String;

    fn variables(&self) -> Value {
        json!({
            "line": self.line_id,
            "cap": {"amount": self.cap.decimal(), "currencyCode": self.cap.currency.as_str()},
        })
    }

    /// Where the merchant accepts; outside of the frame.
    fn read(&self, data: Raised) -> Result<String, UserErrors> {
        let raised = data.app_subscription_line_item_update;
        raised.refusals.check()?;
        raised.confirmation_url.ok_or_else(|| UserErrors::nothing_came("the page to confirm"))
    }
}
