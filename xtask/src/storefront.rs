//! `cargo xtask storefront`: the storefront's script, from its sources. The result is committed, because
//! the theme extension is deployed from the work tree and `cargo run` must not need the wasm target;
//! the tests make it again and compare.

use std::path::PathBuf;

use crate::step::{Failure, cargo, step, workspace_root};
use crate::tools::{WASM_TARGET, ensure_toolchain};

pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let is_check = match arguments {
        [] => false,
        [only] if only == "--check" => true,
        _ => return Err(Failure::new("storefront takes --check or nothing")),
    };
    ensure_toolchain(true)?;
    build(is_check)
}

/// Compiles the module, inlines it, prints the sizes, and writes or compares the script.
pub(crate) fn build(is_check: bool) -> Result<(), Failure> {
    let mut module = cargo(&["rustc", "--locked", "--profile", "wasm", "--target", WASM_TARGET]);
    module.args(["-p", "storefront-wasm", "--features", "browser", "--crate-type", "cdylib"]);
    // The rules need no stack, and without one all addresses are short.
    module.args(["--", "-C", "link-arg=-zstack-size=16"]);
    // They would make other bytes of the same sources.
    for name in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "RUSTC_WRAPPER"] {
        module.env_remove(name);
    }
    step("storefront module", &mut module)?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or("target".into(), PathBuf::from);
    let folder = workspace_root().join(target).join(WASM_TARGET).join("wasm");
    let mut script = cargo(&["run", "--quiet", "--locked", "-p", "storefront-build", "--"]);
    script.arg(folder.join("storefront.wasm")).args(is_check.then_some("--check"));
    step("storefront script", &mut script)
}
