//! The affiliate's pages: an own log-in, outside Shopify, only ever about its own clicks and codes.

pub mod account;
pub mod creatives;
pub mod entry;
pub mod goals;
pub mod links;
pub mod login;
pub mod orders;
pub mod overview;
pub mod payouts;
pub mod pixels;

use askama::Template;

use super::parts::Notice;

/// What surrounds every page of an affiliate who is logged in.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Path before every address of the portal, without a slash at the end: `/portal/demo`.
    pub base: String,
    /// The shop's name.
    pub shop_name: String,
    /// Who is logged in.
    pub affiliate_name: String,
    /// Marked in the navigation.
    pub section: Section,
    /// The shop has postbacks switched on; off hides everything about them (U1).
    pub has_postbacks: bool,
    /// The shop has affiliates' pixels switched on; off hides everything about them (U10).
    pub has_pixels: bool,
    /// Sent with every form.
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

/// A piece that both sides have (`view::postbacks`), as a page of the portal.
#[derive(Debug, Clone, Template)]
#[template(path = "portal/piece.html")]
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
    Overview,
    /// Links and coupon codes.
    Links,
    /// Banners.
    Creatives,
    /// Orders credited.
    Orders,
    /// What was paid.
    Payouts,
    /// Postbacks.
    Postbacks,
    /// What they sent.
    Log,
    /// Profile, password, payout method.
    Account,
    /// The affiliate's own Facebook pixels.
    Pixels,
}
