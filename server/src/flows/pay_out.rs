//! Pays an affiliate's payable balance: its approved conversions become paid and one entry of the
//! ledger carries the money. What the affiliate owes is netted (G39); below the minimum everything is
//! carried (G81). Repeat-safe: a second payout finds nothing payable.

use domain::{
    conversion::{ConversionStatus, pay},
    ids::{AffiliateId, EntryId, OrderId, ShopId},
    ledger::{self as ledger_rules, EntryKind, PayoutDue, payout_due},
    money::Money,
    time::UtcTime,
};
use storage::{
    StorageError, WriteTx,
    affiliates::{self, Affiliate},
    conversions::{self, ConversionFilter},
    firings::Firing,
    ledger::{self, Balance, Entry},
};

use super::{
    approve_due::{affiliates_of, lock_orders},
    book_changes::{book_changes, read_conversion},
    shop_book::{ShopBook, ShopBooks},
};

/// Conversions that one payout can cover.
const CONVERSIONS_MAX: i64 = 10_000;

/// What a payout came to.
#[derive(Debug, Clone)]
pub struct PaidOut {
    /// Paid now, in the shop's currency; zero when nothing was due.
    pub amount: Money,
    /// Carried to the next payout.
    pub carried: Money,
    /// Postbacks that tell of it.
    pub firings: Vec<Firing>,
}

/// Pays what is due to an affiliate.
///
/// # Errors
/// [`StorageError::NotFound`] for a stranger's affiliate.
pub fn pay_out(
    tx: &mut WriteTx<'_>,
    books: &ShopBooks,
    shop: ShopId,
    affiliate: AffiliateId,
    now: UtcTime,
) -> Result<PaidOut, StorageError> {
    let book = books.of(tx, shop)?;
    let affiliate =
        affiliates::affiliate_by_id(tx, shop, affiliate)?.ok_or(StorageError::NotFound)?;
    let currency = book.currency();
    let due = due_to(tx, &book, &affiliate, now)?;
    let mut firings = Vec::new();
    if due.amount_minor > 0 {
        firings = mark_paid(tx, &book, &affiliate, now)?;
        append_payout(tx, &book, &affiliate, due, now)?;
    }
    Ok(PaidOut {
        amount: Money::new(due.amount_minor, currency),
        carried: Money::new(due.carried_minor, currency),
        firings,
    })
}

fn due_to(
    tx: &mut WriteTx<'_>,
    book: &ShopBook,
    affiliate: &Affiliate,
    now: UtcTime,
) -> Result<PayoutDue, StorageError> {
    let currency = book.currency();
    let payable = ledger::balances_of(tx, book.shop, affiliate.id)?
        .into_iter()
        .find(|balance| balance.currency == currency)
        .map_or(0, |balance| balance.payable_minor);
    let minimum = book
        .version_at(affiliate.program_id, now)
        .and_then(|version| version.rules.minimum_payout.clone())
        .and_then(|text| Money::parse(&text, currency).ok())
        .map_or(0, |minimum| minimum.minor);
    Ok(payout_due(payable, minimum))
}

fn mark_paid(
    tx: &mut WriteTx<'_>,
    book: &ShopBook,
    affiliate: &Affiliate,
    now: UtcTime,
) -> Result<Vec<Firing>, StorageError> {
    let approved = ConversionFilter {
        affiliate_id: Some(affiliate.id),
        status: Some(ConversionStatus::Approved.as_str().to_owned()),
        ..ConversionFilter::default()
    };
    let rows = conversions::conversion_page(tx, book.shop, &approved, None, CONVERSIONS_MAX)?;
    let mut orders: Vec<OrderId> = rows.iter().map(|row| row.order_id).collect();
    orders.sort_unstable();
    orders.dedup();
    let locked = lock_orders(tx, book, &orders, now)?;
    let known = affiliates_of(tx, book.shop, &locked.rows)?;
    let mut bookings = Vec::new();
    for row in locked.rows.iter().filter(|row| row.affiliate_id == affiliate.id) {
        let before = read_conversion(row)?;
        // Read again under the lock: a refund may have come first.
        let Ok(change) = pay(&before) else { continue };
        bookings.extend(locked.booking(&known, row, before, change, now)?);
    }
    book_changes(tx, book, &bookings, now, None)
}

fn append_payout(
    tx: &mut WriteTx<'_>,
    book: &ShopBook,
    affiliate: &Affiliate,
    due: PayoutDue,
    now: UtcTime,
) -> Result<(), StorageError> {
    let currency = book.currency();
    let entry = Entry {
        id: EntryId(tx.next_id(now)),
        shop_id: book.shop,
        affiliate_id: affiliate.id,
        conversion_id: None,
        at: now,
        kind: EntryKind::Payout.as_str().to_owned(),
        reason: None,
        currency,
        amount_minor: -due.amount_minor,
        payout_currency: currency,
        payout_amount_minor: -due.amount_minor,
        conversion_version: None,
    };
    ledger::entries_append(tx, std::slice::from_ref(&entry))?;
    let moved = ledger_rules::Balance::of_entry(EntryKind::Payout, -due.amount_minor);
    let delta = Balance {
        shop_id: book.shop,
        affiliate_id: affiliate.id,
        currency,
        pending_minor: moved.pending_minor,
        payable_minor: moved.payable_minor,
        paid_minor: moved.paid_minor,
    };
    ledger::balances_add(tx, std::slice::from_ref(&delta))
}
