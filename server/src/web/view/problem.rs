//! Pages for what went wrong, and the page that lets App Bridge fetch a new session token.

use askama::Template;

/// A problem, in words that help. Never says what would help an attacker.
#[derive(Debug, Clone, Template)]
#[template(path = "problem/problem.html")]
pub struct ProblemPage {
    /// What went wrong.
    pub problem: Problem,
    /// A safe sentence about this very case, from the error.
    pub detail: Option<String>,
    /// Where to go on: the start page of the surface.
    pub home: Option<String>,
    /// For support: finds the log lines.
    pub request_id: Option<String>,
    /// Our Shopify client id when the page runs inside the Shopify admin.
    pub embedded: Option<String>,
}

/// Kinds of problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// 400: the request makes no sense.
    BadRequest,
    /// 403: not allowed.
    Forbidden,
    /// 404: nothing there, or not yours.
    NotFound,
    /// 410: a page of the admin outside of it.
    OutsideAdmin,
    /// 401: the session ended.
    SessionExpired,
    /// 429: too many tries.
    TooMany,
    /// 500: our fault.
    Server,
    /// 503: try again in a moment.
    Busy,
}

/// `/auth/session-token`: App Bridge gets a fresh token and loads the page asked for again.
#[derive(Debug, Clone, Template)]
#[template(path = "problem/bounce.html")]
pub struct BouncePage {
    /// Our Shopify client id.
    pub api_key: String,
}

/// Leaves Shopify's frame for another page of Shopify.
#[derive(Debug, Clone, Template)]
#[template(path = "problem/leave.html")]
pub struct LeavePage {
    /// Our Shopify client id.
    pub api_key: String,
    /// Where to.
    pub address: String,
    /// For `window.open`.
    pub target: &'static str,
}
