//! Affiliates of another app, taken in from a table.

use askama::Template;

use super::super::{Frame, Section};
use crate::web::view::{
    form::{Choice, Field},
    parts::Badge,
};

/// `{base}/affiliates/import`; posts to itself with `program`, `table`, and `action` `look` or `import`.
#[derive(Debug, Clone, Template)]
#[template(path = "admin/affiliate_import.html")]
pub struct ImportPage {
    /// Chrome.
    pub frame: Frame,
    /// The shop's programs; none means that there is nothing to join yet.
    pub programs: Vec<Choice>,
    /// The table, as pasted or read from a file.
    pub table: Field,
    /// What was understood of it, or what was done with it.
    pub found: Option<Found>,
}

/// A table that was read.
#[derive(Debug, Clone)]
pub struct Found {
    /// `UpPromote`.
    pub source: String,
    /// Every column with what it means; nothing for those that are left out.
    pub columns: Vec<(String, Option<&'static str>)>,
    /// It was imported: a report, not a preview.
    pub is_done: bool,
    /// `12 are added, 3 are here already, 1 cannot be added`.
    pub summary: String,
    /// How many can be added.
    pub addable: usize,
    /// Lines, those that cannot be added first.
    pub lines: Vec<LineRow>,
    /// Not every line is shown.
    pub is_cut: bool,
}

/// One line of the table.
#[derive(Debug, Clone)]
pub struct LineRow {
    /// Its place in the file.
    pub number: String,
    /// Name.
    pub name: String,
    /// E-mail.
    pub email: String,
    /// Code of its links.
    pub code: String,
    /// Discount codes.
    pub coupons: String,
    /// What becomes of it.
    pub fate: Badge,
    /// Why it cannot be added.
    pub mistakes: Vec<String>,
}

impl ImportPage {
    /// A table was looked at, and somebody in it can be added.
    #[must_use]
    pub fn can_import(&self) -> bool {
        self.found.as_ref().is_some_and(|found| !found.is_done && found.addable > 0)
    }
}
