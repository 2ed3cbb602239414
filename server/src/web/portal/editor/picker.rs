//! The macro picker: the dictionary by theme.

use domain::postback::macros::{MACROS, MacroClass, ValueKind};

use crate::web::view::portal::editor::{Macro, MacroGroup};

/// Every macro once, what most trackers ask for first.
pub(super) fn groups() -> Vec<MacroGroup> {
    let themes = ["From your link", "Amounts", "Order and event", "More from your link"];
    themes
        .into_iter()
        .map(|title| MacroGroup {
            title: title.to_owned(),
            macros: MACROS
                .iter()
                .filter(|info| theme(info.name, info.class, info.value) == title)
                .map(|info| Macro {
                    text: format!("{{{}}}", info.name),
                    meaning: info.doc.to_owned(),
                })
                .collect(),
        })
        .collect()
}

fn theme(name: &str, class: MacroClass, value: ValueKind) -> &'static str {
    match (class, value) {
        // Nine more names of one kind would push the amounts out of sight.
        (MacroClass::Link, _) if name.starts_with("sub") && name != "sub1" => "More from your link",
        (MacroClass::Link, _) => "From your link",
        (_, ValueKind::Amount) => "Amounts",
        (MacroClass::System | MacroClass::PerFire, _) => "Order and event",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_macro_can_be_picked_once() {
        let mut picked: Vec<String> =
            groups().into_iter().flat_map(|group| group.macros).map(|one| one.text).collect();
        picked.sort_unstable();
        let mut all: Vec<String> = MACROS.iter().map(|info| format!("{{{}}}", info.name)).collect();
        all.sort_unstable();
        assert_eq!(picked, all);
    }
}
