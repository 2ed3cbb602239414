//! A URL that can be sent without changing a byte of what the affiliate wrote (E1).
//!
//! The `url` crate alone cannot do that: it resolves `/../`, and encodes `'`, `|` and `{`. So it
//! decides only about the host and port (as a browser would), and the path and query go to the wire
//! as text. What HTTP cannot carry is refused by name, never repaired.

use hyper::Uri;
use url::Url;

use super::outcome::{Failure, FailureKind};

/// Longest URL that is sent, in bytes (E11).
pub const URL_BYTES_MAX: usize = 8192;

/// Where a request goes, ready for the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// What is sent: normalised scheme, host and port; path and query as written.
    pub(super) uri: Uri,
    /// The same place, for resolving a redirect against it.
    pub(super) url: Url,
}

impl Target {
    /// Reads an absolute http or https URL. The fragment is cut off: it is never sent.
    pub(super) fn parse(text: &str) -> Result<Self, Failure> {
        if text.len() > URL_BYTES_MAX {
            return Err(unsendable(format!("the URL is longer than {URL_BYTES_MAX} bytes")));
        }
        let (text, _fragment) = text.split_once('#').unwrap_or((text, ""));
        if let Some(bad) = text.chars().find(|c| c.is_ascii_control() || *c == ' ') {
            return Err(unsendable(format!("the URL contains {bad:?}")));
        }
        let (scheme, rest) = text
            .split_once("://")
            .ok_or_else(|| unsendable("the URL is not absolute".to_owned()))?;
        let authority_end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at(authority_end);
        if authority.contains(['@', '\\']) {
            return Err(unsendable("the host part holds '@' or '\\'".to_owned()));
        }
        let url = Url::parse(text).map_err(|error| unsendable(format!("the URL: {error}")))?;
        let base = Url::parse(&format!("{scheme}://{authority}/"))
            .map_err(|error| unsendable(format!("the URL: {error}")))?;
        if !matches!(base.scheme(), "http" | "https") {
            return Err(unsendable("the scheme is neither http nor https".to_owned()));
        }
        let uri = Uri::builder()
            .scheme(base.scheme())
            .authority(base.authority())
            .path_and_query(origin_form(tail)?)
            .build()
            .map_err(|error| unsendable(format!("the URL: {error}")))?;
        Ok(Self { uri, url })
    }
}

/// The request target: an empty path becomes `/` (U5), and nothing else changes.
fn origin_form(tail: &str) -> Result<String, Failure> {
    let (path, query) = tail.split_once('?').unwrap_or((tail, ""));
    let bad = path
        .chars()
        .find(|c| matches!(c, '<' | '>' | '`'))
        .or_else(|| query.chars().find(|c| matches!(c, '<' | '>' | '"')));
    match bad {
        Some(bad) => Err(unsendable(format!("the URL contains {bad:?} unencoded"))),
        None if tail.starts_with('/') => Ok(tail.to_owned()),
        None => Ok(format!("/{tail}")),
    }
}

fn unsendable(text: String) -> Failure {
    Failure::new(FailureKind::Unsendable, text)
}

#[cfg(test)]
mod tests;
