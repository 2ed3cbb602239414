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
    /// The first steps; none once they were put away.
    pub setup: Option<Setup>,
    /// What Shopify's admin last said of the theme embed, for the script to compare; none where there
    /// is no such admin.
    pub embed: Option<String>,
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attention {
    /// Affiliates wait for a decision.
    PendingAffiliates(u64),
    /// Orders are held.
    OrdersOnHold(u64),
    /// Postbacks are refused by their receivers.
    FailingPostbacks(u64),
    /// There is no way to Shopify.
    NotConnected,
    /// Permissions that the merchant has not given, by name.
    MissingPermissions(String),
    /// The theme embed is off; with the address where it is switched on.
    EmbedOff(String),
    /// Why the web pixel is not connected.
    PixelProblem(String),
    /// Customers wait for an answer about their data.
    DataRequests(u64),
    /// The limit of a plan that is paid by sales is near, or a charge was refused.
    UsageLimit,
}

/// The first steps of a new shop.
#[derive(Debug, Clone)]
pub struct Setup {
    /// All of them are done.
    pub is_done: bool,
    /// In the order in which they are best done.
    pub steps: Vec<Step>,
}

impl Setup {
    /// How many are done.
    fn done(&self) -> usize {
        self.steps.iter().filter(|step| step.is_done).count()
    }

    /// Marks the button of the step to take next: the first that is not done.
    fn primary(&self, index: &usize) -> &'static str {
        let next = self.steps.iter().position(|step| !step.is_done);
        if next == Some(*index) { " primary" } else { "" }
    }
}

/// A step.
#[derive(Debug, Clone)]
pub struct Step {
    /// What is to be done; or, once it is done, what is so.
    pub label: String,
    /// It is.
    pub is_done: bool,
    /// How it is done, or why it could not be.
    pub hint: String,
    /// Where it is done.
    pub action: StepAction,
}

/// The button of a step.
#[derive(Debug, Clone)]
pub enum StepAction {
    /// A page of ours.
    Page {
        /// Its address.
        href: String,
        /// The button's words.
        label: String,
    },
    /// A page of Shopify, in another tab.
    Outside {
        /// Its address.
        href: String,
        /// The button's words.
        label: String,
    },
    /// Done by asking for it.
    Form {
        /// Where that is posted to.
        href: String,
        /// The button's words.
        label: String,
    },
}
