//! Lists of postbacks, with Phonexa's columns (P2): an owner's, and for the merchant everybody's.

use askama::Template;

use super::Place;
use crate::web::view::{
    form::{Choice, Field},
    parts::{Badge, Person, When},
};

/// `{postbacks}`: those of one owner.
#[derive(Debug, Clone, Template)]
#[template(path = "postbacks/list.html")]
pub struct Postbacks {
    /// Where it is shown.
    pub place: Place,
    /// Rows, oldest first.
    pub rows: Vec<PostbackRow>,
    /// No more can be added (E11).
    pub is_full: bool,
    /// What happened to postbacks lately.
    pub notices: Vec<News>,
    /// The owner's Facebook pixels, in the same list: one family (T19).
    pub pixels: Vec<PixelRow>,
    /// Only on the merchant's own page: everybody else's, and the rules.
    pub overview: Option<Overview>,
}

/// `{base}/programs/{number}/postbacks`: those that can fire for one program (P1).
#[derive(Debug, Clone, Template)]
#[template(path = "postbacks/of_program.html")]
pub struct ProgramPostbacks {
    /// Where it is shown.
    pub place: Place,
    /// The program's number.
    pub number: String,
    /// Its name.
    pub name: String,
    /// The integration is switched off: nothing is sent (U1).
    pub is_off: bool,
    /// Rows, oldest first.
    pub rows: Vec<PostbackRow>,
    /// There are more than are shown.
    pub is_cut: bool,
    /// Its affiliates, to make a new one for.
    pub members: Vec<Choice>,
}

/// Something that happened.
#[derive(Debug, Clone)]
pub struct News {
    /// When.
    pub at: When,
    /// What.
    pub words: String,
}

/// A pixel beside the postbacks.
#[derive(Debug, Clone)]
pub struct PixelRow {
    /// The network's id.
    pub number: String,
    /// Address of the page where it is changed.
    pub href: String,
    /// `Active`, `Off`, `Waits for approval`, `Declined`.
    pub health: Badge,
    /// When it was made.
    pub created: When,
    /// When it was last changed.
    pub updated: When,
}

/// What the merchant sees beside its own postbacks.
#[derive(Debug, Clone)]
pub struct Overview {
    /// The integration is switched off: nothing is sent (U1).
    pub is_off: bool,
    /// Affiliates' postbacks that wait for approval or are not well.
    pub attention: Vec<PostbackRow>,
    /// Affiliates' postbacks, of the chosen program.
    pub others: Vec<PostbackRow>,
    /// There are more than are shown.
    pub is_cut: bool,
    /// Programs to narrow the list to, as tabs.
    pub programs: Vec<Choice>,
    /// New URLs need the merchant's consent.
    pub approval_required: bool,
    /// `{customer_hash}` may be sent.
    pub customer_hash_allowed: bool,
    /// Goals are a condition.
    pub goals_enabled: bool,
    /// Where the merchant is told of pauses.
    pub contact: ContactForm,
}

/// Where the merchant is told.
#[derive(Debug, Clone)]
pub struct ContactForm {
    /// Its own choice.
    pub email: Field,
    /// What is used without one.
    pub known_to_shopify: Option<String>,
}

/// One postback.
#[derive(Debug, Clone)]
pub struct PostbackRow {
    /// Our id.
    pub id: String,
    /// Address of its page.
    pub href: String,
    /// Name.
    pub name: String,
    /// Whose; none: the merchant's own.
    pub affiliate: Option<Person>,
    /// The programs that it is for.
    pub programs: String,
    /// It waits for the merchant's consent.
    pub needs_approval: bool,
    /// `Active`, `Failing`, `Paused`.
    pub health: Badge,
    /// What is wrong, in a sentence.
    pub health_note: Option<String>,
    /// Goal condition, `Any`.
    pub goal: String,
    /// Status condition, `Approved, rejected`.
    pub statuses: String,
    /// URL with its macros.
    pub url: String,
    /// `GET`, `POST form`, `POST JSON`.
    pub method: String,
    /// When it was made.
    pub created: When,
    /// When it was last changed.
    pub updated: When,
}
