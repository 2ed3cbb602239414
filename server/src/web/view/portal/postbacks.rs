//! The affiliate's list of postbacks, with Phonexa's columns (P2).

use askama::Template;

use super::{Frame, Section};
use crate::web::view::parts::{Badge, When};

/// `{base}/postbacks`.
#[derive(Debug, Clone, Template)]
#[template(path = "portal/postbacks.html")]
pub struct PostbacksPage {
    /// Chrome.
    pub frame: Frame,
    /// Rows, oldest first.
    pub rows: Vec<PostbackRow>,
    /// No more can be added (E11).
    pub is_full: bool,
}

/// One postback.
#[derive(Debug, Clone)]
pub struct PostbackRow {
    /// Our id.
    pub id: String,
    /// Name.
    pub name: String,
    /// `Active`, `Failing`, `Paused`.
    pub health: Badge,
    /// What is wrong, in a sentence.
    pub health_note: Option<String>,
    /// Goal condition, `Any`.
    pub goal: String,
    /// Status condition, `Approved, rejected`.
    pub statuses: String,
    /// URL with its macros.
    pub url: String,
    /// `GET`, `POST form`, `POST JSON`.
    pub method: String,
    /// When it was made.
    pub created: When,
    /// When it was last changed.
    pub updated: When,
}
