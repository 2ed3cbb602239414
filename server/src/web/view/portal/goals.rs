//! The shop's goals for an affiliate, and those it has reached.

use askama::Template;

use super::{Frame, Section};
use crate::web::view::parts::{Badge, Pager, When};

/// `{base}/goals`; query parameter `before`.
#[derive(Debug, Clone, Template)]
#[template(path = "portal/goals.html")]
pub struct GoalsPage {
    /// Chrome.
    pub frame: Frame,
    /// Those that can be reached, oldest first.
    pub goals: Vec<GoalRow>,
    /// Newest first.
    pub reached: Vec<ReachedRow>,
    /// Neighbouring pages of what was reached.
    pub pager: Pager,
}

/// A goal that can be reached.
#[derive(Debug, Clone)]
pub struct GoalRow {
    /// Name.
    pub name: String,
    /// What `{goal}` says in postbacks.
    pub slug: String,
    /// What reaches it.
    pub kind: String,
    /// `2.50 USD`, `Nothing`.
    pub commission: String,
}

/// A goal that was reached.
#[derive(Debug, Clone)]
pub struct ReachedRow {
    /// The goal's name.
    pub goal: String,
    /// When.
    pub at: When,
    /// What it earns.
    pub commission: String,
    /// Where it stands.
    pub status: Badge,
}
