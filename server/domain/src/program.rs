//! A program's rules, exactly as a merchant writes them in a scenario file, the editor or the API.
//! A version is the whole document; an order uses the version in force when it was placed (G87).

use jiff::{civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::{ids::ShopifyId, time::UtcTime};

/// One version of a program's rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProgramRules {
    /// Short name in scenarios and links.
    pub key: String,
    /// Name for people.
    #[serde(default)]
    pub name: String,
    /// What is paid where no special rate matches.
    #[serde(default)]
    pub commission: CommissionSpec,
    /// Special rates, looked up in the order of domain rules 3.3.
    #[serde(default)]
    pub rates: Vec<SpecialRate>,
    /// What earns nothing.
    #[serde(default)]
    pub exclude: Exclusions,
    /// What belongs to the base.
    #[serde(default)]
    pub base: BaseSwitches,
    /// Rate by the size of the order's base.
    #[serde(default)]
    pub order_value_tiers: Option<OrderValueTiers>,
    /// Rate by the affiliate's approved sales so far.
    #[serde(default)]
    pub performance_tiers: Option<PerformanceTiers>,
    /// Amounts paid once per period on reaching a sum of net sales.
    #[serde(default)]
    pub bonuses: Vec<Bonus>,
    /// What uplines get, nearest first.
    #[serde(default)]
    pub levels: Vec<UplineLevel>,
    /// Different rates and a maximum for repeat charges of one subscription.
    #[serde(default)]
    pub recurring: Option<Recurring>,
    /// Most one order can earn.
    #[serde(default)]
    pub cap_per_order: Option<String>,
    /// Base below which an order earns nothing.
    #[serde(default)]
    pub minimum_order: Option<String>,
    /// Whose orders count.
    #[serde(default)]
    pub customers: CustomerRule,
    /// Days in which a click still earns; the shop's when absent.
    #[serde(default)]
    pub window_days: Option<i64>,
    /// Days from payment (and fulfilment, if required) to approval.
    #[serde(default = "default_hold_days")]
    pub hold_days: i64,
    /// What a refund of money without items does.
    #[serde(default)]
    pub amount_only_refunds: AmountOnlyRefunds,
    /// What counts of a cancelled order whose money was captured and kept.
    #[serde(default)]
    pub cancelled_but_paid: CancelledButPaid,
    /// Collections of products, where a lookup has answered.
    #[serde(default)]
    pub product_collections: std::collections::BTreeMap<u64, Vec<u64>>,
    /// Least that is paid out.
    #[serde(default)]
    pub minimum_payout: Option<String>,
    /// Wait for fulfilment before the hold starts.
    #[serde(default)]
    pub require_fulfilment: bool,
    /// Count an order before it is paid.
    #[serde(default)]
    pub accept_unpaid: bool,
    /// Fire postbacks for orders that earn 0.00 (G83).
    #[serde(default)]
    pub fire_on_zero: bool,
}

const fn default_hold_days() -> i64 {
    30
}

/// How much one thing earns. An empty document means "nothing set" and is refused where it matters.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommissionSpec {
    /// Kind of commission.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<CommissionKind>,
    /// Percent with up to two decimals, or an amount in the shop's currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// Kinds of commission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommissionKind {
    /// Share of the base.
    Percent,
    /// One amount per order.
    FlatPerOrder,
    /// One amount per unit.
    FlatPerItem,
}

/// A rate for some lines, coupons, affiliates or customers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpecialRate {
    /// When it applies; all given conditions must hold.
    #[serde(rename = "match")]
    pub applies_to: RateMatch,
    /// What it pays.
    pub commission: CommissionSpec,
}

/// Conditions of a special rate.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateMatch {
    /// This product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_id: Option<ShopifyId>,
    /// This variant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant_id: Option<ShopifyId>,
    /// Products of this collection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collection_id: Option<ShopifyId>,
    /// Orders credited through this coupon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coupon: Option<String>,
    /// This affiliate, by code or key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub affiliate: Option<String>,
    /// New or returning buyers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerKind>,
}

/// Whether the buyer has ordered before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CustomerKind {
    /// First order.
    New,
    /// Has ordered before.
    Returning,
}

/// Products that earn nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exclusions {
    /// These products.
    #[serde(default)]
    pub product_ids: Vec<ShopifyId>,
    /// Products of these collections.
    #[serde(default)]
    pub collection_ids: Vec<ShopifyId>,
}

/// What belongs to the base (domain rules 3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaseSwitches {
    /// Shipping counts (G02).
    #[serde(default)]
    pub shipping: bool,
    /// Tax counts.
    #[serde(default)]
    pub tax: bool,
    /// Whether discounts lower the base (G04).
    #[serde(default)]
    pub discounts: DiscountRule,
}

