//! Pages for what went wrong, and the page that lets App Bridge fetch a new session token.

use askama::Template;

use super::parts::Embedded;

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
    /// What the page needs when it runs inside the Shopify admin.
    pub embedded: Option<Embedded>,
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
    /// 401: the session ended.
    SessionExpired,
    /// 410: the admin's pages, outside of any admin.
    Gone,
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
    /// Our client id and where App Bridge is.
    pub embedded: Embedded,
}
