//! The way into the portal.

use askama::Template;

use crate::web::view::{form::Field, parts::Notice};

/// `{base}/login`; the form posts `email`, `password`, `next` and `csrf` to the same address.
#[derive(Debug, Clone, Template)]
#[template(path = "portal/login.html")]
pub struct LoginPage {
    /// Path before every address of the portal.
    pub base: String,
    /// The shop's name.
    pub shop_name: String,
    /// As typed before.
    pub email: Field,
    /// What was wrong; never says which of the two.
    pub error: Option<String>,
    /// `You are logged out.`
    pub notice: Option<Notice>,
    /// Where to go afterwards: a path of the portal, checked by the handler.
    pub next: String,
    /// Bound to the browser by a cookie.
    pub csrf: String,
}
