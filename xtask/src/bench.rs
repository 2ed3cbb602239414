//! `cargo xtask bench`: hands everything to the package `bench`, built with the profile `bench`.

use crate::step::{Failure, cargo, step};

pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let mut command = cargo(&["run", "--locked", "--profile", "bench", "-p", "bench", "--"]);
    step("benchmarks", command.args(arguments))
}
