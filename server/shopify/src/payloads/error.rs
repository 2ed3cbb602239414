//! What can be wrong with a body, and where. Not here: the reading itself (`json`).

use std::fmt;

/// A body that cannot be used: the path of the field, and what is wrong there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct PayloadError {
    /// Such as `line_items[0].price`; empty for the body itself.
    pub path: String,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The body is not JSON in UTF-8.
    #[error("not JSON")]
    NotJson,
    /// Needed, but not there or null.
    #[error("missing")]
    Missing,
    /// Something else than an object, or one that repeats a key.
    #[error("not an object")]
    NotAnObject,
    /// Something else than a list.
    #[error("not a list")]
    NotAList,
    /// Neither true nor false.
    #[error("not a boolean")]
    NotABoolean,
    /// Not an unsigned 64-bit integer.
    #[error("not an id")]
    NotAnId,
    /// Not a whole number.
    #[error("not a whole number")]
    NotAnInteger,
    /// Not a decimal number.
    #[error("not an amount")]
    NotAnAmount,
    /// Not three letters.
    #[error("not a currency code")]
    NotACurrency,
    /// Not an RFC 3339 time.
    #[error("not a time")]
    NotATime,
    /// Beyond what 64 bits of minor units hold.
    #[error("amount out of range")]
    OutOfRange,
}

impl fmt::Display for PayloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            "" => self.problem.fmt(f),
            path => write!(f, "{path}: {}", self.problem),
        }
    }
}

impl PayloadError {
    /// The same error seen from one object further out: `key` is a name, or an index in brackets.
    pub(super) fn within(self, key: &str) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        Self { path: format!("{key}{dot}{}", self.path), ..self }
    }
}

/// A problem of the thing itself; the caller adds where it is.
impl From<Problem> for PayloadError {
    fn from(problem: Problem) -> Self {
        Self { path: String::new(), problem }
    }
}

/// Adds the name of the field to whatever went wrong in it.
pub(super) trait At<T> {
    /// Names the field.
    fn at(self, key: &str) -> Result<T, PayloadError>;
}

impl<T> At<T> for Result<T, Problem> {
    fn at(self, key: &str) -> Result<T, PayloadError> {
        self.map_err(|problem| PayloadError { path: key.to_owned(), problem })
    }
}

impl<T> At<T> for Result<T, PayloadError> {
    fn at(self, key: &str) -> Result<T, PayloadError> {
        self.map_err(|error| error.within(key))
    }
}

/// Turns "not there" into an error.
pub(super) trait Required<T> {
    /// [`Problem::Missing`] instead of none.
    fn required(self) -> Result<T, Problem>;
}

impl<T> Required<T> for Result<Option<T>, Problem> {
    fn required(self) -> Result<T, Problem> {
        self.and_then(|value| value.ok_or(Problem::Missing))
    }
}
