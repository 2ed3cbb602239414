//! `cargo xtask storefront` calls this with the module that cargo compiled. It strips the module with
//! wasm-bindgen's own tool, writes it as text into the page's half, takes comments and blanks out of
//! that, and writes or compares the theme extension's asset.
//!
//! A crate of its own, so that xtask stays without dependencies.

#![expect(clippy::print_stdout, reason = "a command-line tool")]

mod sizes;
mod text;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use wasm_bindgen_cli_support::Bindgen;

use sizes::{Budget, Sizes};

/// Where `host.js` wants the module.
const PLACE: &str = "$MODULE";

/// What the page uses of the module.
const EXPORTS: [&str; 3] = ["memory", "block", "run"];

/// The script, and within it the module: what they have, with little to spare, so that growth is a
/// decision. The goals are lower (4,096 bytes for the module, 3,800 compressed for the script);
/// `docs/decisions/0007-storefront-script.md` says what the difference costs.
const MODULE: Budget = Budget { name: "module", raw: 5_600, gzip: 3_050, brotli: 2_850 };
const SCRIPT: Budget = Budget { name: "script", raw: 13_400, gzip: 6_200, brotli: 5_600 };
const WEB_PIXEL: Budget = Budget { name: "web pixel", raw: 1_280, gzip: 800, brotli: 800 };

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (module, is_check) = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [module] => (module, false),
        [module, "--check"] => (module, true),
        _ => bail!("usage: storefront-build MODULE.wasm [--check]"),
    };
    let module = stripped(Path::new(module))?;
    let script = script(&module)?;
    let web_pixel = minified("extensions/checkout-pixel/src/index.js")?;
    let is_within = [
        MODULE.holds(&Sizes::of(&module)?),
        SCRIPT.holds(&Sizes::of(script.as_bytes())?),
        WEB_PIXEL.holds(&Sizes::of(web_pixel.as_bytes())?),
    ];

    let asset = root().join("extensions/affiliate-embed/assets/tributary.js");
    if is_check {
        let committed = fs::read_to_string(&asset).with_context(|| asset.display().to_string())?;
        if committed != script {
            bail!("{} is not what its sources make: run `cargo xtask storefront`", asset.display());
        }
        println!("the committed script is what its sources make");
    } else {
        fs::write(&asset, script).with_context(|| asset.display().to_string())?;
        println!("{}", asset.display());
    }
    if is_within.contains(&false) {
        bail!("over the budget");
    }
    Ok(())
}

/// The module without what only wasm-bindgen's own loader needs: our page calls two functions with
/// numbers and reads the memory, so it ships no loader and the module imports nothing.
fn stripped(module: &Path) -> anyhow::Result<Vec<u8>> {
    let mut output = Bindgen::new()
        .input_path(module)
        .web(true)?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate_output()
        .context("wasm-bindgen")?;
    let module = output.wasm_mut();
    let others: Vec<_> = module
        .exports
        .iter()
        .filter(|it| !EXPORTS.contains(&&*it.name))
        .map(|it| it.id())
        .collect();
    for export in others {
        module.exports.delete(export);
    }
    let customs: Vec<_> = module.customs.iter().map(|(id, _)| id).collect();
    for id in customs {
        module.customs.delete(id);
    }
    walrus::passes::gc::run(module);
    if let Some(import) = module.imports.iter().next() {
        bail!("the module imports {}, which nobody gives it", import.name);
    }
    Ok(module.emit_wasm())
}

fn script(module: &[u8]) -> anyhow::Result<String> {
    let host = minified("storefront-wasm/host.js")?;
    if host.matches(PLACE).count() != 1 {
        bail!("host.js has to name {PLACE} once");
    }
    Ok(format!(
        "// Tributary. Made by `cargo xtask storefront`, do not edit.\n{}\n",
        host.replace(PLACE, &text::encode(module))
    ))
}

fn minified(path: &str) -> anyhow::Result<String> {
    let source = fs::read_to_string(root().join(path)).with_context(|| path.to_owned())?;
    Ok(minifier::js::minify(&source).to_string())
}

fn root() -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).to_path_buf()
}
