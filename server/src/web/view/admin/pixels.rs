//! Affiliates' Facebook pixels, for the merchant to see and to approve.

use askama::Template;

use super::{Frame, Section};
use crate::web::view::parts::{Badge, Pager, When};

/// `{base}/pixels`.
#[derive(Debug, Clone, Template)]
#[template(path = "admin/pixels.html")]
pub struct PixelsPage {
    /// Chrome.
    pub frame: Frame,
    /// The integration is on.
    pub is_on: bool,
    /// Newest first.
    pub rows: Vec<PixelRow>,
    /// Neighbouring pages.
    pub pager: Pager,
}

/// One pixel.
#[derive(Debug, Clone)]
pub struct PixelRow {
    /// Our id.
    pub id: String,
    /// Whose it is.
    pub affiliate: String,
    /// The affiliate's code.
    pub code: String,
    /// The network's id.
    pub number: String,
    /// What it hears.
    pub events: String,
    /// Purchases are also sent by the server.
    pub has_token: bool,
    /// `On`, `Off`, `Waits for you`, `Refused`.
    pub status: Badge,
    /// It can be approved.
    pub can_approve: bool,
    /// It can be refused.
    pub can_reject: bool,
    /// When it was entered.
    pub created: When,
}
