//! What the page knows at one moment.

use crate::consent::Consent;
use crate::touches::Model;

/// Why the rules are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// A page was opened.
    Page,
    /// Something happened on a page that was open before: it was reloaded or gone back to, consent
    /// changed, an event is to be told.
    Revisit,
    /// The server answered a report.
    Answer,
}

/// What the page knows. A text holds no line break.
#[derive(Debug, Clone, Copy)]
pub struct Snapshot<'a> {
    /// Why the rules are asked.
    pub moment: Moment,
    /// What the visitor allows.
    pub consent: Consent,
    /// Whether the state below was found on the device; else it is this page's memory.
    pub is_on_device: bool,
    /// Whose touch earns.
    pub model: Model,
    /// Seconds since 1970.
    pub now: u32,
    /// Milliseconds since 1970, decimal.
    pub now_ms: &'a [u8],
    /// Random, for a new report; with an answer: the id of the report that it answers.
    pub id: &'a [u8],
    /// The page's address.
    pub page: &'a [u8],
    /// The address before it.
    pub referrer: &'a [u8],
    /// What was kept (`state`).
    pub state: &'a [u8],
    /// Kept pixels: the second until which they may fire, then their addresses, a space before each.
    /// With an answer: those of the answer.
    pub pixels: &'a [u8],
    /// With an answer: the token, empty when the link names nobody. Else: Meta's name of the event
    /// that the pixels are told, empty for none.
    pub subject: &'a [u8],
    /// The event's id and what else belongs to it, as a piece of a query; empty for a page view.
    pub details: &'a [u8],
}
