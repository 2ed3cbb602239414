//! What affiliates are told by mail: the occasions, our words for each, and the places in them that are
//! filled when a mail is written. A merchant may put its own words. Not here: who gets which mail, and
//! sending.

use serde::{Deserialize, Serialize};

use crate::commission::FieldError;

mod words;

/// Longest subject, in characters.
pub const SUBJECT_MAX: usize = 150;
/// Longest text, in characters.
pub const BODY_MAX: usize = 5_000;

/// An occasion for a mail to an affiliate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LetterKind {
    /// Somebody applied and waits.
    ApplicationReceived,
    /// An account was opened, or an application approved: the link that sets the first password.
    Invitation,
    /// Somebody who has a password was approved.
    Approved,
    /// An application was denied.
    Denied,
    /// The link for a forgotten password.
    Password,
    /// Orders were credited since the last such mail.
    NewOrders,
    /// A payment arrived.
    PayoutSent,
    /// A payment did not arrive.
    PayoutFailed,
}

/// What stands in braces in a letter's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// The affiliate's name.
    Name,
    /// The shop's name.
    Shop,
    /// The program's name.
    Program,
    /// An address of the portal.
    Link,
    /// How long the link works.
    Ends,
    /// How many orders.
    Orders,
    /// A sum with its currency.
    Amount,
    /// How it was paid.
    Method,
    /// Why something failed.
    Reason,
}

/// A letter's words, with places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterWords {
    /// The subject line.
    pub subject: String,
    /// The text.
    pub body: String,
}

impl LetterKind {
    /// All kinds, as a merchant reads them.
    pub const ALL: [Self; 8] = [
        Self::ApplicationReceived,
        Self::Invitation,
        Self::Approved,
        Self::Denied,
        Self::Password,
        Self::NewOrders,
        Self::PayoutSent,
        Self::PayoutFailed,
    ];

    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ApplicationReceived => "application_received",
            Self::Invitation => "invitation",
            Self::Approved => "approved",
            Self::Denied => "denied",
            Self::Password => "password",
            Self::NewOrders => "new_orders",
            Self::PayoutSent => "payout_sent",
            Self::PayoutFailed => "payout_failed",
        }
    }

    /// The inverse of [`LetterKind::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Whether a merchant may switch it off. A link that somebody waits for always goes out.
    #[must_use]
    pub const fn may_be_off(self) -> bool {
        !matches!(self, Self::Invitation | Self::Password)
    }

    /// What an affiliate who has not said anything gets: none where it has no choice. New orders are told
    /// only to who asks for it.
    #[must_use]
    pub const fn is_wanted_unasked(self) -> Option<bool> {
        match self {
            Self::NewOrders => Some(false),
            Self::PayoutSent => Some(true),
            Self::ApplicationReceived
            | Self::Invitation
            | Self::Approved
            | Self::Denied
            | Self::Password
            | Self::PayoutFailed => None,
        }
    }

    /// The places that its words may have. An applicant's name is not among those of the first mail: it
    /// goes to an address that nobody has confirmed, and must not carry a stranger's words there.
    #[must_use]
    pub const fn places(self) -> &'static [Place] {
        match self {
            Self::ApplicationReceived => &[Place::Shop, Place::Program],
            Self::Invitation => {
                &[Place::Name, Place::Shop, Place::Program, Place::Link, Place::Ends]
            }
            Self::Approved => &[Place::Name, Place::Shop, Place::Program, Place::Link],
            Self::Denied => &[Place::Name, Place::Shop, Place::Program],
            Self::Password => &[Place::Name, Place::Shop, Place::Link, Place::Ends],
            Self::NewOrders => {
                &[Place::Name, Place::Shop, Place::Orders, Place::Amount, Place::Link]
            }
            Self::PayoutSent => {
                &[Place::Name, Place::Shop, Place::Amount, Place::Method, Place::Link]
            }
            Self::PayoutFailed => &[
                Place::Name,
                Place::Shop,
                Place::Amount,
                Place::Method,
                Place::Reason,
                Place::Link,
            ],
        }
    }

    /// Whether the text is of no use without the link.
    const fn needs_link(self) -> bool {
        matches!(self, Self::Invitation | Self::Password)
    }

    /// Our own words.
    #[must_use]
    pub fn our_words(self) -> LetterWords {
        let (subject, body) = words::of(self);
        LetterWords { subject: subject.to_owned(), body: body.to_owned() }
    }
}

impl Place {
    /// As written, without braces.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Shop => "shop",
            Self::Program => "program",
            Self::Link => "link",
            Self::Ends => "ends",
            Self::Orders => "orders",
            Self::Amount => "amount",
            Self::Method => "method",
            Self::Reason => "reason",
        }
    }

    /// What a preview puts there.
    #[must_use]
    pub const fn sample(self) -> &'static str {
        match self {
            Self::Name => "Anna",
            Self::Shop => "River Goods",
            Self::Program => "Main",
            Self::Link => "https://example.com/portal",
            Self::Ends => "14 days",
            Self::Orders => "3 orders",
            Self::Amount => "27.00 USD",
            Self::Method => "PayPal",
            Self::Reason => "account closed",
        }
    }
}

