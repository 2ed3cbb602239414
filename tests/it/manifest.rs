//! What Shopify is told of the app (`shopify.app.toml`) is what the code does (shopify.md 11, row 37).
//! Shopify's own check of manifests needs a log-in, so what it would refuse is checked here; its check of
//! the theme extension runs in `cargo xtask test` (docs/decisions/0009-shopifys-own-checks.md).

use std::{collections::BTreeSet, fs, path::Path};

use shopify::graphql::API_VERSION;
use shopify::scopes::NEEDED;
use shopify::webhook::Topic;
use toml::{Table, Value};

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn manifest() -> Table {
    fs::read_to_string(root().join("shopify.app.toml")).unwrap().parse().unwrap()
}

fn texts(value: &Value) -> BTreeSet<String> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

/// The topics of all subscriptions under one key.
fn subscribed(manifest: &Table, key: &str) -> BTreeSet<String> {
    let subscriptions = manifest["webhooks"]["subscriptions"].as_array().unwrap();
    let lists = subscriptions.iter().filter_map(|subscription| subscription.get(key));
    let topics: Vec<String> = lists.flat_map(texts).collect();
    let once: BTreeSet<String> = topics.iter().cloned().collect();
    assert_eq!(topics.len(), once.len(), "Shopify refuses a topic that is subscribed to twice");
    once
}

#[test]
fn s11_37_the_scopes_are_the_codes_list() {
    let manifest = manifest();
    let scopes = manifest["access_scopes"]["scopes"].as_str().unwrap();
    let asked: Vec<&str> = scopes.split(',').collect();
    assert_eq!(asked, NEEDED);
    for optional in texts(&manifest["access_scopes"]["optional_scopes"]) {
        assert!(!NEEDED.contains(&optional.as_str()), "{optional} is asked for already");
    }
}

#[test]
fn s11_37_the_topics_are_the_codes_list_and_come_to_our_address() {
    let manifest = manifest();
    let compliance = subscribed(&manifest, "compliance_topics");
    let mandatory = ["customers/data_request", "customers/redact", "shop/redact"];
    assert_eq!(compliance, mandatory.map(str::to_owned).into());
    let mut all = subscribed(&manifest, "topics");
    assert!(all.is_disjoint(&compliance));
    all.extend(compliance);
    let known: BTreeSet<String> =
        Topic::KNOWN.iter().map(|topic| topic.as_str().to_owned()).collect();
    assert_eq!(all, known);
    assert_eq!(manifest["webhooks"]["api_version"].as_str(), Some(API_VERSION));
    for subscription in manifest["webhooks"]["subscriptions"].as_array().unwrap() {
        assert_eq!(subscription["uri"].as_str(), Some("/webhooks"));
    }
}

#[test]
fn s11_37_addresses_are_of_one_host_and_ones_that_we_answer() {
    let manifest = manifest();
    let app = manifest["application_url"].as_str().unwrap();
    assert_eq!(app, format!("https://app.example.com{}", tributary::web::auth::ADMIN_BASE));
    assert_eq!(manifest["app_proxy"]["url"].as_str(), Some("https://app.example.com/proxy"));
    assert_eq!(
        texts(&manifest["auth"]["redirect_urls"]),
        ["https://app.example.com/auth/callback".to_owned()].into()
    );
    let proxy = manifest["app_proxy"].as_table().unwrap();
    assert!(["a", "apps", "community", "tools"].contains(&proxy["prefix"].as_str().unwrap()));
    let subpath = proxy["subpath"].as_str().unwrap();
    assert!(subpath.len() <= 30 && !["admin", "services", "password", "login"].contains(&subpath));
    assert_eq!(manifest["embedded"].as_bool(), Some(true));
    assert_eq!(manifest["pos"]["embedded"].as_bool(), Some(false));
    assert_eq!(manifest["client_id"].as_str(), Some(""), "nobody's own id is kept here");
}