/// What discounts do to the base.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiscountRule {
    /// They lower it.
    #[default]
    Deduct,
    /// They do not.
    Ignore,
}

/// Whether a tier's rate covers everything or only what lies in the tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TierMode {
    /// The tier reached applies to the whole base.
    #[default]
    Whole,
    /// Each slice earns its own tier's rate.
    Marginal,
}

/// Rate by order value (G67).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderValueTiers {
    /// Whole or marginal.
    #[serde(default)]
    pub mode: TierMode,
    /// Steps, lowest first.
    pub steps: Vec<TierStep>,
}

/// One step of a tier table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TierStep {
    /// From this amount on, inclusive.
    pub from: String,
    /// What is paid there.
    pub commission: CommissionSpec,
}

/// The period over which sales are summed.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// For ever.
    #[default]
    Lifetime,
    /// Calendar month in the shop's zone.
    Month,
    /// Calendar quarter in the shop's zone.
    Quarter,
}

impl Period {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Lifetime, Self::Month, Self::Quarter];

    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lifetime => "lifetime",
            Self::Month => "month",
            Self::Quarter => "quarter",
        }
    }

    /// The inverse of [`Period::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|period| period.as_str() == text)
    }

    /// When the period that holds an instant began, in the shop's time zone (an unknown zone counts
    /// as UTC).
    ///
    /// ```
    /// # use domain::{program::Period, time::UtcTime};
    /// let at = UtcTime::parse("2026-05-01T03:00:00Z").unwrap();
    /// let in_paris = Period::Month.start(at, "Europe/Paris");
    /// assert_eq!(in_paris.to_string(), "2026-04-30T22:00:00Z");
    /// let in_new_york = Period::Quarter.start(at, "America/New_York"); // still April there
    /// assert_eq!(in_new_york.to_string(), "2026-04-01T04:00:00Z");
    /// ```
    #[must_use]
    pub fn start(self, at: UtcTime, zone: &str) -> UtcTime {
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        let local = at.timestamp().to_zoned(zone.clone());
        let month = match self {
            Self::Lifetime => return UtcTime::from_micros(i64::MIN),
            Self::Month => local.month(),
            Self::Quarter => (local.month() - 1) / 3 * 3 + 1,
        };
        let first = Date::new(local.year(), month, 1).and_then(|date| date.to_zoned(zone));
        first.map_or(UtcTime::from_micros(i64::MIN), |first| first.timestamp().into())
    }
}

/// Rate by the affiliate's net approved sales (G68, G69).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PerformanceTiers {
    /// Period of the sum.
    #[serde(default)]
    pub scope: Period,
    /// Whole or marginal.
    #[serde(default)]
    pub mode: TierMode,
    /// Whether a lower sum takes the rate back.
    #[serde(default)]
    pub demote: bool,
    /// Steps, lowest first.
    pub steps: Vec<TierStep>,
}

/// An amount for reaching a sum of net sales in a period (G71, G72).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bonus {
    /// Period of the sum.
    #[serde(default)]
    pub scope: Period,
    /// Net sales needed.
    pub from: String,
    /// What is paid.
    pub amount: String,
    /// Whether it goes back when refunds bring the sum below `from` again.
    #[serde(default)]
    pub take_back: bool,
}

/// What one upline level earns (G74, G75).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UplineLevel {
    /// Percent.
    pub percent: String,
    /// Of what.
    #[serde(default)]
    pub of: LevelBase,
}

/// What an upline's percentage is taken of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LevelBase {
    /// The direct affiliate's commission.
    #[default]
    Commission,
    /// The sale's base.
    Sale,
}

/// Rates for repeat charges (G77, G78).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recurring {
    /// Steps in order; a step without `charges` covers the rest.
    #[serde(default)]
    pub steps: Vec<RecurringStep>,
    /// Charges that earn at all.
    #[serde(default)]
    pub max_charges: Option<i64>,
}

/// One step of a recurring rate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecurringStep {
    /// How many charges it covers.
    #[serde(default)]
    pub charges: Option<i64>,
    /// What is paid.
    pub commission: CommissionSpec,
}

/// Whose orders count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CustomerRule {
    /// Everybody's.
    #[default]
    All,
    /// First orders only (G64).
    NewOnly,
}

/// What counts of a cancelled order whose money was captured and kept (domain rules 3.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelledButPaid {
    /// Nothing, as for one that was never paid (G43).
    #[default]
    Zero,
    /// What was not refunded.
    Count,
}

/// What a refund of money without items does (G34).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AmountOnlyRefunds {
    /// Lowers the base of the remaining eligible lines in proportion.
    #[default]
    ProRata,
    /// Changes nothing.
    Ignore,
}
