//! Templates of other systems: a proposal touches macros only, is final, and can be read.

use domain::postback::{foreign::propose, template::Template};

/// Checks one input.
///
/// # Panics
/// A finding.
pub fn check(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let Some(proposal) = propose(text) else { return };
    let mut back = String::new();
    let mut rest = proposal.text.as_str();
    for (theirs, ours) in &proposal.replaced {
        let (before, after) = rest.split_once(ours.as_str()).expect("it was put there");
        back.push_str(before);
        back.push_str(theirs);
        rest = after;
        assert!(Template::parse(ours).is_ok(), "{ours}");
    }
    back.push_str(rest);
    // A macro of ours that stood there before may be taken for a replaced one; then only length and
    // letters can be compared.
    if back != text {
        let sorted = |text: &str| {
            let mut bytes = text.as_bytes().to_vec();
            bytes.sort_unstable();
            bytes
        };
        assert_eq!(sorted(&back), sorted(text), "{text:?} became {:?}", proposal.text);
    }
    if let Some(again) = propose(&proposal.text) {
        panic!("{text:?} became {:?} and then {:?}", proposal.text, again.text);
    }
}
