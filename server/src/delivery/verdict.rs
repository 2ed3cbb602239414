//! One try of a firing: what its answer means for the firing, and its row of the log.

use domain::{
    ids::AttemptId,
    postback::Rendered,
    retry::{self, AnswerRules, Judgement},
    time::UtcTime,
};
use storage::{attempts::Attempt, firings::Firing, outbox::FiringOutcome};

use super::{
    exchange::outcome_of,
    http::{AttemptResult, Outcome},
};
use crate::flows::pause_postback::GONE;

/// A request that was made.
pub(super) struct Try<'a> {
    /// For this firing.
    pub(super) firing: &'a Firing,
    /// Which try it was: 1, 2, 3 …
    pub(super) number: i64,
    /// When it was sent.
    pub(super) at: UtcTime,
    /// The template at that time.
    pub(super) template: &'a str,
    /// What was sent.
    pub(super) rendered: &'a Rendered,
    /// What came back.
    pub(super) result: &'a AttemptResult,
}

/// What a try means.
pub(super) struct Verdict {
    /// As the log says it.
    pub(super) name: &'static str,
    /// What becomes of the firing.
    pub(super) outcome: FiringOutcome,
    /// The postback is paused at once.
    pub(super) pauses: bool,
}

impl Verdict {
    const fn plain(name: &'static str, outcome: FiringOutcome) -> Self {
        Self { name, outcome, pauses: false }
    }
}

impl Try<'_> {
    /// What the answer means by the postback's rules and the waits between tries, in seconds.
    pub(super) fn judge(&self, rules: &AnswerRules, schedule: &[i64], now: UtcTime) -> Verdict {
        let outcome = outcome_of(self.result);
        match retry::judge(rules, &outcome) {
            Judgement::Accepted => Verdict::plain("accepted", FiringOutcome::Delivered),
            Judgement::GiveUp(reason) => Verdict::plain("failed", FiringOutcome::Failed { reason }),
            Judgement::PauseEndpoint => Verdict {
                name: "gone",
                // Due at once, and held by the pause: when it ends this call goes out with the others.
                outcome: FiringOutcome::Retry { reason: GONE.to_owned(), run_at: now },
                pauses: true,
            },
            Judgement::Retry(reason) => {
                let tries = u32::try_from(self.number).unwrap_or(u32::MAX);
                let seed = self.firing.id.0.cast_unsigned();
                match retry::next_try(schedule, tries, &outcome, seed, now) {
                    Some(run_at) => {
                        Verdict::plain("retry", FiringOutcome::Retry { reason, run_at })
                    }
                    None => Verdict::plain("failed", FiringOutcome::Failed { reason }),
                }
            }
        }
    }

    /// Its row of the log: the proof.
    pub(super) fn attempt(&self, id: AttemptId, verdict: &Verdict) -> Attempt {
        let (code, failure, response) = match &self.result.outcome {
            Outcome::Answered(answer) => {
                (Some(i64::from(answer.status)), None, Some(answer.excerpt.clone()))
            }
            Outcome::Failed(failure) => (None, Some(failure.text.clone()), None),
        };
        let (reason, next_try_at) = match &verdict.outcome {
            FiringOutcome::Delivered => (None, None),
            FiringOutcome::Failed { reason } | FiringOutcome::NotSent { reason } => {
                (Some(reason.clone()), None)
            }
            FiringOutcome::Retry { reason, run_at } => {
                (Some(reason.clone()), Some(*run_at).filter(|_| !verdict.pauses))
            }
        };
        let Rendered { method, url, body, flags, .. } = self.rendered;
        // Lists of texts are always JSON.
        let flags = (!flags.is_empty()).then(|| serde_json::to_string(flags).unwrap_or_default());
        let headers = serde_json::to_string(&self.rendered.masked_headers()).unwrap_or_default();
        Attempt {
            id,
            shop_id: self.firing.shop_id,
            firing_id: self.firing.id,
            number: self.number,
            at: self.at,
            latency_ms: i64::try_from(self.result.latency.as_millis()).unwrap_or(i64::MAX),
            method: (*method).to_owned(),
            template: self.template.to_owned(),
            url: url.clone(),
            headers,
            body: body.clone(),
            status_code: code,
            outcome: verdict.name.to_owned(),
            error: failure.or(reason),
            response,
            flags,
            next_try_at,
        }
    }
}
