//! The affiliate's account: profile, password, how it is paid.

use askama::Template;

use super::{Frame, Section};
use crate::web::view::form::Field;

/// `{base}/account`; three forms, told apart by `part`: `profile`, `password`, `payout`.
#[derive(Debug, Clone, Template)]
#[template(path = "portal/account.html")]
pub struct AccountPage {
    /// Chrome.
    pub frame: Frame,
    /// Name, sent as `name`.
    pub full_name: Field,
    /// E-mail, which is also the log-in.
    pub email: String,
    /// Its number.
    pub number: String,
    /// The present password; only what was wrong with it.
    pub current: Field,
    /// The new one; only what was wrong with it.
    pub password: Field,
    /// Fewest characters.
    pub least: String,
    /// `paypal`, `wise`, `other` or empty.
    pub payout_method: Field,
    /// Where to.
    pub payout_address: Field,
}
