//! The test call (N3): one real request, marked as a test, with the exact bytes and the answer.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode as HttpStatus, web::Bytes};
use domain::{
    event::EventKind,
    ids::{FiringId, PostbackId},
    postback::masked_headers,
    retry::{Judgement, judge},
    time::readable_millis,
};
use storage::{StorageError, firings::Firing, postbacks::Postback};
use url::Url;

use super::{
    desk::{Around, Desk, Section, postback_in},
    moves::done_notice,
};
use crate::{
    delivery::{
        exchange::{outcome_of, rules_of},
        http::{
            Answer as Received, BodyEnd, EXCERPT_BYTES, Method, OutboundRequest, Outcome,
            USER_AGENT,
        },
    },
    error::AppError,
    flows::{
        fire_test::{Source, TestCall, TestError, prepare_test, read_record, test_sources},
        save_postback::{SaveError, postbacks_of, read_postback},
    },
    web::{
        display::{badge, event_words, flag_words, sentence},
        forms::Fields,
        view::{
            form::Choice,
            parts::Tone,
            postbacks::test_fire::{Answer, TestFire, TestResult},
        },
    },
};

const SAMPLE: &str = "sample";

/// `GET {base}/postbacks/{id}/test`.
///
/// # Errors
/// [`AppError`]; not found for somebody else's.
pub async fn page(desk: Desk, request: HttpRequest) -> Result<HttpResponse, AppError> {
    let page = blank(&desk, postback_in(&request)?, &Fields::default()).await?;
    let notice = done_notice(&Fields::of_query(&request));
    desk.show(around(&page).with(notice), page)
}

/// `POST {base}/postbacks/{id}/test` with `source` and `event`.
///
/// # Errors
/// [`AppError`]; not found for somebody else's.
pub async fn send(desk: Desk, request: HttpRequest, body: Bytes) -> Result<HttpResponse, AppError> {
    let fields = desk.form(&request, &body)?;
    let id = postback_in(&request)?;
    let mut page = blank(&desk, id, &fields).await?;
    let source = match fields.value("source") {
        "" | SAMPLE => Source::Sample,
        text => Source::Firing(FiringId(text.parse().map_err(|_bad| AppError::NotFound)?)),
    };
    let event = EventKind::parse(fields.value("event")).unwrap_or(EventKind::Conversion);
    let (key, now) = (desk.app.master_key.clone(), desk.app.clock.now());
    let owned = (desk.shop.id, desk.owner, id);
    let call = desk
        .app
        .storage
        .read(move |conn| prepare_test(conn, &key, owned, source, event, now))
        .await;
    page.result = Some(match call {
        Ok(call) => fire(&desk, call).await,
        Err(TestError::Render(error)) => not_built(&error.to_string()),
        Err(error) => return Err(app_error(error)),
    });
    desk.show(around(&page), page)
}

fn around(page: &TestFire) -> Around {
    Around::new(format!("Test {}", page.name), Section::Postbacks)
}

async fn blank(desk: &Desk, id: PostbackId, chosen: &Fields) -> Result<TestFire, AppError> {
    let (shop, owner) = (desk.shop.id, desk.owner);
    let (row, past) = desk
        .app
        .storage
        .read(move |conn| {
            let own = postbacks_of(conn, shop, owner)?;
            let row = own.into_iter().find(|one| one.id == id).ok_or(StorageError::NotFound)?;
            Ok::<(Postback, Vec<Firing>), StorageError>((row, test_sources(conn, shop, owner)?))
        })
        .await?;
    let settings = read_postback(&row)?;
    let sample = ("Sample data".to_owned(), SAMPLE.to_owned());
    let past = past.iter().map(|firing| (source_label(firing), firing.id.to_string()));
    let choice = |name: &str, label: String, value: String| Choice {
        is_chosen: chosen.value(name) == value,
        value,
        label,
    };
    Ok(TestFire {
        place: desk.place(),
        id: id.to_string(),
        name: row.name,
        sources: [sample]
            .into_iter()
            .chain(past)
            .map(|(label, value)| choice("source", label, value))
            .collect(),
        events: settings
            .on
            .iter()
            .map(|kind| choice("event", event_words(kind.as_str()), kind.as_str().to_owned()))
            .collect(),
        result: None,
    })
}

