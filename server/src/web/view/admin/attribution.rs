//! Who is credited, for the whole shop.

use askama::Template;

use super::{Frame, Section};
use crate::web::view::form::{Choice, Field};

/// `{base}/attribution`.
#[derive(Debug, Clone, Template)]
#[template(path = "admin/attribution.html")]
pub struct AttributionPage {
    /// Chrome.
    pub frame: Frame,
    /// `last_click`, `first_click`, `linear`.
    pub click_model: Field,
    /// For each place the methods to choose from.
    pub places: Vec<Vec<Choice>>,
    /// What is wrong with the order of the methods.
    pub places_error: Option<String>,
    /// Days in which a click counts.
    pub window_days: Field,
}
