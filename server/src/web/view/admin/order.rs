//! One order, explained: who was credited and why, how much and why, what was booked, what was sent.

use askama::Template;

use super::{Frame, Section, affiliates::profile::ActivityLine};
use crate::web::view::{
    form::{Choice, Field},
    log::Firing,
    parts::{Badge, Person, When},
};

/// `{base}/orders/{id}`.
#[derive(Debug, Clone, Template)]
#[template(path = "admin/order.html")]
pub struct OrderPage {
    /// Our id.
    pub id: String,
    /// What the merchant can do now: value and words.
    pub actions: Vec<Choice>,
    /// Reasons for refusing, to choose from.
    pub refusals: Vec<Choice>,
    /// The affiliate to assign, as typed.
    pub assign: Field,
    /// The sale was entered by hand: it is taken back here and not in Shopify.
    pub is_by_hand: bool,
    /// Takes such a sale back.
    pub take_back: TakeBackForm,
    /// Gives or takes an amount about the order.
    pub adjust: AdjustForm,
    /// Of all amounts.
    pub currency: String,
    /// What was done, newest first.
    pub activity: Vec<ActivityLine>,
    /// Chrome.
    pub frame: Frame,
    /// `#1001`.
    pub name: String,
    /// Shopify's id.
    pub shopify_id: String,
    /// Order time.
    pub at: When,
    /// Total as charged, with currency.
    pub total: String,
    /// State of the payment.
    pub payment: Badge,
    /// A test order: recorded, never paid.
    pub is_test: bool,
    /// Discount codes entered.
    pub discount_codes: Vec<String>,
    /// Why this affiliate.
    pub decision: Decision,
    /// Who earns from it, with the computation; none when nobody was credited.
    pub credits: Vec<Credit>,
    /// Ledger entries, oldest first.
    pub entries: Vec<Entry>,
    /// Sum of the entries, with currency.
    pub entries_total: String,
    /// Postbacks of this order with each attempt.
    pub firings: Vec<Firing>,
}

/// What goes back of a sale.
#[derive(Debug, Clone, Default)]
pub struct TakeBackForm {
    /// How much; empty for all that is left.
    pub amount: Field,
    /// For the merchant.
    pub note: Field,
    /// Makes a repeat of the form known.
    pub request: String,
}

/// An amount by hand.
#[derive(Debug, Clone, Default)]
pub struct AdjustForm {
    /// Whose accounts it may go to.
    pub people: Vec<Choice>,
    /// Signed.
    pub amount: Field,
    /// For the affiliate.
    pub reason: Field,
    /// For the merchant.
    pub note: Field,
    /// Makes a repeat of the form known.
    pub request: String,
}

impl AdjustForm {
    /// Something was refused, so that the form must be seen.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        [&self.amount, &self.reason, &self.note].iter().any(|field| field.error.is_some())
    }
}

/// The stored decision (N5).
#[derive(Debug, Clone)]
pub struct Decision {
    /// The rule that decided, in a sentence.
    pub rule: String,
    /// Who could have been credited, the winner first.
    pub candidates: Vec<Candidate>,
}

/// One possible credit.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Who.
    pub affiliate: Person,
    /// How, `Link`.
    pub method: String,
    /// The click or code behind it.
    pub evidence: String,
    /// When the visitor came, for clicks.
    pub at: Option<When>,
    /// Why it lost; none for who won.
    pub lost: Option<String>,
}

/// One affiliate's commission for the order.
#[derive(Debug, Clone)]
pub struct Credit {
    /// Who.
    pub affiliate: Person,
    /// `Main, version 2`.
    pub program: String,
    /// Status of the conversion.
    pub status: Badge,
    /// Why this status, when there is a reason.
    pub reason: Option<String>,
    /// When it will be approved by itself.
    pub approve_at: Option<When>,
    /// This affiliate's part of a split order, `1 of 3`.
    pub share: Option<String>,
    /// Line by line.
    pub lines: Vec<Line>,
    /// Base of all lines, with currency.
    pub sales: String,
    /// Commission of all lines, with currency.
    pub commission: String,
    /// Anything that changed the sum after the lines (cap, minimum), in a sentence.
    pub remark: Option<String>,
}

/// One line of the order.
#[derive(Debug, Clone)]
pub struct Line {
    /// What the buyer saw.
    pub title: String,
    /// Units left, and of how many when some went back: `1 of 2`.
    pub quantity: String,
    /// What counts, with currency.
    pub base: String,
    /// `10%`, `5.00 USD per item`.
    pub rate: String,
    /// Earned, with currency.
    pub commission: String,
    /// Why this rate.
    pub why: String,
}

/// One line of the ledger.
#[derive(Debug, Clone)]
pub struct Entry {
    /// When it was booked.
    pub at: When,
    /// `Accrual`, `Refund`, …
    pub kind: String,
    /// For whom.
    pub affiliate: Person,
    /// Signed, with currency.
    pub amount: String,
    /// The amount is below zero.
    pub is_negative: bool,
    /// The same in the payout currency, where that differs.
    pub payout_amount: Option<String>,
    /// Why, when there is a reason.
    pub reason: Option<String>,
}
