//! What a draft would make of past orders.

use askama::Template;

use crate::web::view::{
    admin::{Frame, Section},
    parts::{NameValue, When},
};

/// `{base}/programs/{number}/dry-run`.
#[derive(Debug, Clone, Template)]
#[template(path = "admin/program_dry_run.html")]
pub struct DryRunPage {
    /// Chrome.
    pub frame: Frame,
    /// The program's number.
    pub number: String,
    /// Its name.
    pub name: String,
    /// Days looked back.
    pub days: String,
    /// The draft, field by field, to be sent again.
    pub fields: Vec<NameValue>,
    /// Where everything is as a file.
    pub file: Option<String>,
    /// What keeps the draft from being tried.
    pub errors: Vec<String>,
    /// Orders looked at.
    pub orders_count: String,
    /// What they earn now, with currency.
    pub old: String,
    /// What they would earn.
    pub new: String,
    /// The difference, with its sign.
    pub difference: String,
    /// There were more orders than are looked at.
    pub is_cut: bool,
    /// What Shopify could not be asked.
    pub problem: Option<String>,
    /// Per affiliate, the largest difference first.
    pub affiliates: Vec<DryAffiliateRow>,
    /// Orders that change, newest first.
    pub orders: Vec<DryOrderRow>,
    /// More orders change than are shown.
    pub has_more_orders: bool,
}

/// One affiliate.
#[derive(Debug, Clone)]
pub struct DryAffiliateRow {
    /// Our id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Orders.
    pub orders: String,
    /// Now.
    pub old: String,
    /// Under the draft.
    pub new: String,
    /// The difference.
    pub difference: String,
}

/// One order's part.
#[derive(Debug, Clone)]
pub struct DryOrderRow {
    /// Our id.
    pub id: String,
    /// `#1001`.
    pub name: String,
    /// When.
    pub at: When,
    /// Whose part.
    pub affiliate: String,
    /// Now.
    pub old: String,
    /// Under the draft.
    pub new: String,
    /// The difference.
    pub difference: String,
    /// How the present amount came about.
    pub old_steps: Vec<String>,
    /// How the new one comes about.
    pub new_steps: Vec<String>,
}
