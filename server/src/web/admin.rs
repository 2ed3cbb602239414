//! The merchant's pages: each handler reads what its view model needs, of this shop only.

pub mod affiliates;
pub mod bounce;
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
