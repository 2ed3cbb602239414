//! The extensions as Shopify takes them: the limits and forms that its theme check and its command-line
//! tool look at, without either. They need Node and the network; extensions/README.md says how to run
//! the real ones.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// Per locale file, from the documentation of theme app extensions.
const LOCALE_BYTES_MAX: u64 = 15 * 1024;
/// All Liquid of an extension.
const LIQUID_BYTES_MAX: u64 = 100 * 1024;
const ASSETS: [&str; 8] = ["jpg", "jpeg", "json", "js", "css", "png", "svg", "wasm"];
/// Kinds of setting whose `id` a block may read.
const INPUTS: [&str; 7] = ["checkbox", "number", "radio", "range", "select", "text", "textarea"];

fn extension(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../extensions").join(name)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.is_file()).collect()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn embed_schema() -> Value {
    let block = read(&extension("affiliate-embed").join("blocks/tracking.liquid"));
    let (_, after) = block.split_once("{% schema %}").unwrap();
    let (schema, rest) = after.split_once("{% endschema %}").unwrap();
    assert_eq!(rest.trim(), "", "nothing comes behind the schema");
    serde_json::from_str(schema).unwrap()
}

#[test]
fn the_theme_extension_holds_only_folders_and_files_that_shopify_takes() {
    let root = extension("affiliate-embed");
    let mut folders = BTreeSet::new();
    for entry in fs::read_dir(&root).unwrap().map(|entry| entry.unwrap()) {
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_dir() {
            folders.insert(name);
        } else {
            assert!(
                ["shopify.extension.toml", ".theme-check.yml"].contains(&name.as_str()),
                "{name}"
            );
        }
    }
    assert_eq!(folders.into_iter().collect::<Vec<_>>(), ["assets", "blocks", "locales"]);
    let liquid: u64 =
        files(&root.join("blocks")).iter().map(|it| it.metadata().unwrap().len()).sum();
    assert!(liquid < LIQUID_BYTES_MAX);
    for asset in files(&root.join("assets")) {
        let kind = asset.extension().and_then(|it| it.to_str()).unwrap_or_default();
        assert!(ASSETS.contains(&kind), "{}", asset.display());
    }
    let manifest = toml(&root.join("shopify.extension.toml"));
    assert_eq!(manifest["type"].as_str(), Some("theme"));
}

#[test]
fn the_embed_block_is_for_the_head_and_its_settings_are_of_known_kinds() {
    let schema = embed_schema();
    assert_eq!(schema["target"], "head");
    let mut ids = BTreeSet::new();
    for setting in schema["settings"].as_array().unwrap() {
        let kind = setting["type"].as_str().unwrap();
        if kind == "paragraph" || kind == "header" {
            assert!(setting["content"].is_string() && setting.get("id").is_none());
            continue;
        }
        assert!(INPUTS.contains(&kind), "{setting}");
        assert!(ids.insert(setting["id"].as_str().unwrap()), "{setting}");
        if kind == "select" {
            let values: Vec<_> =
                setting["options"].as_array().unwrap().iter().map(|it| &it["value"]).collect();
            assert!(values.contains(&&setting["default"]), "{setting}");
        }
    }
    let block = read(&extension("affiliate-embed").join("blocks/tracking.liquid"));
    let used = block.split("block.settings.").skip(1);
    let used: BTreeSet<_> = used
        .map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap())
        .collect();
    assert_eq!(used, ids, "every setting is read, and nothing else");
}

#[test]
fn every_text_of_the_block_is_translated_in_every_language() {
    let mut wanted = BTreeSet::new();
    collect_keys(&embed_schema(), &mut wanted);
    let schemas: Vec<_> = files(&extension("affiliate-embed").join("locales"))
        .into_iter()
        .filter(|path| path.to_string_lossy().ends_with(".schema.json"))
        .collect();
    assert!(schemas.iter().any(|path| path.ends_with("en.default.schema.json")));
    for path in schemas {
        assert!(path.metadata().unwrap().len() <= LOCALE_BYTES_MAX);
        let texts: Value = serde_json::from_str(&read(&path)).unwrap();
        let mut given = BTreeSet::new();
        flatten(&texts, String::new(), &mut given);
        assert_eq!(given, wanted, "{}", path.display());
    }
}

#[test]
fn n20_the_web_pixel_is_strict_and_asks_for_marketing_and_sale_of_data() {
    let manifest = toml(&extension("checkout-pixel").join("shopify.extension.toml"));
    assert_eq!(manifest["type"].as_str(), Some("web_pixel_extension"));
    assert_eq!(manifest["runtime_context"].as_str(), Some("strict"));
    let privacy = &manifest["customer_privacy"];
    assert_eq!(privacy["marketing"].as_bool(), Some(true));
    assert_eq!(privacy["sale_of_data"].as_str(), Some("enabled"));
    let script = read(&extension("checkout-pixel").join("src/index.js"));
    let code = script.lines().filter(|line| !line.trim_start().starts_with("//"));
    // Events bring the page's address in a field of this name.
    let script = code.collect::<String>().replace("context.document", "context");
    let fields = manifest["settings"]["fields"].as_table().unwrap();
    let used = script.split("settings.").skip(1);
    let used: BTreeSet<_> = used
        .map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap())
        .collect();
    assert_eq!(used, fields.keys().map(String::as_str).collect());
    // What a strict worker is not promised to have.
    for missing in [
        "document",
        "window",
        "Image(",
        "URLSearchParams",
        "WebAssembly",
        "importScripts",
        "sendBeacon",
    ] {
        assert!(!script.contains(missing), "{missing}");
    }
}

fn toml(path: &Path) -> toml::Value {
    toml::from_str(&read(path)).unwrap()
}

/// `t:block.name` is the key `block.name`.
fn collect_keys(schema: &Value, keys: &mut BTreeSet<String>) {
    match schema {
        Value::String(text) => keys.extend(text.strip_prefix("t:").map(str::to_owned)),
        Value::Array(items) => items.iter().for_each(|item| collect_keys(item, keys)),
        Value::Object(members) => members.values().for_each(|member| collect_keys(member, keys)),
        _ => {}
    }
}

fn flatten(texts: &Value, path: String, keys: &mut BTreeSet<String>) {
    let Some(members) = texts.as_object() else {
        assert!(texts.as_str().is_some_and(|text| !text.is_empty()), "{path}");
        keys.insert(path);
        return;
    };
    for (name, below) in members {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        flatten(below, path, keys);
    }
}
