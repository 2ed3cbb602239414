//! Outgoing mail: written with the change that it tells of, sent by a worker when there is a mail
//! server, and shown to the merchant when there is none.

use diesel::{prelude::*, sql_types::BigInt};
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
        /// Tries, the present one included.
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

/// Whether [`mail_claim`] would find something. Crosses shops: for the sender's timer.
///
/// # Errors
/// [`StorageError`].
pub fn mail_is_due(conn: &mut DbConn, now: UtcTime) -> Result<bool, StorageError> {
    // The constant state lets both databases use the index of what is due.
    let text = "SELECT id FROM mail_outbox WHERE state = 'due' AND run_at <= ? LIMIT 1";
    Ok(!load!(conn, text, [now] => BigInt as i64).is_empty())
}

/// Leases the mail that has been due longest, until a moment, and counts a try; two claimers never get the
/// same one. If whoever has it dies, the mail becomes due again by itself. Crosses shops: the sender
/// serves all.
///
/// # Errors
/// [`StorageError`].
pub fn mail_claim(
    tx: &mut WriteTx<'_>,
    now: UtcTime,
    lease_until: UtcTime,
) -> Result<Option<Mail>, StorageError> {
    // SQLite needs no lock: there is one writer.
    let lock = if matches!(&**tx, DbConn::Postgres(_)) { "FOR UPDATE SKIP LOCKED" } else { "" };
    let text = format!(
        "WITH ready AS (SELECT id FROM mail_outbox WHERE state = 'due' AND run_at <= ? \
             ORDER BY run_at LIMIT 1 {lock}) \
         UPDATE mail_outbox SET run_at = ?, attempts = attempts + 1 \
         WHERE id IN (SELECT id FROM ready) RETURNING {}",
        Mail::COLUMNS.join(", ")
    );
    let claimed: Vec<Mail> =
        load!(&mut **tx, &text, [now, lease_until] => <Mail as Record>::SqlType as Mail);
    Ok(claimed.into_iter().next())
}

/// Notes that a mail went out, and empties its body. An acceptance always counts, also when the lease has
/// ended meanwhile and another process has the mail: it may not have begun yet. Crosses shops: the sender
/// serves all.
///
/// # Errors
/// [`StorageError`].
pub fn mail_sent(tx: &mut WriteTx<'_>, mail: &Mail, now: UtcTime) -> Result<(), StorageError> {
    let (text, empty) = (
        "UPDATE mail_outbox SET state = 'sent', body = ?, error = NULL, finished_at = ? \
         WHERE id = ? AND state <> 'sent'",
        Vec::new(),
    );
    execute!(&mut **tx, text, [empty, now, mail.id]);
    Ok(())
}

/// Notes a failed try: again at a moment, or never. A mail that another process has claimed meanwhile stays
/// as it is: what comes of it is that process's to say. Crosses shops: the sender serves all.
///
/// # Errors
/// [`StorageError`].
pub fn mail_failed(
    tx: &mut WriteTx<'_>,
    mail: &Mail,
    error: &str,
    next_try: Option<UtcTime>,
    now: UtcTime,
) -> Result<(), StorageError> {
    // The number of the try tells this claim from a later one.
    match next_try {
        Some(at) => {
            let text = "UPDATE mail_outbox SET error = ?, run_at = ? \
                 WHERE id = ? AND state = 'due' AND attempts = ?";
            execute!(&mut **tx, text, [error, at, mail.id, mail.attempts]);
        }
        None => {
            let text = "UPDATE mail_outbox SET state = 'failed', error = ?, finished_at = ? \
                 WHERE id = ? AND state = 'due' AND attempts = ?";
            execute!(&mut **tx, text, [error, now, mail.id, mail.attempts]);
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
