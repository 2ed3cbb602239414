//! The affiliate's pages: each handler reads what its view model needs, and only of this affiliate.

pub mod creatives;
pub mod editor;
pub mod links;
pub mod log;
pub mod login;
pub mod orders;
pub mod overview;
pub mod pixels;
pub mod postbacks;
pub mod test_fire;
