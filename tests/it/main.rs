//! The integration tests: one binary, one module per subject.

// The attribute tells clippy that helpers here are test code as well.
#[cfg(test)]
mod receivers;
