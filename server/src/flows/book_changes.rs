//! Writes what a change of conversions means, all of it in the caller's transaction: the conversion,
//! its ledger entry, the bonuses it reaches, the balance, the day's sums and the firings that tell the
//! affiliate's systems. There is no entry without its firings and no firing without its entry.
//!
//! Repeat-safe by three keys: (order, affiliate, source) of the conversion, (conversion, version) of
//! the entry, (postback, event) of the firing.

use std::{collections::HashMap, sync::Arc};

use domain::{
    conversion::{Change, Conversion, ConversionStatus, PayoutRate},
    ids::{ClickId, EntryId},
    ledger as ledger_rules,
    money::Money,
    time::{DAY_S, UtcTime},
};
use storage::{
    StorageError, WriteTx,
    affiliates::Affiliate,
    clicks::{self, Click},
    conversions::{self, ConversionRow},
    firings::{self, Firing},
    ledger::{self, Balance, Entry},
    orders::Order,
    stats::{self, DailyStat},
};

use super::{
    enqueue_firings::{Event, firings_for},
    enqueue_pixel_events::enqueue_pixel_events,
    milestones::{Milestones, reach_milestones},
    reach_goal::reach_order_goals,
    shop_book::{BookPostback, ShopBook},
};

/// One change of one conversion, ready to be booked.
#[derive(Debug)]
pub struct Booking<'a> {
    /// The order.
    pub order: &'a Order,
    /// Whose conversion it is.
    pub affiliate: &'a Affiliate,
    /// The row to store, already brought up to date by [`write_conversion`].
    pub row: ConversionRow,
    /// The conversion before the change; none when it is new.
    pub before: Option<Conversion>,
    /// The change.
    pub change: Change,
}

