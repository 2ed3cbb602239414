//! `cargo xtask test`: makes the machine ready, checks, builds, and runs every test. What continuous
//! integration runs is exactly this. The last line is the count of all tests.

use std::path::PathBuf;

use crate::check::static_checks;
use crate::fuzz;
use crate::step::{Failure, cargo, step, step_reading};
use crate::storefront;
use crate::theme_check;
use crate::tools::{BROWSER, COMPILER, INTERPRETERS, POSTGRES, ensure, ensure_toolchain};

pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let options = Options::parse(arguments)?;
    let tools: &[_] = match options.is_quick {
        true => &[COMPILER],
        false => &[COMPILER, BROWSER, POSTGRES, INTERPRETERS],
    };
    ensure(tools, options.may_install)?;
    ensure_toolchain(options.may_install)?;
    static_checks()?;
    // Once more from its sources, byte for byte; cargo's own tests do not call cargo.
    storefront::build(true)?;
    if !options.is_quick {
        theme_check::run(options.may_install)?;
    }
    // One build of everything, so that libraries are compiled once, with the features of all. The
    // tests start the real binary, which `cargo test` alone would not build.
    let build = ["build", "--workspace", "--lib", "--bins", "--tests", "--locked"];
    step("build", &mut cargo(&build))?;

    let mut test = cargo(&["test", "--workspace", "--locked", "--no-fail-fast"]);
    test.env("TRIBUTARY_BIN", tributary_binary()?);
    if options.is_quick {
        test.env("TRIBUTARY_TEST_QUICK", "1");
    }
    let mut tally = Tally::default();
    let outcome = step_reading("tests", &mut test, |line| tally.read(line));
    let count = format!("{} passed, {} failed", tally.passed, tally.failed);
    outcome.map_err(|failure| Failure::new(format!("{failure}\n{count}")))?;
    if !options.is_quick {
        fuzz::minute(options.may_install)?;
    }
    println!("{count}");
    Ok(())
}

struct Options {
    is_quick: bool,
    may_install: bool,
}

impl Options {
    fn parse(arguments: &[String]) -> Result<Self, Failure> {
        let mut options = Self { is_quick: false, may_install: true };
        for argument in arguments {
            match argument.as_str() {
                "--quick" => options.is_quick = true,
                "--no-install" => options.may_install = false,
                other => return Err(Failure::new(format!("test does not know `{other}`"))),
            }
        }
        Ok(options)
    }
}

/// The count over all test binaries, from the line that each of them ends with.
#[derive(Debug, Default, PartialEq)]
struct Tally {
    passed: u64,
    failed: u64,
}

impl Tally {
    fn read(&mut self, line: &str) {
        let Some(result) = line.trim_start().strip_prefix("test result: ") else {
            return;
        };
        for part in result.split([';', '.']) {
            match part.trim().split_once(' ') {
                Some((count, "passed")) => self.passed += count.parse().unwrap_or(0),
                Some((count, "failed")) => self.failed += count.parse().unwrap_or(0),
                _ => {}
            }
        }
    }
}

/// Cargo puts it beside us.
fn tributary_binary() -> Result<PathBuf, Failure> {
    let own = std::env::current_exe();
    let own = own.map_err(|error| Failure::new(format!("where am I? {error}")))?;
    Ok(own.with_file_name(format!("tributary{}", std::env::consts::EXE_SUFFIX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_results_of_all_binaries_are_added_up() {
        let mut tally = Tally::default();
        for line in [
            "running 2 tests",
            "test result: ok. 29 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 2.27s",
            "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s\n",
            "test passed ... ok",
        ] {
            tally.read(line);
        }
        assert_eq!(tally, Tally { passed: 32, failed: 2 });
    }

    #[test]
    fn an_unknown_option_is_refused() {
        let parse = |text: &str| Options::parse(&[text.to_owned()]);
        assert!(parse("--quick").is_ok_and(|options| options.is_quick && options.may_install));
        assert!(parse("--no-install").is_ok_and(|options| !options.may_install));
        assert!(parse("--qick").is_err());
    }
}
