//! Small things that many pages show. Each renders itself, so a template writes `{{ row.status }}`.

use askama::{Template, filters::HtmlSafe};

/// What a badge or banner means, as a colour; the words next to it say the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Nothing to feel about it.
    Neutral,
    /// Under way.
    Info,
    /// Went well.
    Good,
    /// Needs a look.
    Warning,
    /// Went wrong.
    Bad,
}

impl Tone {
    /// The class in the stylesheet.
    #[must_use]
    pub const fn class(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Info => "info",
            Self::Good => "good",
            Self::Warning => "warning",
            Self::Bad => "bad",
        }
    }
}

/// A state in one or two words.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "parts/badge.html")]
pub struct Badge {
    /// The state's name.
    pub text: String,
    /// How to feel about it.
    pub tone: Tone,
}

/// A moment: readable in the shop's zone, exact on hovering.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "parts/when.html")]
pub struct When {
    /// Date and time in the shop's zone, `1 Mar 2026, 12:00`.
    pub text: String,
    /// RFC 3339 in UTC, `2026-03-01T12:00:00Z`.
    pub utc: String,
}

/// A sentence above the page: what was just done, or what is wrong with all of it.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "parts/notice.html")]
pub struct Notice {
    /// How to feel about it.
    pub tone: Tone,
    /// Full sentence.
    pub text: String,
}

/// Where the neighbouring pages of a list are; nothing is shown when there are none.
#[derive(Debug, Clone, PartialEq, Eq, Default, Template)]
#[template(path = "parts/pager.html")]
pub struct Pager {
    /// Address of the page with newer rows.
    pub newer: Option<String>,
    /// Address of the page with older rows.
    pub older: Option<String>,
}

/// An affiliate as merchants see one in lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Our id, for the address of its page.
    pub id: String,
    /// Name, in any script and length.
    pub name: String,
}

/// A name and a value: a header, a parameter, a fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameValue {
    /// Name.
    pub name: String,
    /// Value.
    pub value: String,
}

// Their templates escape what they are given, so the result must not be escaped once more.
impl HtmlSafe for Badge {}
impl HtmlSafe for When {}
impl HtmlSafe for Notice {}
impl HtmlSafe for Pager {}
