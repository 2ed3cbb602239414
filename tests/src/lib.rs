//! The harness of Tributary's journeys: databases, a browser, and what tests need from the machine.

pub mod browser;
pub mod companion;
pub mod db;
pub mod receiver;
pub mod tools;
