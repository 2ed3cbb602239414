//! The demo's tracker: keeps the last requests that arrived and answers `ok`. Under `fail/` it
//! answers 500, to watch retries.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use actix_web::{HttpRequest, HttpResponse, web};
use domain::time::UtcTime;

use super::state::DemoState;
use crate::{
    app::App,
    web::view::{
        demo::Recorded,
        parts::{NameValue, When},
    },
};

/// The page; what is recorded lies below it.
pub(super) const PATH: &str = "/demo/recorder";
const REQUESTS_MAX: usize = 200;
const BODY_CHARS_MAX: usize = 16_384;

/// The requests that arrived, newest first.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    requests: Mutex<VecDeque<Recorded>>,
}

impl Recorder {
    /// What arrived, newest first.
    pub(super) fn newest_first(&self) -> Vec<Recorded> {
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.iter().cloned().collect()
    }

    fn record(&self, request: Recorded) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.push_front(request);
        requests.truncate(REQUESTS_MAX);
    }
}

/// Answers any request below [`PATH`].
pub(super) async fn receive(
    request: HttpRequest,
    tail: web::Path<String>,
    body: web::Bytes,
    app: web::Data<App>,
    state: web::Data<DemoState>,
) -> HttpResponse {
    state.recorder.record(recorded(&request, &body, app.clock.now()));
    if tail.split('/').next() == Some("fail") {
        HttpResponse::InternalServerError().content_type("text/plain").body("failing on purpose")
    } else {
        HttpResponse::Ok().content_type("text/plain").body("ok")
    }
}

fn recorded(request: &HttpRequest, body: &[u8], now: UtcTime) -> Recorded {
    let pair = |name: &str, value: &str| NameValue { name: name.into(), value: value.into() };
    let body: String = String::from_utf8_lossy(body).chars().take(BODY_CHARS_MAX).collect();
    Recorded {
        at: When {
            text: now.timestamp().strftime("%-d %b %Y, %H:%M:%S").to_string(),
            utc: now.to_string(),
        },
        method: request.method().to_string(),
        target: request.uri().to_string(),
        parameters: url::form_urlencoded::parse(request.query_string().as_bytes())
            .map(|(name, value)| pair(&name, &value))
            .collect(),
        headers: request
            .headers()
            .iter()
            .map(|(name, value)| pair(name.as_str(), &String::from_utf8_lossy(value.as_bytes())))
            .collect(),
        body: Some(body).filter(|body| !body.is_empty()),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_request_is_shown_as_it_came() {
        let request = TestRequest::post()
            .uri("/demo/recorder/postback?cid=click%2042&payout=5.40")
            .insert_header(("x-token", "t"))
            .to_http_request();
        let shown = recorded(&request, b"a=1", UtcTime::parse("2026-03-01T12:00:04Z").unwrap());
        assert_eq!(shown.target, "/demo/recorder/postback?cid=click%2042&payout=5.40");
        assert_eq!(shown.parameters[0].value, "click 42");
        assert_eq!(shown.at.text, "1 Mar 2026, 12:00:04");
        assert!(shown.headers.iter().any(|header| header.name == "x-token"));
        assert_eq!(shown.body.as_deref(), Some("a=1"));
    }

    #[test]
    fn only_the_newest_requests_are_kept() {
        let recorder = Recorder::default();
        for number in 0..=REQUESTS_MAX {
            let uri = format!("/demo/recorder/{number}");
            let request = TestRequest::with_uri(&uri).to_http_request();
            recorder.record(recorded(&request, b"", UtcTime::default()));
        }
        let kept = recorder.newest_first();
        assert_eq!(kept.len(), REQUESTS_MAX);
        assert_eq!(kept[0].target, format!("/demo/recorder/{REQUESTS_MAX}"));
    }
}
