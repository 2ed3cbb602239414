//! What an affiliate was paid, with a statement for each payment.

use askama::Template;

use super::{Frame, Section};
use crate::web::view::parts::{Badge, NameValue, Pager, When};

/// `{base}/payouts`.
#[derive(Debug, Clone, Template)]
#[template(path = "portal/payouts.html")]
pub struct PayoutsPage {
    /// Chrome.
    pub frame: Frame,
    /// Payable, pending, paid.
    pub balances: Vec<NameValue>,
    /// Least that is paid out, if there is one.
    pub minimum: Option<String>,
    /// How it is paid; none while nothing was chosen.
    pub method: Option<String>,
    /// Payments, newest first.
    pub rows: Vec<PayoutRow>,
    /// Neighbouring pages.
    pub pager: Pager,
}

/// One payment.
#[derive(Debug, Clone)]
pub struct PayoutRow {
    /// Our id, for the address of its statement.
    pub id: String,
    /// When it was drawn up or last changed.
    pub at: When,
    /// How far it got.
    pub status: Badge,
    /// Where it went.
    pub to: String,
    /// Amount, with currency.
    pub amount: String,
    /// Why it failed.
    pub reason: Option<String>,
}

/// `{base}/payouts/{id}`: printable.
#[derive(Debug, Clone, Template)]
#[template(path = "portal/statement.html")]
pub struct StatementPage {
    /// Chrome.
    pub frame: Frame,
    /// Our id.
    pub id: String,
    /// Facts at the head.
    pub facts: Vec<NameValue>,
    /// How far it got.
    pub status: Badge,
    /// What it pays.
    pub lines: Vec<StatementLine>,
    /// Their sum, with currency.
    pub total: String,
}

/// One entry that a payment pays.
#[derive(Debug, Clone)]
pub struct StatementLine {
    /// When it was booked.
    pub at: When,
    /// `Commission`, `Refund`.
    pub what: String,
    /// The order's name.
    pub order: String,
    /// Amount, with currency.
    pub amount: String,
}
