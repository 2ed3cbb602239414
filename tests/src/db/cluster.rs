//! One throw-away PostgreSQL server for each test process: without Docker, downloads or a running
//! service. Durability is off (but for measurements), everybody on loopback is trusted, and
//! `companion` removes it.

#![expect(clippy::expect_used, reason = "a harness fails by panicking")]

use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::sql_types::BigInt;
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl};

use crate::PATIENCE;
use crate::companion::{Companion, Signal, User};
use crate::tools::folder_with;

/// A running server with a migrated template.
#[derive(Debug)]
pub(super) struct Cluster {
    port: u16,
    /// Numbers the databases.
    database_count: AtomicU32,
    _server: Companion,
}

/// One database on it, dropped with this value together with whoever is still connected.
#[derive(Debug)]
pub(super) struct ClusterDatabase {
    port: u16,
    name: String,
}

/// Whether what is committed has to survive a power cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Durability {
    /// No: nothing of a test survives anyway, so nothing is flushed.
    Off,
    /// Yes, as an operator runs it: for measurements.
    Full,
}

impl Cluster {
    /// Makes and starts a server, and migrates its template.
    pub(super) fn start(
        durability: Durability,
        migrate: fn(&str) -> anyhow::Result<()>,
    ) -> Result<Self, String> {
        let programs = folder_with(&["initdb", "postgres"], debian_folders())
            .ok_or("no initdb and postgres on the PATH or under /usr/lib/postgresql")?;
        let (port, server) =
            start_server(&programs, durability).map_err(|error| format!("{error:#}"))?;
        let cluster = Self { port, database_count: AtomicU32::new(0), _server: server };
        cluster.make_template(migrate).map_err(|error| format!("the template: {error:#}"))?;
        Ok(cluster)
    }

    /// A fresh copy of the template.
    pub(super) fn database(&self) -> ClusterDatabase {
        let number = self.database_count.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{number}");
        run(self.port, &format!("CREATE DATABASE {name} TEMPLATE {TEMPLATE}"))
            .expect("a database from the template");
        ClusterDatabase { port: self.port, name }
    }

    fn make_template(&self, migrate: fn(&str) -> anyhow::Result<()>) -> anyhow::Result<()> {
        run(self.port, &format!("CREATE DATABASE {TEMPLATE}"))?;
        migrate(&url(self.port, TEMPLATE))?;
        // A pool may close its connections a moment after it was dropped; nobody may be connected
        // to a database that is copied.
        let mut admin = PgConnection::establish(&url(self.port, ADMIN))?;
        let users = format!(
            "SELECT count(pg_terminate_backend(pid)) AS count FROM pg_stat_activity WHERE datname = '{TEMPLATE}'"
        );
        let deadline = Instant::now() + PATIENCE;
        while diesel::sql_query(&users).get_result::<Count>(&mut admin)?.count > 0 {
            anyhow::ensure!(Instant::now() < deadline, "somebody stays connected to the template");
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }
}

impl ClusterDatabase {
    pub(super) fn url(&self) -> String {
        url(self.port, &self.name)
    }
}

impl Drop for ClusterDatabase {
    /// Hundreds of databases of 8 MB would add up. A failure is no test's business: the server goes.
    fn drop(&mut self) {
        drop(run(self.port, &format!("DROP DATABASE {} WITH (FORCE)", self.name)));
    }
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

const TEMPLATE: &str = "migrated";
const ADMIN: &str = "postgres";

/// Connections: a pool for each test that runs at a time.
const SETTINGS: [&str; 4] = [
    "max_connections=300",
    "max_wal_size=4GB",
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
];

impl Durability {
    const fn settings(self) -> [&'static str; 5] {
        match self {
            Self::Off => [
                "fsync=off",
                "synchronous_commit=off",
                "full_page_writes=off",
                "autovacuum=off",
                "shared_buffers=64MB",
            ],
            Self::Full => [
                "fsync=on",
                "synchronous_commit=on",
                "full_page_writes=on",
                "autovacuum=on",
                "shared_buffers=512MB",
            ],
        }
    }
}

fn start_server(programs: &Path, durability: Durability) -> anyhow::Result<(u16, Companion)> {
    let user = if is_root() { Some(unprivileged_user()?) } else { None };
    let folder = tempfile::Builder::new().prefix("tributary-postgres-").tempdir()?.keep();
    if let Some(user) = user {
        chown(&folder, Some(user.uid), Some(user.gid))?;
    }
    let data = folder.join("data");
    initdb(programs, &folder, &data, user)?;

    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let mut arguments =
        vec!["-D".to_owned(), data.display().to_string(), "-p".to_owned(), port.to_string()];
    for setting in SETTINGS.into_iter().chain(durability.settings()) {
        arguments.extend(["-c".to_owned(), setting.to_owned()]);
    }
    let server =
        Companion::start(folder, user, Signal::Quit, &programs.join("postgres"), &arguments)?;
    let deadline = Instant::now() + PATIENCE;
    while let Err(error) = PgConnection::establish(&url(port, ADMIN)) {
        anyhow::ensure!(
            Instant::now() < deadline,
            "PostgreSQL does not come up: {error}\n{}",
            server.log_tail()
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok((port, server))
}

fn initdb(programs: &Path, folder: &Path, data: &Path, user: Option<User>) -> anyhow::Result<()> {
    let mut initdb = Command::new(programs.join("initdb"));
    initdb.args(["--no-sync", "--no-locale", "-E", "UTF8", "-A", "trust", "-U", ADMIN, "-D"]);
    initdb.arg(data).current_dir(folder).stdin(Stdio::null());
    if let Some(user) = user {
        initdb.uid(user.uid).gid(user.gid);
    }
    let output = initdb.output()?;
    anyhow::ensure!(output.status.success(), "initdb: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

fn url(port: u16, database: &str) -> String {
    format!("postgres://{ADMIN}@127.0.0.1:{port}/{database}")
}

fn run(port: u16, sql: &str) -> anyhow::Result<()> {
    PgConnection::establish(&url(port, ADMIN))?.batch_execute(sql)?;
    Ok(())
}

/// Where Debian keeps the server's programs, newest version first.
fn debian_folders() -> Vec<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    found.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    found.into_iter().map(|(_, folder)| folder).collect()
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

/// The user that Debian's package makes, or else nobody.
fn unprivileged_user() -> anyhow::Result<User> {
    let users = std::fs::read_to_string("/etc/passwd")?;
    let find = |name: &str| {
        users.lines().find_map(|line| {
            let mut fields = line.split(':');
            let is_it = fields.next() == Some(name);
            let (uid, gid) = (fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?);
            is_it.then_some(User { uid, gid })
        })
    };
    find("postgres").or_else(|| find("nobody")).ok_or_else(|| anyhow::anyhow!("no user but root"))
}
