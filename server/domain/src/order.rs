//! What the rules need to know about one Shopify order, and how the pieces that arrive in any
//! order, any number of times, become one state. The Shopify field names stay in `shopify::payloads`.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

use serde::{Deserialize, Serialize};

use crate::{
    ids::ShopifyId,
    money::{Currency, Money},
    time::UtcTime,
};

/// One full picture of an order, as one payload gave it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderSnapshot {
    /// Shopify's `updated_at`; the trigger time where the payload has none.
    pub updated_at: UtcTime,
    /// When Shopify triggered the delivery.
    pub triggered_at: UtcTime,
    /// Shopify's order id.
    pub shopify_order_id: ShopifyId,
    /// The merchant's name for it, `#1001`.
    pub name: String,
    /// Shopify's `created_at`: the order time of every window rule (domain rules 3.1).
    pub ordered_at: UtcTime,
    /// The shop's currency: every amount below is in it.
    pub currency: Currency,
    /// Prices contain tax (`taxes_included`).
    pub taxes_included: bool,
    /// A test order: recorded, never paid.
    pub test: bool,
    /// When it was cancelled, if it was.
    pub cancelled_at: Option<UtcTime>,
    /// State of the payment.
    pub payment: PaymentStatus,
    /// Everything was fulfilled (`fulfillment_status` is `fulfilled`).
    pub fulfilled: bool,
    /// Codes entered, in the order of `discount_codes` and then code-like applications.
    pub discount_codes: Vec<String>,
    /// The buyer's customer id, if there is an account and we may see it.
    pub customer_id: Option<ShopifyId>,
    /// The buyer's e-mail is of a provider of throw-away addresses.
    #[serde(default)]
    pub has_disposable_email: bool,
    /// The buyer's e-mail, normalised (`affiliate::normalise_email`) and hashed by the server; never the text.
    pub email_fingerprint: Option<String>,
    /// Values of the cart attribute that the storefront writes, untrusted and at most a few.
    pub attribution_tokens: Vec<String>,
    /// Landing page path and query, as a last fallback; untrusted.
    pub landing_site: Option<String>,
    /// Host of the page from which the buyer came to the shop, in lower case; untrusted.
    #[serde(default)]
    pub referring_host: Option<String>,
    /// `web`, `pos`, `shopify_draft_order`, …
    pub source_name: Option<String>,
    /// The lines.
    pub lines: Vec<OrderLine>,
    /// Shipping after discounts, without tax when `taxes_included` (minor units).
    pub shipping_minor: i64,
    /// Tax on shipping (minor units).
    pub shipping_tax_minor: i64,
    /// Total as charged, for display only.
    pub total_minor: i64,
    /// The payload says which lines are on a subscription (API versions since 2026-10 do).
    #[serde(default)]
    pub tells_subscriptions: bool,
    /// Refunds listed in the payload.
    pub refunds: Vec<Refund>,
}

/// How far the payment got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    /// Nothing captured yet (`pending`).
    Pending,
    /// Authorised, not captured.
    Authorized,
    /// Some of it captured.
    PartiallyPaid,
    /// All of it captured, or the payload does not say.
    Paid,
    /// Paid, some returned.
    PartiallyRefunded,
    /// Paid, all returned.
    Refunded,
    /// Voided or expired: no money will come.
    Voided,
}

impl PaymentStatus {
    /// Money was captured in full at some time.
    #[must_use]
    pub const fn was_paid(self) -> bool {
        matches!(self, Self::Paid | Self::PartiallyRefunded | Self::Refunded)
    }
}

/// One line of an order. Amounts are whole-line, in minor units of the order's currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    /// Shopify's line item id.
    pub id: ShopifyId,
    /// Product; none for custom lines.
    pub product_id: Option<ShopifyId>,
    /// Variant; none for custom lines.
    pub variant_id: Option<ShopifyId>,
    /// What the buyer saw.
    pub title: String,
    /// Units ordered.
    pub quantity: i64,
    /// Units left after refunds and edits, where the payload says (`current_quantity`).
    pub current_quantity: Option<i64>,
    /// Price of one unit before discounts.
    pub unit_price_minor: i64,
    /// Sum of the line's discount allocations, line-level and order-level.
    pub discount_minor: i64,
    /// Sum of the line's tax lines.
    pub tax_minor: i64,
    /// A gift card that was bought: no revenue yet, never commissionable.
    pub gift_card: bool,
    /// A tip line.
    pub tip: bool,
    /// Bought on a subscription (`selling_plan_id`).
    pub subscription: bool,
}

/// One refund. Amounts in minor units of the shop's currency, as Shopify gave them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Refund {
    /// Shopify's refund id.
    pub id: ShopifyId,
    /// When it was made.
    pub created_at: UtcTime,
    /// What its money transactions say.
    pub settlement: RefundSettlement,
    /// Units given back.
    pub lines: Vec<RefundLine>,
    /// Money given beyond the items (positive), shipping apart: Shopify's negative adjustments.
    pub beyond_items_minor: i64,
    /// Tax within or on top of `beyond_items_minor`.
    pub beyond_items_tax_minor: i64,
    /// Money the merchant kept of the items (positive): Shopify's positive adjustments.
    pub kept_minor: i64,
    /// Shipping given back, without tax.
    pub shipping_minor: i64,
    /// Tax on that shipping.
    pub shipping_tax_minor: i64,
}

/// Whether a refund's money moved. In the order in which it becomes known: a pending refund may
/// fail, and a failed one may be tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundSettlement {
    /// Not yet known; the conversion waits.
    Pending,
    /// Every money transaction failed: the refund did not happen.
    Failed,
    /// Money moved, or the refund has no money transactions.
    Settled,
}

