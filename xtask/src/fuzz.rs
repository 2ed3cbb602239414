//! `cargo xtask fuzz`: libFuzzer over the targets of `fuzz/`, with stable Rust. It is what
//! `cargo fuzz run -s none` does, without having to install that, and with seeds of our own.
//! docs/decisions/0008-fuzzing.md says why.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::step::{Failure, cargo, step, workspace_root};
use crate::tools::{CPP_COMPILER, ensure};

/// Each target with its share of a minute in seconds: most for what affiliates and visitors reach.
const TARGETS: [(&str, u64); 4] = [("template", 30), ("foreign", 8), ("payload", 14), ("proof", 8)];

/// What the test run gives libFuzzer to begin with, so that it begins alike each time (where things lie in
/// memory still makes a difference): a red test run should mean a change, not luck.
const TEST_SEED: u32 = 1;

/// Inputs of each target in a test run: near the seeds. Farther ones are for `cargo xtask fuzz`.
const TEST_RUNS: u32 = 40_000;

/// What our own crates are compiled with: counting which branches are taken and what they compare, and
/// quick to run. The libraries below them come from the ordinary build as they are, so that a fuzz run
/// costs seconds of building, not minutes.
const FLAGS: [&str; 9] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Cllvm-args=-simplifycfg-branch-fold-threshold=0",
    "-Copt-level=2",
    "-Coverflow-checks=on",
    "--cfg=fuzzing",
];

/// Tells us, where cargo calls us as the compiler of our crates, that it does.
const AS_COMPILER: &str = "TRIBUTARY_FUZZ_COMPILER";

/// Inputs are not longer: what a person types, or a usual webhook.
const INPUT_BYTES_MAX: u32 = 16_384;

pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let options = Options::parse(arguments)?;
    ensure(&[CPP_COMPILER], true)?;
    fuzz(&options)
}

/// All targets for a minute at most, beginning alike each time, as the test run does it.
pub(crate) fn minute(may_install: bool) -> Result<(), Failure> {
    ensure(&[CPP_COMPILER], may_install)?;
    fuzz(&Options { target: None, seconds: 60, is_repeatable: true })
}

fn fuzz(options: &Options) -> Result<(), Failure> {
    let folder = workspace_root().join("target/fuzz");
    let corpus = folder.join(if options.is_repeatable { "corpus-of-tests" } else { "corpus" });
    if options.is_repeatable && corpus.exists() {
        // What earlier runs have found would be another beginning.
        std::fs::remove_dir_all(&corpus)
            .map_err(|error| Failure::new(format!("{}: {error}", corpus.display())))?;
    }
    step(
        "seeds",
        cargo(&["run", "-q", "--locked", "-p", "fuzz", "--bin", "fuzz_seeds"]).arg(&corpus),
    )?;
    let programs = build()?;
    for (target, share) in TARGETS {
        if options.target.as_deref().is_some_and(|wanted| wanted != target) {
            continue;
        }
        let seconds = match options.target {
            Some(_) => options.seconds,
            None => (options.seconds * share / 60).max(1),
        };
        let mut command = Command::new(programs.join(format!("fuzz_{target}")));
        command.arg(format!("-max_total_time={seconds}")).arg(corpus.join(target));
        if options.is_repeatable {
            command.arg(format!("-seed={TEST_SEED}")).arg(format!("-runs={TEST_RUNS}"));
        }
        run_target(target, seconds, &mut command, &folder.join("findings"))?;
    }
    Ok(())
}

/// Cargo hands the command line of each of our crates to us, and we add [`FLAGS`]. None when nobody
/// asked us to be a compiler.
pub(crate) fn compile(arguments: &[String]) -> Option<ExitCode> {
    std::env::var_os(AS_COMPILER)?;
    let (rustc, arguments) = arguments.split_first()?;
    let mut command = Command::new(rustc);
    command.args(arguments);
    // Cargo also asks the compiler what it is; there is nothing to add to that.
    if arguments.iter().any(|argument| argument == "--crate-name") {
        command.args(FLAGS);
    }
    let is_fine = command.status().is_ok_and(|status| status.success());
    Some(if is_fine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Builds the targets; gives the folder of the programs.
fn build() -> Result<PathBuf, Failure> {
    let own = std::env::current_exe();
    let own = own.map_err(|error| Failure::new(format!("where am I? {error}")))?;
    // A build of the workspace since we were started has put another file in the place of ours.
    let own = own.with_file_name(format!("xtask{}", std::env::consts::EXE_SUFFIX));
    // Cargo would replace the file that it is calling.
    let compiler = own.with_file_name("fuzz-compiler");
    std::fs::copy(&own, &compiler)
        .map_err(|error| Failure::new(format!("{}: {error}", own.display())))?;
    let mut build = cargo(&["build", "--locked", "-p", "fuzz", "--features", "libfuzzer"]);
    for (target, _) in TARGETS {
        build.args(["--bin", &format!("fuzz_{target}")]);
    }
    build.env("RUSTC_WORKSPACE_WRAPPER", &compiler).env(AS_COMPILER, "1");
    step("build of the fuzz targets", &mut build)?;
    Ok(own.with_file_name(""))
}

fn run_target(
    target: &str,
    seconds: u64,
    command: &mut Command,
    findings: &Path,
) -> Result<(), Failure> {
    std::fs::create_dir_all(findings)
        .map_err(|error| Failure::new(format!("{}: {error}", findings.display())))?;
    command
        .arg(format!("-max_len={INPUT_BYTES_MAX}"))
        .arg(format!("-artifact_prefix={}/{target}-", findings.display()))
        .args(["-timeout=5", "-rss_limit_mb=2048", "-print_final_stats=1", "-verbosity=0"]);
    step(&format!("fuzz {target} for {seconds} s"), command).map_err(|failure| {
        Failure::new(format!(
            "{failure}\nThe input is in {}. Mend it, and keep it as fuzz/regressions/{target}-<what it was>.",
            findings.display()
        ))
    })
}

#[derive(Debug, PartialEq)]
struct Options {
    target: Option<String>,
    seconds: u64,
    /// As in a test run: see [`TEST_SEED`].
    is_repeatable: bool,
}

impl Options {
    fn parse(arguments: &[String]) -> Result<Self, Failure> {
        let mut options = Self { target: None, seconds: 60, is_repeatable: false };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            if argument == "--seconds" {
                let seconds = arguments.next().and_then(|text| text.parse().ok());
                options.seconds =
                    seconds.ok_or_else(|| Failure::new("--seconds needs a number".to_owned()))?;
            } else if TARGETS.iter().any(|(target, _)| target == argument) {
                options.target = Some(argument.clone());
            } else {
                let known = TARGETS.map(|(target, _)| target).join(", ");
                return Err(Failure::new(format!(
                    "fuzz does not know `{argument}`; targets: {known}"
                )));
            }
        }
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_is_shared_out_whole_and_unknown_words_are_refused() {
        assert_eq!(TARGETS.iter().map(|(_, share)| share).sum::<u64>(), 60);
        let parse = |text: &str| {
            Options::parse(&text.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
        };
        let all = parse("").unwrap_or_else(|_| panic!("nothing is an order for all"));
        assert_eq!(all, Options { target: None, seconds: 60, is_repeatable: false });
        let one = parse("foreign --seconds 5").unwrap_or_else(|_| panic!("one target"));
        let target = Some("foreign".to_owned());
        assert_eq!(one, Options { target, seconds: 5, is_repeatable: false });
        assert!(parse("nonsense").is_err() && parse("--seconds").is_err());
    }
}
