//! What the tests need from the machine, and getting it: Debian packages through apt, the wasm
//! target and cargo's own tools through rustup.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::step::{Failure, step};

/// Something that must be on the machine.
pub(crate) struct Tool {
    name: &'static str,
    /// The Debian package that brings it.
    package: &'static str,
    is_present: fn() -> bool,
}

/// To build at all.
pub(crate) const COMPILER: Tool =
    Tool { name: "a C compiler", package: "gcc libc6-dev", is_present: || on_path(&["cc"]) };

/// libFuzzer is C++.
pub(crate) const CPP_COMPILER: Tool =
    Tool { name: "a C++ compiler", package: "g++", is_present: || on_path(&["c++"]) };

/// The pages' tests run in it.
pub(crate) const BROWSER: Tool = Tool {
    name: "Chromium",
    package: "chromium",
    is_present: || {
        on_path(&["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"])
    },
};

/// The second database of every test. Debian keeps the server's programs off the PATH.
pub(crate) const POSTGRES: Tool = Tool {
    name: "the PostgreSQL server",
    package: "postgresql",
    is_present: || on_path(&["initdb"]) && on_path(&["postgres"]) || debian_postgres_is_present(),
};

/// The samples that receivers verify signatures with run in these.
pub(crate) const INTERPRETERS: Tool = Tool {
    name: "Python, Node.js, PHP and Perl",
    package: "python3 nodejs php-cli perl",
    is_present: || {
        on_path(&["python3"]) && on_path(&["node"]) && on_path(&["php"]) && on_path(&["perl"])
    },
};

/// Makes sure that the tools are there: installs what is missing where that is possible and wanted,
/// or fails with the one line to run.
pub(crate) fn ensure(tools: &[Tool], may_install: bool) -> Result<(), Failure> {
    let missing: Vec<&Tool> = tools.iter().filter(|tool| !(tool.is_present)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.iter().map(|tool| tool.name).collect::<Vec<_>>().join(", ");
    let packages: Vec<&str> = missing.iter().flat_map(|tool| tool.package.split(' ')).collect();
    let Some(privilege) = may_install.then(apt_privilege).flatten() else {
        return Err(Failure::new(format!(
            "missing: {names}. On Debian or Ubuntu run this first:\n    \
             sudo apt-get update && sudo apt-get install -y --no-install-recommends {}",
            packages.join(" ")
        )));
    };
    println!("missing: {names}");
    step("apt-get update", apt(privilege).arg("update"))?;
    let install = ["install", "-y", "--no-install-recommends"];
    step("apt-get install", apt(privilege).args(install).args(packages))?;
    match missing.iter().find(|tool| !(tool.is_present)()) {
        Some(tool) => Err(Failure::new(format!("{} is installed but was not found", tool.name))),
        None => Ok(()),
    }
}

/// Makes sure that the toolchain has the wasm target, rustfmt and clippy. rustup's automatic
/// installation may be switched off, and then nothing else fetches what `rust-toolchain.toml` lists.
pub(crate) fn ensure_toolchain(may_install: bool) -> Result<(), Failure> {
    let parts = [
        (wasm_target_is_present(), ["target", "add", WASM_TARGET]),
        (
            succeeds(Command::new("cargo").args(["fmt", "--version"])),
            ["component", "add", "rustfmt"],
        ),
        (
            succeeds(Command::new("cargo").args(["clippy", "--version"])),
            ["component", "add", "clippy"],
        ),
    ];
    for (is_present, arguments) in parts {
        if is_present {
            continue;
        }
        let line = format!("rustup {}", arguments.join(" "));
        if !may_install {
            return Err(Failure::new(format!("run this first: {line}")));
        }
        step(&line, Command::new("rustup").args(arguments))?;
    }
    Ok(())
}

/// What the storefront's module is compiled for; the domain must build for it too, as a proof that
/// it does no input or output.
pub(crate) const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Whether a program of one of these names is on the PATH.
pub(crate) fn on_path(names: &[&str]) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| names.iter().any(|name| folder.join(name).is_file()))
}

/// How apt may be called, if it may.
#[derive(Clone, Copy)]
enum Privilege {
    Root,
    Sudo,
}

fn apt_privilege() -> Option<Privilege> {
    if !on_path(&["apt-get"]) {
        return None;
    }
    let user = Command::new("id").arg("-u").output().ok()?;
    if user.stdout.trim_ascii() == b"0" {
        return Some(Privilege::Root);
    }
    succeeds(Command::new("sudo").args(["-n", "true"])).then_some(Privilege::Sudo)
}

fn apt(privilege: Privilege) -> Command {
    let mut command = match privilege {
        Privilege::Root => Command::new("env"),
        Privilege::Sudo => {
            let mut sudo = Command::new("sudo");
            sudo.args(["-n", "env"]);
            sudo
        }
    };
    command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"]).stdin(Stdio::null());
    command
}

fn debian_postgres_is_present() -> bool {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    versions
        .map(|version| version.path().join("bin"))
        .any(|bin| bin.join("initdb").is_file() && bin.join("postgres").is_file())
}

fn wasm_target_is_present() -> bool {
    let printed =
        Command::new("rustc").args(["--print", "target-libdir", "--target", WASM_TARGET]).output();
    printed.is_ok_and(|output| {
        let folder = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
        output.status.success() && has_core(&folder)
    })
}

fn has_core(folder: &Path) -> bool {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    files.into_iter().any(|file| file.file_name().to_string_lossy().starts_with("libcore-"))
}

fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|s| s.success())
}
