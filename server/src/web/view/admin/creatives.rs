//! The merchant's banners.

use askama::Template;

use super::{Frame, Section};
use crate::web::view::form::{Choice, Field};

/// `{base}/creatives`; the form posts to `{base}/creatives/new`, with a file.
#[derive(Debug, Clone, Template)]
#[template(path = "admin/creatives.html")]
pub struct CreativesPage {
    /// Chrome.
    pub frame: Frame,
    /// Newest first.
    pub banners: Vec<Banner>,
    /// A new one.
    pub form: CreativeForm,
}

/// One banner with its counts of the last 30 days.
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
    /// The page that it leads to.
    pub target: String,
    /// Whose affiliates show it.
    pub program: String,
    /// `1,204`.
    pub impressions: String,
    /// `31`.
    pub clicks: String,
}

/// The fields of a new banner.
#[derive(Debug, Clone, Default)]
pub struct CreativeForm {
    /// Name.
    pub name: Field,
    /// Page of the shop.
    pub target: Field,
    /// Programs to choose from.
    pub programs: Vec<Choice>,
    /// What is wrong with the choice.
    pub program: Field,
    /// The file; browsers never fill it in again.
    pub picture: Field,
    /// Address of a picture.
    pub image_url: Field,
    /// Its width.
    pub width: Field,
    /// Its height.
    pub height: Field,
}

impl CreativeForm {
    /// Something of the part for linked pictures was filled in or refused.
    fn is_linked(&self) -> bool {
        [&self.image_url, &self.width, &self.height]
            .iter()
            .any(|field| !field.is("") || field.error.is_some())
    }
}
