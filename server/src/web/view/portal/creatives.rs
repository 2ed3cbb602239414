//! Banners with a snippet that carries the affiliate's own code.

use askama::Template;

use super::{Frame, Section};

/// `{base}/creatives`.
#[derive(Debug, Clone, Template)]
#[template(path = "portal/creatives.html")]
pub struct CreativesPage {
    /// Chrome.
    pub frame: Frame,
    /// Newest first.
    pub banners: Vec<Banner>,
}

/// One banner with the affiliate's counts of the last 30 days.
#[derive(Debug, Clone)]
pub struct Banner {
    /// Our id.
    pub id: String,
    /// Name.
    pub name: String,
    /// `300 × 250`.
    pub size: String,
    /// Where the picture lies, if it lies with us: pages load nothing from elsewhere.
    pub preview: Option<String>,
    /// In CSS pixels.
    pub width: i64,
    /// In CSS pixels.
    pub height: i64,
    /// HTML to be copied.
    pub snippet: String,
    /// `1,204`.
    pub impressions: String,
    /// `31`.
    pub clicks: String,
}
