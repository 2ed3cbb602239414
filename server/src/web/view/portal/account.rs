//! The affiliate's account: profile, password, how it is paid, which mails it gets.

use askama::Template;

use super::{Frame, Section};
use crate::web::view::form::Field;

/// `{base}/account`; four forms, told apart by `part`: `profile`, `password`, `payout`, `mails`.
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
    /// Mails that it may choose.
    pub mails: Vec<MailChoice>,
}

/// A kind of mail that an affiliate may choose; a form that sends `name` wants it.
#[derive(Debug, Clone)]
pub struct MailChoice {
    /// The kind.
    pub name: String,
    /// In words.
    pub label: &'static str,
    /// More words.
    pub hint: &'static str,
    /// It gets it.
    pub is_on: bool,
}