/// One line of a refund.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RefundLine {
    /// The order line it takes units from.
    pub line_id: ShopifyId,
    /// Units given back.
    pub quantity: i64,
    /// `subtotal_set.shop_money`; contains the tax when the order's prices do.
    pub subtotal_minor: i64,
    /// `total_tax_set.shop_money`.
    pub tax_minor: i64,
}

/// Everything known about one order: the newest snapshot and the union of all refunds.
///
/// [`OrderState::apply_snapshot`] and [`OrderState::apply_refund`] are commutative, associative and
/// idempotent, so any permutation and any duplication of an order's webhooks ends in one state
/// (G48, G49).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OrderState {
    /// The newest picture; none while only refunds have arrived.
    pub snapshot: Option<OrderSnapshot>,
    /// All refunds by id.
    pub refunds: BTreeMap<u64, Refund>,
    /// Refunds that the newest picture lists: its `current_quantity` is without their units.
    #[serde(default)]
    pub listed_refunds: BTreeSet<u64>,
    /// Earliest time at which a delivery showed the order paid.
    pub paid_at: Option<UtcTime>,
    /// Earliest time at which a delivery showed the order fulfilled.
    pub fulfilled_at: Option<UtcTime>,
    /// A chargeback was lost (disputes, G47).
    #[serde(default)]
    pub charged_back: bool,
    /// The order was deleted in Shopify.
    #[serde(default)]
    pub deleted: bool,
    /// An edit was announced (`orders/edited`) that no snapshot shows yet.
    #[serde(default)]
    pub edited_at: Option<UtcTime>,
    /// The buyer has to be forgotten: pictures are taken in without them.
    #[serde(default)]
    pub buyer_forgotten: bool,
}

impl OrderState {
    /// Takes in one full picture. Older pictures only add what they alone know: refunds, and the
    /// first time the order was seen paid or fulfilled.
    pub fn apply_snapshot(&mut self, mut snapshot: OrderSnapshot) {
        if self.buyer_forgotten {
            snapshot.forget_buyer();
        }
        let refunds = std::mem::take(&mut snapshot.refunds);
        let listed: BTreeSet<u64> = refunds.iter().map(|refund| refund.id.0).collect();
        for refund in refunds {
            self.apply_refund(refund);
        }
        if snapshot.payment.was_paid() {
            self.paid_at = earliest(self.paid_at, snapshot.triggered_at);
        }
        if snapshot.fulfilled {
            self.fulfilled_at = earliest(self.fulfilled_at, snapshot.triggered_at);
        }
        let is_newer = match &self.snapshot {
            None => true,
            Some(known) => match snapshot.compare_age(known) {
                Ordering::Equal => listed > self.listed_refunds,
                ordering => ordering.is_gt(),
            },
        };
        if is_newer {
            self.snapshot = Some(snapshot);
            self.listed_refunds = listed;
        }
    }

    /// Takes in one refund; of two pictures of one refund the further settled one wins.
    pub fn apply_refund(&mut self, refund: Refund) {
        let known = self.refunds.entry(refund.id.0).or_insert_with(|| refund.clone());
        if (refund.settlement, &refund) > (known.settlement, &*known) {
            *known = refund;
        }
    }

    /// The newest picture already shows the order without this refund's units: it lists the refund,
    /// or is not older than it.
    #[must_use]
    pub fn snapshot_knows(&self, refund: &Refund) -> bool {
        self.listed_refunds.contains(&refund.id.0)
            || self
                .snapshot
                .as_ref()
                .is_some_and(|snapshot| refund.created_at <= snapshot.updated_at)
    }

    /// The order was paid in full at some time, as far as deliveries told.
    #[must_use]
    pub const fn was_paid(&self) -> bool {
        self.paid_at.is_some()
    }

    /// A refund whose money transactions are still open.
    #[must_use]
    pub fn has_pending_refund(&self) -> bool {
        self.refunds.values().any(|refund| refund.settlement == RefundSettlement::Pending)
    }
}

impl OrderSnapshot {
    /// A total order on pictures of one order: Shopify's `updated_at`, then the trigger time, then
    /// how far the order got, then the content, so that a tie never depends on arrival.
    fn compare_age(&self, other: &Self) -> Ordering {
        let progress = |snapshot: &Self| {
            (
                snapshot.updated_at,
                snapshot.triggered_at,
                snapshot.cancelled_at.is_some(),
                snapshot.payment,
                snapshot.fulfilled,
            )
        };
        progress(self)
            .cmp(&progress(other))
            .then_with(|| format!("{self:?}").cmp(&format!("{other:?}")))
    }

    /// A charge of a subscription: a line says so, or where the order comes from. Where a payload
    /// cannot tell, every order may be one.
    #[must_use]
    pub fn is_charge(&self) -> bool {
        let is_renewal = |source: &str| source.starts_with("subscription_contract");
        !self.tells_subscriptions
            || self.lines.iter().any(|line| line.subscription)
            || self.source_name.as_deref().is_some_and(is_renewal)
    }

    /// Leaves out who bought and by which visit; what was bought stays.
    pub fn forget_buyer(&mut self) {
        self.customer_id = None;
        self.email_fingerprint = None;
        self.attribution_tokens = Vec::new();
        self.landing_site = None;
        self.referring_host = None;
    }

    /// An amount in the order's currency.
    #[must_use]
    pub const fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.currency)
    }
}

fn earliest(known: Option<UtcTime>, seen: UtcTime) -> Option<UtcTime> {
    Some(known.map_or(seen, |known| known.min(seen)))
}

#[cfg(test)]
mod tests;
