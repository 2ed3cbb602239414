//! The merchant's list of affiliates.

use askama::Template;

use super::{Frame, Section};
use crate::web::view::{
    form::{Choice, Field},
    parts::{Badge, Pager},
};

pub mod editor;
pub mod import;
pub mod profile;

/// `{base}/affiliates`; query parameters `q`, `status` and `program`. Its buttons post to
/// `{base}/affiliates/status`: `id` of every row that is ticked and `status`, or `one` with both.
#[derive(Debug, Clone, Template)]
#[template(path = "admin/affiliates.html")]
pub struct AffiliatesPage {
    /// Chrome.
    pub frame: Frame,
    /// Name, code or e-mail searched for.
    pub query: Field,
    /// Status as stored, or empty.
    pub status: Field,
    /// The shop's programs.
    pub programs: Vec<Choice>,
    /// Anything above is set.
    pub is_filtered: bool,
    /// Rows.
    pub rows: Vec<AffiliateRow>,
    /// Neighbouring pages.
    pub pager: Pager,
}

/// One affiliate.
#[derive(Debug, Clone)]
pub struct AffiliateRow {
    /// Our id.
    pub id: String,
    /// The shop's number for it.
    pub number: String,
    /// Name, in any script and length.
    pub name: String,
    /// E-mail.
    pub email: String,
    /// Code in links.
    pub code: String,
    /// Discount codes.
    pub coupons: Vec<String>,
    /// Its program's name.
    pub program: String,
    /// Status.
    pub status: Badge,
    /// Waits for a decision: shows Approve and Deny.
    pub is_pending: bool,
    /// Orders credited.
    pub orders: String,
    /// Earned so far, with currency.
    pub earned: String,
}
