//! What is due, the rounds of payouts, and one round with its rows and files.

use askama::Template;

use super::{Frame, Section};
use crate::web::view::{
    form::{Choice, Field},
    parts::{Badge, NameValue, Pager, Person, When},
};

/// `{base}/payouts`; a round is drawn up by posting `method` and `note` to it.
#[derive(Debug, Clone, Template)]
#[template(path = "admin/payouts.html")]
pub struct PayoutsPage {
    /// Chrome.
    pub frame: Frame,
    /// What is due, by method.
    pub due: Vec<DueGroup>,
    /// What recipients will read.
    pub note: Field,
    /// Rounds, newest first.
    pub batches: Vec<BatchRow>,
    /// Neighbouring pages.
    pub pager: Pager,
}

/// What is due by one method.
#[derive(Debug, Clone)]
pub struct DueGroup {
    /// As stored; empty where affiliates have chosen none.
    pub method: String,
    /// In words.
    pub title: String,
    /// Sum of what would be paid now, with currency.
    pub total: String,
    /// Somebody would be paid.
    pub has_due: bool,
    /// Affiliates.
    pub rows: Vec<DueRow>,
    /// There are more than are shown.
    pub is_cut: bool,
}

/// What is due to one affiliate.
#[derive(Debug, Clone)]
pub struct DueRow {
    /// Who.
    pub affiliate: Person,
    /// Payable, with currency.
    pub payable: String,
    /// Least that its program pays.
    pub minimum: String,
    /// What the next round would pay.
    pub now: String,
    /// Why it is not all of it: below the minimum, a debt, no address.
    pub remark: String,
}

/// A round.
#[derive(Debug, Clone)]
pub struct BatchRow {
    /// Its number.
    pub number: String,
    /// By which method.
    pub method: String,
    /// How many payments it has.
    pub payments: String,
    /// What they sum to, by currency; what failed is not in it.
    pub sum: String,
    /// How far it got.
    pub status: Badge,
    /// When it was drawn up.
    pub at: When,
    /// What recipients read.
    pub note: String,
}

/// `{base}/payouts/{number}`.
#[derive(Debug, Clone, Template)]
#[template(path = "admin/payout.html")]
pub struct PayoutPage {
    /// Chrome.
    pub frame: Frame,
    /// Its number.
    pub number: String,
    /// Method in words.
    pub method: String,
    /// How far it got.
    pub status: Badge,
    /// May still be thrown away.
    pub is_draft: bool,
    /// Amounts are frozen, not handed over yet.
    pub is_locked: bool,
    /// Paid through Shopify by us, not by a file.
    pub is_store_credit: bool,
    /// Results are awaited.
    pub is_open: bool,
    /// Facts at the head.
    pub facts: Vec<NameValue>,
    /// Files to hand over, once it is locked.
    pub files: Vec<FileRow>,
    /// Currencies for which Wise's form is still missing.
    pub forms: Vec<Choice>,
    /// Wise's form as it was pasted, with what is wrong with it.
    pub form: Field,
    /// Results as they were pasted, with what is wrong with them.
    pub results: Field,
    /// Payments.
    pub rows: Vec<PaymentRow>,
    /// What was done, newest first.
    pub activity: Vec<super::affiliates::profile::ActivityLine>,
}

/// A file of a round.
#[derive(Debug, Clone)]
pub struct FileRow {
    /// Its address under the round.
    pub href: String,
    /// `USD, part 1 of 2`.
    pub name: String,
    /// `120 payments, 3450.00 USD`.
    pub content: String,
}

/// A payment.
#[derive(Debug, Clone)]
pub struct PaymentRow {
    /// Our id.
    pub id: String,
    /// Who.
    pub affiliate: Person,
    /// Where to.
    pub to: String,
    /// Amount, with currency.
    pub amount: String,
    /// What leaves the balance, where it is another currency.
    pub of: Option<String>,
    /// How far it got.
    pub status: Badge,
    /// Why it failed, or the payment service's number.
    pub remark: Option<String>,
    /// May be ticked.
    pub is_open: bool,
}
