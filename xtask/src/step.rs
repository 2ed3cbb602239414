//! Running one command as a step: its name before, its time after, one clear line when it fails.

use std::fmt;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// Why a verb stopped, as one sentence for a person.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Runs a command whose output goes where ours goes.
pub(crate) fn step(title: &str, command: &mut Command) -> Result<(), Failure> {
    timed(title, command, |command| Ok(command.status()?.success()))
}

/// Like [`step`], and hands every line of its standard output, on its way through, to `read_line`.
pub(crate) fn step_reading(
    title: &str,
    command: &mut Command,
    mut read_line: impl FnMut(&str),
) -> Result<(), Failure> {
    timed(title, command, |command| {
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        if let Some(stdout) = child.stdout.take() {
            let mut lines = BufReader::new(stdout);
            let mut line = Vec::new();
            while lines.read_until(b'\n', &mut line)? > 0 {
                std::io::stdout().write_all(&line)?;
                read_line(&String::from_utf8_lossy(&line));
                line.clear();
            }
        }
        Ok(child.wait()?.success())
    })
}

/// The cargo that runs us, in the workspace's root.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(arguments).current_dir(workspace_root());
    // What `cargo run` tells us about the package xtask would make build scripts that watch these
    // variables (ring's) believe that they are stale, at every change between xtask and plain cargo.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    if is_ci() {
        command.env("CARGO_INCREMENTAL", "0");
    }
    command
}

/// Whether a continuous-integration service runs us: then nothing may be skipped.
pub(crate) fn is_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false")
}

pub(crate) fn workspace_root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_path_buf()
}

fn timed(
    title: &str,
    command: &mut Command,
    run: impl FnOnce(&mut Command) -> std::io::Result<bool>,
) -> Result<(), Failure> {
    println!("==> {title}");
    let start = Instant::now();
    let outcome = run(command);
    let seconds = start.elapsed().as_secs_f32();
    match outcome {
        Ok(true) => {
            println!("    {title}: ok, {seconds:.1} s");
            Ok(())
        }
        Ok(false) => {
            Err(Failure::new(format!("{title} failed after {seconds:.1} s: {}", shown(command))))
        }
        Err(error) => {
            Err(Failure::new(format!("{title} did not run: {}: {error}", shown(command))))
        }
    }
}

fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    std::iter::once(program)
        .chain(command.get_args())
        .map(|part| part.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}
