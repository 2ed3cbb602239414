<<<<<<< HEAD
//! The Tributary server: web, flows, delivery, wiring.
pub mod clock;
pub mod config;
pub mod secrets;
pub mod telemetry;
pub mod visit_token;
=======
//! The server: web, flows, delivery and wiring.

pub mod delivery;
>>>>>>> http
