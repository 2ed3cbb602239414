//! hyper's errors in our words.

use std::error::Error;

use hyper_util::client::legacy;

use super::outcome::{Failure, FailureKind};

/// The failure behind an error of the client: ours from the connector, or the exchange's own.
pub(super) fn of_client(error: legacy::Error) -> Failure {
    let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
    while let Some(current) = cause {
        if let Some(ours) = current.downcast_ref::<Failure>() {
            return ours.clone();
        }
        if let Some(hyper) = current.downcast_ref::<hyper::Error>() {
            return of_exchange(hyper);
        }
        cause = current.source();
    }
    Failure::new(FailureKind::Reset, "the connection was lost before an answer")
}

fn of_exchange(error: &hyper::Error) -> Failure {
    if error.is_parse() {
        let text = "what arrived is not an HTTP answer, or its headers are too large";
        return Failure::new(FailureKind::BadAnswer, text);
    }
    Failure::new(FailureKind::Reset, "the connection was closed before an answer")
}
