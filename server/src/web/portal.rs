//! The affiliate's pages: each handler reads what its view model needs, and only of this affiliate.

pub mod creatives;
pub mod links;
pub mod login;
pub mod orders;
pub mod overview;
pub mod pixels;
