//! The harness of Tributary's journeys: databases, a browser, and what tests need from the machine.

pub mod browser;
pub mod companion;
pub mod db;
pub mod mail_server;
pub mod orders;
pub mod random;
pub mod receiver;
pub mod seed;
pub mod server_process;
pub mod shopify;
pub mod sql;
pub mod tools;
pub mod webhook;
pub mod wire;
