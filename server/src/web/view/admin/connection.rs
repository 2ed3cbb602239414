//! How the app and the shop are connected: permissions, plan, what comparing the orders found, and what
//! customers asked.

use askama::Template;

use super::{Frame, Section};
use crate::web::view::parts::{Badge, When};

/// `{base}/connection`.
#[derive(Debug, Clone, Template)]
#[template(path = "admin/connection.html")]
pub struct ConnectionPage {
    /// Chrome.
    pub frame: Frame,
    /// Connected or not.
    pub state: Badge,
    /// What to do about it.
    pub advice: Option<String>,
    /// Permissions that the shop has not granted.
    pub missing_scopes: Vec<String>,
    /// The plan that is paid for.
    pub plan: Option<String>,
    /// Where plans are chosen; none where the app costs nothing.
    pub plans_url: Option<String>,
    /// Comparisons with Shopify, newest first.
    pub comparisons: Vec<Comparison>,
    /// Customers who asked, newest first.
    pub requests: Vec<Request>,
}

/// One comparison of the orders with Shopify's.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// When.
    pub at: When,
    /// Orders looked at.
    pub checked: String,
    /// Orders that were unknown.
    pub missing: String,
    /// Orders that had changed unheard.
    pub stale: String,
    /// The first of them.
    pub drift: Vec<String>,
    /// How it ended.
    pub outcome: Badge,
}

/// A customer who asked.
#[derive(Debug, Clone)]
pub struct Request {
    /// Ours, for the address.
    pub id: String,
    /// Shopify's number.
    pub number: String,
    /// When it came.
    pub received: When,
    /// When the answer was taken.
    pub downloaded: Option<When>,
}
