//! The merchant's goals, and who reached them.

use askama::Template;

use super::{Frame, Section};
use crate::web::view::{
    form::Field,
    parts::{Badge, Pager, When},
};

/// `{base}/goals`; the form posts to the same address.
#[derive(Debug, Clone, Template)]
#[template(path = "admin/goals.html")]
pub struct GoalsPage {
    /// Chrome.
    pub frame: Frame,
    /// Oldest first.
    pub goals: Vec<GoalRow>,
    /// A new one.
    pub form: GoalForm,
    /// The shop's currency.
    pub currency: String,
    /// Newest first.
    pub reached: Vec<ReachedRow>,
    /// Neighbouring pages of what was reached.
    pub pager: Pager,
}

/// One goal.
#[derive(Debug, Clone)]
pub struct GoalRow {
    /// Our id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Name for programs.
    pub slug: String,
    /// What reaches it.
    pub kind: String,
    /// The merchant's script calls it.
    pub is_called: bool,
    /// `2.50 USD`, `None`.
    pub commission: String,
    /// How often it was reached.
    pub reached: String,
    /// It can be reached.
    pub is_enabled: bool,
}

/// One goal that was reached.
#[derive(Debug, Clone)]
pub struct ReachedRow {
    /// Our id.
    pub id: String,
    /// The goal's name.
    pub goal: String,
    /// Who is credited.
    pub affiliate: String,
    /// When.
    pub at: When,
    /// What it earns.
    pub commission: String,
    /// Where it stands.
    pub status: Badge,
    /// It waits for the merchant.
    pub is_pending: bool,
}

/// The fields of a new goal.
#[derive(Debug, Clone, Default)]
pub struct GoalForm {
    /// Name.
    pub name: Field,
    /// Name for programs.
    pub slug: Field,
    /// What reaches it.
    pub kind: Field,
    /// The product.
    pub product: Field,
    /// What it earns.
    pub commission: Field,
}
