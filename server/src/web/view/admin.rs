//! The merchant's pages. Inside Shopify the chrome (navigation, title bar) is App Bridge's;
//! outside, in the demo, an ordinary navigation stands in for it.

pub mod affiliates;
pub mod connection;
pub mod creatives;
pub mod goals;
pub mod home;
pub mod log;
pub mod order;
pub mod orders;
pub mod pixels;
pub mod programs;
pub mod settings;

use super::parts::{Embedded, Notice};

/// What surrounds every page of the merchant.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Path before every address of the admin, without a slash at the end: `/admin`.
    pub base: String,
    /// The shop's name.
    pub shop_name: String,
    /// Marked in the navigation.
    pub section: Section,
    /// What the page needs when it runs inside the Shopify admin.
    pub embedded: Option<Embedded>,
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
    /// Banners.
    Creatives,
    /// Goals besides orders.
    Goals,
    /// Affiliates' Facebook pixels.
    Pixels,
    /// What was sent to trackers.
    Log,
    /// Switches.
    Settings,
}
