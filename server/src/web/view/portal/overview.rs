//! The affiliate's first page.

use askama::Template;

use super::{Frame, Section, orders::OrderRow};
use crate::web::view::admin::home::Stat;

/// `{base}`.
#[derive(Debug, Clone, Template)]
#[template(path = "portal/overview.html")]
pub struct OverviewPage {
    /// Chrome.
    pub frame: Frame,
    /// What the numbers cover, `Last 30 days`.
    pub period: String,
    /// Visits through the links.
    pub clicks: Stat,
    /// Orders credited.
    pub conversions: Stat,
    /// Earned, after refunds, with currency.
    pub earned: Stat,
    /// What could be paid out now, with currency.
    pub payable: String,
    /// What waits for approval, with currency.
    pub pending: String,
    /// The table behind the charts, newest day first.
    pub days: Vec<Day>,
    /// The last few orders.
    pub orders: Vec<OrderRow>,
    /// What to do next; none when all is done.
    pub next_step: Option<NextStep>,
}

/// One row of the table behind the charts.
#[derive(Debug, Clone)]
pub struct Day {
    /// `12 Mar 2026`.
    pub date: String,
    /// Clicks.
    pub clicks: String,
    /// Orders credited.
    pub conversions: String,
    /// Earned, with currency.
    pub earned: String,
}

/// The most useful thing that is still undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextStep {
    /// No visit yet.
    ShareLink,
    /// Visits, but no postback although the shop offers them.
    AddPostback,
    /// A postback's receiver refuses the calls.
    CheckPostbacks,
}