pub(super) fn source_label(firing: &Firing) -> String {
    let record = read_record(firing).unwrap_or_default();
    let order = record.value("order_name").map(str::to_owned);
    let order = order.or_else(|| firing.transaction_id.clone()).unwrap_or_default();
    let status = firing.status.as_deref().unwrap_or_default();
    format!("Order {order}: {} {status}", event_words(&firing.event)).trim_end().to_owned()
}

async fn fire(desk: &Desk, call: TestCall) -> TestResult {
    let outbound = OutboundRequest {
        method: if call.request.method == "GET" { Method::GET } else { Method::POST },
        url: call.request.url.clone(),
        headers: call.request.headers.clone(),
        body: call.request.body.clone(),
    };
    let sent = desk.app.outgoing.send(&outbound).await;
    let judgement = judge(&rules_of(&call.settings), &outcome_of(&sent));
    let (verdict, explanation) = match (&sent.outcome, judgement) {
        (Outcome::Answered(answer), Judgement::Accepted) => (
            badge("Accepted", Tone::Good),
            format!(
                "The receiver answered {}, and nothing in the answer says otherwise.",
                answer.status
            ),
        ),
        (Outcome::Answered(_), Judgement::Retry(why) | Judgement::GiveUp(why)) => {
            (badge("Refused", Tone::Bad), sentence(&why))
        }
        (Outcome::Answered(_), Judgement::PauseEndpoint) => (
            badge("Refused", Tone::Bad),
            "The receiver says that this address is gone for good (410).".to_owned(),
        ),
        (Outcome::Failed(failure), _) => (badge("No answer", Tone::Bad), sentence(&failure.text)),
    };
    let latency = i64::try_from(sent.latency.as_millis()).unwrap_or(i64::MAX);
    TestResult {
        verdict,
        explanation,
        request: wire_text(&outbound),
        answer: match &sent.outcome {
            Outcome::Answered(answer) => Some(answer_of(answer)),
            Outcome::Failed(_) => None,
        },
        time: readable_millis(latency),
        flags: call.request.flags.iter().map(|flag| flag_words(flag)).collect(),
    }
}

fn not_built(why: &str) -> TestResult {
    TestResult {
        verdict: badge("Not sent", Tone::Bad),
        explanation: sentence(why),
        request: String::new(),
        answer: None,
        time: readable_millis(0),
        flags: Vec::new(),
    }
}

fn answer_of(answer: &Received) -> Answer {
    let reason = HttpStatus::from_u16(answer.status)
        .ok()
        .and_then(|status| status.canonical_reason())
        .unwrap_or_default();
    Answer {
        code: format!("{} {reason}", answer.status).trim_end().to_owned(),
        headers: answer
            .retry_after
            .as_ref()
            .map_or_else(String::new, |text| format!("retry-after: {text}")),
        is_cut: answer.excerpt.len() >= EXCERPT_BYTES || answer.body == BodyEnd::TooLong,
        body: answer.excerpt.clone(),
    }
}

/// The bytes of the request as they leave, secrets masked.
fn wire_text(request: &OutboundRequest) -> String {
    let after_scheme = request.url.split_once("://").map_or("", |(_, rest)| rest);
    let end = after_scheme.find(['/', '?']).unwrap_or(after_scheme.len());
    let (_, target) = after_scheme.split_at_checked(end).unwrap_or((after_scheme, ""));
    let slash = if target.starts_with('/') { "" } else { "/" };
    let host = Url::parse(&request.url)
        .ok()
        .map(|url| match (url.host_str(), url.port()) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (Some(host), None) => host.to_owned(),
            (None, _) => String::new(),
        })
        .unwrap_or_default();
    let mut headers: Vec<(String, String)> = masked_headers(&request.headers)
        .into_iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value))
        .collect();
    if let Some(body) = &request.body {
        headers.push(("content-length".to_owned(), body.len().to_string()));
    }
    // The client's own, in the order in which it adds them (`delivery::http`).
    for (name, value) in [("accept", "*/*"), ("user-agent", USER_AGENT), ("host", &host)] {
        if !headers.iter().any(|(known, _)| known == name) {
            headers.push((name.to_owned(), value.to_owned()));
        }
    }
    let mut text = format!("{} {slash}{target} HTTP/1.1\r\n", request.method);
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    text.push_str(request.body.as_deref().unwrap_or_default());
    text
}

fn app_error(error: TestError) -> AppError {
    match error {
        TestError::TooMany => AppError::TooManyRequests,
        TestError::Storage(error) | TestError::Secret(SaveError::Storage(error)) => error.into(),
        other => AppError::Internal(other.into()),
    }
}