/// One piece of a letter's words.
enum Piece<'a> {
    Text(&'a str),
    /// What stood between braces.
    Braces(&'a str),
}

/// Takes words apart. A brace without its partner is text.
fn pieces(words: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut rest = words;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((inside, behind)) = after.split_once('}') else { break };
        found.push(Piece::Text(before));
        found.push(Piece::Braces(inside));
        rest = behind;
    }
    found.push(Piece::Text(rest));
    found
}

/// What is wrong with a merchant's words for an occasion.
///
/// ```
/// # use domain::letter::{LetterKind, LetterWords, mistakes};
/// let words = |body: &str| LetterWords { subject: "News".into(), body: body.into() };
/// assert!(mistakes(LetterKind::PayoutSent, &words("{amount} for {name}")).is_empty());
/// let wrong = mistakes(LetterKind::PayoutSent, &words("{ammount} for {name}"));
/// assert!(wrong[0].message.contains("{ammount}"));
/// ```
#[must_use]
pub fn mistakes(kind: LetterKind, words: &LetterWords) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let fields = [("subject", &words.subject, SUBJECT_MAX), ("body", &words.body, BODY_MAX)];
    for (field, text, most) in fields {
        let mut refuse = |message: String| {
            errors.push(FieldError { field: field.to_owned(), message });
        };
        if text.trim().is_empty() {
            refuse("this must not be empty".to_owned());
        } else if text.chars().count() > most {
            refuse(format!("at most {most} characters"));
        } else if let Some(unknown) = unknown_place(kind, text) {
            let known: Vec<String> =
                kind.places().iter().map(|place| format!("{{{}}}", place.as_str())).collect();
            let known = known.join(", ");
            refuse(format!("{{{unknown}}} is not known here; this mail has {known}"));
        } else if field == "body" && kind.needs_link() && !text.contains("{link}") {
            refuse("without {link} nobody can choose a password".to_owned());
        }
    }
    errors
}

fn unknown_place(kind: LetterKind, text: &str) -> Option<&str> {
    pieces(text).into_iter().find_map(|piece| match piece {
        Piece::Braces(name) if !kind.places().iter().any(|place| place.as_str() == name) => {
            Some(name)
        }
        Piece::Text(_) | Piece::Braces(_) => None,
    })
}

/// Puts values into their places, in one pass: what a value says is never read as a place again.
///
/// ```
/// # use domain::letter::{LetterWords, Place, fill};
/// let words = LetterWords { subject: "Hello {name}".into(), body: "{amount} of {shop}".into() };
/// let values = [(Place::Name, "{amount}".into()), (Place::Amount, "9.00 USD".into())];
/// let filled = fill(&words, &values);
/// assert_eq!(filled.subject, "Hello {amount}");
/// assert_eq!(filled.body, "9.00 USD of ");
/// ```
#[must_use]
pub fn fill(words: &LetterWords, values: &[(Place, String)]) -> LetterWords {
    let filled = |text: &str| -> String {
        pieces(text)
            .into_iter()
            .map(|piece| match piece {
                Piece::Text(text) => text,
                Piece::Braces(name) => values
                    .iter()
                    .find(|(place, _)| place.as_str() == name)
                    .map_or("", |(_, value)| value.as_str()),
            })
            .collect()
    };
    LetterWords { subject: filled(&words.subject), body: filled(&words.body) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_words_are_without_mistakes_and_leave_no_brace_when_filled() {
        for kind in LetterKind::ALL {
            let words = kind.our_words();
            assert_eq!(mistakes(kind, &words), [], "{kind:?}");
            let samples: Vec<(Place, String)> =
                kind.places().iter().map(|place| (*place, place.sample().to_owned())).collect();
            let filled = fill(&words, &samples);
            for text in [&filled.subject, &filled.body] {
                assert!(!text.contains(['{', '}']), "{kind:?}: {text}");
            }
            assert_eq!(LetterKind::parse(kind.as_str()), Some(kind));
        }
    }

    #[test]
    fn a_link_that_somebody_waits_for_cannot_be_left_out() {
        let words = LetterWords { subject: "Welcome".to_owned(), body: "Hello".to_owned() };
        assert_eq!(mistakes(LetterKind::Invitation, &words)[0].field, "body");
        assert_eq!(mistakes(LetterKind::Approved, &words), []);
    }

    #[test]
    fn a_mail_to_an_unconfirmed_address_carries_no_words_of_a_stranger() {
        let places = LetterKind::ApplicationReceived.places();
        assert_eq!(places, [Place::Shop, Place::Program]);
    }

    #[test]
    fn a_lone_brace_is_text() {
        let words = LetterWords { subject: "a { b".to_owned(), body: "} c {shop}".to_owned() };
        assert_eq!(mistakes(LetterKind::Denied, &words), []);
        let filled = fill(&words, &[(Place::Shop, "Shop".to_owned())]);
        assert_eq!((filled.subject.as_str(), filled.body.as_str()), ("a { b", "} c Shop"));
    }
}
