//! The `tributary` command: subcommands and exit codes. What they do lives in the library.

use std::{io::Read as _, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use tributary::{
    config::{Settings, SettingsSource},
    demo, serve, simulate,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Affiliate marketing for Shopify stores.
#[derive(Parser)]
#[command(name = "tributary", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the app
    Serve(SettingsSource),
    /// Run everything on loopback with a demo store: no Shopify, no set-up
    Demo(demo::DemoOptions),
    /// Bring the database to this version's schema
    Migrate(SettingsSource),
    /// Print the effective settings, secrets masked
    Settings(SettingsSource),
    /// Print a new encryption key
    NewKey,
    /// Play a scenario file through the engine and print what follows (`-` reads standard input)
    Simulate {
        /// The scenario, JSON
        file: PathBuf,
    },
    /// Print exactly what a postback would send (`-` reads standard input)
    RenderPostback {
        /// The postback and the record, JSON
        file: PathBuf,
    },
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(code) => code,
        Err(error) => {
            // The chain of causes in one line; a backtrace would bury it.
            report(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve(source) => on_runtime(serve::run(Settings::load(source)?)),
        Command::Demo(options) => on_runtime(demo::run(options)),
        Command::Migrate(source) => serve::migrate(&Settings::load(source)?),
        Command::Settings(source) => {
            print(&Settings::load(source)?.to_string());
            Ok(ExitCode::SUCCESS)
        }
        Command::NewKey => {
            print(&tributary::secrets::MasterKey::generate()?.to_base64());
            Ok(ExitCode::SUCCESS)
        }
        Command::Simulate { file } => match simulate::run_file(&read(&file)?) {
            Ok(result) => {
                print(&result);
                Ok(ExitCode::SUCCESS)
            }
            Err(simulate::SimulateError::Malformed(message)) => {
                report(&message);
                Ok(ExitCode::from(2))
            }
            Err(error) => Err(error.into()),
        },
        Command::RenderPostback { file } => render_postback(&read(&file)?),
    }
}