/// Keys that Shopify's command-line tool knows, by table, as its schemas name them; it refuses others.
const KNOWN: &[(&str, &[&str])] = &[
    (
        "",
        &[
            "client_id",
            "name",
            "handle",
            "application_url",
            "embedded",
            "extension_directories",
            "web_directories",
            "access_scopes",
            "auth",
            "app_proxy",
            "pos",
            "webhooks",
            "build",
            "app_preferences",
            "access",
        ],
    ),
    ("access_scopes", &["scopes", "optional_scopes", "use_legacy_install_flow", "required_scopes"]),
    ("auth", &["redirect_urls"]),
    ("app_proxy", &["url", "subpath", "prefix"]),
    ("pos", &["embedded"]),
    ("webhooks", &["api_version", "subscriptions", "privacy_compliance"]),
];
const KNOWN_OF_SUBSCRIPTIONS: &[&str] =
    &["topics", "compliance_topics", "uri", "include_fields", "filter", "name", "payload_query"];
/// Of a web pixel, and of a theme app extension, which has fewer.
const KNOWN_OF_EXTENSIONS: &[&str] =
    &["name", "handle", "type", "uid", "runtime_context", "customer_privacy", "settings"];
const NAME_CHARS_MAX: usize = 30;

#[test]
fn s11_37_manifests_have_only_keys_and_values_that_shopifys_tool_takes() {
    let manifest = manifest();
    for (table, keys) in KNOWN {
        let found = match *table {
            "" => Some(&manifest),
            name => manifest.get(name).and_then(Value::as_table),
        };
        for key in found.into_iter().flat_map(Table::keys) {
            assert!(keys.contains(&key.as_str()), "[{table}] {key}");
        }
    }
    let subscriptions = manifest["webhooks"]["subscriptions"].as_array().unwrap();
    for subscription in subscriptions {
        let table = subscription.as_table().unwrap();
        let unknown = table.keys().find(|key| !KNOWN_OF_SUBSCRIPTIONS.contains(&key.as_str()));
        assert_eq!(unknown, None);
        // Each needs an address and at least one kind of topic.
        assert!(table.contains_key("uri"));
        assert!(table.contains_key("topics") || table.contains_key("compliance_topics"));
    }
    assert!(manifest["name"].as_str().unwrap().chars().count() <= NAME_CHARS_MAX);
    let version = manifest["webhooks"]["api_version"].as_str().unwrap();
    let (year, month) = version.split_once('-').unwrap();
    assert!(year.len() == 4 && ["01", "04", "07", "10"].contains(&month), "{version}");
    assert!(manifest["application_url"].as_str().unwrap().starts_with("https://"));
    for folder in ["affiliate-embed", "checkout-pixel"] {
        let file = root().join("extensions").join(folder).join("shopify.extension.toml");
        let extension: Table = fs::read_to_string(file).unwrap().parse().unwrap();
        let unknown = extension.keys().find(|key| !KNOWN_OF_EXTENSIONS.contains(&key.as_str()));
        assert_eq!(unknown, None, "{folder}");
        let handle = extension["handle"].as_str().unwrap();
        let is_plain =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        assert!(handle.len() <= NAME_CHARS_MAX && handle.bytes().all(is_plain), "{handle}");
        assert!(["theme", "web_pixel_extension"].contains(&extension["type"].as_str().unwrap()));
        let Some(settings) = extension.get("settings") else { continue };
        assert_eq!(settings["type"].as_str(), Some("object"));
        for (name, field) in settings["fields"].as_table().unwrap() {
            assert_eq!(field["type"].as_str(), Some("single_line_text_field"), "{name}");
            assert!(field["name"].is_str(), "{name}");
        }
    }
}

