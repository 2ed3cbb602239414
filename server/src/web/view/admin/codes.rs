//! How affiliates' discount codes are used.

use askama::Template;

use super::{Frame, Section};
use crate::web::view::{
    form::Choice,
    parts::{Badge, Person},
};

/// `{base}/codes`; query parameters `days` and `affiliate`.
#[derive(Debug, Clone, Template)]
#[template(path = "admin/codes.html")]
pub struct CodesPage {
    /// Chrome.
    pub frame: Frame,
    /// Lengths of time.
    pub periods: Vec<Choice>,
    /// Whose codes are shown, if not everybody's.
    pub affiliate: Option<String>,
    /// The same, as the query has it.
    pub affiliate_id: String,
    /// Address of the file with the same codes.
    pub file: String,
    /// Usual share of orders without a click, `32%`.
    pub ordinary: String,
    /// How long before the order the last moment begins, `10 minutes`.
    pub moment: String,
    /// Fewest orders that say something.
    pub orders_min: String,
    /// There are more codes than are shown.
    pub is_cut: bool,
    /// The codes, the most suspicious first.
    pub rows: Vec<CodeRow>,
}

/// A code.
#[derive(Debug, Clone)]
pub struct CodeRow {
    /// As the merchant wrote it.
    pub code: String,
    /// Whose it is.
    pub affiliate: Person,
    /// What the meter makes of it.
    pub standing: Badge,
    /// Why, in sentences; empty where there is nothing to say.
    pub why: String,
    /// Orders that it decided.
    pub orders: String,
    /// Of these without a click on the affiliate's link.
    pub without_click: Count,
    /// Of these from coupon sites.
    pub from_coupon_sites: Count,
    /// Of these at the last moment.
    pub last_moment: Count,
}

/// A number of a code's orders.
#[derive(Debug, Clone)]
pub struct Count {
    /// How many.
    pub number: String,
    /// Their share, `12.3%`.
    pub share: String,
    /// Not none.
    pub is_any: bool,
}
