//! What may stand after a macro's colon: `minor`, or a map from our words to the receiver's (E7).

/// A macro's argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Argument {
    /// `{total_commission:minor}`: whole cents (E8).
    Minor,
    /// `{status:approved=sale pending=lead}`: pairs in the order written.
    Map(Vec<(String, String)>),
}

impl Argument {
    /// Reads the text after the colon; none when it is neither.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text.trim().eq_ignore_ascii_case("minor") {
            return Some(Self::Minor);
        }
        let pairs: Vec<(String, String)> =
            text.split_whitespace().map(parse_pair).collect::<Option<_>>()?;
        (!pairs.is_empty()).then_some(Self::Map(pairs))
    }
}

fn parse_pair(text: &str) -> Option<(String, String)> {
    let (ours, theirs) = text.split_once('=')?;
    (!ours.is_empty()).then(|| (ours.to_owned(), theirs.to_owned()))
}
