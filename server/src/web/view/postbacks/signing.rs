//! Signatures: the live secrets, changing them, how to verify, and where calls come from (N8).

use askama::Template;

use super::Place;
use crate::web::view::parts::When;

/// `{postbacks}/signing`.
#[derive(Debug, Clone, Template)]
#[template(path = "postbacks/signing.html")]
pub struct Signing {
    /// Where it is shown.
    pub place: Place,
    /// Live secrets, oldest first.
    pub secrets: Vec<Secret>,
    /// A second one can be made.
    pub can_add: bool,
    /// Addresses that calls come from; empty when the operator has published none.
    pub addresses: Vec<String>,
    /// An example of the header.
    pub example: String,
    /// What was not done, and why.
    pub error: Option<String>,
}

/// One live secret.
#[derive(Debug, Clone)]
pub struct Secret {
    /// Our id.
    pub id: String,
    /// When it was made.
    pub created: When,
    /// The secret, when it was asked for.
    pub shown: Option<String>,
    /// It is the only one and cannot be retired.
    pub is_only: bool,
}
