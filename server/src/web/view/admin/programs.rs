//! The shop's programs with their rules in words. Not here: editing them.

use askama::Template;

use super::{Frame, Section};
use crate::web::view::parts::{NameValue, When};

mod rules;

pub use rules::summary;

/// `{base}/programs`.
#[derive(Debug, Clone, Template)]
#[template(path = "admin/programs.html")]
pub struct ProgramsPage {
    /// Chrome.
    pub frame: Frame,
    /// The programs.
    pub programs: Vec<Program>,
}

/// One program in its present version.
#[derive(Debug, Clone)]
pub struct Program {
    /// The shop's number for it.
    pub number: String,
    /// Name.
    pub name: String,
    /// Version in force.
    pub version: String,
    /// Since when.
    pub since: When,
    /// `3 affiliates`.
    pub affiliates: String,
    /// The rules in words: [`summary`].
    pub rules: Vec<NameValue>,
}
