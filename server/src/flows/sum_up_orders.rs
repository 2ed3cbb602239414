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
    StorageError, WriteTx,
    affiliates::affiliate_by_id,
    conversions::conversions_booked_between,
    letters::{LetterChoice, letter_choice_told, letter_choices_due},
    shops::shop_by_id,
};

use super::{
    write_letter::{Occasion, portal_link, seal, write_letter},
    write_mail::MailRoom,
};

/// How long orders are gathered for one mail.
const GATHER_S: i64 = 60 * 60;
/// Affiliates looked at in one write.
const BATCH_MAX: i64 = 50;
/// Orders of one mail that are summed up; more are in the next one.
const ORDERS_MAX: i64 = 1_000;

/// Writes the mails that are due; how many affiliates were looked at.
///
/// # Errors
/// [`StorageError`].
pub fn sum_up_orders(
    tx: &mut WriteTx<'_>,
    room: MailRoom<'_>,
    now: UtcTime,
) -> Result<usize, StorageError> {
    let kind = LetterKind::NewOrders;
    let due = letter_choices_due(tx, kind, now.plus_seconds(-GATHER_S), BATCH_MAX)?;
    for choice in &due {
        tell(tx, room, choice, now)?;
    }
    Ok(due.len())
}

fn tell(
    tx: &mut WriteTx<'_>,
    room: MailRoom<'_>,
    choice: &LetterChoice,
    now: UtcTime,
) -> Result<(), StorageError> {
    let between = (choice.told_until, now);
    let booked =
        conversions_booked_between(tx, choice.shop_id, choice.affiliate_id, between, ORDERS_MAX)?;
    // A mail that is full ends where its last order does.
    let is_full = i64::try_from(booked.len()).is_ok_and(|count| count >= ORDERS_MAX);
    let until = booked.last().filter(|_| is_full).map_or(now, |last| last.created_at);
    if !letter_choice_told(tx, choice, until)? {
        return Ok(());
    }
    let (Some(shop), Some(to)) = (
        shop_by_id(tx, choice.shop_id)?,
        affiliate_by_id(tx, choice.shop_id, choice.affiliate_id)?,
    ) else {
        return Ok(());
    };
    let (Some(first), true) =
        (booked.first(), AffiliateStatus::parse(&to.status) == Some(AffiliateStatus::Active))
    else {
        return Ok(());
    };
    let sum = booked.iter().fold(0_i64, |sum, row| sum.saturating_add(row.commission_minor));
    let orders = match booked.len() {
        1 => "1 order".to_owned(),
        many => format!("{many} orders"),
    };
    let values = vec![
        (Place::Orders, orders),
        (Place::Amount, Money::new(sum, first.currency).to_string()),
        (Place::Link, portal_link(room, &shop, "orders")),
    ];
    let occasion = Occasion { shop: &shop, to: &to, kind: LetterKind::NewOrders, values };
    seal(write_letter(tx, room, occasion, now))
}
