//! The macro picker: the dictionary by theme.

use std::collections::BTreeSet;

use domain::postback::macros::{self, MACROS, MacroClass, ValueKind};
use storefront::referral::REFERRAL_NAMES;

use crate::web::view::postbacks::editor::{Macro, MacroGroup};

/// Every macro once, what most trackers ask for first, after the parameters that the links have really
/// carried and that have no macro of their own.
pub(super) fn groups(seen: &BTreeSet<String>) -> Vec<MacroGroup> {
    let own: Vec<Macro> = seen
        .iter()
        .filter(|name| macros::find(name).is_none() && !is_referral(name))
        .map(|name| Macro {
            text: format!("{{{name}}}"),
            meaning: format!("Parameter {name}, seen on the links"),
        })
        .collect();
    let themes = ["From the link", "Amounts", "Order and event", "More from the link"];
    let dictionary = themes.into_iter().map(|title| MacroGroup {
        title: title.to_owned(),
        macros: MACROS
            .iter()
            .filter(|info| theme(info.name, info.class, info.value) == title)
            .map(|info| Macro { text: format!("{{{}}}", info.name), meaning: info.doc.to_owned() })
            .collect(),
    });
    let seen = MacroGroup { title: "Seen on the links".to_owned(), macros: own };
    [seen].into_iter().filter(|group| !group.macros.is_empty()).chain(dictionary).collect()
}

/// The parameter that names the affiliate: on every link, and no news to anybody's tracker.
fn is_referral(name: &str) -> bool {
    REFERRAL_NAMES.iter().any(|known| known.eq_ignore_ascii_case(name))
}

fn theme(name: &str, class: MacroClass, value: ValueKind) -> &'static str {
    match (class, value) {
        // Nine more names of one kind would push the amounts out of sight.
        (MacroClass::Link, _) if name.starts_with("sub") && name != "sub1" => "More from the link",
        (MacroClass::Link, _) => "From the link",
        (_, ValueKind::Amount) => "Amounts",
        (MacroClass::System | MacroClass::PerFire, _) => "Order and event",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_macro_can_be_picked_once() {
        let mut picked: Vec<String> = groups(&BTreeSet::new())
            .into_iter()
            .flat_map(|group| group.macros)
            .map(|one| one.text)
            .collect();
        picked.sort_unstable();
        let mut all: Vec<String> = MACROS.iter().map(|info| format!("{{{}}}", info.name)).collect();
        all.sort_unstable();
        assert_eq!(picked, all);
    }

    #[test]
    fn t11_what_the_links_have_carried_comes_first_and_nothing_twice() {
        let seen = ["zone", "sub1", "ref"].map(str::to_owned).into();
        let groups = groups(&seen);
        let first = groups.first().unwrap();
        let texts: Vec<&str> = first.macros.iter().map(|one| one.text.as_str()).collect();
        assert_eq!((first.title.as_str(), texts), ("Seen on the links", vec!["{zone}"]));
    }
}
