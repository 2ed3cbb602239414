//! What a page asks the network for: answering in place of other servers, and noting what went
//! wrong. The harness answers; the test decides what.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::text;

/// A request that a page made and that was intercepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The whole address.
    pub url: String,
    /// `GET`, `POST`…
    pub method: String,
    /// What a POST carries, where it is text.
    pub body: Option<String>,
    /// As Chromium is about to send them.
    pub headers: Vec<(String, String)>,
}

/// What becomes of an intercepted request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It goes to where it was meant for.
    Pass,
    /// It fails as if nobody were there.
    Refuse,
    /// This comes back.
    Reply {
        /// The HTTP status.
        status: u16,
        /// The headers; a page of another origin may want `access-control-allow-origin`.
        headers: Vec<(String, String)>,
        /// The body.
        body: Vec<u8>,
    },
}

impl Answer {
    /// A reply of one content type that any origin may read.
    #[must_use]
    pub fn reply(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = [("content-type", content_type), ("access-control-allow-origin", "*")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        Self::Reply { status, headers, body: body.into() }
    }

    /// The transparent picture with which tracking pixels answer.
    #[must_use]
    pub fn tracking_pixel() -> Self {
        Self::reply(200, "image/gif", *b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\x04\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x01D\0;")
    }

    /// The command that gives this answer to the paused request `id`.
    pub(super) fn command(&self, id: &str) -> (&'static str, Value) {
        match self {
            Self::Pass => ("Fetch.continueRequest", json!({"requestId": id})),
            Self::Refuse => {
                ("Fetch.failRequest", json!({"requestId": id, "errorReason": "ConnectionRefused"}))
            }
            Self::Reply { status, headers, body } => {
                let headers: Vec<Value> = headers
                    .iter()
                    .map(|(name, value)| json!({"name": name, "value": value}))
                    .collect();
                let params = json!({
                    "requestId": id,
                    "responseCode": status,
                    "responseHeaders": headers,
                    "body": STANDARD.encode(body),
                });
                ("Fetch.fulfillRequest", params)
            }
        }
    }
}

/// A standing order to answer certain requests, and the list of those that came.
#[derive(Debug, Clone, Default)]
pub struct Interception {
    seen: Arc<Mutex<Vec<Request>>>,
}

impl Interception {
    /// The requests so far, in their order.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.lock().clone()
    }

    pub(super) fn note(&self, request: Request) {
        self.lock().push(request);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Request>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An interception with what it applies to.
pub(super) struct Rule {
    pub(super) pattern: String,
    pub(super) answer: Box<dyn Fn(&Request) -> Answer + Send>,
    pub(super) interception: Interception,
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rule").field("pattern", &self.pattern).finish_non_exhaustive()
    }
}

impl Rule {
    pub(super) fn is_for(&self, url: &str) -> bool {
        matches_pattern(self.pattern.as_bytes(), url.as_bytes())
    }
}

/// The request of a `Fetch.requestPaused` event.
pub(super) fn paused_request(params: &Value) -> Request {
    let request = params.get("request").unwrap_or(&Value::Null);
    let headers = request.get("headers").and_then(Value::as_object).into_iter().flatten();
    Request {
        url: text(request, "url"),
        method: text(request, "method"),
        body: request.get("postData").and_then(Value::as_str).map(str::to_owned),
        headers: headers
            .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
            .collect(),
    }
}

/// Chromium's own patterns: `*` is any text, `?` one character.
fn matches_pattern(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) if matches_pattern(rest, text) => true,
        (Some((b'*', _)), Some((_, text))) => matches_pattern(pattern, text),
        (Some((wanted, pattern)), Some((found, text))) if *wanted == b'?' || wanted == found => {
            matches_pattern(pattern, text)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_like_chromiums() {
        for (pattern, url, expected) in [
            ("*", "https://a.example/", true),
            ("*://*.facebook.com/*", "https://www.facebook.com/tr/?id=1", true),
            ("*://*.facebook.com/*", "https://facebook.example/tr", false),
            ("https://a.example/?", "https://a.example/x", true),
            ("https://a.example/?", "https://a.example/", false),
            ("https://a.example/", "https://a.example/x", false),
        ] {
            assert_eq!(
                matches_pattern(pattern.as_bytes(), url.as_bytes()),
                expected,
                "{pattern} {url}"
            );
        }
    }
}
