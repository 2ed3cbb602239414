//! The merchant's list of orders: every order that arrived, credited or not.

use askama::Template;

use super::{Frame, Section};
use crate::web::view::{
    form::{Choice, Field},
    parts::{Badge, Pager, Person, When},
};

pub mod sale;

/// `{base}/orders`. Its buttons post every ticked `id` with `action` and `reason` to
/// `{base}/orders/review`.
#[derive(Debug, Clone, Template)]
#[template(path = "admin/orders.html")]
pub struct OrdersPage {
    /// Chrome.
    pub frame: Frame,
    /// What the list is narrowed to.
    pub filters: Filters,
    /// Rows, newest first.
    pub rows: Vec<OrderRow>,
    /// Reasons for refusing, to choose from.
    pub refusals: Vec<Choice>,
    /// Where the same list can be downloaded.
    pub export: String,
    /// Neighbouring pages.
    pub pager: Pager,
}

/// Query parameters `status`, `method`, `program`, `affiliate`, `reason`, `from`, `to`.
#[derive(Debug, Clone, Default)]
pub struct Filters {
    /// A conversion status as stored, `none` for orders that credited nobody, or empty.
    pub status: Field,
    /// An attribution method as stored, or empty.
    pub method: Field,
    /// The shop's programs.
    pub programs: Vec<Choice>,
    /// The shop's affiliates.
    pub affiliates: Vec<Choice>,
    /// Reasons seen in this shop.
    pub reasons: Vec<Choice>,
    /// First day, `2026-03-01`.
    pub from: Field,
    /// Last day.
    pub to: Field,
    /// Anything above is set.
    pub is_set: bool,
}

/// One order.
#[derive(Debug, Clone)]
pub struct OrderRow {
    /// Our id.
    pub id: String,
    /// The merchant's name for it, `#1001`.
    pub name: String,
    /// Order time.
    pub at: When,
    /// Who was credited; several for split orders.
    pub affiliates: Vec<Person>,
    /// How the credit came about, `Coupon ANNA10`.
    pub method: String,
    /// Status of the conversion.
    pub status: Badge,
    /// Why nothing was earned, or why it was taken back.
    pub reason: Option<String>,
    /// Base of the commission, with currency.
    pub sales: String,
    /// Commission, with currency.
    pub commission: String,
}
