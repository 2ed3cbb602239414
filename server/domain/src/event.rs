//! The kinds of event that a postback can listen to. Not here: what makes an event (`conversion`),
//! or which postback takes it (`postback::matching`).

use serde::{Deserialize, Serialize};

/// What happened, in the words of a postback's `on` list and of its `{event}` macro (I1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// A banner carrying the affiliate's code was displayed.
    Impression,
    /// A visit through an affiliate's link was recorded.
    Click,
    /// An order was credited.
    Conversion,
    /// A conversion's status changed.
    StatusChange,
    /// Money was given back.
    Refund,
    /// The amount changed for another reason than a refund.
    Adjustment,
    /// Commission was paid out.
    Payout,
    /// A goal of the merchant's own was reached.
    Goal,
}

impl EventKind {
    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Impression => "impression",
            Self::Click => "click",
            Self::Conversion => "conversion",
            Self::StatusChange => "status_change",
            Self::Refund => "refund",
            Self::Adjustment => "adjustment",
            Self::Payout => "payout",
            Self::Goal => "goal",
        }
    }

    /// The inverse of [`EventKind::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "impression" => Some(Self::Impression),
            "click" => Some(Self::Click),
            "conversion" => Some(Self::Conversion),
            "status_change" => Some(Self::StatusChange),
            "refund" => Some(Self::Refund),
            "adjustment" => Some(Self::Adjustment),
            "payout" => Some(Self::Payout),
            "goal" => Some(Self::Goal),
            _ => None,
        }
    }
}
