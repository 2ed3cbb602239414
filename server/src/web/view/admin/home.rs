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
    /// What we last heard of the theme embed, for the script that asks the admin; none outside of it.
    pub embed_state: Option<String>,
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
    /// Shopify has ended the connection; opening the app brings it back.
    Disconnected,
    /// The shop has not granted so many permissions.
    MissingScopes(u64),
    /// Buyers asked what is known of them, and nobody took the answer.
    DataRequests(u64),
    /// The theme embed was on and is off.
    EmbedOff,
}

/// The set-up: every step looks by itself whether it is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setup {
    /// The steps, in the order in which one takes them.
    pub steps: Vec<Step>,
}

impl Setup {
    /// How many are done.
    #[must_use]
    pub fn done(&self) -> usize {
        self.steps.iter().filter(|step| step.is_done).count()
    }

    /// Nothing is left.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.done() == self.steps.len()
    }
}

/// One step of the set-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Nothing is left of it.
    pub is_done: bool,
    /// What there will be.
    pub what: String,
    /// Why it matters, or what is in the way.
    pub note: Option<String>,
    /// How to do it.
    pub way: Way,
}

/// How a step is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// It happens by itself.
    Wait,
    /// On another page of ours.
    Page {
        /// The button.
        label: String,
        /// Behind the base.
        path: String,
    },
    /// In Shopify, outside of our frame.
    Shopify {
        /// The button.
        label: String,
        /// The whole address.
        url: String,
    },
    /// By us, when the button is pressed.
    Ask {
        /// The button.
        label: String,
        /// Behind the base.
        path: String,
    },
}
