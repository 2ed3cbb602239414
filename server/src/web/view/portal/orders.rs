//! The affiliate's orders: what was earned, and the class of reason where nothing was. No other
//! affiliate's name ever gets here (N5).

use askama::Template;

use super::{Frame, Section};
use crate::web::view::{
    form::Field,
    parts::{Badge, Pager, When},
};

/// `{base}/orders`; query parameters `status`, `from`, `to`.
#[derive(Debug, Clone, Template)]
#[template(path = "portal/orders.html")]
pub struct OrdersPage {
    /// Chrome.
    pub frame: Frame,
    /// A status as stored, or empty.
    pub status: Field,
    /// First day.
    pub from: Field,
    /// Last day.
    pub to: Field,
    /// Anything above is set.
    pub is_filtered: bool,
    /// The shop has goals besides.
    pub has_goals: bool,
    /// Rows, newest first.
    pub rows: Vec<OrderRow>,
    /// Neighbouring pages.
    pub pager: Pager,
}

/// One order.
#[derive(Debug, Clone)]
pub struct OrderRow {
    /// `#1001`.
    pub name: String,
    /// Order time.
    pub at: When,
    /// `Link`, `Coupon ANNA10`.
    pub method: String,
    /// Status.
    pub status: Badge,
    /// Reason class, when there is one: `Returned`.
    pub reason: Option<String>,
    /// What counted, with currency.
    pub amount: String,
    /// Earned, with currency.
    pub commission: String,
}
