//! The log as a page and one firing as a page. Their rows are in `view::log`.

use askama::Template;

use super::Place;
use crate::web::view::log::{Firing, Log};

/// `{base}/log`.
#[derive(Debug, Clone, Template)]
#[template(path = "postbacks/log.html")]
pub struct LogPage {
    /// Where it is shown.
    pub place: Place,
    /// The rows and what they are narrowed to.
    pub log: Log,
}

/// `{base}/log/{id}`.
#[derive(Debug, Clone, Template)]
#[template(path = "postbacks/firing.html")]
pub struct FiringPage {
    /// Where it is shown.
    pub place: Place,
    /// The firing.
    pub firing: Firing,
}
