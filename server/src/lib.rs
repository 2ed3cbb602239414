//! The server: web, flows, delivery and wiring.

pub mod delivery;
