//! Which headers an affiliate may set, and which hold secrets (P10).

/// Headers that belong to the connection or to the way the message is framed, and so to us.
const MANAGED: [&str; 16] = [
    "host",
    "content-length",
    "content-encoding",
    "connection",
    "transfer-encoding",
    "te",
    "trailer",
    "upgrade",
    "keep-alive",
    "expect",
    "http2-settings",
    "proxy-connection",
    "proxy-authorization",
    "proxy-authenticate",
    "forwarded",
    "via",
];

/// Headers that prove where a request comes from start with these; nobody else may set one.
const OWN_PREFIXES: [&str; 2] = ["tributary-", "x-tributary-"];

/// Words in a name that mean its value is a secret.
const SECRET_WORDS: [&str; 9] =
    ["authorization", "auth", "token", "secret", "password", "key", "apikey", "cookie", "pwd"];

/// Why a header's name is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderNameError {
    /// Empty, or with a character that no header name has.
    #[error("“{}” is not a header name: use letters, digits and hyphens", .0.escape_debug())]
    NotAName(String),
    /// Ours to set.
    #[error("“{0}” is set by the connection itself and cannot be chosen")]
    Managed(String),
}

/// Checks a header's name.
///
/// # Errors
/// [`HeaderNameError`].
pub(super) fn check_name(name: &str) -> Result<(), HeaderNameError> {
    let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if name.is_empty() || name.len() > 128 || !name.bytes().all(is_token) {
        return Err(HeaderNameError::NotAName(name.to_owned()));
    }
    let lower = name.to_ascii_lowercase();
    if MANAGED.contains(&lower.as_str())
        || OWN_PREFIXES.iter().any(|prefix| lower.starts_with(prefix))
    {
        return Err(HeaderNameError::Managed(name.to_owned()));
    }
    Ok(())
}

/// True for names such as `Authorization`, `X-Api-Key` or `access_token`: the value is masked in
/// logs and never sent unencrypted (E9).
#[must_use]
pub(super) fn is_secret(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower.split(['-', '_', '.']).any(|word| SECRET_WORDS.contains(&word))
}

/// As [`is_secret`], for a parameter of a URL: there a bare `key` is nearly always a click's.
#[must_use]
pub(super) fn is_secret_parameter(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    is_secret(&name) && !(name == "key" || name.ends_with("_key"))
        || ["api_key", "access_key", "secret_key", "private_key"].contains(&name.as_str())
}

/// Headers as a log may show them: the values of secret ones replaced.
#[must_use]
pub fn masked(headers: &[(String, String)]) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| {
            let value = if is_secret(name) { "•••" } else { value.as_str() };
            (name.clone(), value.to_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p10_headers_of_the_connection_are_refused_in_any_case() {
        for name in [
            "Host",
            "CONTENT-LENGTH",
            "connection",
            "Transfer-Encoding",
            "TE",
            "Upgrade",
            "Tributary-Test",
            "X-Tributary-Signature",
        ] {
            assert_eq!(check_name(name), Err(HeaderNameError::Managed(name.to_owned())), "{name}");
        }
    }

    #[test]
    fn p10_what_is_no_name_is_refused() {
        for name in ["", "X Y", "X:Y", "X\r\nY", "Ünï", "X\0", "(x)"] {
            assert!(matches!(check_name(name), Err(HeaderNameError::NotAName(_))), "{name:?}");
        }
        assert_eq!(check_name("X-Api-Key"), Ok(()));
    }

    #[test]
    fn secrets_are_known_by_their_names() {
        for name in [
            "Authorization",
            "X-Api-Key",
            "x-auth-token",
            "Cookie",
            "access_token",
            "security_token",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in ["X-Author", "Keyword", "Accept", "X-Source"] {
            assert!(!is_secret(name), "{name}");
        }
        for (name, expected) in [
            ("security_token", true),
            ("API_KEY", true),
            ("key", false),
            ("s_key", false),
            ("cid", false),
        ] {
            assert_eq!(is_secret_parameter(name), expected, "{name}");
        }
    }
}
