//! The affiliate's pages: each handler reads what its view model needs, and only of this affiliate.

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
