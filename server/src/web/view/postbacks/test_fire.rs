//! A test call: the exact bytes that left, and what came back (N3).

use askama::Template;

use super::Place;
use crate::web::view::{form::Choice, parts::Badge};

/// `{postbacks}/{id}/test`; the form posts `source` to the same address.
#[derive(Debug, Clone, Template)]
#[template(path = "postbacks/test_fire.html")]
pub struct TestFire {
    /// Where it is shown.
    pub place: Place,
    /// The postback's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Sample data and the affiliate's own past conversions.
    pub sources: Vec<Choice>,
    /// Events to send as, sent as `event`.
    pub events: Vec<Choice>,
    /// What happened; none before the first test.
    pub result: Option<TestResult>,
}

/// What a test call did.
#[derive(Debug, Clone)]
pub struct TestResult {
    /// `Accepted`, `Refused`, `No answer`.
    pub verdict: Badge,
    /// Why, in a sentence: which rule made it a success or a failure.
    pub explanation: String,
    /// The bytes sent, secrets masked: request line, headers, body.
    pub request: String,
    /// The answer; none when nothing answered.
    pub answer: Option<Answer>,
    /// `182ms`.
    pub time: String,
    /// Remarks: `link.foo had no value`.
    pub flags: Vec<String>,
}

/// What the receiver answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// `200 OK`.
    pub code: String,
    /// Headers, one per line.
    pub headers: String,
    /// First 4 KiB of the body.
    pub body: String,
    /// The body was longer.
    pub is_cut: bool,
}
