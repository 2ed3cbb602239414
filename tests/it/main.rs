<<<<<<< HEAD
//! All journeys in one binary: each further one would cost another link.

// Tells clippy that helper functions in here are test code as well.
#![cfg(test)]

mod browser;
mod databases;
mod dependencies;
=======
//! The integration tests: one binary, one module per subject.

// The attribute tells clippy that helpers here are test code as well.
#[cfg(test)]
mod receivers;
>>>>>>> http
