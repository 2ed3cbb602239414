//! What was sent to trackers, for both sides: rows with Track360's three columns (click id with its
//! entry URL, template, final URL; T18), and each attempt as proof (N6). Secrets are masked before
//! they get here.

use super::{
    form::{Choice, Field},
    parts::{Badge, NameValue, Pager, Person, When},
};

/// A filtered list of firings.
#[derive(Debug, Clone)]
pub struct Log {
    /// What the list is narrowed to.
    pub filters: Filters,
    /// Rows, newest first.
    pub rows: Vec<Firing>,
    /// Neighbouring pages.
    pub pager: Pager,
    /// The filters as a query, for the export.
    pub query: String,
    /// Older calls were not looked through, because hardly any pass the filter.
    pub is_partial: bool,
}

/// Query parameters `from`, `to`, `postback`, `program`, `affiliate`, `event`, `outcome`, `code`,
/// `transaction` (I11).
#[derive(Debug, Clone, Default)]
pub struct Filters {
    /// First day, `2026-03-01`.
    pub from: Field,
    /// Last day.
    pub to: Field,
    /// Postbacks to choose from.
    pub postbacks: Vec<Choice>,
    /// Programs to choose from.
    pub programs: Vec<Choice>,
    /// An affiliate's number, for the merchant.
    pub affiliate: Field,
    /// An event as stored, or empty.
    pub event: Field,
    /// `delivered`, `waiting`, `failed`, `held`, `not_sent`, or empty.
    pub outcome: Field,
    /// Class of the status code: `2xx`, `3xx`, `4xx`, `5xx`, `none`, or empty.
    pub code: Field,
    /// A transaction or click id.
    pub transaction: Field,
    /// Anything above is set.
    pub is_set: bool,
}

/// One event for one postback, and how far its delivery got.
#[derive(Debug, Clone)]
pub struct Firing {
    /// Our id.
    pub id: String,
    /// When the event happened.
    pub at: When,
    /// The postback's name.
    pub postback: String,
    /// Whose postback; none in the affiliate's own view.
    pub affiliate: Option<Person>,
    /// `Conversion`, `Status change`, …
    pub event: String,
    /// `approved`; empty for events without.
    pub status: String,
    /// Stable across retries and status changes; empty for events without.
    pub transaction_id: String,
    /// The order's name, where there is one.
    pub order_name: Option<String>,
    /// The click behind it.
    pub click: Option<Click>,
    /// The saved URL with its macros.
    pub template: String,
    /// What was requested last; none before the first attempt.
    pub final_url: Option<String>,
    /// `GET`, `POST form`, `POST JSON`.
    pub method: String,
    /// Where the delivery stands.
    pub outcome: Badge,
    /// Why it was never sent.
    pub not_sent: Option<String>,
    /// Last status code; none when nothing answered.
    pub code: Option<String>,
    /// Last error, in a sentence.
    pub error: Option<String>,
    /// Beginning of the last answer.
    pub excerpt: Option<String>,
    /// Time of the last attempt, `182ms`.
    pub latency: Option<String>,
    /// `2 of 8`.
    pub attempt_count: String,
    /// When it is tried again.
    pub next_try: Option<When>,
    /// Sent again on request (N7).
    pub is_replay: bool,
    /// It was sent, so it can be sent again.
    pub can_replay: bool,
    /// Each attempt, newest first; may be empty in lists.
    pub attempts: Vec<Attempt>,
}

/// The visit that a firing is about.
#[derive(Debug, Clone)]
pub struct Click {
    /// What the affiliate sent along, or our own id.
    pub id: String,
    /// The address that the visitor came in with (T2).
    pub entry_url: String,
}

/// One HTTP request.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// From 1.
    pub number: u32,
    /// When.
    pub at: When,
    /// How it went.
    pub outcome: Badge,
    /// `GET`, `POST`.
    pub method: String,
    /// The exact URL.
    pub url: String,
    /// Headers sent, secrets masked (P8).
    pub headers: Vec<NameValue>,
    /// Body sent.
    pub body: Option<String>,
    /// Status code; none when nothing answered.
    pub code: Option<String>,
    /// What went wrong, in a sentence.
    pub error: Option<String>,
    /// First 4 KiB of the answer.
    pub response: Option<String>,
    /// `182ms`.
    pub latency: String,
    /// When it is tried again.
    pub next_try: Option<When>,
    /// Remarks: `link.foo had no value`, `replay`.
    pub flags: Vec<String>,
}
