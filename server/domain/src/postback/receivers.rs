//! The receiver library (N13): what trackers, networks and traffic sources want to be called with, as
//! their public documentation says. An affiliate starts from one of these instead of an empty field.
//! The table itself is in `library`; what each template renders to is tested byte for byte.
//!
//! Hosts such as `trk.example.com` stand for the affiliate's own tracker domain.

use super::{
    macros,
    template::{Argument, Part, Placeholder, Template, split_parts, split_parts_once},
};

mod library;
mod own_parts;

pub use library::RECEIVERS;
pub use own_parts::own_parts_left;

/// What somebody listens to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receiver {
    /// Its golden case: `X…` stands in postbacks.md 4.3, `R…` was added here.
    pub case: &'static str,
    /// Name for people.
    pub name: &'static str,
    /// What it is.
    pub kind: ReceiverKind,
    /// What the affiliate saves, after putting in its own parts.
    pub template: &'static str,
    /// The pieces of the template that everybody replaces by their own: host, key, number.
    pub own_parts: &'static [&'static str],
    /// What the receiver calls its click ID in links, `affclickid=…` of the affiliate's link; none
    /// where its public pages do not say.
    pub click_macro: Option<&'static str>,
    /// Where this was read.
    pub documentation: &'static str,
}

/// What a receiver is to the affiliate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReceiverKind {
    /// Software that the affiliate measures its campaigns with.
    Tracker,
    /// An affiliate program or network, that passes the conversion on.
    Network,
    /// Where the affiliate buys its visitors.
    TrafficSource,
}

impl ReceiverKind {
    /// All kinds, in the order of the library.
    pub const ALL: [Self; 3] = [Self::Tracker, Self::Network, Self::TrafficSource];

    /// Heading for people.
    #[must_use]
    pub const fn heading(self) -> &'static str {
        match self {
            Self::Tracker => "Trackers",
            Self::Network => "Networks and programs",
            Self::TrafficSource => "Traffic sources",
        }
    }
}

impl Receiver {
    /// The receiver with this golden case.
    #[must_use]
    pub fn by_case(case: &str) -> Option<&'static Self> {
        RECEIVERS.iter().find(|receiver| receiver.case == case)
    }

    /// What the receiver calls the click ID in the query; none when it reads it from the path.
    ///
    /// ```
    /// # use domain::postback::receivers::Receiver;
    /// let keitaro = Receiver::by_case("X06").unwrap();
    /// assert_eq!(keitaro.click_parameter().as_deref(), Some("subid"));
    /// assert_eq!(keitaro.payout_parameter().as_deref(), Some("payout"));
    /// assert!(keitaro.expects_own_status_words());
    /// ```
    #[must_use]
    pub fn click_parameter(&self) -> Option<String> {
        self.parameter_of(&["click_id"])
    }

    /// What the receiver calls the money; none when it wants none.
    #[must_use]
    pub fn payout_parameter(&self) -> Option<String> {
        self.parameter_of(&["total_commission", "total_sales"])
    }

    /// Whether it has words of its own for our statuses.
    #[must_use]
    pub fn expects_own_status_words(&self) -> bool {
        self.read().placeholders().any(|placeholder| {
            is_macro(placeholder, &["status"])
                && matches!(placeholder.argument, Some(Argument::Map(_)))
        })
    }

    /// The name of the first pair whose whole value is one of these macros.
    fn parameter_of(&self, wanted: &[&str]) -> Option<String> {
        let template = self.read();
        let (_path, query) = split_parts_once(template.parts(), '?');
        split_parts(&query?, '&').into_iter().find_map(|pair| match pair.as_slice() {
            [Part::Text(name), Part::Macro(placeholder)] if is_macro(placeholder, wanted) => {
                name.strip_suffix('=').map(str::to_owned)
            }
            _ => None,
        })
    }

    /// Every template of the library is well-formed, which a test shows.
    fn read(&self) -> Template {
        Template::parse(self.template).unwrap_or_default()
    }
}

fn is_macro(placeholder: &Placeholder, wanted: &[&str]) -> bool {
    macros::find(&placeholder.name).is_some_and(|info| wanted.contains(&info.name))
}

#[cfg(test)]
mod tests;
