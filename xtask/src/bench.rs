//! `cargo xtask bench <name>`: builds the real binary and the package `bench` with the profile
//! `bench`, which puts them side by side, and hands everything else to the latter. `storefront` measures
//! Chromium, for which nothing has to be optimised: it begins with the script's sizes instead.

use crate::step::{Failure, cargo, step};
use crate::storefront;

pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    if arguments.first().is_some_and(|name| name == "storefront") {
        storefront::build(true)?;
        let mut command = cargo(&["run", "--locked", "-p", "bench", "--"]);
        return step("benchmarks", command.args(arguments));
    }
    let packages = ["--profile", "bench", "--locked", "-p", "tributary", "-p", "bench"];
    step("build", cargo(&["build", "--bins"]).args(packages))?;
    let mut command = cargo(&["run", "--locked", "--profile", "bench", "-p", "bench", "--"]);
    step("benchmarks", command.args(arguments))
}
