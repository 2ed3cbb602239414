//! The databases that are measured, each flushing every commit to the disk.

use anyhow::Context as _;
use clap::ValueEnum;
use tests::db::TestDatabase;

/// A kind of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Database {
    /// A file: WAL, `synchronous=FULL`.
    Sqlite,
    /// A server: `fsync=on`, `synchronous_commit=on`.
    Postgres,
}

impl Database {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::Sqlite, Self::Postgres];

    /// For tables.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }

    /// A migrated, empty one, gone when dropped.
    pub(crate) fn fresh(self) -> anyhow::Result<TestDatabase> {
        match self {
            Self::Sqlite => Ok(TestDatabase::sqlite()),
            Self::Postgres => {
                TestDatabase::durable_postgres().context("this machine has no PostgreSQL")
            }
        }
    }
}
