//! The closed dictionary of macros: names, aliases, where the value comes from, and what the macro
//! picker says. Not here: how a template is read (`template`) or a value is found (`record`).

mod dictionary;
mod nearest;

use std::{collections::HashMap, sync::LazyLock};

pub use dictionary::MACROS;
pub use nearest::nearest;

/// Prefix that names a link parameter whatever it is called: `{link.zone}`.
pub const LINK_PREFIX: &str = "link.";

/// Where a macro's value comes from (C1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MacroClass {
    /// From the event: always available.
    System,
    /// From the attributed click's link parameters: empty where the link did not carry it (T4).
    Link,
    /// New for each request.
    PerFire,
}

/// What a macro's values look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ValueKind {
    /// Any text.
    Text,
    /// A plain decimal in the conversion's currency; `:minor` gives whole cents (E8).
    Amount,
    /// A whole number: may stand in an unquoted JSON slot.
    Number,
    /// One of our status names; takes a status map (E7).
    Status,
    /// A word of a short list; takes a map.
    Word,
}

/// One entry of the dictionary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MacroInfo {
    /// Canonical name, without braces.
    pub name: &'static str,
    /// Other spellings that mean the same; all lower case.
    pub aliases: &'static [&'static str],
    /// Where the value comes from.
    pub class: MacroClass,
    /// What the value looks like.
    pub value: ValueKind,
    /// A value for previews.
    pub sample: &'static str,
    /// One line for the macro picker.
    pub doc: &'static str,
}

impl MacroInfo {
    /// The canonical name and the aliases.
    pub fn spellings(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }
}

/// Finds a macro by canonical name or alias, in any case (E4).
///
/// ```
/// # use domain::postback::macros::find;
/// assert_eq!(find("AffClickID").unwrap().name, "click_id");
/// assert_eq!(find("amount").unwrap().name, "total_commission");
/// assert!(find("buyer_email").is_none());
/// ```
#[must_use]
pub fn find(name: &str) -> Option<&'static MacroInfo> {
    static BY_SPELLING: LazyLock<HashMap<String, &MacroInfo>> = LazyLock::new(|| {
        let spelled = |info: &'static MacroInfo| info.spellings().map(move |name| (name, info));
        // The first of two with one spelling counts.
        MACROS.iter().rev().flat_map(spelled).map(|(name, info)| (name.to_owned(), info)).collect()
    });
    let is_upper = |byte: u8| byte.is_ascii_uppercase();
    match name.bytes().any(is_upper) {
        true => BY_SPELLING.get(&name.to_ascii_lowercase()).copied(),
        false => BY_SPELLING.get(name).copied(),
    }
}

/// Whether a macro (by its name as in a template) is the proof of origin, which is made last.
#[must_use]
pub fn is_signature(name: &str) -> bool {
    find(name).is_some_and(|info| info.name == "signature")
}

/// The parameter's name when `name` is of the form `link.<name>`, in lower case.
#[must_use]
pub fn link_parameter(name: &str) -> Option<String> {
    let (prefix, rest) = name.split_at_checked(LINK_PREFIX.len())?;
    (prefix.eq_ignore_ascii_case(LINK_PREFIX) && !rest.is_empty())
        .then(|| rest.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_spelling_means_two_macros() {
        let mut seen = BTreeSet::new();
        for info in MACROS {
            for spelling in info.aliases.iter().chain([&info.name]) {
                assert_eq!(*spelling, spelling.to_ascii_lowercase());
                assert!(seen.insert(*spelling), "{spelling} is in the dictionary twice");
            }
        }
    }

    #[test]
    fn e04_names_match_without_regard_to_case() {
        for spelling in ["click_id", "CLICKID", "clickId", "AffClickId"] {
            assert_eq!(find(spelling).map(|info| info.name), Some("click_id"), "{spelling}");
        }
    }

    #[test]
    fn u04_the_six_macros_of_the_reference_exist_under_their_own_names() {
        for name in [
            "affiliate_id",
            "program_id",
            "sca_source",
            "order_id",
            "total_sales",
            "total_commission",
        ] {
            assert_eq!(find(name).map(|info| info.name), Some(name));
        }
    }

    #[test]
    fn t15_the_system_parameters_of_track360_are_known() {
        for (theirs, ours) in [
            ("affid", "affiliate_id"),
            ("affclickid", "click_id"),
            ("campaign", "program_id"),
            ("offer_id", "program_id"),
        ] {
            assert_eq!(find(theirs).map(|info| info.name), Some(ours));
        }
    }

    #[test]
    fn no_macro_names_a_buyer() {
        for word in ["email", "phone", "address", "first_name", "last_name", "ip", "user_agent"] {
            assert!(find(word).is_none(), "{word}");
        }
    }

    #[test]
    fn a_link_parameter_is_named_by_its_prefix_in_any_case() {
        assert_eq!(link_parameter("Link.Zone-ID").as_deref(), Some("zone-id"));
        assert_eq!(link_parameter("link."), None);
        assert_eq!(link_parameter("linkzone"), None);
        assert_eq!(link_parameter("été"), None);
    }
}
