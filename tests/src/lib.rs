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

/// How long a test waits for what has to happen before it fails. Patience, no requirement: a machine may
/// be busy with many other things, and only what never happens waits in vain.
pub const PATIENCE: std::time::Duration = std::time::Duration::from_secs(120);
