//! The real binary as a process of its own: started, killed, restarted on the same port. It never
//! outlives us: a small shell holds the other end of a pipe and kills it when the pipe closes,
//! because no destructor runs when a test process is killed.

#![expect(clippy::expect_used, clippy::panic, reason = "a harness fails by panicking")]

use std::fs::File;
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tempfile::TempDir;
use tokio::time::sleep;

use crate::PATIENCE;
use crate::webhook::CLIENT_SECRET;
use crate::wire::Connection;

/// How it is run. The rest of its settings is the same for all.
#[derive(Debug, Clone)]
pub struct ServerSettings {
    /// `DATABASE_URL`.
    pub database_url: String,
    /// `ROLE`: `web`, `worker` or `all`.
    pub role: &'static str,
    /// `WEB_WORKERS`.
    pub web_workers: usize,
    /// Further variables of its environment.
    pub environment: Vec<(&'static str, String)>,
}

impl ServerSettings {
    /// Everything in one process, with one web worker.
    #[must_use]
    pub fn new(database_url: &str) -> Self {
        Self {
            database_url: database_url.to_owned(),
            role: "all",
            web_workers: 1,
            environment: Vec::new(),
        }
    }

    /// The same in another role.
    #[must_use]
    pub fn role(mut self, role: &'static str) -> Self {
        self.role = role;
        self
    }

    /// The same with this variable in its environment.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.environment.push((name, value.to_owned()));
        self
    }
}

/// A server, running or not. Dropping it kills it.
#[derive(Debug)]
pub struct ServerProcess {
    settings: ServerSettings,
    address: SocketAddr,
    home: TempDir,
    running: Option<Child>,
    watchdog: Child,
    watchdog_input: Option<ChildStdin>,
}

impl ServerProcess {
    /// A server on a free port of loopback, not started yet.
    ///
    /// # Panics
    /// Without a port, a temporary folder or a shell.
    #[must_use]
    pub fn new(settings: ServerSettings) -> Self {
        let mut watchdog = Command::new("sh")
            .args(["-c", WATCHDOG])
            .stdin(Stdio::piped())
            .spawn()
            .expect("a shell");
        let watchdog_input = watchdog.stdin.take();
        Self {
            settings,
            address: free_address().expect("a free port"),
            home: tempfile::tempdir().expect("a temporary folder"),
            running: None,
            watchdog,
            watchdog_input,
        }
    }

    /// Started, and ready when this returns.
    ///
    /// # Panics
    /// When it does not get ready.
    pub async fn started(settings: ServerSettings) -> Self {
        let mut server = Self::new(settings);
        server.start();
        server.ready().await;
        server
    }

    /// Sets a variable of its environment, for its next start.
    pub fn set(&mut self, name: &'static str, value: &str) {
        self.settings.environment.push((name, value.to_owned()));
    }

