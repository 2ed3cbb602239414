//! The affiliate's own view of what was sent to its trackers.

use askama::Template;

use super::{Frame, Section};
use crate::web::view::log::{Firing, Log};

/// `{base}/log`.
#[derive(Debug, Clone, Template)]
#[template(path = "portal/log.html")]
pub struct LogPage {
    /// Chrome.
    pub frame: Frame,
    /// Filters and rows.
    pub log: Log,
}

/// `{base}/log/{id}`.
#[derive(Debug, Clone, Template)]
#[template(path = "portal/firing.html")]
pub struct FiringPage {
    /// Chrome.
    pub frame: Frame,
    /// The firing with its attempts.
    pub firing: Firing,
}
