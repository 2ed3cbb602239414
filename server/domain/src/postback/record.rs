//! The values of one event by macro name, and how a macro finds its value among them. Not here: how
//! a value is written into the request (`encode`).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::macros::{self, LINK_PREFIX, MACROS, MacroClass, MacroInfo};

/// Values by canonical macro name; link parameters as `link.<name>`. Stored with a firing, so that a
/// retry or replay sends what the first try sent.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "BTreeMap<String, String>", into = "BTreeMap<String, String>")]
pub struct Record(BTreeMap<String, String>);

/// What a macro came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolved {
    /// A value that is not empty.
    Value(String),
    /// A known macro without a value (E6).
    Empty(MacroClass),
    /// No such macro and no such link parameter (E5).
    Unknown,
}

impl Record {
    /// No values yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the value of a macro, by any of its names. A name outside the dictionary is taken as a
    /// link parameter. Only link parameters can be set through a link's names, so that a visitor's
    /// `?amount=1000` never becomes `{amount}`.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.insert(key_of(name), value.into());
    }

    /// Sets a link parameter exactly as the entry link named it. Of a name that is repeated in the
    /// link the first value counts.
    pub fn set_link(&mut self, parameter: &str, value: impl Into<String>) {
        let key = format!("{LINK_PREFIX}{}", parameter.to_ascii_lowercase());
        self.0.entry(key).or_insert_with(|| value.into());
    }

    /// The value stored under a canonical name, if any.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// All values in order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// What the macro `name` (lower case) stands for. A link macro takes the link parameter of that
    /// very name first, then the canonical value, then the parameter's other spellings (C3).
    ///
    /// ```
    /// # use domain::postback::{Record, Resolved};
    /// let mut record = Record::new();
    /// record.set_link("affclickid", "w5f");
    /// assert_eq!(record.resolve("click_id"), Resolved::Value("w5f".into()));
    /// assert_eq!(record.resolve("affclickid"), Resolved::Value("w5f".into()));
    /// ```
    #[must_use]
    pub fn resolve(&self, name: &str) -> Resolved {
        if let Some(parameter) = macros::link_parameter(name) {
            let own = macros::find(&parameter)
                .filter(|info| info.class == MacroClass::Link && info.name == parameter);
            let found = self.link(&parameter).or_else(|| self.value(own?.name));
            return or_empty(found, MacroClass::Link);
        }
        match macros::find(name) {
            Some(info) if info.class == MacroClass::Link => {
                or_empty(self.link(name).or_else(|| self.link_macro(info)), MacroClass::Link)
            }
            Some(info) => match (self.value(info.name), info.name) {
                (None, "currency_lower") => {
                    let lower = self.value("currency").map(str::to_ascii_lowercase);
                    or_empty(lower.as_deref(), info.class)
                }
                (found, _) => or_empty(found, info.class),
            },
            None => {
                self.link(name).map_or(Resolved::Unknown, |value| Resolved::Value(value.to_owned()))
            }
        }
    }

    /// Names of the link parameters that have a value here, as [`super::CheckContext`] wants them.
    #[must_use]
    pub fn link_names(&self) -> BTreeSet<String> {
        self.0
            .keys()
            .filter_map(|key| match macros::link_parameter(key) {
                Some(parameter) => Some(parameter),
                None => macros::find(key)
                    .filter(|info| info.class == MacroClass::Link)
                    .map(|info| info.name.to_owned()),
            })
            .collect()
    }

    fn link_macro(&self, info: &MacroInfo) -> Option<&str> {
        self.link(info.name)
            .or_else(|| self.value(info.name))
            .or_else(|| info.aliases.iter().find_map(|alias| self.link(alias)))
    }

    fn link(&self, parameter: &str) -> Option<&str> {
        self.value(&format!("{LINK_PREFIX}{parameter}"))
    }
}

/// A full record with an example value for every macro that has one, for previews and test fires.
#[must_use]
pub fn sample_record() -> Record {
    MACROS
        .iter()
        .filter(|info| !info.sample.is_empty())
        .map(|info| (info.name.to_owned(), info.sample.to_owned()))
        .collect()
}

