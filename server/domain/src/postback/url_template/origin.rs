//! Scheme, host and port of a URL template: literal, without user info, without tricks (E10).

use url::Url;

use crate::postback::{
    host,
    template::{Part, placeholders},
};

/// Scheme, host and port as the affiliate wrote them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    text: String,
    is_https: bool,
    is_public: bool,
}

/// What is wrong with scheme, host or port.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// Neither http nor https.
    #[error("the URL must start with https:// (or http://)")]
    Scheme,
    /// A macro before the path.
    #[error("a macro cannot stand in the host or port; it may start after the first “/” or “?”")]
    Macro,
    /// `user:password@host`.
    #[error("a user name or password in the URL is not allowed; use the authentication fields")]
    UserInfo,
    /// No host, a bad name, a bad port.
    #[error("“{0}” is not a host name")]
    Host(String),
    /// A name in another script.
    #[error("write the host in its ASCII form: {0}")]
    NotAscii(String),
}

impl OriginError {
    /// The stable code of a field error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Scheme => "scheme",
            Self::Macro => "macro_in_host",
            Self::UserInfo => "user_info",
            Self::Host(_) | Self::NotAscii(_) => "host",
        }
    }
}

impl Origin {
    /// Takes the origin off the front of a template's parts; gives it and the rest.
    pub(super) fn split(parts: &[Part]) -> Result<(Self, Vec<Part>), OriginError> {
        let (first, others) = match parts.split_first() {
            Some((Part::Text(text), others)) => (text.as_str(), others),
            Some((Part::Macro(_), _)) | None => return Err(OriginError::Scheme),
        };
        let (scheme, after) = first.split_once("://").ok_or(OriginError::Scheme)?;
        let is_https = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return Err(OriginError::Scheme),
        };
        let end = after.find(['/', '?', '#']);
        if end.is_none() && placeholders(others).next().is_some() {
            return Err(OriginError::Macro);
        }
        let (authority, rest) = after.split_at(end.unwrap_or(after.len()));
        let is_public = check_authority(authority)?;
        let mut remaining = Vec::with_capacity(parts.len());
        if !rest.is_empty() {
            remaining.push(Part::Text(rest.to_owned()));
        }
        remaining.extend_from_slice(others);
        Ok((Self { text: format!("{scheme}://{authority}"), is_https, is_public }, remaining))
    }

    /// As written: `https://trk.example.com:8443`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Encrypted on its way.
    #[must_use]
    pub const fn is_https(&self) -> bool {
        self.is_https
    }

    /// Not an inner address by its spelling; see [`host`].
    #[must_use]
    pub const fn is_public(&self) -> bool {
        self.is_public
    }
}

/// Checks host and port, and tells whether the host looks public.
fn check_authority(authority: &str) -> Result<bool, OriginError> {
    let bad = || OriginError::Host(authority.to_owned());
    if authority.contains('@') {
        return Err(OriginError::UserInfo);
    }
    if !authority.is_ascii() {
        return Err(ascii_form(authority).map_or_else(bad, OriginError::NotAscii));
    }
    let is_plain =
        |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'[' | b']');
    if authority.is_empty() || authority.ends_with(':') || !authority.bytes().all(is_plain) {
        return Err(bad());
    }
    let url = Url::parse(&format!("https://{authority}/")).ok().ok_or_else(bad)?;
    if url.port() == Some(0) {
        return Err(bad());
    }
    Ok(host::is_public(&url.host().ok_or_else(bad)?))
}

fn ascii_form(authority: &str) -> Option<String> {
    Some(Url::parse(&format!("https://{authority}/")).ok()?.host_str()?.to_owned())
}
