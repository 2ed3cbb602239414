//! Pays affiliates: a round is drawn up (`draft`), its amounts are frozen (`lock`), and results come
//! back (`settle`). What an affiliate owes is netted (G39); below the minimum everything is carried
//! (G81). Here: all of it at once, for one affiliate. Repeat-safe: an entry is paid by one payout only
//! (`payout_entries`), so a second round finds nothing payable.

use domain::{
    ids::{AffiliateId, ShopId},
    money::Money,
    payout::PayoutMethod,
    time::UtcTime,
};
use storage::{StorageError, WriteTx, affiliates, firings::Firing, ledger, payouts as payout_rows};

use super::{
    record_activity::{Act, Actor},
    shop_book::{ShopBook, ShopBooks},
};

mod draft;
mod hold;
mod lock;
mod settle;
mod take_in;

pub use draft::{DraftError, draft_payouts, throw_away};
pub use hold::{Refunds, refunds_of, refunds_of_all, release_payouts};
pub use lock::{Locked, lock_payouts};
pub use settle::{PayoutResult, Reported, mark_sent, report_payout};
pub use take_in::take_in;

/// Entries that one payout can cover.
pub const ENTRIES_MAX: i64 = 10_000;
/// Payments of one round.
pub const ROWS_MAX: i64 = 20_000;

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

/// Pays what is due to an affiliate, from the draft to the confirmation.
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
    let act = Act { shop, actor: Actor::Tributary, now };
    let currency = book.currency();
    let mut firings = Vec::new();
    let mut paid_minor = 0_i64;
    let method = PayoutMethod::Other;
    if let Some(batch) =
        draft::draft_for(tx, &book, act, method, "", std::slice::from_ref(&affiliate))?
    {
        lock_payouts(tx, books, act, batch.number, ROWS_MAX)?;
        mark_sent(tx, act, batch.number)?;
        for row in payout_rows::payouts_of_batch(tx, shop, batch.id, ROWS_MAX)? {
            paid_minor = paid_minor.saturating_add(row.amount_minor);
            let result = PayoutResult::Confirmed { reference: None };
            firings.extend(report_payout(tx, books, act, row.id, &result)?.firings);
        }
    }
    let left = payable_minor(tx, &book, affiliate.id)?;
    Ok(PaidOut {
        amount: Money::new(paid_minor, currency),
        carried: Money::new(left, currency),
        firings,
    })
}

/// What an affiliate's balance says is payable, in the shop's currency.
fn payable_minor(
    tx: &mut WriteTx<'_>,
    book: &ShopBook,
    affiliate: AffiliateId,
) -> Result<i64, StorageError> {
    let balances = ledger::balances_of(tx, book.shop, affiliate)?;
    let own = balances.into_iter().find(|balance| balance.currency == book.currency());
    Ok(own.map_or(0, |balance| balance.payable_minor))
}

/// The least that an affiliate's program pays out now, in minor units.
#[must_use]
pub fn minimum_minor(book: &ShopBook, program: domain::ids::ProgramId, now: UtcTime) -> i64 {
    book.version_at(program, now)
        .and_then(|version| version.rules.minimum_payout.clone())
        .and_then(|text| Money::parse(&text, book.currency()).ok())
        .map_or(0, |minimum| minimum.minor)
}
