//! Protection: what is done about suspicious orders, and the proof that the ledger is as it was written.

use askama::Template;

use super::{Frame, Section};
use crate::web::view::form::Field;

/// `{base}/protection`; the form posts one field for each rule (`credit`, `hold` or `reject`) and what
/// the rules need to know, to the same address.
#[derive(Debug, Clone, Template)]
#[template(path = "admin/protection.html")]
pub struct ProtectionPage {
    /// Chrome.
    pub frame: Frame,
    /// The rules, in the order in which they are judged.
    pub rules: Vec<Rule>,
    /// What the meter of codes takes for a coupon site, and for the last moment.
    pub codes: Vec<Detail>,
    /// When payouts wait because of refunds.
    pub refunds: Vec<Detail>,
    /// Where the chain of the ledger stands; none before its first entry.
    pub ledger: Option<Ledger>,
}

/// One rule.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Name of its field.
    pub name: &'static str,
    /// What is suspicious.
    pub label: &'static str,
    /// In a sentence.
    pub hint: &'static str,
    /// What is done.
    pub consequence: Field,
    /// What the rule needs to know.
    pub details: Vec<Detail>,
}

/// Something that a rule needs to know.
#[derive(Debug, Clone)]
pub struct Detail {
    /// Name of its field.
    pub name: &'static str,
    /// What it is.
    pub label: &'static str,
    /// What it holds.
    pub kind: DetailKind,
    /// The value.
    pub field: Field,
}

/// What a rule needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DetailKind {
    /// A whole number.
    Number,
    /// A few words between commas.
    Words,
    /// Hosts between commas, perhaps many.
    Sites,
}

impl Detail {
    fn is_number(&self) -> bool {
        self.kind == DetailKind::Number
    }

    fn is_long(&self) -> bool {
        self.kind == DetailKind::Sites
    }
}

/// The chain of the ledger.
#[derive(Debug, Clone)]
pub struct Ledger {
    /// How many entries there are.
    pub entries: String,
    /// Hash of the last one.
    pub hash: String,
    /// Where it stood at the end of the latest days.
    pub days: Vec<LedgerDay>,
}

/// Where the chain stood when a day ended.
#[derive(Debug, Clone)]
pub struct LedgerDay {
    /// `2026-03-01`.
    pub day: String,
    /// How many entries there were.
    pub entries: String,
    /// Hash of the last one.
    pub hash: String,
}
