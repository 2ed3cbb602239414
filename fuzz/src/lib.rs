//! What strangers write, read by our parsers. Each module is one target with a function `check`, which
//! panics on a finding. The fuzzer calls it with whatever it thinks up (`cargo xtask fuzz`); ordinary
//! tests call it with the seeds and with every finding so far (`fuzz/regressions`).
//!
//! Why it is built like this: `docs/decisions/0008-fuzzing.md`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a panic is how a target tells of a finding"
)]

pub mod foreign;
pub mod payload;
pub mod proof;
pub mod seeds;
pub mod shape;
pub mod template;

#[cfg(test)]
mod tests;
