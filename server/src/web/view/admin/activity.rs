//! Who changed what in the shop.

use askama::Template;

use super::{Frame, Section};
use crate::web::view::{
    form::{Choice, Field},
    parts::{Pager, When},
};

/// `{base}/activity`; query parameters `subject`, `actor`, `from` and `to`.
#[derive(Debug, Clone, Template)]
#[template(path = "admin/activity.html")]
pub struct ActivityPage {
    /// Chrome.
    pub frame: Frame,
    /// Kinds of things.
    pub subjects: Vec<Choice>,
    /// Kinds of people.
    pub actors: Vec<Choice>,
    /// First day.
    pub from: Field,
    /// Last day.
    pub to: Field,
    /// Anything above is set.
    pub is_filtered: bool,
    /// Newest first.
    pub lines: Vec<Line>,
    /// Neighbouring pages.
    pub pager: Pager,
}

/// One thing that was done.
#[derive(Debug, Clone)]
pub struct Line {
    /// When.
    pub at: When,
    /// Who.
    pub actor: String,
    /// What it was about, `Order`.
    pub subject: &'static str,
    /// Its page.
    pub href: Option<String>,
    /// What was done.
    pub words: String,
}
