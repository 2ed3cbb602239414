//! Every column that holds something encrypted, so that all of it can be encrypted anew with another key.
//! Not here: the encryption, and for which row an envelope is good (`secrets` and the flows of the server).

use diesel::{
    Queryable,
    sql_types::{BigInt, Binary},
};

use crate::{
    DbConn, StorageError, WriteTx,
    sql::{execute, load},
};

/// A column whose values are encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealedColumn {
    /// Shops' access tokens; the row is the shop.
    AccessToken,
    /// Texts of mails that were not sent yet.
    Mail,
    /// What affiliates' pixels are told with.
    PixelToken,
    /// What postbacks log in with.
    PostbackCredentials,
    /// What postbacks are signed with.
    SigningSecret,
}

/// An encrypted value and its row.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct SealedValue {
    /// The row.
    pub id: i64,
    /// The envelope.
    pub sealed: Vec<u8>,
}

impl SealedColumn {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::AccessToken,
        Self::Mail,
        Self::PixelToken,
        Self::PostbackCredentials,
        Self::SigningSecret,
    ];

    /// Table and column.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AccessToken => "installations.token",
            Self::Mail => "mail_outbox.body",
            Self::PixelToken => "pixels.access_token",
            Self::PostbackCredentials => "postbacks.credentials",
            Self::SigningSecret => "signing_secrets.secret",
        }
    }

    /// Values after a row, a page of them.
    const fn page(self) -> &'static str {
        match self {
            Self::AccessToken => {
                "SELECT shop_id AS id, token AS sealed FROM installations \
                 WHERE shop_id > ? AND token IS NOT NULL ORDER BY shop_id LIMIT ?"
            }
            // The text of a mail that went out is emptied.
            Self::Mail => {
                "SELECT id, body AS sealed FROM mail_outbox \
                 WHERE id > ? AND LENGTH(body) > 0 ORDER BY id LIMIT ?"
            }
            Self::PixelToken => {
                "SELECT id, access_token AS sealed FROM pixels \
                 WHERE id > ? AND access_token IS NOT NULL ORDER BY id LIMIT ?"
            }
            Self::PostbackCredentials => {
                "SELECT id, credentials AS sealed FROM postbacks \
                 WHERE id > ? AND credentials IS NOT NULL ORDER BY id LIMIT ?"
            }
            Self::SigningSecret => {
                "SELECT id, secret AS sealed FROM signing_secrets WHERE id > ? ORDER BY id LIMIT ?"
            }
        }
    }

    /// A new value in place of the one that was read.
    const fn replacement(self) -> &'static str {
        match self {
            Self::AccessToken => {
                "UPDATE installations SET token = ? WHERE shop_id = ? AND token = ?"
            }
            Self::Mail => "UPDATE mail_outbox SET body = ? WHERE id = ? AND body = ?",
            Self::PixelToken => {
                "UPDATE pixels SET access_token = ? WHERE id = ? AND access_token = ?"
            }
            Self::PostbackCredentials => {
                "UPDATE postbacks SET credentials = ? WHERE id = ? AND credentials = ?"
            }
            Self::SigningSecret => {
                "UPDATE signing_secrets SET secret = ? WHERE id = ? AND secret = ?"
            }
        }
    }
}

/// Encrypted values of a column in the order of their rows, after one of them. Crosses shops: a key is
/// everybody's.
///
/// # Errors
/// [`StorageError`].
pub fn sealed_after(
    conn: &mut DbConn,
    column: SealedColumn,
    after: i64,
    limit: i64,
) -> Result<Vec<SealedValue>, StorageError> {
    Ok(load!(conn, column.page(), [after, limit] => (BigInt, Binary) as SealedValue))
}

/// Replaces an envelope by another one with the same content. False when somebody has written something
/// else meanwhile, which then is encrypted with their key. Crosses shops, and changes nothing that a shop's
/// rules in memory could differ by.
///
/// # Errors
/// [`StorageError`].
pub fn sealed_replace(
    tx: &mut WriteTx<'_>,
    column: SealedColumn,
    known: &SealedValue,
    sealed: &[u8],
) -> Result<bool, StorageError> {
    let sealed = sealed.to_vec();
    Ok(execute!(&mut **tx, column.replacement(), [sealed, known.id, known.sealed]) == 1)
}
