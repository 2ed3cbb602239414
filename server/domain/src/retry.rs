//! What an answer to a postback means and when to try again: the delivery policy of postbacks.md
//! 4.6, as pure functions. Not here: making the request, or keeping the queue.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::time::{DAY_S, UtcTime};

mod pattern;
mod presets;
mod retry_after;

pub use pattern::{AnswerRules, Pattern, PatternError};
pub use presets::{PRESETS, Preset};
pub use retry_after::retry_after_seconds;

/// Waits after the first, second, … failed attempt, in seconds: eight attempts within 3.5 days.
pub const SCHEDULE_S: [i64; 7] = [12, 150, 30 * 60, 6 * 3_600, DAY_S, DAY_S, DAY_S];

/// Attempts after which a plain refusal (a 404 is often a deploy) is final.
const REFUSALS_MAX: u32 = 3;

/// Conversions in a row that must have failed before an endpoint is paused (N15).
pub const PAUSE_FAILURES: u32 = 10;

/// How long they must have been failing, in seconds: 72 hours.
pub const PAUSE_AFTER_S: i64 = 3 * DAY_S;

/// Seconds one request may take.
pub const TIMEOUT_S: u64 = 10;

/// Redirects that a GET follows, each host checked again; a POST follows none.
pub const REDIRECTS_MAX: usize = 3;

/// Bytes of an answer that are looked at and kept.
pub const ANSWER_BYTES_MAX: usize = 4_096;

/// Days for which the queue of a paused endpoint is kept for replay.
pub const BACKLOG_DAYS: i64 = 30;

/// How one request ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum AttemptOutcome {
    /// The receiver answered.
    Answered {
        /// HTTP status code.
        status: u16,
        /// The first [`ANSWER_BYTES_MAX`] bytes of the body.
        body: String,
        /// Its `Retry-After` header.
        retry_after: Option<String>,
    },
    /// There was no answer.
    Failed {
        /// Why.
        failure: TransportFailure,
    },
}

/// Why there was no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransportFailure {
    /// Longer than [`TIMEOUT_S`].
    Timeout,
    /// The host's name did not resolve.
    Dns,
    /// The certificate or the handshake was not good.
    Tls,
    /// Refused, reset or broken off.
    Connection,
    /// The host resolved to an address that must not be called (E10).
    RefusedAddress,
    /// More than [`REDIRECTS_MAX`] redirects, or one that leads nowhere.
    Redirects,
    /// The request could not be built from the stored document.
    NotRendered,
}

/// What an outcome means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// The receiver has it.
    Accepted,
    /// It does not; [`next_try`] says whether and when to try again.
    Retry(String),
    /// Trying again cannot help.
    GiveUp(String),
    /// The receiver is gone for good (410): the endpoint is paused at once.
    PauseEndpoint,
}

/// How hard a failure is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Persistence {
    /// The whole schedule.
    Full,
    /// [`REFUSALS_MAX`] attempts.
    Brief,
}

/// Judges one outcome. A failure pattern beats a success pattern, and no pattern turns an error code
/// into success.
///
/// ```
/// # use domain::retry::{AnswerRules, AttemptOutcome, Judgement, judge};
/// let no_content = AttemptOutcome::Answered { status: 204, body: String::new(), retry_after: None };
/// assert_eq!(judge(&AnswerRules::default(), &no_content), Judgement::Accepted);
/// ```
#[must_use]
pub fn judge(rules: &AnswerRules, outcome: &AttemptOutcome) -> Judgement {
    match outcome {
        AttemptOutcome::Failed { failure } => match failure {
            TransportFailure::RefusedAddress | TransportFailure::NotRendered => {
                Judgement::GiveUp(failure.to_string())
            }
            TransportFailure::Timeout
            | TransportFailure::Dns
            | TransportFailure::Tls
            | TransportFailure::Connection
            | TransportFailure::Redirects => Judgement::Retry(failure.to_string()),
        },
        AttemptOutcome::Answered { status: 410, .. } => Judgement::PauseEndpoint,
        AttemptOutcome::Answered { status: 200..=299, body, .. } => match rules.complaint(body) {
            None => Judgement::Accepted,
            Some(complaint) => Judgement::Retry(complaint.to_owned()),
        },
        AttemptOutcome::Answered { status, .. } => {
            Judgement::Retry(format!("the receiver answered {status}"))
        }
    }
}

