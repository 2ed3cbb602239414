//! Takes in what a payment service or the merchant says of payments: books it, tells the affiliates, and
//! wakes whoever sends their postbacks.

use domain::ids::PayoutId;
use storage::{
    StorageError, WriteTx,
    notify::{Channel, notify},
    payouts::payout_by_id,
};

use super::{PayoutResult, report_payout};
use crate::flows::{
    record_activity::Act, shop_book::ShopBooks, write_letter::tell_of_payment, write_mail::MailRoom,
};

/// How many of the reports were news.
///
/// # Errors
/// [`StorageError::NotFound`] when one is about no payment of the shop.
pub fn take_in(
    tx: &mut WriteTx<'_>,
    books: &ShopBooks,
    room: MailRoom<'_>,
    act: Act,
    reports: &[(PayoutId, PayoutResult)],
) -> Result<usize, StorageError> {
    let mut news = 0;
    let mut has_firings = false;
    for (id, result) in reports {
        let reported = report_payout(tx, books, act, *id, result)?;
        if !reported.is_news {
            continue;
        }
        news += 1;
        has_firings |= !reported.firings.is_empty();
        if let Some(payment) = payout_by_id(tx, act.shop, *id)? {
            tell_of_payment(tx, room, &payment, act.now)?;
        }
    }
    if has_firings {
        notify(tx, Channel::Outbox)?;
    }
    Ok(news)
}
