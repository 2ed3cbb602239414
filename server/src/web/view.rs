//! What each page shows, ready for display: amounts with their currency, times as text and exact
//! UTC, states as badges. Handlers fill these structs, [`Page::page`] renders them.
//!
//! Not here: where the data comes from, and who may see it. Words live in `templates/`, one file
//! per page of the same name; structs carry data and leave sentences to the template.

pub mod admin;
pub mod chart;
pub mod demo;
pub mod form;
pub mod log;
pub mod parts;
pub mod portal;
pub mod postbacks;
pub mod problem;

#[cfg(test)]
mod gallery;
#[cfg(test)]
mod html_check;

/// A whole page or a fragment of one, as HTML.
pub trait Page: askama::Template + Sized {
    /// Renders it.
    ///
    /// # Errors
    /// Only when a value's own formatting fails, which none of ours does.
    fn page(self) -> Result<String, askama::Error> {
        self.render()
    }
}

impl<T: askama::Template> Page for T {}
