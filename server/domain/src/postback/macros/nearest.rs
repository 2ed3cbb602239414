//! "Did you mean": the dictionary's nearest name by edit distance (E5).

use std::collections::BTreeSet;

use super::{LINK_PREFIX, MACROS};

/// The nearest known macro to a mistyped one, as it should be written between braces; none when
/// nothing is close. A name that the affiliate's links carry counts as known.
///
/// ```
/// # use domain::postback::macros::nearest;
/// assert_eq!(nearest("total_comission", &Default::default()).as_deref(), Some("total_commission"));
/// assert_eq!(nearest("xyzzy", &Default::default()), None);
/// ```
#[must_use]
pub fn nearest(name: &str, seen_link_names: &BTreeSet<String>) -> Option<String> {
    let name = name.to_ascii_lowercase();
    let known = MACROS.iter().flat_map(|info| {
        info.aliases.iter().chain([&info.name]).map(|spelling| (*spelling, info.name.to_owned()))
    });
    let seen = seen_link_names.iter().map(|link| (link.as_str(), format!("{LINK_PREFIX}{link}")));
    known
        .chain(seen)
        .map(|(spelling, canonical)| (distance(&name, spelling), canonical))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, _)| *distance <= tolerance(&name))
        .map(|(_, canonical)| canonical)
}

/// Two slips for a short name, two fifths of a long one.
fn tolerance(name: &str) -> usize {
    (name.chars().count() * 2 / 5).max(2)
}

/// Levenshtein distance, one row at a time.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, typed) in left.chars().enumerate() {
        let mut diagonal = index;
        let mut beside = index + 1;
        for (cell, known) in row.iter_mut().skip(1).zip(&right) {
            let substituted = diagonal + usize::from(typed != *known);
            diagonal = *cell;
            *cell = substituted.min(*cell + 1).min(beside + 1);
            beside = *cell;
        }
        if let Some(first) = row.first_mut() {
            *first = index + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e05_a_slip_of_the_finger_finds_its_macro() {
        let none = BTreeSet::new();
        for (typed, meant) in [
            ("clik_id", "click_id"),
            ("clickd", "click_id"),
            ("ORDERID2", "order_id"),
            ("commision", "total_commission"),
            ("curency", "currency"),
            ("transction_id", "transaction_id"),
        ] {
            assert_eq!(nearest(typed, &none).as_deref(), Some(meant), "{typed}");
        }
    }

    #[test]
    fn a_parameter_of_the_affiliates_links_is_suggested_too() {
        let seen = BTreeSet::from(["keyword".to_owned()]);
        assert_eq!(nearest("keywrod", &seen).as_deref(), Some("link.keyword"));
    }

    #[test]
    fn distances_are_those_of_levenshtein() {
        for (left, right, expected) in [
            ("", "abc", 3),
            ("abc", "", 3),
            ("kitten", "sitting", 3),
            ("flaw", "lawn", 2),
            ("a", "a", 0),
        ] {
            assert_eq!(distance(left, right), expected, "{left} {right}");
            assert_eq!(distance(right, left), expected, "{right} {left}");
        }
    }
}
