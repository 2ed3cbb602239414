//! `cargo xtask check`: everything that needs no running program.

use crate::step::{Failure, cargo, step};
use crate::tools::{WASM_TARGET, ensure_toolchain, on_path};

pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    if let Some(argument) = arguments.first() {
        return Err(Failure::new(format!("check takes no argument; `{argument}` was given")));
    }
    ensure_toolchain(true)?;
    static_checks()?;
    if on_path(&["cargo-deny"]) {
        step("dependencies", &mut cargo(&["deny", "--locked", "check"]))?;
    } else {
        println!("    dependencies: cargo-deny is not installed, left to tests/it/dependencies.rs");
    }
    Ok(())
}

/// Format, lints, and the proof that the pure crates build for the browser.
pub(crate) fn static_checks() -> Result<(), Failure> {
    step("format", &mut cargo(&["fmt", "--all", "--check"]))?;
    let lints = ["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
    step("lints", &mut cargo(&lints))?;
    let wasm =
        ["check", "--locked", "--target", WASM_TARGET, "-p", "domain", "-p", "storefront-wasm"];
    step("pure crates for wasm32", &mut cargo(&wasm))
}
