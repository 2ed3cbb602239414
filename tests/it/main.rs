//! All journeys in one binary: each further one would cost another link.

// Tells clippy that helper functions in here are test code as well.
#![cfg(test)]

mod browser;
mod databases;
mod demo;
mod dependencies;
mod golden;
mod histories;
mod pages;
mod receivers;
mod schema_parity;
mod storage_contract;
