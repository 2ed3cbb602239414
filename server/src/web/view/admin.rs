//! The merchant's pages. Inside Shopify the chrome (navigation, title bar) is App Bridge's;
//! outside, in the demo, an ordinary navigation stands in for it.

pub mod activity;
pub mod affiliates;
pub mod attribution;
pub mod codes;
pub mod connection;
pub mod creatives;
pub mod goals;
pub mod home;
pub mod jobs;
pub mod mails;
pub mod order;
pub mod orders;
pub mod payouts;
pub mod pixels;
pub mod plan;
pub mod program_codes;
pub mod programs;
pub mod protection;
pub mod settings;

use askama::Template;

use super::parts::Notice;

/// What surrounds every page of the merchant.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Path before every address of the admin, without a slash at the end: `/admin`.
    pub base: String,
    /// The shop's name.
    pub shop_name: String,
    /// Marked in the navigation.
    pub section: Section,
    /// Our Shopify client id when the page runs inside the Shopify admin.
    pub embedded: Option<String>,
    /// Sent with every form (and beside the bearer token inside Shopify, where it may be empty).
    pub csrf: String,
    /// What was just done.
    pub notice: Option<Notice>,
}

impl Frame {
    /// Address of the first page: an empty `href` would mean the present one.
    fn home(&self) -> &str {
        if self.base.is_empty() { "/" } else { &self.base }
    }
}

/// A piece that both sides have (`view::postbacks`), as a page of the admin.
#[derive(Debug, Clone, Template)]
#[template(path = "admin/piece.html")]
pub struct PiecePage {
    /// Chrome.
    pub frame: Frame,
    /// Title of the document.
    pub heading: String,
    /// Uses the whole width.
    pub is_wide: bool,
    /// HTML that a template of ours made.
    pub piece: String,
}

/// An entry of the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// The numbers.
    Home,
    /// Orders and their explanations.
    Orders,
    /// Affiliates.
    Affiliates,
    /// Programs and their rules.
    Programs,
    /// Money out.
    Payouts,
    /// Banners.
    Creatives,
    /// Goals besides orders.
    Goals,
    /// Affiliates' Facebook pixels.
    Pixels,
    /// The merchant's own postbacks, and the rules for affiliates'.
    Postbacks,
    /// What was sent to trackers.
    Log,
    /// Switches.
    Settings,
}
