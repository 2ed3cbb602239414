//! Which event fires which postback (A6–A8, I4, I6, I7, P11–P15, E12). Not here: switches of the
//! shop, or that identical requests of one event are sent once (C7).

use super::{macros, settings::PostbackSettings, status, template::Template};
use crate::event::EventKind;

/// The reason in the log when a template cannot express a reversal (E12).
pub const CANNOT_EXPRESS_REVERSAL: &str = "template cannot express a reversal";

/// What happened, as far as conditions look at it. A fact that an event does not have (a click has
/// no status) never keeps a postback from firing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts<'a> {
    /// Kinds that the event is, best label first: a full refund is a refund and a status change.
    pub kinds: &'a [EventKind],
    /// Status after the event.
    pub status: Option<&'a str>,
    /// Why it has that status.
    pub reason: Option<&'a str>,
    /// Goal reached.
    pub goal: Option<&'a str>,
    /// How the order was credited: `link`, `coupon`, …
    pub method: Option<&'a str>,
    /// The event takes something back (rejected, reversed, adjusted), so that a receiver which
    /// counts plain calls would count wrong (E12).
    pub needs_reversal_support: bool,
}

/// Whether a postback fires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The conditions do not hold; nothing is logged.
    No,
    /// Send it, labelled as this kind of event.
    Fire(EventKind),
    /// The conditions hold, but nothing may be sent; the log says why.
    NotSent(EventKind, &'static str),
}

/// Judges one event for one postback. `program` and `affiliate` are those of the event; none where
/// it has none.
#[must_use]
pub fn matches<P: PartialEq, A: PartialEq>(
    settings: &PostbackSettings<P, A>,
    facts: &Facts<'_>,
    program: Option<&P>,
    affiliate: Option<&A>,
) -> Verdict {
    let Some(kind) = facts.kinds.iter().copied().find(|kind| settings.on.contains(kind)) else {
        return Verdict::No;
    };
    let is_in_scope =
        settings.scope.programs.contains(program) && settings.scope.affiliates.contains(affiliate);
    if !is_in_scope || !conditions_hold(settings, facts) {
        return Verdict::No;
    }
    if facts.needs_reversal_support && !can_express_reversal(settings) {
        return Verdict::NotSent(kind, CANNOT_EXPRESS_REVERSAL);
    }
    Verdict::Fire(kind)
}

/// Whether a reversal may be sent to this postback: its owner ticked it, or the template carries
/// the status or the signed change (E12).
#[must_use]
pub fn can_express_reversal<P, A>(settings: &PostbackSettings<P, A>) -> bool {
    settings.reversals
        || settings.templates().iter().flat_map(Template::placeholders).any(|placeholder| {
            macros::find(&placeholder.name)
                .is_some_and(|info| matches!(info.name, "status" | "delta_commission"))
        })
}

fn conditions_hold<P, A>(settings: &PostbackSettings<P, A>, facts: &Facts<'_>) -> bool {
    let status_passes = facts
        .status
        .is_none_or(|status| settings.statuses.passes(|word| status::filter_takes(word, status)));
    let goal_passes = !settings.goals_enabled
        || facts.goal.is_none_or(|goal| settings.goals.passes(|word| same_word(word, goal)));
    let method_passes =
        facts.method.is_none_or(|method| settings.methods.passes(|word| same_word(word, method)));
    status_passes && goal_passes && method_passes && reason_passes(settings, facts)
}

/// Only declined conversions are asked for their reason, so "any status, reason VPN Proxy" still
/// fires for approved ones (I7). `fraud` takes every `fraud:<rule>`.
fn reason_passes<P, A>(settings: &PostbackSettings<P, A>, facts: &Facts<'_>) -> bool {
    let is_declined = facts
        .status
        .and_then(status::canonical)
        .is_some_and(|status| matches!(status, "rejected" | "reversed"));
    if !is_declined {
        return true;
    }
    let reason = facts.reason.unwrap_or_default();
    let family = reason.split_once(':').map_or(reason, |(family, _)| family);
    settings.reasons.passes(|word| same_word(word, reason) || same_word(word, family))
}

/// Words of people are compared without regard to case and outer blanks (Affise does so for goals).
fn same_word(left: &str, right: &str) -> bool {
    left.trim().to_lowercase() == right.trim().to_lowercase()
}

#[cfg(test)]
mod tests;
