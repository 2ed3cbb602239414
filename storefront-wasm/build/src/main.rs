//! `cargo xtask storefront` calls this with the module that cargo compiled. It strips the module with
//! wasm-bindgen's own tool, writes it as text into the page's half, makes the scripts small, and writes
//! or compares the theme extension's assets.
//!
//! A crate of its own, so that xtask stays without dependencies.

#![expect(clippy::print_stdout, reason = "a command-line tool")]

mod module;
mod rename;
mod sizes;
mod text;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use storefront::{pixel::ENDPOINT, referral::REFERRAL_NAMES};

use sizes::{Budget, Sizes};

/// The goals. Up to 4,096 bytes every browser compiles a module at once.
const MODULE: Budget = Budget { name: "module", raw: 4_096, gzip: 1_500, brotli: 1_450 };
const SCRIPT: Budget = Budget { name: "script", raw: 7_000, gzip: 3_800, brotli: 3_100 };
const CALLS: Budget = Budget { name: "calls", raw: 1_000, gzip: 600, brotli: 500 };
const WEB_PIXEL: Budget = Budget { name: "web pixel", raw: 1_280, gzip: 800, brotli: 700 };

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (module, is_check) = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [module] => (module, false),
        [module, "--check"] => (module, true),
        _ => bail!("usage: storefront-build MODULE.wasm [--check]"),
    };
    let module = module::stripped(Path::new(module))?;
    let script = script(&module)?;
    let calls = small("storefront-wasm/calls.js")?;
    let web_pixel = small("extensions/checkout-pixel/src/index.js")?;
    let is_within = [
        MODULE.holds(&Sizes::of(&module)?),
        SCRIPT.holds(&Sizes::of(script.as_bytes())?),
        CALLS.holds(&Sizes::of(calls.as_bytes())?),
        WEB_PIXEL.holds(&Sizes::of(web_pixel.as_bytes())?),
    ];
    for (name, script) in [("tributary.js", script), ("tributary-calls.js", calls)] {
        settle(&root().join("extensions/affiliate-embed/assets").join(name), &script, is_check)?;
    }
    if is_within.contains(&false) {
        bail!("over the budget");
    }
    Ok(())
}

/// Writes an asset, or compares the one that is committed.
fn settle(asset: &Path, script: &str, is_check: bool) -> anyhow::Result<()> {
    if !is_check {
        fs::write(asset, script).with_context(|| asset.display().to_string())?;
    } else if fs::read_to_string(asset).with_context(|| asset.display().to_string())? != script {
        bail!("{} is not what its sources make: run `cargo xtask storefront`", asset.display());
    }
    Ok(())
}

fn script(module: &[u8]) -> anyhow::Result<String> {
    let mut script = small("storefront-wasm/host.js")?;
    let module = text::encode(module);
    for (place, text) in
        [("$NAMES", &*REFERRAL_NAMES.join("|")), ("$ENDPOINT", ENDPOINT), ("$MODULE", &module)]
    {
        if script.matches(place).count() != 1 {
            bail!("host.js has to name {place} once");
        }
        script = script.replace(place, text);
    }
    Ok(script)
}

/// A script without comments and blanks, and with short names.
fn small(path: &str) -> anyhow::Result<String> {
    let source = fs::read_to_string(root().join(path)).with_context(|| path.to_owned())?;
    let script = rename::rename(&minifier::js::minify(&source).to_string());
    Ok(script.with_context(|| path.to_owned())?.trim_end_matches([';', '\n']).to_owned())
}

fn root() -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).to_path_buf()
}
