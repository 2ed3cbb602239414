//! The shop's programs with their rules in words. Not here: editing them (`editor`).

use askama::Template;

use super::{Frame, Section};
use crate::web::view::parts::{NameValue, When};

pub mod dry_run;
pub mod editor;
mod rules;

pub use rules::{changes, summary};

/// `{base}/programs`.
#[derive(Debug, Clone, Template)]
#[template(path = "admin/programs.html")]
pub struct ProgramsPage {
    /// Chrome.
    pub frame: Frame,
    /// The programs.
    pub programs: Vec<Program>,
    /// Programs to begin with, while there is none.
    pub starters: Vec<Starter>,
}

/// A common program to begin with: `{base}/programs/new?template={value}`.
#[derive(Debug, Clone)]
pub struct Starter {
    /// Its name in the address.
    pub value: String,
    /// `10% of sales`.
    pub label: String,
    /// For whom it is.
    pub hint: String,
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
    /// Where affiliates sign up, while the page is open.
    pub signup_url: Option<String>,
    /// The rules in words: [`summary`].
    pub rules: Vec<NameValue>,
}
