//! The merchant's first page: four numbers, what needs attention, what is left to set up.

use askama::Template;

use super::{Frame, Section};
use crate::web::view::{chart::Series, parts::Person};

/// `{base}`.
#[derive(Debug, Clone, Template)]
#[template(path = "admin/home.html")]
pub struct HomePage {
    /// Chrome.
    pub frame: Frame,
    /// What the numbers cover, `Last 30 days`.
    pub period: String,
    /// Sales through affiliates.
    pub sales: Stat,
    /// What they earned.
    pub commissions: Stat,
    /// Recorded visits.
    pub clicks: Stat,
    /// Orders credited; with their share of the clicks as the note.
    pub conversions: Stat,
    /// The table behind the charts, newest day first.
    pub days: Vec<Day>,
    /// Who sold most in the period.
    pub top: Vec<TopAffiliate>,
    /// What needs the merchant now.
    pub attention: Vec<Attention>,
    /// Steps of the set-up; none once all are done.
    pub setup: Option<Setup>,
}

/// A number with its course.
#[derive(Debug, Clone)]
pub struct Stat {
    /// The number for people, amounts with currency.
    pub value: String,
    /// A remark, `12% more than the 30 days before`.
    pub note: Option<String>,
    /// By day.
    pub series: Option<Series>,
}

/// One row of the table behind the charts.
#[derive(Debug, Clone)]
pub struct Day {
    /// `12 Mar 2026`.
    pub date: String,
    /// Sales with currency.
    pub sales: String,
    /// Commissions with currency.
    pub commissions: String,
    /// Clicks.
    pub clicks: String,
    /// Orders credited.
    pub conversions: String,
}

/// A row of the best sellers.
#[derive(Debug, Clone)]
pub struct TopAffiliate {
    /// Who.
    pub affiliate: Person,
    /// Orders credited.
    pub orders: String,
    /// Sales with currency.
    pub sales: String,
    /// Earned with currency.
    pub earned: String,
}

/// What needs the merchant, with how many of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attention {
    /// Affiliates wait for a decision.
    PendingAffiliates(u64),
    /// Orders are held.
    OrdersOnHold(u64),
    /// Postbacks are refused by their receivers.
    FailingPostbacks(u64),
}

/// What is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setup {
    /// A program exists.
    pub has_program: bool,
    /// An affiliate exists.
    pub has_affiliate: bool,
    /// An order arrived.
    pub has_order: bool,
    /// Postbacks are switched on (U1).
    pub has_postbacks: bool,
}
