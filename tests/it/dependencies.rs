//! What may be in the dependency graph of this machine's platform. `deny.toml` holds the same rules
//! for cargo-deny, which looks at all platforms and at advisories.

use std::collections::BTreeMap;
use std::process::Command;

use serde::Deserialize;

/// Libraries that must come in one version: two of them would mean two trait families, two
/// connection pools or two cryptographic code bases to keep up to date.
const ONE_VERSION: [&str; 7] = ["digest", "hmac", "hyper", "reqwest", "rustls", "sha2", "tokio"];

/// Libraries that must not come at all: ring is the only cryptography behind TLS, so that a C
/// compiler is all that a build needs; `rsa` has an open timing advisory.
const BANNED: [&str; 4] = ["aws-lc-sys", "native-tls", "openssl-sys", "rsa"];

/// Licences that ask for no more than a notice. Keep in step with `deny.toml`.
const ALLOWED: [&str; 15] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "PostgreSQL",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

#[test]
fn the_libraries_of_one_generation_come_in_one_version() {
    let mut versions: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let packages = packages();
    for package in &packages {
        if let Some(name) = ONE_VERSION.iter().find(|name| **name == package.name) {
            versions.entry(name).or_default().push(package.version.clone());
        }
    }
    for name in ONE_VERSION {
        assert_eq!(versions.get(name).map(Vec::len), Some(1), "{name}: {versions:?}");
    }
}

#[test]
fn banned_libraries_are_not_in_the_graph() {
    let packages = packages();
    let found: Vec<_> =
        packages.iter().filter(|package| BANNED.contains(&package.name.as_str())).collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn every_licence_is_allowed() {
    let refused: Vec<_> = packages()
        .into_iter()
        .filter(|package| !package.license.as_deref().is_some_and(is_allowed))
        .map(|package| format!("{} {}: {:?}", package.name, package.version, package.license))
        .collect();
    assert!(refused.is_empty(), "{refused:#?}");
}

#[test]
fn licence_expressions_are_read_with_or_and_and_brackets() {
    for (expression, expected) in [
        ("MIT", true),
        ("GPL-3.0-or-later", false),
        ("MIT/Apache-2.0", true),
        ("GPL-2.0 OR MIT", true),
        ("GPL-2.0 AND MIT", false),
        ("(MIT OR GPL-2.0) AND Unicode-3.0", true),
        ("MIT AND (GPL-2.0 OR AGPL-3.0)", false),
        ("Apache-2.0 WITH LLVM-exception OR GPL-2.0", true),
        ("GPL-2.0 AND MIT OR ISC", true),
        ("", false),
    ] {
        assert_eq!(is_allowed(expression), expected, "{expression}");
    }
}

#[derive(Debug, Deserialize)]
struct Package {
    name: String,
    version: String,
    license: Option<String>,
}

fn packages() -> Vec<Package> {
    #[derive(Deserialize)]
    struct Metadata {
        packages: Vec<Package>,
    }
    // Without a platform cargo would download what only others need.
    let host = output(Command::new("rustc").args(["--print", "host-tuple"]));
    let host = String::from_utf8(host).unwrap();
    let metadata = output(
        Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .args([
                "metadata",
                "--locked",
                "--format-version",
                "1",
                "--filter-platform",
                host.trim(),
            ])
            .current_dir(env!("CARGO_MANIFEST_DIR")),
    );
    let metadata: Metadata = serde_json::from_slice(&metadata).unwrap();
    assert!(metadata.packages.len() > 100, "the graph is there");
    metadata.packages
}

fn output(command: &mut Command) -> Vec<u8> {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Whether an SPDX expression can be met with allowed licences only: one side of an `OR` (`/` in
/// older manifests), both of an `AND`, which binds closer.
fn is_allowed(expression: &str) -> bool {
    for or in [" OR ", "/"] {
        let sides = split_outside_brackets(expression, or);
        if sides.len() > 1 {
            return sides.into_iter().any(is_allowed);
        }
    }
    let sides = split_outside_brackets(expression, " AND ");
    if sides.len() > 1 {
        return sides.into_iter().all(is_allowed);
    }
    let expression = expression.trim();
    match expression.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
        Some(inner) => is_allowed(inner),
        None => ALLOWED.contains(&expression),
    }
}

fn split_outside_brackets<'a>(text: &'a str, operator: &str) -> Vec<&'a str> {
    for (at, _) in text.match_indices(operator) {
        let (left, right) = (text.split_at(at).0, text.split_at(at + operator.len()).1);
        if left.matches('(').count() == left.matches(')').count() {
            let mut parts = vec![left];
            parts.extend(split_outside_brackets(right, operator));
            return parts;
        }
    }
    vec![text]
}