/// When to try again after a failed attempt; none when that was the last one. `schedule_s` holds the
/// waits in seconds ([`SCHEDULE_S`] unless the operator says otherwise); `attempts_so_far` counts the
/// failed one. The same `seed` (the firing's id) gives the same time.
///
/// 429 and 503 may name a later time themselves, up to a day ahead; an earlier one is not taken, so
/// that no receiver can use up its own tries.
///
/// ```
/// # use domain::{retry::{AttemptOutcome, SCHEDULE_S, TransportFailure, next_try}, time::UtcTime};
/// let now = UtcTime::from_micros(0);
/// let outcome = AttemptOutcome::Failed { failure: TransportFailure::Timeout };
/// let next = next_try(&SCHEDULE_S, 1, &outcome, 7, now).unwrap();
/// assert!((10_800_000..=13_200_000).contains(&next.micros())); // 12 s ± 10 %
/// assert_eq!(next_try(&SCHEDULE_S, 8, &outcome, 7, now), None);
/// ```
#[must_use]
pub fn next_try(
    schedule_s: &[i64],
    attempts_so_far: u32,
    outcome: &AttemptOutcome,
    seed: u64,
    now: UtcTime,
) -> Option<UtcTime> {
    if persistence(outcome)? == Persistence::Brief && attempts_so_far >= REFUSALS_MAX {
        return None;
    }
    let index = usize::try_from(attempts_so_far.checked_sub(1)?).ok()?;
    let wait_ms =
        jittered(schedule_s.get(index)? * 1_000, seed.wrapping_add(u64::from(attempts_so_far)));
    let asked_ms = asked_wait_seconds(outcome, now).unwrap_or(0).min(DAY_S) * 1_000;
    Some(now.plus_millis(wait_ms.max(asked_ms)))
}

/// Whether an endpoint is paused: ten conversions in a row have failed, for at least 72 hours (N15).
#[must_use]
pub fn should_pause(failures_in_row: u32, failing_since: Option<UtcTime>, now: UtcTime) -> bool {
    failures_in_row >= PAUSE_FAILURES
        && failing_since.is_some_and(|since| now.seconds_since(since) >= PAUSE_AFTER_S)
}

/// How hard to try; none where it cannot help. A 2xx gets here when its body said no.
fn persistence(outcome: &AttemptOutcome) -> Option<Persistence> {
    match outcome {
        AttemptOutcome::Failed { failure } => match failure {
            TransportFailure::Timeout
            | TransportFailure::Dns
            | TransportFailure::Tls
            | TransportFailure::Connection => Some(Persistence::Full),
            TransportFailure::Redirects => Some(Persistence::Brief),
            TransportFailure::RefusedAddress | TransportFailure::NotRendered => None,
        },
        AttemptOutcome::Answered { status, .. } => match status {
            410 => None,
            408 | 425 | 429 | 500..=599 => Some(Persistence::Full),
            _ => Some(Persistence::Brief),
        },
    }
}

fn asked_wait_seconds(outcome: &AttemptOutcome, now: UtcTime) -> Option<i64> {
    match outcome {
        AttemptOutcome::Answered { status: 429 | 503, retry_after: Some(text), .. } => {
            retry_after_seconds(text, now)
        }
        AttemptOutcome::Answered { .. } | AttemptOutcome::Failed { .. } => None,
    }
}

/// ±10 %, spread evenly by a hash of the seed, so that a thousand firings that failed together do
/// not come back together.
fn jittered(wait_ms: i64, seed: u64) -> i64 {
    let per_mille = i64::try_from(splitmix(seed) % 201).unwrap_or(100) + 900;
    wait_ms.saturating_mul(per_mille) / 1_000
}

/// The finaliser of SplitMix64: neighbouring seeds give unrelated numbers.
const fn splitmix(seed: u64) -> u64 {
    let mut mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

impl fmt::Display for TransportFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timeout => "no answer within 10 seconds",
            Self::Dns => "the host name could not be resolved",
            Self::Tls => "the secure connection could not be set up",
            Self::Connection => "the connection was refused or broke off",
            Self::RefusedAddress => {
                "the host leads to an address that is not on the public internet"
            }
            Self::Redirects => "the receiver redirected too often",
            Self::NotRendered => "the request could not be built from the template",
        })
    }
}

#[cfg(test)]
mod tests;