/// `docs/development-store.sh` in a folder of its own.
fn set_up(folder: &Path, client_id: &str, address: &str) -> std::process::Output {
    for made in ["docs", "extensions"] {
        fs::create_dir_all(folder.join(made)).unwrap();
    }
    let packages = ["extensions/package.json", "extensions/package-lock.json"];
    for file in ["docs/development-store.sh", "shopify.app.toml"].into_iter().chain(packages) {
        fs::copy(root().join(file), folder.join(file)).unwrap();
    }
    let mut script = std::process::Command::new("sh");
    script.arg(folder.join("docs/development-store.sh")).args([client_id, address]);
    script.output().unwrap()
}

#[test]
fn the_development_script_writes_a_manifest_and_settings_and_keeps_secrets() {
    let folder = tempfile::tempdir().unwrap();
    assert!(set_up(folder.path(), "abc123", "https://one.example/").status.success());
    let manifest = fs::read_to_string(folder.path().join("shopify.app.development.toml")).unwrap();
    assert!(!manifest.contains("app.example.com"), "{manifest}");
    let manifest: Table = manifest.parse().unwrap();
    assert_eq!(manifest["client_id"].as_str(), Some("abc123"));
    assert_eq!(manifest["application_url"].as_str(), Some("https://one.example/admin"));
    assert_eq!(manifest["app_proxy"]["url"].as_str(), Some("https://one.example/proxy"));

    let file = folder.path().join("development.env");
    let first = fs::read_to_string(&file).unwrap();
    let key = first.lines().find(|line| line.starts_with("ENCRYPTION_KEY=")).unwrap().to_owned();
    assert_eq!(key.len(), "ENCRYPTION_KEY=".len() + 44, "32 bytes in base64");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let secret = first.replace("SHOPIFY_API_SECRET=", "SHOPIFY_API_SECRET=shpss_1");
    fs::write(&file, secret).unwrap();
    assert!(set_up(folder.path(), "abc123", "https://two.example").status.success());
    let second = fs::read_to_string(&file).unwrap();
    for line in [key.as_str(), "SHOPIFY_API_SECRET=shpss_1", "SHOPIFY_APP_URL=https://two.example"]
    {
        assert!(second.lines().any(|known| known == line), "{line} in {second}");
    }
    assert!(!second.contains("one.example"), "{second}");
}

#[test]
fn the_development_script_refuses_what_shopify_would() {
    let folder = tempfile::tempdir().unwrap();
    for (client_id, address) in [
        ("", "https://one.example"),
        ("a b", "https://one.example"),
        ("a|b", "https://one.example"),
        ("abc", "http://one.example"),
        ("abc", "https://one.example/path"),
        ("abc", "https://one.example|x"),
    ] {
        let output = set_up(folder.path(), client_id, address);
        assert!(!output.status.success() && !output.stderr.is_empty(), "{client_id} {address}");
        assert!(!folder.path().join("development.env").exists());
    }
}

/// Shopify's tool wants a `package.json` beside the manifest, and what extensions are built with. The
/// files are written for that place, where the script puts them.
#[test]
fn s11_37_the_tool_finds_what_the_extensions_are_built_with() {
    let read = |path: &Path| -> serde_json::Value {
        serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
    };
    let folder = tempfile::tempdir().unwrap();
    assert!(set_up(folder.path(), "abc123", "https://one.example").status.success());
    let workspaces = read(&folder.path().join("package.json"))["workspaces"].clone();
    let locked = read(&folder.path().join("package-lock.json"))["packages"].clone();
    let folders = fs::read_dir(root().join("extensions")).unwrap().map(|one| one.unwrap().path());
    let built: Vec<_> = folders.filter(|folder| folder.join("package.json").exists()).collect();
    assert_eq!(built.len(), workspaces.as_array().unwrap().len());
    for folder in built {
        let name = format!("extensions/{}", folder.file_name().unwrap().to_str().unwrap());
        assert!(workspaces.as_array().unwrap().iter().any(|known| *known == *name), "{name}");
        for (package, _) in read(&folder.join("package.json"))["dependencies"].as_object().unwrap()
        {
            assert!(locked[format!("node_modules/{package}")].is_object(), "{package}");
        }
    }
}
