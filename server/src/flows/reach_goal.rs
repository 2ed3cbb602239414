//! Goals of the merchant are reached: by a call from the storefront, or by an order that was just
//! booked. Repeat-safe: the key (goal, subject), whatever is sent or settled again. A goal that earns
//! waits for the merchant, because anybody can make a browser call.

use domain::{
    conversion::{ConversionStatus, PayoutRate},
    goal::{GOALS_MAX, GoalKind, GoalStatus},
    ids::{ClickId, EntryId, GoalConversionId, ShopId, ShopifyId},
    ledger::{Balance as LedgerBalance, EntryKind},
    money::Money,
    time::UtcTime,
};
use storage::{
    StorageError, WriteTx,
    affiliates::{self, Affiliate},
    clicks::click_by_id,
    firings,
    goals::{self, Goal, GoalConversion, GoalState},
    ledger::{self, Balance, Entry},
    notify::{Channel, notify},
    order_facts::order_facts_of,
    orders::{self, Order},
};

use super::{
    attribute::decide_visit,
    book_changes::Booking,
    enqueue_firings::{GoalReached, firings_for_goal},
    shop_book::ShopBook,
};

/// A call of the storefront.
#[derive(Debug, Clone)]
pub struct CustomGoal {
    /// The visitor whom the token names.
    pub visitor: String,
    /// The goal's name, as the merchant's script wrote it.
    pub slug: String,
}

/// A storefront called a goal. A name that is no goal of the shop, or a visitor who belongs to nobody,
/// changes nothing.
///
/// # Errors
/// [`StorageError`].
pub fn reach_custom_goal(
    tx: &mut WriteTx<'_>,
    book: &ShopBook,
    called: &CustomGoal,
    now: UtcTime,
) -> Result<(), StorageError> {
    let slug = called.slug.trim().to_ascii_lowercase();
    let known = enabled_goals(tx, book)?;
    let is_called = |goal: &&Goal| goal.slug == slug && goal.kind == GoalKind::Call.as_str();
    let Some(goal) = known.iter().find(is_called) else { return Ok(()) };
    let decision = decide_visit(tx, book, &called.visitor, now)?;
    let Some(credit) = decision.credits.first() else { return Ok(()) };
    let found = affiliates::affiliate_by_id(tx, book.shop, credit.affiliate)?;
    let Some(affiliate) = found else { return Ok(()) };
    let subject = format!("visitor:{}", called.visitor);
    reach(tx, book, goal, &affiliate, (subject, credit.click), now)
}

