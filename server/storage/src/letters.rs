//! A merchant's own words for mails to affiliates, and which mails an affiliate wants. Mails themselves
//! are in `mail`.

use diesel::prelude::*;
use domain::{
    ids::{AffiliateId, ShopId},
    letter::LetterKind,
    time::UtcTime,
};

use crate::{
    DbConn, StorageError, WriteTx, bulk,
    columns::{Bound, Record, Stored, record},
    schema::{letter_choices, letters},
    sql::{Value, execute, load},
};

impl Bound for LetterKind {
    fn value(&self) -> Result<Value<'_>, StorageError> {
        Ok(Value::text(self.as_str()))
    }
}

impl Stored for LetterKind {
    type Raw = String;
    const NULL: Value<'static> = Value::Text(None);

    fn load(raw: String) -> diesel::deserialize::Result<Self> {
        Self::parse(&raw).ok_or_else(|| format!("{raw} is no kind of letter").into())
    }
}

record! {
    /// What a merchant has decided about one kind of mail.
    pub struct Letter in letters {
        /// The shop.
        pub shop_id: ShopId,
        /// Which mail.
        pub kind: LetterKind,
        /// Its own subject; none: ours.
        pub subject: Option<String>,
        /// Its own text; none: ours.
        pub body: Option<String>,
        /// Whether it is sent at all.
        pub is_on: bool,
    }
}

record! {
    /// Whether an affiliate wants a kind of mail.
    pub struct LetterChoice in letter_choices {
        /// Who.
        pub affiliate_id: AffiliateId,
        /// Which mail.
        pub kind: LetterKind,
        /// The shop.
        pub shop_id: ShopId,
        /// Whether it wants it.
        pub is_wanted: bool,
        /// Of mails that sum up: until when it was told.
        pub told_until: UtcTime,
    }
}

/// Stores what a merchant has decided about a kind of mail.
///
/// # Errors
/// [`StorageError`].
pub fn letter_save(tx: &mut WriteTx<'_>, letter: &Letter) -> Result<(), StorageError> {
    let tail = "ON CONFLICT (shop_id, kind) DO UPDATE SET subject = excluded.subject, \
         body = excluded.body, is_on = excluded.is_on";
    bulk::insert(tx, std::slice::from_ref(letter), tail)?;
    Ok(())
}

/// What a merchant has decided about a kind of mail, if anything.
///
/// # Errors
/// [`StorageError`].
pub fn letter_of(
    conn: &mut DbConn,
    shop: ShopId,
    kind: LetterKind,
) -> Result<Option<Letter>, StorageError> {
    let query = letters::table.find((shop.0, kind.as_str())).select(Letter::as_select());
    Ok(query.first(conn).optional()?)
}

/// Stores whether an affiliate wants a kind of mail. The caller has found the affiliate in the shop.
///
/// # Errors
/// [`StorageError`].
pub fn letter_choice_save(tx: &mut WriteTx<'_>, choice: &LetterChoice) -> Result<(), StorageError> {
    let tail = "ON CONFLICT (affiliate_id, kind) DO UPDATE SET is_wanted = excluded.is_wanted, \
         told_until = excluded.told_until";
    bulk::insert(tx, std::slice::from_ref(choice), tail)?;
    Ok(())
}

/// What an affiliate has said about a kind of mail, if anything.
///
/// # Errors
/// [`StorageError`].
pub fn letter_choice_of(
    conn: &mut DbConn,
    shop: ShopId,
    affiliate: AffiliateId,
    kind: LetterKind,
) -> Result<Option<LetterChoice>, StorageError> {
    let query = letter_choices::table
        .find((affiliate.0, kind.as_str()))
        .filter(letter_choices::shop_id.eq(shop.0))
        .select(LetterChoice::as_select());
    Ok(query.first(conn).optional()?)
}

/// Affiliates who want a kind of mail and were told last before a moment, those first who have waited
/// longest. Crosses shops: the worker that sums up serves all.
///
/// # Errors
/// [`StorageError`].
pub fn letter_choices_due(
    conn: &mut DbConn,
    kind: LetterKind,
    before: UtcTime,
    limit: i64,
) -> Result<Vec<LetterChoice>, StorageError> {
    let text = format!(
        "SELECT {} FROM letter_choices WHERE is_wanted AND kind = ? AND told_until <= ? \
         ORDER BY told_until LIMIT ?",
        LetterChoice::COLUMNS.join(", ")
    );
    Ok(
        load!(conn, &text, [kind, before, limit] => <LetterChoice as Record>::SqlType as LetterChoice),
    )
}

/// Notes until when an affiliate was told; false when another process has told it meanwhile, or when it
/// does not want to hear it any more.
///
/// # Errors
/// [`StorageError`].
pub fn letter_choice_told(
    tx: &mut WriteTx<'_>,
    choice: &LetterChoice,
    until: UtcTime,
) -> Result<bool, StorageError> {
    let text = "UPDATE letter_choices SET told_until = ? \
         WHERE affiliate_id = ? AND kind = ? AND told_until = ? AND is_wanted";
    let changed =
        execute!(&mut **tx, text, [until, choice.affiliate_id, choice.kind, choice.told_until]);
    Ok(changed == 1)
}
