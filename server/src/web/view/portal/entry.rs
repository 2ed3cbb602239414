//! Ways into the portal besides the log-in: applying, choosing a password, a forgotten one.

use askama::Template;

use crate::web::view::form::Field;

/// What surrounds a page of somebody who is not logged in.
#[derive(Debug, Clone)]
pub struct Outside {
    /// Path before every address of the portal.
    pub base: String,
    /// The shop's name.
    pub shop_name: String,
    /// Bound to the browser by a cookie.
    pub csrf: String,
}

/// `{base}/join/{program}`.
#[derive(Debug, Clone, Template)]
#[template(path = "portal/join.html")]
pub struct JoinPage {
    /// Chrome.
    pub outside: Outside,
    /// The program's number.
    pub number: String,
    /// The program's name.
    pub program: String,
    /// What the program pays, a fact per line.
    pub offer: Vec<String>,
    /// The merchant's words.
    pub welcome: String,
    /// What one agrees to.
    pub terms: String,
    /// Name, sent as `name`.
    pub full_name: Field,
    /// E-mail.
    pub email: Field,
    /// How one will promote the shop.
    pub introduction: Field,
    /// The promise to disclose.
    pub discloses: Field,
    /// The agreement to the terms.
    pub agrees: Field,
}

/// `{base}/forgotten`.
#[derive(Debug, Clone, Template)]
#[template(path = "portal/forgotten.html")]
pub struct ForgottenPage {
    /// Chrome.
    pub outside: Outside,
}

/// `{base}/password/{token}`.
#[derive(Debug, Clone, Template)]
#[template(path = "portal/password.html")]
pub struct PasswordPage {
    /// Chrome.
    pub outside: Outside,
    /// Whose password.
    pub name: String,
    /// Its log-in.
    pub email: String,
    /// Fewest characters.
    pub least: String,
    /// Why the last try was refused.
    pub error: Option<String>,
}

/// A few words and a way on.
#[derive(Debug, Clone, Template)]
#[template(path = "portal/told.html")]
pub struct ToldPage {
    /// Chrome.
    pub outside: Outside,
    /// Heading.
    pub title: String,
    /// What happened and what comes next.
    pub text: String,
}
