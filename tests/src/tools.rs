//! What tests need from the machine: finding it, and what happens when it is not there. On a
//! developer's machine the test is skipped loudly; in continuous integration it fails, because a
//! skipped test proves nothing.

#![expect(clippy::panic, reason = "a test without its tool fails")]

use std::ffi::OsStr;
use std::io::Write;
use std::path::PathBuf;

/// A program that tests need, and the Debian package that brings it.
#[derive(Debug, Clone, Copy)]
pub struct Tool {
    /// For people: "Chromium".
    pub name: &'static str,
    /// For apt.
    pub package: &'static str,
}

impl Tool {
    /// Hands out what was found. `None` tells the test to return: the tool is missing, or
    /// `cargo xtask test --quick` wants to do without it.
    ///
    /// # Panics
    /// When the tool is missing or broken and `CI` is set.
    pub fn or_skip<T>(self, found: Result<T, String>) -> Option<T> {
        let Self { name, package } = self;
        match found {
            Ok(found) if !is_quick() => Some(found),
            Ok(_) => self.skip("--quick"),
            Err(_) if is_quick() => self.skip("--quick"),
            Err(why) if is_set("CI") => {
                panic!("{name}: {why}. apt-get install -y --no-install-recommends {package}")
            }
            Err(why) => {
                self.skip(&format!("{why}; apt-get install -y --no-install-recommends {package}"))
            }
        }
    }

    /// Written past the test runner, which would keep the words of a passing test to itself.
    fn skip<T>(self, why: &str) -> Option<T> {
        let test = std::thread::current().name().unwrap_or("a test").to_owned();
        drop(writeln!(std::io::stderr(), "skipped: {test} needs {}: {why}", self.name));
        None
    }
}

/// Whether to leave out what is slow to start.
#[must_use]
pub fn is_quick() -> bool {
    is_set("TRIBUTARY_TEST_QUICK")
}

/// The first folder on the PATH, or of `elsewhere`, that holds all these programs.
#[must_use]
pub fn folder_with(programs: &[&str], elsewhere: Vec<PathBuf>) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(elsewhere)
        .find(|folder| programs.iter().all(|program| folder.join(program).is_file()))
}

fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != OsStr::new("false"))
}