/// The key under which a name is stored.
fn key_of(name: &str) -> String {
    if let Some(parameter) = macros::link_parameter(name) {
        return format!("{LINK_PREFIX}{parameter}");
    }
    match macros::find(name) {
        Some(info) if info.class != MacroClass::Link || info.name.eq_ignore_ascii_case(name) => {
            info.name.to_owned()
        }
        Some(_) | None => format!("{LINK_PREFIX}{}", name.to_ascii_lowercase()),
    }
}

fn or_empty(found: Option<&str>, class: MacroClass) -> Resolved {
    found.map_or(Resolved::Empty(class), |value| Resolved::Value(value.to_owned()))
}

impl FromIterator<(String, String)> for Record {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        let mut record = Self::new();
        for (name, value) in pairs {
            record.set(&name, value);
        }
        record
    }
}

impl From<BTreeMap<String, String>> for Record {
    fn from(values: BTreeMap<String, String>) -> Self {
        values.into_iter().collect()
    }
}

impl From<Record> for BTreeMap<String, String> {
    fn from(record: Record) -> Self {
        record.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Resolved {
        Resolved::Value(text.to_owned())
    }

    #[test]
    fn the_named_link_parameter_wins_over_the_canonical_click_id() {
        let mut record = Record::new();
        record.set("click_id", "canonical");
        record.set_link("AffClickId", "named");
        assert_eq!(record.resolve("affclickid"), value("named"));
        assert_eq!(record.resolve("click_id"), value("canonical"));
        assert_eq!(record.resolve("cid"), value("canonical"));
    }

    #[test]
    fn c03_any_click_id_spelling_on_the_link_feeds_any_spelling_in_the_template() {
        for on_link in ["clickid", "click_id", "cid", "subid", "affclickid"] {
            let mut record = Record::new();
            record.set_link(on_link, "w5f");
            for in_template in ["click_id", "affclickid", "external_transaction_id"] {
                assert_eq!(record.resolve(in_template), value("w5f"), "{on_link} {in_template}");
            }
        }
    }

    #[test]
    fn a_visitor_cannot_set_an_amount_through_the_link() {
        let mut record = Record::new();
        record.set_link("amount", "1000000");
        record.set_link("total_commission", "1000000");
        record.set_link("status", "approved");
        assert_eq!(record.resolve("amount"), Resolved::Empty(MacroClass::System));
        assert_eq!(record.resolve("total_commission"), Resolved::Empty(MacroClass::System));
        assert_eq!(record.resolve("status"), Resolved::Empty(MacroClass::System));
        assert_eq!(record.resolve("link.amount"), value("1000000"));
    }

    #[test]
    fn t11_a_captured_parameter_is_a_macro_of_its_own_name() {
        let mut record = Record::new();
        record.set_link("Zone-ID", "42");
        assert_eq!(record.resolve("zone-id"), value("42"));
        assert_eq!(record.resolve("link.zone-id"), value("42"));
        assert_eq!(record.resolve("zone"), Resolved::Unknown);
        assert_eq!(record.resolve("link.zone"), Resolved::Empty(MacroClass::Link));
    }

    #[test]
    fn of_a_repeated_link_parameter_the_first_counts() {
        let mut record = Record::new();
        record.set_link("sub1", "a");
        record.set_link("SUB1", "b");
        assert_eq!(record.resolve("sub1"), value("a"));
    }

    #[test]
    fn the_small_currency_is_derived_when_it_is_not_given() {
        let mut record = Record::new();
        record.set("currency", "EUR");
        assert_eq!(record.resolve("currency_lower"), value("eur"));
    }

    #[test]
    fn aliases_in_a_stored_record_come_back_as_canonical_names() {
        let record: Record =
            serde_json::from_str(r#"{"amount":"9.00","AFFCLICKID":"w5f","zone":"1"}"#).unwrap();
        let keys: Vec<_> = record.iter().map(|(key, _)| key.to_owned()).collect();
        assert_eq!(keys, ["link.affclickid", "link.zone", "total_commission"]);
        let again = serde_json::from_str(&serde_json::to_string(&record).unwrap()).unwrap();
        assert_eq!(record, again);
    }
}
