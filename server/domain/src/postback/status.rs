//! Status names: ours, other systems' words for them, and how filters and maps fall back.

/// Our names, each with the words that other systems use for it (C8, A6, P6).
const NAMES: &[(&str, &[&str])] = &[
    ("recorded", &[]),
    ("pending", &[]),
    ("approved", &["done"]),
    ("payable", &[]),
    ("paid", &[]),
    ("rejected", &["declined", "denied"]),
    ("on_hold", &["hold"]),
    ("reversed", &[]),
    ("adjusted", &[]),
];

/// Our name for a status word in any case; none for a word nobody uses.
///
/// ```
/// # use domain::postback::status::canonical;
/// assert_eq!(canonical("Declined"), Some("rejected"));
/// assert_eq!(canonical("sale"), None);
/// ```
#[must_use]
pub fn canonical(word: &str) -> Option<&'static str> {
    NAMES
        .iter()
        .find(|(name, aliases)| {
            name.eq_ignore_ascii_case(word)
                || aliases.iter().any(|alias| alias.eq_ignore_ascii_case(word))
        })
        .map(|(name, _)| *name)
}

/// Our own names, for messages and pickers.
pub fn names() -> impl Iterator<Item = &'static str> {
    NAMES.iter().map(|(name, _)| *name)
}

/// Whether a filter that lists `entry` lets `status` pass: a filter for rejected conversions also
/// takes reversed ones, since most receivers know one word for both (A6).
#[must_use]
pub fn filter_takes(entry: &str, status: &str) -> bool {
    let entry = canonical(entry);
    let status = canonical(status);
    entry.is_some()
        && (entry == status || (entry == Some("rejected") && status == Some("reversed")))
}

/// The receiver's word for `status` in a status map (E7). A missing `reversed` falls back to
/// `rejected` (N4 with X06), a missing `adjusted` to where the conversion stands, `payable` to
/// `approved`; none means "send our own name".
#[must_use]
pub fn mapped<'a>(
    map: &'a [(String, String)],
    status: &str,
    workflow: Option<&str>,
) -> Option<&'a str> {
    let find = |word: &str| {
        let wanted = canonical(word);
        map.iter()
            .find(|(ours, _)| match wanted {
                Some(name) => canonical(ours) == Some(name),
                None => ours.eq_ignore_ascii_case(word),
            })
            .map(|(_, theirs)| theirs.as_str())
    };
    find(status).or_else(|| match canonical(status)? {
        "reversed" => find("rejected"),
        "payable" => find("approved"),
        "adjusted" => {
            let workflow = workflow?;
            find(workflow)
                .or_else(|| (canonical(workflow)? == "payable").then(|| find("approved"))?)
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    }

    #[test]
    fn a06_a_filter_for_rejected_takes_reversed_and_declined_but_not_the_other_way() {
        assert!(filter_takes("rejected", "reversed"));
        assert!(filter_takes("Declined", "rejected"));
        assert!(filter_takes("hold", "on_hold"));
        assert!(!filter_takes("reversed", "rejected"));
        assert!(!filter_takes("approved", "adjusted"));
        assert!(!filter_takes("nonsense", "nonsense"));
    }

    #[test]
    fn n04_a_reversal_uses_the_rejected_entry_unless_it_has_its_own() {
        let keitaro = map(&[("approved", "sale"), ("pending", "lead"), ("rejected", "rejected")]);
        assert_eq!(mapped(&keitaro, "reversed", None), Some("rejected"));
        let own = map(&[("rejected", "3"), ("reversed", "9")]);
        assert_eq!(mapped(&own, "reversed", None), Some("9"));
    }

    #[test]
    fn e07_an_adjustment_uses_the_entry_of_where_the_conversion_stands() {
        let affise = map(&[("approved", "1"), ("pending", "2"), ("rejected", "3"), ("hold", "5")]);
        assert_eq!(mapped(&affise, "adjusted", Some("pending")), Some("2"));
        assert_eq!(mapped(&affise, "adjusted", Some("payable")), Some("1"));
        assert_eq!(mapped(&affise, "adjusted", None), None);
        assert_eq!(mapped(&affise, "on_hold", None), Some("5"));
        assert_eq!(mapped(&affise, "paid", None), None);
    }
}
