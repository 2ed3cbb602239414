//! Where test data comes from, and shorthands for reading it.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use domain::{
    ids::ShopifyId,
    money::Currency,
    order::{OrderLine, OrderSnapshot, Refund},
    time::UtcTime,
};
use serde_json::Value;
use shopify::{
    fingerprint::Fingerprinter,
    payloads::{self, PayloadError},
    secrets::AppSecrets,
};

/// The trigger time of every delivery in these tests.
pub(crate) const TRIGGERED_AT: UtcTime = UtcTime::from_micros(1_800_000_000_000_000);

pub(crate) fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

pub(crate) fn json(name: &str) -> Value {
    serde_json::from_slice(&fs::read(path(name)).unwrap()).unwrap()
}

pub(crate) fn vectors() -> Value {
    json("test-vectors.json")
}

/// The recordings beside the project, if this machine has them.
pub(crate) fn recordings() -> Option<PathBuf> {
    let found = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(|folder| folder.join("shared/fixtures/shopify"))
        .find(|folder| folder.is_dir());
    if found.is_none() {
        // Past the test harness, which would swallow it.
        let said = writeln!(io::stderr(), "SKIPPED: no shared/fixtures/shopify beside the project");
        said.unwrap();
    }
    found
}

/// The JSON files of a folder by name, without extension.
pub(crate) fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), path))
        .map(|(name, path)| (name, fs::read(path).unwrap()))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{folder:?} is empty");
    files
}

/// The synthetic files whose name starts with `prefix`.
pub(crate) fn synthetic(prefix: &str) -> Vec<(String, Vec<u8>)> {
    let files = files(&path("synthetic"));
    files.into_iter().filter(|(name, _)| name.starts_with(prefix)).collect()
}

pub(crate) fn secrets(current: &str) -> AppSecrets {
    AppSecrets::new(current.into(), None).unwrap()
}

pub(crate) fn fingerprints() -> Fingerprinter {
    Fingerprinter::new(b"installation key").unwrap()
}

pub(crate) fn order(body: &[u8]) -> Result<OrderSnapshot, PayloadError> {
    payloads::order_snapshot(body, TRIGGERED_AT, &fingerprints(), "__rf")
}

pub(crate) fn refund(body: &[u8]) -> Result<(ShopifyId, Refund, Option<Currency>), PayloadError> {
    payloads::refund(body, Currency::USD)
}

/// One line's price less discounts: with tax where prices include it.
pub(crate) fn line_net(line: &OrderLine) -> i64 {
    line.unit_price_minor * line.quantity - line.discount_minor
}
