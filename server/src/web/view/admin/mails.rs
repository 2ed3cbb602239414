//! Mails to affiliates: which are sent, and the merchant's words.

use askama::Template;

use super::{Frame, Section};
use crate::web::view::{form::Field, parts::Badge};

/// `{base}/mails`.
#[derive(Debug, Clone, Template)]
#[template(path = "admin/mails.html")]
pub struct MailsPage {
    /// Chrome.
    pub frame: Frame,
    /// There is a mail server; without one mails wait.
    pub has_server: bool,
    /// Every kind.
    pub kinds: Vec<KindRow>,
}

/// A kind of mail.
#[derive(Debug, Clone)]
pub struct KindRow {
    /// Its name in addresses.
    pub name: String,
    /// Its subject, as it would read.
    pub subject: String,
    /// When it is sent.
    pub occasion: &'static str,
    /// On or off.
    pub status: Badge,
    /// The words are the merchant's own.
    pub is_own: bool,
}

/// `{base}/mails/{kind}`; posts `action`: `save`, `preview` or `reset`.
#[derive(Debug, Clone, Template)]
#[template(path = "admin/mail.html")]
pub struct MailPage {
    /// Chrome.
    pub frame: Frame,
    /// Its name in addresses.
    pub name: String,
    /// When it is sent.
    pub occasion: &'static str,
    /// It may be switched off.
    pub may_be_off: bool,
    /// It is sent.
    pub is_on: bool,
    /// The subject line.
    pub subject: Field,
    /// The text.
    pub body: Field,
    /// What may stand in braces, with a sample.
    pub places: Vec<(String, &'static str)>,
    /// As it would read; none while the words have mistakes.
    pub sample: Option<Sample>,
}

/// A mail as somebody would read it.
#[derive(Debug, Clone)]
pub struct Sample {
    /// The subject line.
    pub subject: String,
    /// The text.
    pub body: String,
}
