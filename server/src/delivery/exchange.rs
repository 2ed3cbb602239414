//! Between the domain and the door: a rendered request as the door wants it, and what came of it in the
//! words of the retry policy. The same for the worker and for a test call.

use domain::{
    postback::{PostbackSettings, Rendered},
    retry::{AnswerRules, AttemptOutcome, TransportFailure},
};

use super::http::{AttemptResult, FailureKind, Method, OutboundRequest, Outcome};

/// The request as the door wants it.
#[must_use]
pub fn request_of(rendered: &Rendered) -> OutboundRequest {
    let method = if rendered.method == "GET" { Method::GET } else { Method::POST };
    OutboundRequest {
        method,
        url: rendered.url.clone(),
        headers: rendered.headers.clone(),
        body: rendered.body.clone(),
    }
}

/// What came of a request, in the words of the retry policy.
#[must_use]
pub fn outcome_of(result: &AttemptResult) -> AttemptOutcome {
    match &result.outcome {
        Outcome::Answered(answer) => AttemptOutcome::Answered {
            status: answer.status,
            body: answer.excerpt.clone(),
            retry_after: answer.retry_after.clone(),
        },
        Outcome::Failed(failure) => AttemptOutcome::Failed {
            failure: match failure.kind {
                FailureKind::Timeout => TransportFailure::Timeout,
                FailureKind::Dns => TransportFailure::Dns,
                FailureKind::Tls => TransportFailure::Tls,
                FailureKind::Connect | FailureKind::Reset | FailureKind::BadAnswer => {
                    TransportFailure::Connection
                }
                FailureKind::AddressRefused => TransportFailure::RefusedAddress,
                FailureKind::TooManyRedirects | FailureKind::BadRedirect => {
                    TransportFailure::Redirects
                }
                FailureKind::Unsendable => TransportFailure::NotRendered,
            },
        },
    }
}

/// What the owner says about answers. Patterns were checked on saving; one that is damaged is none.
#[must_use]
pub fn rules_of(settings: &PostbackSettings) -> AnswerRules {
    AnswerRules::new(settings.success_pattern.as_deref(), settings.failure_pattern.as_deref())
        .unwrap_or_default()
}
