//! All journeys in one binary: each further one would cost another link.

// Tells clippy that helper functions in here are test code as well.
#![cfg(test)]

mod browser;
mod chaos;
mod databases;
mod dependencies;
mod exactly_once;
mod receivers;
mod two_processes;
