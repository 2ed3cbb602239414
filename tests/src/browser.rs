//! A headless Chromium for page tests: one process for all tests, and for each test a browser
//! context of its own (cookies, storage, cache), which goes with the test.
//!
//! Why no driver library: it has to intercept requests, so WebDriver is out. `chromiumoxide` was
//! measured: 119 CPU-seconds and 2.4 GB for its bindings of the whole protocol, half as much again as
//! everything else in this workspace together, and typed bindings of one protocol revision stop
//! reading messages when Debian moves Chromium on. What is needed is some twenty commands, sent as
//! JSON through a well-kept WebSocket library: `connection` has the wire, `page` the vocabulary of
//! tests, `frame` what frames of other origins need, `events` what a tab tells, `network` what is answered in place of the internet, `accessibility` and
//! `axe` the checks of a page.

#![expect(clippy::expect_used, reason = "a harness fails by panicking")]

mod accessibility;
mod axe;
mod connection;
mod events;
mod frame;
mod network;
mod page;

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::PATIENCE;
use crate::companion::{Companion, Signal};
use crate::tools::{Tool, folder_with, is_quick};
use connection::Connection;

pub use accessibility::assert_accessible;
pub use axe::assert_axe_clean;
pub use network::{Answer, Interception, Request};
pub use page::Page;

/// One test's browser: nothing in it is shared with other tests.
#[derive(Debug)]
pub struct Browser {
    connection: Arc<Connection>,
    context: String,
}

impl Browser {
    /// A fresh browser, or `None` when this machine has no Chromium and may do without: the test
    /// then returns.
    ///
    /// # Panics
    /// When there is no Chromium and `CI` is set, or when it does not start.
    pub async fn launch() -> Option<Self> {
        let started = tokio::task::spawn_blocking(chromium).await.expect("starting Chromium");
        let address = CHROMIUM.or_skip(started)?;
        let connection = Connection::open(address).await;
        // The context goes when our connection does.
        let context = connection
            .call(None, "Target.createBrowserContext", json!({"disposeOnDetach": true}))
            .await
            .expect("a browser context");
        Some(Self { connection, context: text(&context, "browserContextId") })
    }

    /// A new tab, empty, 1280 × 800.
    pub async fn page(&self) -> Page {
        Page::open(Arc::clone(&self.connection), &self.context).await
    }
}

const CHROMIUM: Tool = Tool { name: "Chromium", package: "chromium" };

/// No name is looked up but this machine's own: a page that reaches for the internet fails, and the
/// test with it. Everything that Chromium does of its own accord is switched off.
const FLAGS: [&str; 19] = [
    "--headless=new",
    "--no-sandbox", // root has none
    "--disable-gpu",
    "--disable-dev-shm-usage", // containers keep /dev/shm small
    "--disable-quic",
    "--disable-background-networking",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--disable-breakpad",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
    "--password-store=basic",
    "--remote-debugging-port=0",
    // A page of Shopify's host, answered in place of it, shows the server of this machine in a frame.
    "--disable-features=LocalNetworkAccessChecks",
    // What calls itself headless is taken for a crawler.
    "--user-agent=Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/148.0.0.0 Safari/537.36",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
];

/// The address of this process's Chromium, started by the first who asks.
fn chromium() -> Result<&'static str, String> {
    static STARTED: OnceLock<Result<(String, Companion), String>> = OnceLock::new();
    if is_quick() {
        return Err("not wanted".to_owned());
    }
    match STARTED.get_or_init(start) {
        Ok((address, _)) => Ok(address),
        Err(why) => Err(why.clone()),
    }
}

fn start() -> Result<(String, Companion), String> {
    let program = program().ok_or("no chromium or google-chrome on the PATH")?;
    let folder = tempfile::Builder::new().prefix("tributary-chromium-").tempdir();
    let folder = folder.map_err(|error| error.to_string())?.keep();
    let mut arguments: Vec<String> = FLAGS.iter().map(|flag| (*flag).to_owned()).collect();
    arguments.push(format!("--user-data-dir={}", folder.display()));
    arguments.push("about:blank".to_owned());
    let companion = Companion::start(folder, None, Signal::Kill, &program, &arguments);
    let companion = companion.map_err(|error| error.to_string())?;

    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(address) = debugging_address(companion.folder()) {
            return Ok((address, companion));
        }
        if Instant::now() > deadline {
            return Err(format!("Chromium does not come up: {}", companion.log_tail()));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn program() -> Option<PathBuf> {
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
        .into_iter()
        .find_map(|name| Some(folder_with(&[name], Vec::new())?.join(name)))
}

/// Chromium writes the port and the path of its endpoint into its profile, one to a line.
fn debugging_address(profile: &Path) -> Option<String> {
    let written = std::fs::read_to_string(profile.join("DevToolsActivePort")).ok()?;
    let (port, path) = written.trim_end().split_once('\n')?;
    Some(format!("ws://127.0.0.1:{port}{path}"))
}

/// A text field of an answer; empty when it is absent.
fn text(value: &Value, field: &str) -> String {
    value.get(field).and_then(Value::as_str).unwrap_or_default().to_owned()
}
