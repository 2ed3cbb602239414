//! The Tributary server: web, flows, delivery, wiring.
pub mod clock;
pub mod config;
pub mod delivery;
pub mod secrets;
pub mod telemetry;
pub mod visit_token;
