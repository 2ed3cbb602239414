//! The module without what only wasm-bindgen's own loader needs: our page calls two functions with
//! numbers and reads the memory, so it ships no loader and the module imports nothing.

use std::path::Path;

use anyhow::{Context as _, bail};
use wasm_bindgen_cli_support::Bindgen;

/// What the page uses of the module.
const EXPORTS: [&str; 3] = ["memory", "block", "run"];

pub(crate) fn stripped(module: &Path) -> anyhow::Result<Vec<u8>> {
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
