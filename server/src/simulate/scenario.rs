//! The input of `tributary simulate`: one shop, its rules, and what happens to it. Unknown fields
//! are refused, so that a typing error never passes for a default.

use domain::{
    affiliate::AffiliateStatus,
    attribution::{ClickModel, Method},
    fraud::FraudSettings,
    money::Currency,
    program::ProgramRules,
    time::UtcTime,
};
use serde::Deserialize;
use serde_json::Value;

/// A whole scenario.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scenario {
    /// The store.
    pub(super) shop: ScenarioShop,
    /// Its programs.
    pub(super) programs: Vec<ProgramRules>,
    /// Its affiliates.
    #[serde(default)]
    pub(super) affiliates: Vec<ScenarioAffiliate>,
    /// Their postbacks, and the merchant's.
    #[serde(default)]
    pub(super) postbacks: Vec<ScenarioPostback>,
    /// What happens, in this order.
    #[serde(default)]
    pub(super) events: Vec<ScenarioEvent>,
}

/// The store's settings.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScenarioShop {
    /// `x.myshopify.com`.
    #[serde(default = "demo_domain")]
    pub(super) domain: String,
    /// Currency of the ledger.
    pub(super) currency: Currency,
    /// IANA zone, for calendar periods.
    #[serde(default = "utc")]
    pub(super) timezone: String,
    /// Which click earns.
    #[serde(default)]
    pub(super) click_model: ClickModel,
    /// Order of the methods between manual and nothing.
    #[serde(default)]
    pub(super) precedence: Option<Vec<Method>>,
    /// Days a click earns, where a program does not say.
    #[serde(default)]
    pub(super) window_days: Option<i64>,
    /// What is done about suspicious orders; the product's defaults where absent.
    #[serde(default)]
    pub(super) fraud: FraudSettings,
    /// The *Postback URL* switch (U1).
    #[serde(default = "yes")]
    pub(super) postbacks_enabled: bool,
    /// The *Facebook pixel* switch (U9).
    #[serde(default)]
    pub(super) facebook_pixel_enabled: bool,
}

fn demo_domain() -> String {
    "demo.myshopify.com".to_owned()
}

fn utc() -> String {
    "UTC".to_owned()
}

const fn yes() -> bool {
    true
}

/// One affiliate.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScenarioAffiliate {
    /// Name within the scenario.
    pub(super) key: String,
    /// Key of the program; the first one when absent.
    #[serde(default)]
    pub(super) program: Option<String>,
    /// Code of the links; the key when absent.
    #[serde(default)]
    pub(super) code: Option<String>,
    /// E-mail, for the self-referral rule.
    #[serde(default)]
    pub(super) email: Option<String>,
    /// Discount codes that belong to the affiliate.
    #[serde(default)]
    pub(super) coupons: Vec<String>,
    /// Products bound to the affiliate.
    #[serde(default)]
    pub(super) products: Vec<u64>,
    /// Customers bound to the affiliate.
    #[serde(default)]
    pub(super) customers: Vec<u64>,
    /// The affiliate's own customer id in the shop.
    #[serde(default)]
    pub(super) shopify_customer_id: Option<u64>,
    /// Key of the affiliate above.
    #[serde(default)]
    pub(super) upline: Option<String>,
    /// Whether the affiliate may earn.
    #[serde(default)]
    pub(super) status: Option<AffiliateStatus>,
    /// Currency the affiliate is paid in.
    #[serde(default)]
    pub(super) payout_currency: Option<Currency>,
    /// Units of that currency for one of the shop's.
    #[serde(default)]
    pub(super) payout_rate: Option<DecimalText>,
}

/// A decimal, written as text or as a number.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum DecimalText {
    /// `"0.90"`.
    Text(String),
    /// `0.9`, kept as it was written.
    Number(serde_json::Number),
}

impl DecimalText {
    /// The decimal as text.
    #[must_use]
    pub(super) fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
        }
    }
}

/// One postback: whose it is, where it applies, and the document that the editor saves.
#[derive(Debug, Deserialize)]
pub(super) struct ScenarioPostback {
    /// Name within the scenario and in the result.
    pub(super) key: String,
    /// Who set it up.
    pub(super) owner: ScenarioOwner,
    /// Keys of programs and affiliates it is limited to.
    #[serde(default)]
    pub(super) scope: Option<Value>,
    /// User name, password or token of the receiver.
    #[serde(default)]
    pub(super) auth: Option<Value>,
    /// Everything else, as the editor saves it.
    #[serde(flatten)]
    pub(super) settings: serde_json::Map<String, Value>,
}

/// Who set a postback up.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScenarioOwner {
    /// Key of an affiliate.
    #[serde(default)]
    pub(super) affiliate: Option<String>,
    /// True for the merchant's own.
    #[serde(default)]
    pub(super) merchant: bool,
}

/// Something that happens at a time, as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScenarioEvent {
    /// When.
    pub(super) at: UtcTime,
    /// What.
    #[serde(rename = "type")]
    pub(super) kind: EventType,
    /// Of a click, and of the order whose cart carried the attribution.
    #[serde(default)]
    pub(super) visitor: Option<String>,
    /// Of a click: the page opened.
    #[serde(default)]
    pub(super) url: Option<String>,
    /// Of a click: the page that the visitor came from.
    #[serde(default)]
    pub(super) referrer: Option<String>,
    /// Of a webhook: `orders/create`, …
    #[serde(default)]
    pub(super) topic: Option<String>,
    /// Of a webhook: `X-Shopify-Webhook-Id`; made up when absent.
    #[serde(default)]
    pub(super) id: Option<String>,
    /// Of a webhook: exactly what Shopify sends.
    #[serde(default)]
    pub(super) payload: Option<Value>,
    /// Of `set_program`: the new version, whole.
    #[serde(default)]
    pub(super) program: Option<ProgramRules>,
    /// Of `set_affiliate`: key and changed fields; of `assign` and `payout`: the key.
    #[serde(default)]
    pub(super) affiliate: Option<Value>,
    /// Of `assign` and `review`: Shopify's order id.
    #[serde(default)]
    pub(super) order_id: Option<u64>,
    /// Of `review`: `approved`, `rejected` or `on_hold`.
    #[serde(default)]
    pub(super) status: Option<String>,
    /// Of `review`: why.
    #[serde(default)]
    pub(super) reason: Option<String>,
}

/// Kinds of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum EventType {
    /// A visitor follows a link.
    Click,
    /// Shopify sends something.
    Webhook,
    /// A program gets a new version.
    SetProgram,
    /// An affiliate changes.
    SetAffiliate,
    /// The merchant credits an order by hand.
    Assign,
    /// The merchant approves or rejects.
    Review,
    /// A payable balance is paid.
    Payout,
    /// The clock passes.
    Advance,
}