/// Books changes of one shop's conversions. Gives back the firings to be sent, in the order of the
/// changes. `lease_until` is set when this process sends them right after the commit.
///
/// # Errors
/// [`StorageError`].
pub fn book_changes(
    tx: &mut WriteTx<'_>,
    book: &ShopBook,
    bookings: &[Booking<'_>],
    now: UtcTime,
    lease_until: Option<UtcTime>,
) -> Result<Vec<Firing>, StorageError> {
    let rows: Vec<ConversionRow> = bookings.iter().map(|booking| row_of(booking, now)).collect();
    conversions::conversions_save(tx, &rows)?;
    let fired = enqueue(tx, book, bookings, now, lease_until)?;
    let Milestones { mut entries, mut balances, mut days } =
        reach_milestones(tx, book, bookings, now)?;
    for booking in bookings {
        entries.extend(entry_of(tx, booking, now));
        balances.extend(balance_of(booking));
        days.extend(day_of(booking));
    }
    // In the order in which everybody takes these locks: the chain, the balances, the days.
    ledger::entries_append(tx, &entries)?;
    ledger::balances_add(tx, &balances)?;
    stats::daily_stats_add(tx, &days)?;
    enqueue_pixel_events(tx, book, bookings, now)?;
    reach_order_goals(tx, book, bookings, now)?;
    Ok(fired)
}

/// The row to store, with the time of its approval.
fn row_of(booking: &Booking<'_>, now: UtcTime) -> ConversionRow {
    let mut row = booking.row.clone();
    let was_approved = booking.before.as_ref().is_some_and(|before| before.status.is_approved());
    row.approved_at = match booking.change.conversion.status.is_approved() {
        true if was_approved => row.approved_at,
        true => Some(now),
        false => None,
    };
    row
}

/// The stored row of a conversion, from the domain's view of it.
///
/// # Errors
/// [`StorageError::Other`] when the memory is no JSON, which cannot be.
pub fn write_conversion(
    row: &mut ConversionRow,
    conversion: &Conversion,
) -> Result<(), StorageError> {
    row.status = conversion.status.as_str().to_owned();
    row.reason = conversion.reason.as_ref().map(ToString::to_string);
    row.sales_minor = conversion.sales_minor;
    row.commission_minor = conversion.commission_minor;
    row.first_commission_minor = conversion.first_commission_minor;
    row.approve_at = conversion.approve_at;
    row.payout_currency = conversion.payout_currency;
    row.payout_rate = conversion.payout_rate.map(|rate| rate.to_string());
    row.payout_minor = conversion.payout_minor;
    row.version = conversion.version;
    row.memory = serde_json::to_string(&conversion.memory)
        .map_err(|error| StorageError::Other(format!("memory of a conversion: {error}")))?;
    Ok(())
}

/// The domain's view of a stored conversion.
///
/// # Errors
/// [`StorageError::Corrupt`] when the row is not one that the program writes.
pub fn read_conversion(row: &ConversionRow) -> Result<Conversion, StorageError> {
    let corrupt = |what: &str| StorageError::Corrupt(format!("conversion {}: {what}", row.id));
    let payout_rate = row.payout_rate.as_deref().map(PayoutRate::parse).transpose();
    Ok(Conversion {
        status: ConversionStatus::parse(&row.status).ok_or_else(|| corrupt("status"))?,
        reason: row.reason.as_deref().map(domain::reason::Reason::parse),
        currency: row.currency,
        sales_minor: row.sales_minor,
        commission_minor: row.commission_minor,
        first_commission_minor: row.first_commission_minor,
        approve_at: row.approve_at,
        payout_currency: row.payout_currency,
        payout_rate: payout_rate.map_err(|_bad| corrupt("payout rate"))?,
        payout_minor: row.payout_minor,
        memory: serde_json::from_str(&row.memory).map_err(|_bad| corrupt("memory"))?,
        version: row.version,
    })
}

fn entry_of(tx: &WriteTx<'_>, booking: &Booking<'_>, now: UtcTime) -> Option<Entry> {
    let draft = booking.change.entry.as_ref()?;
    let after = &booking.change.conversion;
    Some(Entry {
        id: EntryId(tx.next_id(now)),
        shop_id: booking.row.shop_id,
        affiliate_id: booking.row.affiliate_id,
        conversion_id: Some(booking.row.id),
        at: now,
        kind: draft.kind.as_str().to_owned(),
        reason: draft.reason.as_ref().map(ToString::to_string),
        currency: after.currency,
        amount_minor: draft.amount_minor,
        payout_currency: after.payout_currency,
        payout_amount_minor: draft.payout_amount_minor,
        conversion_version: Some(after.version),
    })
}

/// The change of the affiliate's balance.
fn balance_of(booking: &Booking<'_>) -> Option<Balance> {
    let before = booking.before.as_ref().map(ledger_rules::Balance::of_conversion);
    let after = ledger_rules::Balance::of_conversion(&booking.change.conversion);
    let delta = after.minus(before.unwrap_or_default());
    (delta != ledger_rules::Balance::default()).then_some(Balance {
        shop_id: booking.row.shop_id,
        affiliate_id: booking.row.affiliate_id,
        currency: booking.change.conversion.currency,
        pending_minor: delta.pending_minor,
        payable_minor: delta.payable_minor,
        paid_minor: delta.paid_minor,
    })
}

/// The change of the sums of the order's day. A conversion counts from the moment it is booked; on
/// the levels above only the commission counts, since the sale is counted already.
fn day_of(booking: &Booking<'_>) -> Option<DailyStat> {
    let after = &booking.change.conversion;
    let counted = |conversion: &Conversion| match conversion.status {
        ConversionStatus::Recorded | ConversionStatus::Rejected => (0, 0),
        _ if booking.row.level > 0 => (0, 0),
        _ => (1, conversion.sales_minor),
    };
    let (was_counted, was_sales) = booking.before.as_ref().map_or((0, 0), counted);
    let (is_counted, is_sales) = counted(after);
    let was_booked = booking.before.as_ref().map_or(0, Conversion::booked_minor);
    let stat = DailyStat {
        shop_id: booking.row.shop_id,
        affiliate_id: booking.row.affiliate_id,
        day: day_number(booking.row.ordered_at),
        currency: after.currency,
        clicks: 0,
        conversions: is_counted - was_counted,
        sales_minor: is_sales - was_sales,
        commission_minor: after.booked_minor() - was_booked,
    };
    let is_change = stat.conversions != 0 || stat.sales_minor != 0 || stat.commission_minor != 0;
    is_change.then_some(stat)
}

/// Days since 1970-01-01 UTC.
#[must_use]
pub const fn day_number(at: UtcTime) -> i64 {
    at.unix_seconds().div_euclid(DAY_S)
}

fn enqueue(
    tx: &mut WriteTx<'_>,
    book: &ShopBook,
    bookings: &[Booking<'_>],
    now: UtcTime,
    lease_until: Option<UtcTime>,
) -> Result<Vec<Firing>, StorageError> {
    let told: Vec<&Booking<'_>> = bookings
        .iter()
        .filter(|booking| booking.change.occurrence.is_some())
        .filter(|booking| listeners(book, &booking.row).next().is_some())
        .collect();
    if told.is_empty() {
        return Ok(Vec::new());
    }
    let clicks = clicks_of(tx, book, &told)?;
    let mut fired = Vec::new();
    for booking in told {
        let Some(occurrence) = &booking.change.occurrence else { continue };
        let event = Event {
            order: booking.order,
            affiliate: booking.affiliate,
            row: &booking.row,
            click: booking.row.click_id.and_then(|id| clicks.get(&id)),
            occurrence,
            conversion: &booking.change.conversion,
        };
        fired.extend(firings_for(tx, book, &event, now, lease_until));
    }
    let is_new = firings::firing_enqueue_batch(tx, &fired)?;
    Ok(fired
        .into_iter()
        .zip(is_new)
        .filter(|(_, is_new)| *is_new)
        .map(|(firing, _)| firing)
        .collect())
}

/// The postbacks that may hear of a conversion. What the levels above earn concerns those affiliates
/// alone: the merchant's systems hear of the sale once.
pub(super) fn listeners<'a>(
    book: &'a ShopBook,
    row: &ConversionRow,
) -> impl Iterator<Item = &'a Arc<BookPostback>> {
    let is_direct = row.level == 0;
    book.listeners(row.affiliate_id)
        .filter(move |postback| is_direct || postback.row.affiliate_id.is_some())
}

fn clicks_of(
    tx: &mut WriteTx<'_>,
    book: &ShopBook,
    told: &[&Booking<'_>],
) -> Result<HashMap<ClickId, Click>, StorageError> {
    let ids: Vec<ClickId> = told.iter().filter_map(|booking| booking.row.click_id).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let found = clicks::clicks_by_ids(tx, book.shop, &ids)?;
    Ok(found.into_iter().map(|click| (click.id, click)).collect())
}

/// An amount in a conversion's currency, for macros and pages.
#[must_use]
pub fn amount(minor: i64, conversion: &Conversion) -> String {
    Money::new(minor, conversion.currency).decimal()
}
