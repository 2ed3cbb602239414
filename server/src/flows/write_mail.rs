//! Mails, written in the transaction of what they tell: sent by a worker (`delivery::mailer`) when a
//! mail server is configured, otherwise shown to the merchant.

use domain::ids::{AffiliateId, MailId, ShopId};
use domain::time::UtcTime;
use storage::{
    StorageError, WriteTx,
    affiliates::Affiliate,
    mail::{Mail, MailState, mail_insert},
};

use crate::secrets::{MasterKey, SecretError};

/// A mail's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Which mail.
    pub kind: &'static str,
    /// The subject line.
    pub subject: String,
    /// The text.
    pub text: String,
}

/// To whom a mail goes.
#[derive(Debug, Clone)]
pub struct Recipient {
    /// In the name of this shop.
    pub shop: ShopId,
    /// The affiliate; none: the merchant.
    pub affiliate: Option<AffiliateId>,
    /// The address.
    pub address: String,
}

impl Recipient {
    /// An affiliate.
    #[must_use]
    pub fn affiliate(who: &Affiliate) -> Self {
        Self { shop: who.shop_id, affiliate: Some(who.id), address: who.email.clone() }
    }
}

/// What writing a mail takes besides its words.
#[derive(Clone, Copy)]
pub struct MailRoom<'a> {
    /// Seals the text.
    pub key: &'a MasterKey,
    /// Where links begin.
    pub app_url: &'a str,
}

/// Why a mail was not written.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// It cannot be encrypted.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl storage::TxError for MailError {
    fn storage_error(&self) -> Option<&StorageError> {
        match self {
            Self::Storage(error) => Some(error),
            Self::Secret(_) => None,
        }
    }
}

/// Writes a mail.
///
/// # Errors
/// [`MailError`].
pub fn write_mail(
    tx: &mut WriteTx<'_>,
    key: &MasterKey,
    to: &Recipient,
    letter: &Letter,
    now: UtcTime,
) -> Result<MailId, MailError> {
    let id = MailId(tx.next_id(now));
    let mail = Mail {
        id,
        shop_id: to.shop,
        affiliate_id: to.affiliate,
        kind: letter.kind.to_owned(),
        recipient: to.address.clone(),
        subject: one_line(&letter.subject),
        body: key.encrypt(&body_place(id), letter.text.as_bytes())?,
        state: MailState::Due,
        attempts: 0,
        run_at: now,
        error: None,
        created_at: now,
        finished_at: None,
    };
    mail_insert(tx, &mail)?;
    Ok(id)
}

/// The text of a mail that was not sent yet.
///
/// # Errors
/// [`SecretError`] when it was written with another key.
pub fn mail_text(key: &MasterKey, mail: &Mail) -> Result<String, SecretError> {
    if mail.body.is_empty() {
        return Ok(String::new());
    }
    let plain = key.decrypt(&body_place(mail.id), &mail.body)?;
    Ok(String::from_utf8_lossy(&plain).into_owned())
}

fn body_place(id: MailId) -> String {
    format!("mail_outbox.body:{id}")
}

/// Names come from strangers, and a line break in a subject begins another header.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
