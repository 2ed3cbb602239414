//! Sending calls of a time again: how many there are, and whether that is meant (N7).

use askama::Template;

use super::Place;
use crate::web::view::form::{Choice, Field};

/// `{base}/log/replay`.
#[derive(Debug, Clone, Template)]
#[template(path = "postbacks/replay.html")]
pub struct ReplayPage {
    /// Where it is shown.
    pub place: Place,
    /// Postbacks to choose from.
    pub postbacks: Vec<Choice>,
    /// First minute, `2026-03-01T14:30`.
    pub from: Field,
    /// Last minute.
    pub to: Field,
    /// `failed` or `all`.
    pub which: Field,
    /// What would be sent; none before it was asked for.
    pub count: Option<Count>,
}

/// How many calls are meant.
#[derive(Debug, Clone)]
pub struct Count {
    /// `12`, `more than 10,000`.
    pub text: String,
    /// There are some.
    pub is_any: bool,
    /// How long it takes at least, `2 min`.
    pub time: String,
}
