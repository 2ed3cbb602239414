//! Outgoing mail: written with the change that it tells of, sent by a worker when there is a mail
//! server, and shown to the merchant when there is none.

use diesel::prelude::*;
use domain::{
    ids::{AffiliateId, MailId, ShopId},
    time::UtcTime,
};

use crate::{
    DbConn, StorageError, WriteTx, bulk,
    columns::{Record, record, text_enum},
    schema::mail_outbox,
    sql::{execute, load},
};

text_enum! {
    /// How far a mail got.
    pub enum MailState {
        /// Is to be sent.
        Due = "due",
        /// The mail server took it.
        Sent = "sent",
        /// Given up.
        Failed = "failed",
    }
}

record! {
    /// One mail.
    pub struct Mail in mail_outbox {
        /// Ours.
        pub id: MailId,
        /// In whose name.
        pub shop_id: ShopId,
        /// To whom, where it is an affiliate.
        pub affiliate_id: Option<AffiliateId>,
        /// Which mail: `invitation`, `password`, `approved` …
        pub kind: String,
        /// The address.
        pub recipient: String,
        /// The subject line.
        pub subject: String,
        /// The text, encrypted for its row; empty once it was sent.
        pub body: Vec<u8>,
        /// How far it got.
        pub state: MailState,
        /// Tries.
        pub attempts: i64,
        /// When it may be sent, or the end of the present lease.
        pub run_at: UtcTime,
        /// What the mail server said last.
        pub error: Option<String>,
        /// When it was written.
        pub created_at: UtcTime,
        /// When it was sent or given up.
        pub finished_at: Option<UtcTime>,
    }
}

/// Writes a mail.
///
/// # Errors
/// [`StorageError`].
pub fn mail_insert(tx: &mut WriteTx<'_>, mail: &Mail) -> Result<(), StorageError> {
    bulk::insert(tx, std::slice::from_ref(mail), "")?;
    Ok(())
}

/// Takes mails that are due and leases them until a moment, counting a try. Crosses shops: the
/// sender serves all. Two processes take one mail only once: the second finds it leased.
///
/// # Errors
/// [`StorageError`].
pub fn mails_claim(
    tx: &mut WriteTx<'_>,
    now: UtcTime,
    lease_until: UtcTime,
    limit: i64,
) -> Result<Vec<Mail>, StorageError> {
    let text = format!(
        "SELECT {} FROM mail_outbox WHERE state = 'due' AND run_at <= ? ORDER BY run_at LIMIT ?",
        Mail::COLUMNS.join(", ")
    );
    let found: Vec<Mail> =
        load!(&mut **tx, &text, [now, limit] => <Mail as Record>::SqlType as Mail);
    let mut claimed = Vec::with_capacity(found.len());
    for mail in found {
        let text = "UPDATE mail_outbox SET run_at = ?, attempts = attempts + 1 \
             WHERE id = ? AND state = 'due' AND run_at <= ?";
        if execute!(&mut **tx, text, [lease_until, mail.id, now]) == 1 {
            claimed.push(Mail { attempts: mail.attempts + 1, ..mail });
        }
    }
    Ok(claimed)
}

/// Notes that a mail went out, and empties its body. Crosses shops: the sender serves all.
///
/// # Errors
/// [`StorageError`].
pub fn mail_sent(tx: &mut WriteTx<'_>, id: MailId, now: UtcTime) -> Result<(), StorageError> {
    let (text, empty) = (
        "UPDATE mail_outbox SET state = 'sent', body = ?, error = NULL, finished_at = ? WHERE id = ?",
        Vec::new(),
    );
    execute!(&mut **tx, text, [empty, now, id]);
    Ok(())
}

/// Notes a failed try: again at a moment, or never. Crosses shops: the sender serves all.
///
/// # Errors
/// [`StorageError`].
pub fn mail_failed(
    tx: &mut WriteTx<'_>,
    id: MailId,
    error: &str,
    next_try: Option<UtcTime>,
    now: UtcTime,
) -> Result<(), StorageError> {
    match next_try {
        Some(at) => {
            let text = "UPDATE mail_outbox SET error = ?, run_at = ? WHERE id = ?";
            execute!(&mut **tx, text, [error, at, id]);
        }
        None => {
            let text = "UPDATE mail_outbox SET state = 'failed', error = ?, finished_at = ? \
                 WHERE id = ?";
            execute!(&mut **tx, text, [error, now, id]);
        }
    }
    Ok(())
}

/// An affiliate's mails, newest first.
///
/// # Errors
/// [`StorageError`].
pub fn mails_of(
    conn: &mut DbConn,
    shop: ShopId,
    affiliate: AffiliateId,
    limit: i64,
) -> Result<Vec<Mail>, StorageError> {
    let query = mail_outbox::table
        .filter(mail_outbox::shop_id.eq(shop.0))
        .filter(mail_outbox::affiliate_id.eq(affiliate.0))
        .order(mail_outbox::id.desc())
        .limit(limit)
        .select(Mail::as_select());
    Ok(query.load(conn)?)
}
