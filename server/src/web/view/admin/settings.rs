//! The shop's switches. "Postback URL" and "Facebook pixel" are independent (U1, U9).

use askama::Template;

use domain::pixel::PixelRules;

use super::{Frame, Section};

/// `{base}/settings`; the form posts `postbacks=on` and `facebook_pixel=on` to the same address,
/// each absent when off.
#[derive(Debug, Clone, Template)]
#[template(path = "admin/settings.html")]
pub struct SettingsPage {
    /// Chrome.
    pub frame: Frame,
    /// Postbacks are on for the whole shop (U1).
    pub has_postbacks: bool,
    /// Affiliates' pixels are on for the whole shop (U9).
    pub has_facebook_pixel: bool,
    /// What affiliates' pixels may be told.
    pub pixels: PixelRules,
    /// How orders are attributed now.
    pub tracking: Tracking,
    /// Visits through links in the last 30 days, by what became of them (N20).
    pub visits: Visits,
}

/// Visits through links: how many were stored, and how many were only counted.
#[derive(Debug, Clone, Default)]
pub struct Visits {
    /// Stored: `1,204`.
    pub recorded: String,
    /// Without consent: nothing about the visitor was kept.
    pub without_consent: String,
    /// `8%` of people's visits; none without any.
    pub lost_share: Option<String>,
    /// Programs.
    pub bots: String,
    /// Days with visits that were only counted, newest first.
    pub days: Vec<VisitDay>,
}

/// One day of visits that were only counted.
#[derive(Debug, Clone)]
pub struct VisitDay {
    /// `1 Mar 2026`.
    pub date: String,
    /// Without consent.
    pub without_consent: String,
    /// Programs.
    pub bots: String,
}

/// The shop's attribution settings, to read.
#[derive(Debug, Clone)]
pub struct Tracking {
    /// `Last click`.
    pub click_model: String,
    /// `Coupon, then customer, then link, then product`.
    pub precedence: String,
    /// `30 days`.
    pub window: String,
    /// `USD`.
    pub currency: String,
    /// `Europe/Paris`.
    pub timezone: String,
}
