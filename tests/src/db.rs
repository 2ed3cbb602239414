//! A fresh, migrated database for every test: a copy of a migrated SQLite file, or a PostgreSQL
//! database made from a migrated template. Migrations run once for each kind and test process.
//! [`both_databases!`](crate::both_databases) makes one test for each kind. The PostgreSQL server
//! itself is in `cluster`.

#![expect(clippy::expect_used, reason = "a harness fails by panicking")]

mod cluster;

use std::path::Path;
use std::sync::OnceLock;

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use storage::{Storage, StorageOptions};
use tempfile::TempDir;

use crate::tools::{Tool, is_quick};
use cluster::{Cluster, ClusterDatabase, Durability};

/// A database of one test's own, gone when dropped.
#[derive(Debug)]
pub struct TestDatabase {
    /// What `DATABASE_URL` would say.
    pub url: String,
    home: Home,
}

/// Where the database lives; held for its destructor.
#[derive(Debug)]
enum Home {
    Sqlite { _folder: TempDir },
    Postgres { _database: ClusterDatabase },
}

impl TestDatabase {
    /// A migrated SQLite database in a temporary file: not `:memory:`, where locking and the journal
    /// differ.
    ///
    /// # Panics
    /// When the migrations fail or there is no room.
    #[must_use]
    pub fn sqlite() -> Self {
        static TEMPLATE: OnceLock<Vec<u8>> = OnceLock::new();
        let template = TEMPLATE.get_or_init(sqlite_template);
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("tributary.sqlite");
        std::fs::write(&file, template).expect("room for a database");
        Self { url: sqlite_url(&file), home: Home::Sqlite { _folder: folder } }
    }

    /// A migrated PostgreSQL database, or `None` when this machine has no PostgreSQL and may do
    /// without: the test then returns.
    ///
    /// # Panics
    /// When there is no PostgreSQL and `CI` is set; when a database cannot be made.
    #[must_use]
    pub fn postgres() -> Option<Self> {
        static CLUSTER: OnceLock<Result<Cluster, String>> = OnceLock::new();
        Self::on_cluster(&CLUSTER, Durability::Off)
    }

    /// The same on a server that flushes every commit to the disk, as an operator runs it: for
    /// measurements.
    ///
    /// # Panics
    /// As [`TestDatabase::postgres`].
    #[must_use]
    pub fn durable_postgres() -> Option<Self> {
        static CLUSTER: OnceLock<Result<Cluster, String>> = OnceLock::new();
        Self::on_cluster(&CLUSTER, Durability::Full)
    }

    fn on_cluster(
        cluster: &'static OnceLock<Result<Cluster, String>>,
        durability: Durability,
    ) -> Option<Self> {
        let cluster = if is_quick() {
            Err(String::new())
        } else {
            cluster
                .get_or_init(|| Cluster::start(durability, migrate))
                .as_ref()
                .map_err(Clone::clone)
        };
        let database = POSTGRES.or_skip(cluster)?.database();
        Some(Self { url: database.url(), home: Home::Postgres { _database: database } })
    }

    /// Whether this is PostgreSQL; otherwise it is SQLite.
    #[must_use]
    pub const fn is_postgres(&self) -> bool {
        matches!(self.home, Home::Postgres { .. })
    }
}

/// Makes of each `async fn name(db: TestDatabase)` the tests `name::sqlite` and `name::postgres`.
///
/// ```ignore
/// tests::both_databases! {
///     async fn a_click_is_stored_once(db: TestDatabase) {
///         let app = TestApp::start(db).await;
///     }
/// }
/// ```
#[macro_export]
macro_rules! both_databases {
    ($($(#[$attribute:meta])* async fn $name:ident($db:ident: TestDatabase) $body:block)+) => {$(
        $(#[$attribute])*
        mod $name {
            #[allow(unused_imports, clippy::allow_attributes, reason = "a body may use nothing of it")]
            use super::*;

            async fn scenario($db: $crate::db::TestDatabase) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                scenario($crate::db::TestDatabase::sqlite()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                if let Some(db) = $crate::db::TestDatabase::postgres() {
                    scenario(db).await;
                }
            }
        }
    )+};
}

/// Makes of each `fn case(db: TestDatabase)` that is listed the tests `sqlite::case` and
/// `postgres::case`, for code that blocks.
#[macro_export]
macro_rules! cases_on_both_databases {
    ($($case:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test] fn $case() { super::$case($crate::db::TestDatabase::sqlite()); })+
        }
        mod postgres {
            $(#[test] fn $case() {
                if let Some(db) = $crate::db::TestDatabase::postgres() { super::$case(db); }
            })+
        }
    };
}

const POSTGRES: Tool = Tool { name: "PostgreSQL", package: "postgresql" };

/// `VACUUM INTO` copies what is committed, also what still stands in the write-ahead log of a pool
/// that has not closed its last connection yet.
fn sqlite_template() -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (file, copy) = (folder.path().join("migrated.sqlite"), folder.path().join("copy.sqlite"));
    migrate(&sqlite_url(&file)).expect("the SQLite migrations");
    SqliteConnection::establish(&file.display().to_string())
        .expect("the migrated file")
        .batch_execute(&format!("VACUUM INTO '{}'", copy.display()))
        .expect("a copy of it");
    std::fs::read(&copy).expect("the copy")
}

fn sqlite_url(file: &Path) -> String {
    format!("sqlite://{}", file.display())
}

/// Brings an empty database to the current schema.
fn migrate(url: &str) -> anyhow::Result<()> {
    Storage::connect(url, StorageOptions::default())?.migrate()?;
    Ok(())
}
