//! One request of the chain that redirects can make, and the rules from one to the next.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, StatusCode};

use super::OutboundRequest;
use super::outcome::{Failure, FailureKind};
use super::target::Target;

/// Redirects that are followed at most.
const REDIRECTS_MAX: u8 = 3;

/// A request that is ready to be sent.
pub(super) struct Hop {
    method: Method,
    target: Target,
    headers: HeaderMap,
    body: Bytes,
    /// What the log shows as the place: the first hop's text is the affiliate's own.
    pub(super) url: String,
    /// How many redirects led here.
    pub(super) redirects: u8,
}

impl Hop {
    pub(super) fn first(request: &OutboundRequest) -> Result<Self, Failure> {
        Ok(Self {
            method: request.method.clone(),
            target: Target::parse(&request.url)?,
            headers: custom_headers(&request.headers)?,
            body: request.body.clone().unwrap_or_default().into(),
            url: request.url.clone(),
            redirects: 0,
        })
    }

    pub(super) fn request(&self) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.target.uri.clone();
        *request.headers_mut() = self.headers.clone();
        let headers = request.headers_mut();
        if self.method != Method::GET {
            // Said for an empty body too: some receivers answer 411 without it.
            headers.insert(header::CONTENT_LENGTH, self.body.len().into());
        }
        headers.entry(header::ACCEPT).or_insert(HeaderValue::from_static("*/*"));
        headers.entry(header::USER_AGENT).or_insert(HeaderValue::from_static(USER_AGENT));
        request
    }

    /// Where this answer sends us on to, if it is a redirect that we follow: only of a GET.
    pub(super) fn next(
        &self,
        status: StatusCode,
        answered: &HeaderMap,
    ) -> Result<Option<Self>, Failure> {
        let Some(location) = answered.get(header::LOCATION) else {
            return Ok(None);
        };
        if self.method != Method::GET || !is_redirect(status) {
            return Ok(None);
        }
        if self.redirects >= REDIRECTS_MAX {
            let text = format!("more than {REDIRECTS_MAX} redirects");
            return Err(Failure::new(FailureKind::TooManyRedirects, text));
        }
        let bad = |text: &str| Failure::new(FailureKind::BadRedirect, text);
        let location = String::from_utf8_lossy(location.as_bytes());
        let url = self
            .target
            .url
            .join(&location)
            .map_err(|error| bad(&format!("redirected to what is not a URL: {error}")))?;
        let target = Target::parse(url.as_str())
            .map_err(|failure| bad(&format!("redirected, but {}", failure.text)))?;
        if self.target.url.scheme() == "https" && target.url.scheme() == "http" {
            return Err(bad("redirected from https to http"));
        }
        let headers = match same_receiver(&self.target, &target) {
            true => self.headers.clone(),
            false => HeaderMap::new(),
        };
        Ok(Some(Self {
            method: Method::GET,
            url: url.into(),
            target,
            headers,
            body: Bytes::new(),
            redirects: self.redirects + 1,
        }))
    }
}

/// What every call says of its sender.
pub const USER_AGENT: &str = concat!("Tributary/", env!("CARGO_PKG_VERSION"), " (+postback)");

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

/// Whether headers may go along, credentials among them: to the same host and port. The default port
/// counts as the same for http and https, because that step is one we want to happen.
fn same_receiver(from: &Target, to: &Target) -> bool {
    (from.url.host(), from.url.port()) == (to.url.host(), to.url.port())
}

/// The affiliate's headers. Those that steer the connection are ours alone (P10); beyond ASCII there
/// is no agreed meaning (E2).
fn custom_headers(pairs: &[(String, String)]) -> Result<HeaderMap, Failure> {
    let mut headers = HeaderMap::with_capacity(pairs.len());
    for (name, value) in pairs {
        let refused = || {
            let shown: String = name.chars().filter(char::is_ascii_graphic).take(64).collect();
            Failure::new(FailureKind::Unsendable, format!("the header {shown:?} cannot be sent"))
        };
        let name = HeaderName::try_from(name.as_str()).map_err(|_error| refused())?;
        let value = HeaderValue::try_from(value.as_str()).map_err(|_error| refused())?;
        if OURS.contains(&name) || !value.as_bytes().is_ascii() {
            return Err(refused());
        }
        headers.append(name, value);
    }
    Ok(headers)
}

const OURS: [HeaderName; 8] = [
    header::HOST,
    header::CONTENT_LENGTH,
    header::CONNECTION,
    header::TRANSFER_ENCODING,
    header::TE,
    header::TRAILER,
    header::UPGRADE,
    header::EXPECT,
];

#[cfg(test)]
mod tests;
