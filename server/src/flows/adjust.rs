//! An amount that the merchant gives or takes by hand: one entry of kind `manual`, payable at once, with
//! a reason for the affiliate and a note for the merchant; postbacks hear of it. Repeat-safe by (shop,
//! request): a form sent twice is one entry.

use domain::{
    conversion::PayoutTerms,
    ids::{AffiliateId, EntryId, OrderId, ShopId},
    ledger::{self as ledger_rules, EntryKind},
    money::Money,
    time::UtcTime,
};
use storage::{
    StorageError, WriteTx,
    affiliates::{Affiliate, affiliate_by_id},
    firings::firing_enqueue_batch,
    ledger::{self, Balance, Entry, ManualEntry, manual_entry_by_request, manual_entry_insert},
    notify::{Channel, notify},
    orders::{Order, order_by_id},
    stats::{DailyStat, daily_stats_add},
};

use super::{
    book_changes::day_number,
    enqueue_firings::{AdjustedByHand, firings_for_adjustment},
    recompute::payout_rate,
    shop_book::{ShopBook, ShopBooks},
};

/// Longest reason, in characters: it stands in the ledger for ever.
pub const REASON_CHARS_MAX: usize = 200;
/// Longest note.
pub const NOTE_CHARS_MAX: usize = 2_000;

/// What the merchant enters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adjustment {
    /// Whose account.
    pub affiliate: AffiliateId,
    /// In the shop's currency; negative takes away.
    pub amount_minor: i64,
    /// Shown to the affiliate.
    pub reason: String,
    /// Shown to the merchant only.
    pub note: String,
    /// The order that it is about, if any.
    pub order: Option<OrderId>,
    /// Who enters it.
    pub author: String,
    /// Made with the form, so that a repeat is known.
    pub request: String,
}

/// Why an adjustment is not made.
#[derive(Debug, thiserror::Error)]
pub enum AdjustError {
    /// Nothing to give or take.
    #[error("an adjustment of nothing")]
    Nothing,
    /// The reason is missing or too long.
    #[error("a reason has 1 to {REASON_CHARS_MAX} characters")]
    Reason,
    /// The note is too long.
    #[error("a note has at most {NOTE_CHARS_MAX} characters")]
    Note,
    /// The database, or an affiliate or order that the shop does not have.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl storage::TxError for AdjustError {
    fn storage_error(&self) -> Option<&StorageError> {
        match self {
            Self::Storage(error) => Some(error),
            Self::Nothing | Self::Reason | Self::Note => None,
        }
    }
}

/// Books an adjustment; gives back its entry, or the one that an earlier try of the same request made.
///
/// # Errors
/// [`AdjustError`]; then nothing has changed.
pub fn adjust(
    tx: &mut WriteTx<'_>,
    books: &ShopBooks,
    shop: ShopId,
    adjustment: &Adjustment,
    now: UtcTime,
) -> Result<EntryId, AdjustError> {
    let reason = adjustment.reason.trim();
    if adjustment.amount_minor == 0 {
        return Err(AdjustError::Nothing);
    }
    if reason.is_empty() || reason.chars().count() > REASON_CHARS_MAX {
        return Err(AdjustError::Reason);
    }
    if adjustment.note.chars().count() > NOTE_CHARS_MAX {
        return Err(AdjustError::Note);
    }
    if let Some(known) = manual_entry_by_request(tx, shop, &adjustment.request)? {
        return Ok(known.entry_id);
    }
    let order = match adjustment.order {
        Some(order) => Some(order_by_id(tx, shop, order)?.ok_or(StorageError::NotFound)?),
        None => None,
    };
    let book = books.of(tx, shop)?;
    let currency = book.currency();
    let affiliate =
        affiliate_by_id(tx, shop, adjustment.affiliate)?.ok_or(StorageError::NotFound)?;
    let terms = PayoutTerms::new(currency, affiliate.payout_currency, payout_rate(&affiliate)?);
    let entry = Entry {
        id: EntryId(tx.next_id(now)),
        shop_id: shop,
        affiliate_id: affiliate.id,
        conversion_id: None,
        at: now,
        kind: EntryKind::Manual.as_str().to_owned(),
        reason: Some(reason.to_owned()),
        currency,
        amount_minor: adjustment.amount_minor,
        payout_currency: terms.currency(),
        payout_amount_minor: terms.convert(adjustment.amount_minor, currency),
        conversion_version: None,
    };
    ledger::entries_append(tx, std::slice::from_ref(&entry))?;
    manual_entry_insert(
        tx,
        &ManualEntry {
            entry_id: entry.id,
            shop_id: shop,
            order_id: adjustment.order,
            author: adjustment.author.clone(),
            note: adjustment.note.clone(),
            request: adjustment.request.clone(),
        },
    )?;
    let moved = ledger_rules::Balance::of_entry(EntryKind::Manual, entry.amount_minor);
    let balance = Balance {
        shop_id: shop,
        affiliate_id: affiliate.id,
        currency,
        pending_minor: moved.pending_minor,
        payable_minor: moved.payable_minor,
        paid_minor: moved.paid_minor,
    };
    ledger::balances_add(tx, &[balance])?;
    let day = DailyStat {
        shop_id: shop,
        affiliate_id: affiliate.id,
        day: day_number(now),
        currency,
        clicks: 0,
        conversions: 0,
        sales_minor: 0,
        commission_minor: entry.amount_minor,
    };
    daily_stats_add(tx, &[day])?;
    tell(tx, &book, &affiliate, &entry, order.as_ref())?;
    Ok(entry.id)
}

fn tell(
    tx: &mut WriteTx<'_>,
    book: &ShopBook,
    affiliate: &Affiliate,
    entry: &Entry,
    order: Option<&Order>,
) -> Result<(), StorageError> {
    let adjusted = AdjustedByHand {
        entry: entry.id,
        amount: Money::new(entry.amount_minor, entry.currency),
        reason: entry.reason.as_deref().unwrap_or_default(),
        order,
    };
    let fired = firings_for_adjustment(tx, book, affiliate, &adjusted, entry.at);
    if fired.is_empty() {
        return Ok(());
    }
    firing_enqueue_batch(tx, &fired)?;
    notify(tx, Channel::Outbox)
}
