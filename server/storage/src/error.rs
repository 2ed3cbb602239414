//! What can go wrong with the database, sorted by what the caller can do about it.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// A failed read or write. Nothing here is meant for a shopper's or affiliate's eyes.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The row is not there, or belongs to another shop.
    #[error("not found")]
    NotFound,
    /// Something with that key exists already.
    #[error("already taken: {0}")]
    Conflict(String),
    /// Others hold what we need, also after several tries; a later try may work.
    #[error("the database is busy: {0}")]
    Busy(String),
    /// The database cannot be reached.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// A stored value is not what the program writes.
    #[error("stored data is damaged: {0}")]
    Corrupt(String),
    /// Anything else; a bug on our side.
    #[error("database error: {0}")]
    Other(String),
}

impl From<DieselError> for StorageError {
    fn from(error: DieselError) -> Self {
        match error {
            DieselError::NotFound => Self::NotFound,
            DieselError::DatabaseError(kind, info) => {
                let text = info.message().to_owned();
                match kind {
                    DatabaseErrorKind::UniqueViolation => Self::Conflict(text),
                    DatabaseErrorKind::SerializationFailure => Self::Busy(text),
                    DatabaseErrorKind::ClosedConnection
                    | DatabaseErrorKind::UnableToSendCommand => Self::Unavailable(text),
                    _ if is_contention(&text) => Self::Busy(text),
                    _ => Self::Other(text),
                }
            }
            DieselError::DeserializationError(error) => Self::Corrupt(error.to_string()),
            other => Self::Other(other.to_string()),
        }
    }
}

/// diesel has no kind for these, so the text is all there is. It only decides whether to try again,
/// never what an outcome means.
fn is_contention(text: &str) -> bool {
    ["database is locked", "database table is locked", "deadlock detected", "lock timeout"]
        .iter()
        .any(|known| text.contains(known))
}