/// Orders that were just booked reach the goals that orders can reach.
///
/// # Errors
/// [`StorageError`].
pub fn reach_order_goals(
    tx: &mut WriteTx<'_>,
    book: &ShopBook,
    bookings: &[Booking<'_>],
    now: UtcTime,
) -> Result<(), StorageError> {
    let booked: Vec<&Booking<'_>> = bookings.iter().filter(|booking| is_new(booking)).collect();
    if booked.is_empty() {
        return Ok(());
    }
    let known = enabled_goals(tx, book)?;
    for goal in &known {
        for booking in &booked {
            if let Some(subject) = subject_of(tx, book, goal, booking)? {
                let reached = (subject, booking.row.click_id);
                reach(tx, book, goal, booking.affiliate, reached, now)?;
            }
        }
    }
    Ok(())
}

/// The merchant's word about a reached goal that waited; its commission is booked on approval.
///
/// # Errors
/// [`StorageError::NotFound`] for another shop's, or one that does not wait.
pub fn judge_goal(
    tx: &mut WriteTx<'_>,
    book: &ShopBook,
    id: GoalConversionId,
    is_approved: bool,
    now: UtcTime,
) -> Result<(), StorageError> {
    let reached = goals::goal_conversion_by_id(tx, book.shop, id)?.ok_or(StorageError::NotFound)?;
    let status = if is_approved { GoalState::Approved } else { GoalState::Rejected };
    if !goals::goal_conversion_judge(tx, book.shop, id, status)? {
        return Err(StorageError::NotFound);
    }
    let affiliate = affiliates::affiliate_by_id(tx, book.shop, reached.affiliate_id)?
        .ok_or(StorageError::NotFound)?;
    let known = goals::goal_list(tx, book.shop, goals_max())?;
    let goal =
        known.iter().find(|goal| goal.id == reached.goal_id).ok_or(StorageError::NotFound)?;
    if is_approved {
        book_commission(tx, &reached, goal, &affiliate, now)?;
    }
    tell(tx, book, goal, &affiliate, &GoalConversion { status, ..reached }, now)
}

fn enabled_goals(tx: &mut WriteTx<'_>, book: &ShopBook) -> Result<Vec<Goal>, StorageError> {
    let mut known = goals::goal_list(tx, book.shop, goals_max())?;
    known.retain(|goal| goal.is_enabled);
    Ok(known)
}

fn goals_max() -> i64 {
    i64::try_from(GOALS_MAX).unwrap_or(i64::MAX)
}

/// The first booking of a conversion.
fn is_new(booking: &Booking<'_>) -> bool {
    let counts = |status: ConversionStatus| match status {
        ConversionStatus::Pending
        | ConversionStatus::Approved
        | ConversionStatus::Payable
        | ConversionStatus::Paid => true,
        ConversionStatus::Recorded
        | ConversionStatus::Rejected
        | ConversionStatus::OnHold
        | ConversionStatus::Reversed => false,
    };
    counts(booking.change.conversion.status)
        && !booking.before.as_ref().is_some_and(|before| counts(before.status))
}

/// Under which key an order reaches a goal; none when it does not.
fn subject_of(
    tx: &mut WriteTx<'_>,
    book: &ShopBook,
    goal: &Goal,
    booking: &Booking<'_>,
) -> Result<Option<String>, StorageError> {
    let order = booking.order;
    match GoalKind::parse(&goal.kind) {
        Some(GoalKind::FirstOrder) => {
            let Some(customer) = order.customer_id else { return Ok(None) };
            let is_first = is_first_order(tx, book.shop, customer, order)?;
            Ok(is_first.then(|| format!("customer:{customer}")))
        }
        Some(GoalKind::Product) => {
            let lines = order.state.0.snapshot.iter().flat_map(|snapshot| &snapshot.lines);
            let has_it = goal.product_id.is_some()
                && lines.into_iter().any(|line| line.product_id == goal.product_id);
            Ok(has_it.then(|| format!("order:{}", order.shopify_order_id)))
        }
        Some(GoalKind::Call) | None => Ok(None),
    }
}

/// Here, and at Shopify from before the app was there, where it could be asked.
fn is_first_order(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    customer: ShopifyId,
    order: &Order,
) -> Result<bool, StorageError> {
    let first = orders::orders_of_customers(tx, shop, &[customer], 1)?;
    if first.first().is_none_or(|first| first.id != order.id) {
        return Ok(false);
    }
    let looked_up = order_facts_of(tx, shop, &[order.shopify_order_id])?;
    Ok(looked_up.iter().all(|facts| facts.is_returning != Some(true)))
}

fn reach(
    tx: &mut WriteTx<'_>,
    book: &ShopBook,
    goal: &Goal,
    affiliate: &Affiliate,
    (subject, click_id): (String, Option<ClickId>),
    now: UtcTime,
) -> Result<(), StorageError> {
    let status = match GoalStatus::at_first(goal.commission_minor) {
        GoalStatus::Pending => GoalState::Pending,
        GoalStatus::Approved => GoalState::Approved,
        GoalStatus::Rejected => GoalState::Rejected,
    };
    let reached = GoalConversion {
        id: GoalConversionId(tx.next_id(now)),
        shop_id: book.shop,
        goal_id: goal.id,
        affiliate_id: affiliate.id,
        program_id: affiliate.program_id,
        click_id,
        subject,
        status,
        commission_minor: goal.commission_minor,
        currency: book.currency(),
        at: now,
    };
    if !goals::goal_conversion_insert_if_absent(tx, &reached)? {
        return Ok(());
    }
    tell(tx, book, goal, affiliate, &reached, now)
}

fn tell(
    tx: &mut WriteTx<'_>,
    book: &ShopBook,
    goal: &Goal,
    affiliate: &Affiliate,
    reached: &GoalConversion,
    now: UtcTime,
) -> Result<(), StorageError> {
    if book.listeners(affiliate.id).next().is_none() {
        return Ok(());
    }
    let click = match reached.click_id {
        Some(id) => click_by_id(tx, book.shop, id)?,
        None => None,
    };
    let told = GoalReached {
        id: reached.id,
        slug: &goal.slug,
        status: reached.status.as_str(),
        commission: Money::new(reached.commission_minor, reached.currency),
        click: click.as_ref(),
    };
    let fired = firings_for_goal(tx, book, affiliate, &told, now);
    if !fired.is_empty() {
        firings::firing_enqueue_batch(tx, &fired)?;
        notify(tx, Channel::Outbox)?;
    }
    Ok(())
}

/// One entry of its own, payable at once: the merchant's approval is the end of its hold.
fn book_commission(
    tx: &mut WriteTx<'_>,
    reached: &GoalConversion,
    goal: &Goal,
    affiliate: &Affiliate,
    now: UtcTime,
) -> Result<(), StorageError> {
    let minor = reached.commission_minor;
    if minor == 0 {
        return Ok(());
    }
    let rate = affiliate.payout_rate.as_deref().and_then(|text| PayoutRate::parse(text).ok());
    let (payout_currency, payout_amount_minor) = match (affiliate.payout_currency, rate) {
        (Some(currency), Some(rate)) if currency != reached.currency => {
            (currency, rate.convert(minor, reached.currency, currency))
        }
        _ => (reached.currency, minor),
    };
    let kind = EntryKind::Manual;
    let entry = Entry {
        id: EntryId(tx.next_id(now)),
        shop_id: reached.shop_id,
        affiliate_id: affiliate.id,
        conversion_id: None,
        at: now,
        kind: kind.as_str().to_owned(),
        reason: Some(format!("goal:{}", goal.slug)),
        currency: reached.currency,
        amount_minor: minor,
        payout_currency,
        payout_amount_minor,
        conversion_version: None,
    };
    ledger::entries_append(tx, std::slice::from_ref(&entry))?;
    let moved = LedgerBalance::of_entry(kind, minor);
    let delta = Balance {
        shop_id: reached.shop_id,
        affiliate_id: affiliate.id,
        currency: reached.currency,
        pending_minor: moved.pending_minor,
        payable_minor: moved.payable_minor,
        paid_minor: moved.paid_minor,
    };
    ledger::balances_add(tx, &[delta])
}
