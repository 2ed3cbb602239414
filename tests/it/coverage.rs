//! `docs/coverage.md` names every line of the specification, and only tests that exist.

use std::{collections::BTreeSet, fs, ops::RangeInclusive, path::Path};

/// The numbered lines of the product page and of the rules for requests.
const LINES: [(&str, RangeInclusive<u32>); 9] = [
    ("U", 1..=11),
    ("T", 1..=19),
    ("A", 1..=11),
    ("P", 1..=15),
    ("I", 1..=12),
    ("C", 1..=12),
    ("N", 1..=20),
    ("E", 1..=14),
    // What must hold towards Shopify: the platform's list.
    ("S", 1..=37),
];

/// Golden cases: 1 to 88, the gaps in the specification's numbering included.
const GOLDEN_MAX: u32 = 88;

/// Receivers that the specification numbers.
const RECEIVERS: [u32; 31] = [
    1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 15, 16, 17, 19, 20, 21, 22, 24, 25, 26, 27, 28, 30, 31,
    33, 36, 37, 38, 39,
];

/// Folders whose tests may be named.
const SOURCES: [&str; 4] = ["server", "storefront-wasm", "tests", "xtask"];

/// One row of the table.
struct Row {
    id: String,
    proof: String,
}

impl Row {
    /// Names in backticks; what has a blank in it is a command.
    fn tests(&self) -> impl Iterator<Item = &str> {
        self.proof.split('`').skip(1).step_by(2).filter(|name| !name.contains(' '))
    }
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn rows() -> Vec<Row> {
    let text = fs::read_to_string(root().join("docs/coverage.md")).expect("docs/coverage.md");
    let row = |line: &str| {
        let mut cells = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ");
        let (id, _, proof) = (cells.next()?, cells.next()?, cells.next()?);
        (id != "ID").then(|| Row { id: id.to_owned(), proof: proof.to_owned() })
    };
    text.lines().filter_map(row).collect()
}

fn expected_ids() -> BTreeSet<String> {
    let lines = LINES
        .into_iter()
        .flat_map(|(letter, numbers)| numbers.map(move |number| format!("{letter}{number}")));
    let golden = (1..=GOLDEN_MAX).map(|number| format!("G{number:02}"));
    let receivers = RECEIVERS.into_iter().map(|number| format!("X{number:02}"));
    lines.chain(golden).chain(receivers).collect()
}

/// Every name that a test could have: functions, and the arms of macros that make tests. Files that
/// are not compiled in do not count.
fn names() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut folders: Vec<_> = SOURCES.iter().map(|folder| root().join(folder)).collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry"))
        {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                let source = fs::read_to_string(&path).expect("a source");
                names.extend(source.lines().filter_map(name_in).map(str::to_owned));
            }
        }
    }
    names
}

/// The name that a line gives to a function or to an arm of a macro.
fn name_in(line: &str) -> Option<&str> {
    let line = line.trim();
    let function = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ");
    let (name, _) = match function {
        Some(rest) => rest.split_once('(')?,
        None => line.split_once(" =>")?,
    };
    let is_name = |byte: u8| byte == b'_' || byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (!name.is_empty() && name.bytes().all(is_name)).then_some(name)
}

#[test]
fn every_line_of_the_specification_is_in_the_table_once() {
    let ids: Vec<String> = rows().into_iter().map(|row| row.id).collect();
    let listed: BTreeSet<String> = ids.iter().cloned().collect();
    assert_eq!(listed, expected_ids());
    assert_eq!(ids.len(), listed.len(), "a line is there twice");
}

#[test]
fn every_line_names_a_test_or_says_what_it_waits_for() {
    for row in rows() {
        let is_open = row.proof.starts_with("not yet (") || row.proof == "nothing to build";
        assert_ne!(row.tests().next().is_some(), is_open, "{}: {}", row.id, row.proof);
    }
}

#[test]
fn every_named_test_exists() {
    let names = names();
    let rows = rows();
    let tests = rows.iter().flat_map(|row| row.tests().map(move |test| (&row.id, test)));
    let missing: Vec<_> = tests.filter(|(_, test)| !names.contains(*test)).collect();
    assert!(missing.is_empty(), "no such tests: {missing:#?}");
}

#[test]
fn names_are_found_in_functions_and_macros() {
    assert_eq!(name_in("    async fn g01_a(db: TestDatabase) {"), Some("g01_a"));
    assert_eq!(name_in("fn x(run: &Run) {"), Some("x"));
    assert_eq!(name_in("    x37_uppromote =>"), Some("x37_uppromote"));
    assert_eq!(name_in("Some(value) => value,"), None);
}
