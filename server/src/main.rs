//! The `tributary` command: subcommands and exit codes. What they do lives in the library.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use tributary::{
    config::{Settings, SettingsSource},
    demo, reconcile,
    replay_command::{self, ReplayOptions},
    rotate_secrets, serve,
    simulate::{self, SimulateError},
    verify_ledger::{self, VerifyOptions},
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
    /// Encrypt everything secret in the database anew with the present key
    RotateSecrets(SettingsSource),
    /// Compare our orders with Shopify's and fetch what was missed
    Reconcile {
        #[command(flatten)]
        source: SettingsSource,
        #[command(flatten)]
        options: reconcile::ReconcileOptions,
    },
    /// Play a scenario through the engine and print what follows (`-` reads standard input)
    Simulate {
        /// The scenario, JSON
        file: PathBuf,
    },
    /// Send postbacks again: chosen ones, or those of a time
    Replay(Box<ReplayOptions>),
    /// Prove that no entry of the ledger was changed, removed or added past the program
    VerifyLedger(VerifyOptions),
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
        Command::RotateSecrets(source) => on_runtime(rotate_secrets::run(Settings::load(source)?)),
        Command::Reconcile { source, options } => {
            on_runtime(reconcile::run(Settings::load(source)?, options))
        }
        Command::Simulate { file } => simulate(&read(&file)?),
        Command::Replay(options) => on_runtime(replay_command::run(*options)),
        Command::VerifyLedger(options) => verify_ledger::run(options),
        Command::RenderPostback { file } => render_postback(&read(&file)?),
    }
}

/// Exit 2 for a scenario that is wrong.
fn simulate(scenario: &str) -> anyhow::Result<ExitCode> {
    match simulate::run_file(scenario) {
        Ok(result) => {
            print(&result);
            Ok(ExitCode::SUCCESS)
        }
        Err(SimulateError::Malformed(message)) => {
            report(&message);
            Ok(ExitCode::from(2))
        }
        Err(error) => Err(error.into()),
    }
}

/// Exit 1 for a postback that would be refused on saving.
fn render_postback(document: &str) -> anyhow::Result<ExitCode> {
    match domain::postback::render_postback_document(document) {
        Ok(output) => {
            print(&serde_json::to_string_pretty(&output)?);
            Ok(ExitCode::SUCCESS)
        }
        Err(refused) => {
            print(&serde_json::to_string_pretty(&refused)?);
            Ok(ExitCode::FAILURE)
        }
    }
}

fn on_runtime(work: impl Future<Output = anyhow::Result<ExitCode>>) -> anyhow::Result<ExitCode> {
    actix_web::rt::System::with_tokio_rt(|| {
        #[expect(clippy::expect_used, reason = "without a runtime there is no program")]
        tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .expect("a runtime can be started")
    })
    .block_on(work)
}

fn read(file: &Path) -> anyhow::Result<String> {
    if file == Path::new("-") {
        return std::io::read_to_string(std::io::stdin()).context("cannot read standard input");
    }
    std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}

/// The result of a command: the one thing that goes to standard output.
#[expect(clippy::print_stdout, reason = "printing is what these commands are for")]
fn print(text: &str) {
    println!("{text}");
}

fn report(text: &str) {
    eprintln!("tributary: {text}");
}
