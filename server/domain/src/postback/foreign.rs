//! placeholder
/// placeholder
pub struct Proposal {
    /// placeholder
    pub text: String,
}
/// placeholder
#[must_use]
pub fn propose(_text: &str) -> Option<Proposal> {
    None
}
