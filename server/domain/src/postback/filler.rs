//! Puts values into slots: looks a macro up, maps it, falls back to its default, encodes it for its
//! slot, and remembers what the log should say.

use super::{
    encode::{Slot, encode},
    macros::{self, MacroClass},
    record::{Record, Resolved},
    status,
    template::{Argument, Part, Placeholder},
};
use crate::money::{Currency, Money};

/// Fills templates from one record.
pub(super) struct Filler<'a> {
    record: &'a Record,
    flags: Vec<String>,
}

/// A filled template.
pub(super) struct Filled {
    pub(super) text: String,
    /// A macro had neither value nor default.
    pub(super) has_gap: bool,
}

impl<'a> Filler<'a> {
    pub(super) const fn new(record: &'a Record) -> Self {
        Self { record, flags: Vec::new() }
    }

    /// What the log should say, each once, in order of appearance.
    pub(super) fn into_flags(self) -> Vec<String> {
        self.flags
    }

    pub(super) fn flag(&mut self, flag: String) {
        if !self.flags.contains(&flag) {
            self.flags.push(flag);
        }
    }

    /// Fills some parts for one slot; `literal` writes the text between the macros. One pass: what
    /// a value contains is never looked at again (E3).
    pub(super) fn fill(
        &mut self,
        parts: &[Part],
        slot: Slot,
        literal: impl Fn(&mut String, &str),
    ) -> Filled {
        let mut filled = Filled { text: String::new(), has_gap: false };
        for part in parts {
            match part {
                Part::Text(text) => literal(&mut filled.text, text),
                Part::Macro(placeholder) => match self.value(placeholder, slot) {
                    Some(value) => filled.text.push_str(&value),
                    // The request is built without its signature first, and signed as it is then.
                    None => filled.has_gap |= !macros::is_signature(&placeholder.name),
                },
            }
        }
        filled
    }

    /// The encoded value of one macro, or of its default; none when there is neither.
    pub(super) fn value(&mut self, placeholder: &Placeholder, slot: Slot) -> Option<String> {
        let found = match self.record.resolve(&placeholder.name) {
            Resolved::Value(value) => self.apply(placeholder, value),
            Resolved::Empty(MacroClass::Link) => {
                self.flag(format!("empty:{}", placeholder.name));
                String::new()
            }
            Resolved::Empty(MacroClass::System | MacroClass::PerFire) => String::new(),
            Resolved::Unknown => {
                self.flag(format!("unresolved:{}", placeholder.name));
                String::new()
            }
        };
        self.encoded(&placeholder.name, &found, slot).or_else(|| {
            let default = placeholder.default.as_deref().unwrap_or_default();
            self.encoded(&placeholder.name, default, slot)
        })
    }

    fn encoded(&mut self, name: &str, value: &str, slot: Slot) -> Option<String> {
        if value.is_empty() {
            return None;
        }
        let encoded = encode(value, slot);
        if encoded.is_none() {
            self.flag(format!("unsendable:{name}"));
        }
        encoded
    }

    fn apply(&self, placeholder: &Placeholder, value: String) -> String {
        match &placeholder.argument {
            None => value,
            Some(Argument::Minor) => {
                minor_units(&value, self.record.value("currency")).unwrap_or(value)
            }
            Some(Argument::Map(map)) => {
                let workflow = self.record.value("workflow_status");
                status::mapped(map, &value, workflow).map_or(value.clone(), str::to_owned)
            }
        }
    }
}

/// Whole minor units of a plain decimal (E8): by the currency's own digits, or by the digits written
/// where the currency is not known.
fn minor_units(value: &str, currency: Option<&str>) -> Option<String> {
    let exact = currency
        .and_then(|code| Currency::parse(code).ok())
        .and_then(|currency| Money::parse(value, currency).ok())
        .map(|money| money.minor);
    let minor = match exact {
        Some(minor) => minor,
        None => value.replacen('.', "", 1).parse().ok()?,
    };
    Some(minor.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e08_minor_units_follow_the_currencys_own_digits() {
        for (value, currency, expected) in [
            ("9.00", Some("USD"), "900"),
            ("0.05", Some("USD"), "5"),
            ("-2.70", Some("USD"), "-270"),
            ("9", Some("USD"), "900"),
            ("150", Some("JPY"), "150"),
            ("11.110", Some("KWD"), "11110"),
            ("9.00", None, "900"),
        ] {
            assert_eq!(
                minor_units(value, currency).as_deref(),
                Some(expected),
                "{value} {currency:?}"
            );
        }
        assert_eq!(minor_units("n/a", None), None);
    }
}
