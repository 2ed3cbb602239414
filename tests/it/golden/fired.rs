//! What a test reads from one firing of a postback.

use serde_json::Value;

use super::outcome::text;

/// One firing of a postback.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fired<'a>(pub(super) &'a Value);

impl<'a> Fired<'a> {
    /// The URL as sent.
    pub(crate) fn url(self) -> &'a str {
        text(&self.0["url"])
    }

    /// The body as sent.
    pub(crate) fn body(self) -> Option<&'a str> {
        self.0["body"].as_str()
    }

    /// A header as sent.
    pub(crate) fn header(self, name: &str) -> Option<&'a str> {
        let headers = self.0["headers"].as_array().expect("headers").iter();
        let mut values = headers
            .filter(|pair| pair[0].as_str().is_some_and(|known| known.eq_ignore_ascii_case(name)))
            .filter_map(|pair| pair[1].as_str());
        values.next()
    }

    /// Which event it told.
    pub(crate) fn event(self) -> &'a str {
        text(&self.0["event"])
    }

    /// The status that it told.
    pub(crate) fn status(self) -> &'a str {
        text(&self.0["status"])
    }

    /// When it was due.
    pub(crate) fn at(self) -> &'a str {
        text(&self.0["at"])
    }

    /// The value of a query parameter, as sent.
    pub(crate) fn parameter(self, name: &str) -> &'a str {
        let query = self.url().split_once('?').map_or("", |(_, query)| query);
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let mut found = pairs.filter(|(key, _)| *key == name).map(|(_, value)| value);
        found.next().unwrap_or_else(|| panic!("no {name} in {}", self.url()))
    }
}