    /// Starts it. It is not ready yet.
    ///
    /// # Panics
    /// When the binary cannot be started.
    pub fn start(&mut self) {
        self.kill();
        let binary = binary();
        let log = File::options().create(true).append(true).open(self.log_file());
        let log = log.expect("a log file");
        let mut command = Command::new(&binary);
        command
            .arg("serve")
            .env_clear()
            .env("DATABASE_URL", &self.settings.database_url)
            .env("ROLE", self.settings.role)
            .env("BIND", self.address.ip().to_string())
            .env("PORT", self.address.port().to_string())
            .env("WEB_WORKERS", self.settings.web_workers.to_string())
            .env("SHOPIFY_API_KEY", "key")
            .env("SHOPIFY_API_SECRET", CLIENT_SECRET)
            .env("SHOPIFY_APP_URL", "https://app.example.com")
            .env("ENCRYPTION_KEY", STANDARD.encode([7; 32]))
            .env("POSTBACK_ALLOW_NETWORKS", "127.0.0.0/8")
            .env("LOG", "warn")
            .env("RUST_BACKTRACE", "1")
            .envs(self.settings.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        let server = command
            .spawn()
            .unwrap_or_else(|error| panic!("{} does not start: {error}", binary.display()));
        self.guard(&server.id().to_string());
        self.running = Some(server);
    }

    /// Waits until it answers that it is ready. A worker answers nobody; it is ready when it is
    /// needed.
    ///
    /// # Panics
    /// When it ends instead, or takes longer than 30 seconds.
    pub async fn ready(&mut self) {
        if self.settings.role == "worker" {
            return;
        }
        let deadline = Instant::now() + PATIENCE;
        while !matches!(get_ready(self.address).await, Ok(200)) {
            let has_ended = match &mut self.running {
                Some(server) => server.try_wait().is_ok_and(|ended| ended.is_some()),
                None => true,
            };
            if has_ended || Instant::now() > deadline {
                panic!("the server does not get ready:\n{}", self.log_tail());
            }
            sleep(Duration::from_millis(2)).await;
        }
    }

    /// SIGKILL, if it runs; returns when it is gone.
    pub fn kill(&mut self) {
        if let Some(mut server) = self.running.take() {
            drop(server.kill());
            drop(server.wait());
            self.guard("");
        }
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        let Some(server) = &mut self.running else { return false };
        server.try_wait().is_ok_and(|ended| ended.is_none())
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Processor time that the running process has used so far, all its threads together.
    #[must_use]
    pub fn cpu_time(&self) -> Duration {
        let id = self.running.as_ref().map(Child::id);
        id.and_then(process_cpu_time).unwrap_or_default()
    }

    /// The end of what it logged, over all its starts.
    #[must_use]
    pub fn log_tail(&self) -> String {
        let log = std::fs::read(self.log_file()).unwrap_or_default();
        let tail = log.split_at(log.len().saturating_sub(4_000)).1;
        String::from_utf8_lossy(tail).into_owned()
    }

    fn log_file(&self) -> PathBuf {
        self.home.path().join("log")
    }

    /// Tells the watchdog whom to kill should we die; nobody when empty.
    fn guard(&mut self, process: &str) {
        if let Some(input) = &mut self.watchdog_input {
            writeln!(input, "{process}").expect("the watchdog lives");
        }
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        self.kill();
        drop(self.watchdog_input.take());
        drop(self.watchdog.wait());
    }
}

/// Reads whom to kill, and kills the last one when there is no more to read.
const WATCHDOG: &str =
    r#"while read -r line; do server=$line; done; [ -z "$server" ] || kill -9 "$server""#;

/// The processor time of a process: user and system, from Linux's `/proc`.
#[must_use]
pub fn process_cpu_time(id: u32) -> Option<Duration> {
    /// `USER_HZ`: a constant of Linux on every machine we build for.
    const TICK_MS: u64 = 10;
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name of the program, in brackets, may hold anything; user time is the 12th word after it.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(Duration::from_millis((user + system) * TICK_MS))
}

/// The program under test: named by `TRIBUTARY_BIN`, or beside us in the target folder.
///
/// # Panics
/// When it was not built.
#[must_use]
pub fn binary() -> PathBuf {
    if let Some(named) = std::env::var_os("TRIBUTARY_BIN") {
        return named.into();
    }
    let own = std::env::current_exe().expect("our own path");
    let name = format!("tributary{}", std::env::consts::EXE_SUFFIX);
    // Test executables are one folder further down, in `deps`.
    let folders = own.ancestors().skip(1).take(2);
    let found = folders.map(|folder| folder.join(&name)).find(|file| file.is_file());
    found.unwrap_or_else(|| panic!("no {name}: `cargo build -p tributary`, or set TRIBUTARY_BIN"))
}

async fn get_ready(address: SocketAddr) -> io::Result<u16> {
    let mut connection = Connection::open(address).await?;
    connection.exchange(b"GET /health/ready HTTP/1.1\r\nhost: localhost\r\n\r\n").await
}

fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}
