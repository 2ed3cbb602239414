//! `cargo xtask bench <name>`: builds the real binary and the package `bench` with the profile
//! `bench`, which puts them side by side, and hands everything else to the latter.

use crate::step::{Failure, cargo, step};

pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let packages = ["--profile", "bench", "--locked", "-p", "tributary", "-p", "bench"];
    step("build", cargo(&["build", "--bins"]).args(packages))?;
    let mut command = cargo(&["run", "--locked", "--profile", "bench", "-p", "bench", "--"]);
    step("benchmarks", command.args(arguments))
}
