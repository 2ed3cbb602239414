//! Login, password and tokens of a postback: given when a request is built, stored encrypted by the
//! server, never printed (P8).

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use super::{encode::is_header_text, settings::AuthKind};

/// The secret that belongs to a postback's [`AuthKind`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Credentials {
    /// Login and password.
    Basic {
        /// Login; holds no colon.
        login: String,
        /// Password.
        password: String,
    },
    /// A token sent after `Basic`.
    Token {
        /// As the receiver gave it.
        token: String,
    },
    /// A token sent after `Bearer`.
    Bearer {
        /// As the receiver gave it.
        token: String,
    },
}

/// Why credentials cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CredentialsError {
    /// Nothing entered.
    #[error("enter the login or token")]
    Missing,
    /// A colon would end the login early.
    #[error("the login cannot contain a colon")]
    ColonInLogin,
    /// A line break, other control character, blank or non-ASCII character in a token.
    #[error("the token can only contain printable ASCII characters without blanks")]
    BadToken,
    /// A control character in login or password.
    #[error("login and password cannot contain control characters")]
    Control,
}

impl Credentials {
    /// Which kind of authentication they are for.
    #[must_use]
    pub const fn kind(&self) -> AuthKind {
        match self {
            Self::Basic { .. } => AuthKind::Basic,
            Self::Token { .. } => AuthKind::Token,
            Self::Bearer { .. } => AuthKind::Bearer,
        }
    }

    /// The value of the `Authorization` header.
    ///
    /// ```
    /// # use domain::postback::credentials::Credentials;
    /// let basic = Credentials::Basic { login: "Aladdin".into(), password: "open sesame".into() };
    /// assert_eq!(basic.authorization().unwrap(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    /// ```
    ///
    /// # Errors
    /// [`CredentialsError`] when a header cannot carry them.
    pub fn authorization(&self) -> Result<String, CredentialsError> {
        match self {
            Self::Basic { login, password } => {
                if login.is_empty() {
                    return Err(CredentialsError::Missing);
                }
                if login.contains(':') {
                    return Err(CredentialsError::ColonInLogin);
                }
                if login.chars().chain(password.chars()).any(char::is_control) {
                    return Err(CredentialsError::Control);
                }
                Ok(format!("Basic {}", STANDARD.encode(format!("{login}:{password}"))))
            }
            Self::Token { token } => Ok(format!("Basic {}", checked(token)?)),
            Self::Bearer { token } => Ok(format!("Bearer {}", checked(token)?)),
        }
    }
}

fn checked(token: &str) -> Result<&str, CredentialsError> {
    if token.is_empty() {
        return Err(CredentialsError::Missing);
    }
    if !is_header_text(token) || token.contains(' ') {
        return Err(CredentialsError::BadToken);
    }
    Ok(token)
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credentials({:?}, •••)", self.kind())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p08_a_token_goes_after_basic_or_bearer_as_chosen() {
        let token = Credentials::Token { token: "abc123".into() };
        assert_eq!(token.authorization().unwrap(), "Basic abc123");
        let bearer = Credentials::Bearer { token: "abc123".into() };
        assert_eq!(bearer.authorization().unwrap(), "Bearer abc123");
    }

    #[test]
    fn p08_credentials_are_never_printed() {
        let basic = Credentials::Basic { login: "anna".into(), password: "hunter2".into() };
        let text = format!("{basic:?}");
        assert!(!text.contains("anna") && !text.contains("hunter2"), "{text}");
    }

    #[test]
    fn p10_credentials_cannot_smuggle_a_header() {
        let bearer = Credentials::Bearer { token: "a\r\nHost: evil".into() };
        assert_eq!(bearer.authorization(), Err(CredentialsError::BadToken));
        let basic = Credentials::Basic { login: "a:b".into(), password: "c".into() };
        assert_eq!(basic.authorization(), Err(CredentialsError::ColonInLogin));
        let basic = Credentials::Basic { login: "a".into(), password: "c\n".into() };
        assert_eq!(basic.authorization(), Err(CredentialsError::Control));
    }
}
