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
    /// There is a way to Shopify.
    pub is_connected: bool,
    /// The shop is the demo's: its Shopify is a part of the program.
    pub is_demo: bool,
    /// The same in words.
    pub state: Badge,
    /// What to do about it.
    pub advice: Option<String>,
    /// Permissions that the shop has not granted.
    pub missing_scopes: Vec<String>,
    /// The plan.
    pub plan: String,
    /// Every order that changed before is known.
    pub compared_until: Option<When>,
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
    /// When it has to be answered.
    pub due: When,
    /// Nobody took the answer yet.
    pub is_waiting: bool,
    /// When the answer was taken.
    pub downloaded: Option<When>,
}
