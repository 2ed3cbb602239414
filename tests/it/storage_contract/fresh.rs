//! A fresh database for every test, until the harness has one.

use std::sync::atomic::{AtomicU32, Ordering};

use diesel::{Connection, PgConnection, connection::SimpleConnection};
use tempfile::TempDir;

/// A database of one test's own.
pub(crate) struct TestDatabase {
    pub(crate) url: String,
    _folder: Option<TempDir>,
}

impl TestDatabase {
    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("tributary.sqlite").display());
        Self { url, _folder: Some(folder) }
    }

    /// A schema of its own in the database that `TRIBUTARY_TEST_POSTGRES` names.
    pub(crate) fn postgres() -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let server = std::env::var_os("TRIBUTARY_TEST_POSTGRES")?.into_string().unwrap();
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let schema = format!("test_{}_{number}", std::process::id());
        PgConnection::establish(&server)
            .unwrap()
            .batch_execute(&format!("CREATE SCHEMA {schema}"))
            .unwrap();
        let separator = if server.contains('?') { '&' } else { '?' };
        let url = format!("{server}{separator}options=-csearch_path%3D{schema}");
        Some(Self { url, _folder: None })
    }
}
