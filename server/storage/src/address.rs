//! Where the database is: our own reading of its URL. diesel's `establish` for the enum tries one
//! backend after the other, hides "connection refused" and, given a mistyped scheme, makes a file.

use std::path::PathBuf;

use crate::StorageError;

/// A database that can be connected to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Address {
    /// A server; the URL as libpq reads it.
    Postgres(String),
    /// A file.
    Sqlite(PathBuf),
    /// SQLite in memory: exists as long as its one connection.
    Memory,
}

impl Address {
    /// Reads `postgres://…`, `postgresql://…` or `sqlite://path` (`sqlite:///absolute/path`).
    pub(crate) fn parse(url: &str) -> Result<Self, StorageError> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(url.to_owned()));
        }
        match url.strip_prefix("sqlite://") {
            Some(path) if path.is_empty() || path.contains(['?', '#']) || path == ":memory:" => {
                Err(StorageError::Unavailable(
                    "the database URL needs a plain file name after sqlite://".to_owned(),
                ))
            }
            Some(path) => Ok(Self::Sqlite(PathBuf::from(path))),
            // The URL may hold a password, so it is not repeated.
            None => Err(StorageError::Unavailable(
                "the database URL must begin with sqlite:// or postgres://".to_owned(),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_a_server_or_a_file_and_nothing_else() {
        assert_eq!(
            Address::parse("sqlite://data/t.db").unwrap(),
            Address::Sqlite("data/t.db".into())
        );
        assert_eq!(
            Address::parse("sqlite:///var/t.db").unwrap(),
            Address::Sqlite("/var/t.db".into())
        );
        assert!(matches!(Address::parse("postgres://u@h/d").unwrap(), Address::Postgres(_)));
        for wrong in
            ["", "sqlite://", "sqlite://:memory:", "sqlite://a?mode=ro", "mysql://h/d", "data/t.db"]
        {
            assert!(Address::parse(wrong).is_err(), "{wrong} was accepted");
        }
    }

    #[test]
    fn a_refused_url_is_not_repeated_because_it_may_hold_a_password() {
        let error = Address::parse("postgre://user:secret@host/db").unwrap_err();
        assert!(!error.to_string().contains("secret"));
    }
}
