//! Tells affiliates who asked for it of the orders that came through them, all of an hour in one mail.
//! Outside of the way an order takes, so that settling costs the same for everybody. Repeat-safe by
//! `told_until`: two processes tell of a time only once.

use domain::{
    affiliate::AffiliateStatus,
    letter::{LetterKind, Place},
    money::Money,
    time::UtcTime,
};
use storage::{
    DbConn, StorageError, WriteTx,
    affiliates::affiliate_by_id,
    conversions::earned_between,
    letters::{LetterChoice, letter_choice_told, letter_choices_due},
    shops::shop_by_id,
};

use super::{
    write_letter::{Occasion, portal_link, seal, write_letter},
    write_mail::MailRoom,
};

/// How long orders are gathered for one mail.
const GATHER_S: i64 = 60 * 60;
/// What was booked within this time before a mail is told by the next one: what is dated before the mail may
/// still be on its way into the database, longer than any write takes.
const SETTLING_S: i64 = 2 * 60;
/// Affiliates looked at in one write.
const BATCH_MAX: i64 = 50;

/// Whether there is something to do for [`sum_up_orders`].
///
/// # Errors
/// [`StorageError`].
pub fn is_summing_up_due(conn: &mut DbConn, now: UtcTime) -> Result<bool, StorageError> {
    Ok(!due(conn, now, 1)?.is_empty())
}

/// Writes the mails that are due; how many affiliates were looked at.
///
/// # Errors
/// [`StorageError`].
pub fn sum_up_orders(
    tx: &mut WriteTx<'_>,
    room: MailRoom<'_>,
    now: UtcTime,
) -> Result<usize, StorageError> {
    let due = due(tx, now, BATCH_MAX)?;
    for choice in &due {
        tell(tx, room, choice, now)?;
    }
    Ok(due.len())
}

fn due(conn: &mut DbConn, now: UtcTime, limit: i64) -> Result<Vec<LetterChoice>, StorageError> {
    letter_choices_due(conn, LetterKind::NewOrders, now.plus_seconds(-GATHER_S), limit)
}

fn tell(
    tx: &mut WriteTx<'_>,
    room: MailRoom<'_>,
    choice: &LetterChoice,
    now: UtcTime,
) -> Result<(), StorageError> {
    let until = now.plus_seconds(-SETTLING_S);
    // First, so that another process that tells of the same time waits here and then has nothing to tell.
    if !letter_choice_told(tx, choice, until)? {
        return Ok(());
    }
    let (Some(shop), Some(to)) = (
        shop_by_id(tx, choice.shop_id)?,
        affiliate_by_id(tx, choice.shop_id, choice.affiliate_id)?,
    ) else {
        return Ok(());
    };
    let earned = earned_between(tx, shop.id, to.id, (choice.told_until, until))?;
    if earned.is_empty() || AffiliateStatus::parse(&to.status) != Some(AffiliateStatus::Active) {
        return Ok(());
    }
    let orders = match earned.iter().fold(0_i64, |sum, one| sum.saturating_add(one.orders)) {
        1 => "1 order".to_owned(),
        many => format!("{many} orders"),
    };
    let amounts: Vec<String> = earned
        .iter()
        .map(|one| Money::new(one.commission_minor, one.currency).to_string())
        .collect();
    let values = vec![
        (Place::Orders, orders),
        (Place::Amount, amounts.join(" and ")),
        (Place::Link, portal_link(room, &shop, "orders")),
    ];
    let occasion = Occasion { shop: &shop, to: &to, kind: LetterKind::NewOrders, values };
    seal(write_letter(tx, room, occasion, now))
}
