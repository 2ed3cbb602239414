//! Shopify's own theme check on the theme app extension, from the npm package that the command-line tool
//! uses too. Where npm or the network is missing, the checks in `tests/it/storefront/extensions.rs` and
//! `tests/it/manifest.rs` stand for it (docs/decisions/0009-shopifys-own-checks.md).

use std::process::Command;

use crate::step::{Failure, step, workspace_root};
use crate::tools::on_path;

/// Another version may know other rules: it is chosen, not met.
const PACKAGE: &str = "@shopify/theme-check-node@3.29.1";
const FOLDER: &str = "target/theme-check";

/// Runs it, installing it first where that is wanted and possible.
pub(crate) fn run(may_install: bool) -> Result<(), Failure> {
    let root = workspace_root();
    let package = root.join(FOLDER).join("node_modules/@shopify/theme-check-node");
    let is_installed = || package.is_dir();
    if !is_installed() && may_install && on_path(&["npm"]) {
        let mut install = Command::new("npm");
        install.args(["install", "--no-audit", "--no-fund", "--prefix", FOLDER, PACKAGE]);
        install.current_dir(&root);
        if let Err(failure) = step("npm install of Shopify's theme check", &mut install) {
            println!("{failure}");
        }
    }
    if !is_installed() {
        println!("Shopify's theme check is not here; the offline checks stand for it");
        return Ok(());
    }
    let script = root.join("extensions/theme-check.mjs");
    step("Shopify's theme check", Command::new("node").arg(script))
}
