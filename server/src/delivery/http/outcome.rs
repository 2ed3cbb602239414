//! What came of one request: facts only. Whether that is success, and when to try again, is
//! `domain::retry`'s judgement.

use std::fmt;
use std::time::Duration;

/// One finished attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptResult {
    /// An answer, or why there was none.
    pub outcome: Outcome,
    /// From the first byte of work to the last byte that was read.
    pub latency: Duration,
    /// The URL that gave the outcome: the request's own, or where redirects led.
    pub final_url: String,
    /// How many redirects were followed.
    pub redirects: u8,
}

/// An answer, or why there was none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver sent a status. It stands even if the body then broke off.
    Answered(Answer),
    /// No status arrived.
    Failed(Failure),
}

/// What the receiver said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status, 200 to 999; a 1xx is not an answer.
    pub status: u16,
    /// The `Retry-After` header as it came, when it is readable text.
    pub retry_after: Option<String>,
    /// The first 4 KiB of the body as text that is safe to store and show.
    pub excerpt: String,
    /// How the reading of the body ended.
    pub body: BodyEnd,
}

/// How the reading of an answer's body ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyEnd {
    /// All of it was read.
    Complete,
    /// It was longer than we read; the connection was dropped.
    TooLong,
    /// It came too slowly; the connection was dropped.
    TooSlow,
    /// The connection broke or the framing was wrong.
    Broken,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What kind of failure, for the retry policy and for filters.
    pub kind: FailureKind,
    /// One sentence for the log that affiliates read: no secret, no URL, no inside address.
    pub text: String,
}

impl Failure {
    pub(super) fn new(kind: FailureKind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into() }
    }
}

/// The kinds of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// The URL or a header cannot be sent as it is written; nothing went out.
    Unsendable,
    /// The host is not on the public internet, or the port is not for HTTP (E10).
    AddressRefused,
    /// The host name could not be resolved.
    Dns,
    /// No TCP connection.
    Connect,
    /// No trustworthy TLS connection.
    Tls,
    /// Not in time: the connection, or the status line and headers.
    Timeout,
    /// The connection ended before the status line and headers did.
    Reset,
    /// What arrived is not an HTTP answer, or its headers are too large.
    BadAnswer,
    /// More than three redirects.
    TooManyRedirects,
    /// A redirect that is not followed: from https to http, or to something that is not a URL.
    BadRedirect,
}

impl FailureKind {
    /// The name in the database and in exports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unsendable => "unsendable",
            Self::AddressRefused => "address_refused",
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::Reset => "reset",
            Self::BadAnswer => "bad_answer",
            Self::TooManyRedirects => "too_many_redirects",
            Self::BadRedirect => "bad_redirect",
        }
    }
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Failure {}
