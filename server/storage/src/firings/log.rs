//! The delivery log as a page, for an affiliate or the merchant, with the filters of I11.

use diesel::{
    dsl::sql,
    prelude::*,
    sql_types::{BigInt, Bool},
};
use domain::{
    ids::{AffiliateId, FiringId, PostbackId, ProgramId, ShopId},
    time::UtcTime,
};

use super::{Firing, FiringState};
use crate::{DbConn, StorageError, postbacks::Owner, schema::firings};

/// A class of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusClass {
    /// 200 to 299, and so on: 2, 3, 4 or 5.
    Hundreds(i64),
    /// A request was made, but no answer came.
    NoAnswer,
}

/// Which firings the log shows. The default is all.
#[derive(Debug, Clone, Default)]
pub struct FiringFilter {
    /// Of this owner's postbacks. An affiliate's page must set it; the merchant sees all without.
    pub owner: Option<Owner>,
    /// Of this postback.
    pub postback_id: Option<PostbackId>,
    /// About this program.
    pub program_id: Option<ProgramId>,
    /// Of this kind of event.
    pub event: Option<String>,
    /// That got this far.
    pub state: Option<FiringState>,
    /// Whose last answer was of this class.
    pub status_class: Option<StatusClass>,
    /// Telling this transaction id.
    pub transaction_id: Option<String>,
    /// Of events from this moment on.
    pub from: Option<UtcTime>,
    /// Of events before this moment.
    pub until: Option<UtcTime>,
}

/// A page of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FiringPage {
    /// Newest first.
    pub rows: Vec<Firing>,
    /// Where the next page begins: after this time and id. There may be nothing on it.
    pub next: Option<(UtcTime, FiringId)>,
}

/// Firings that are looked through for one page: a filter that hardly anything passes must not read
/// the whole table before the page is shown.
const LOOKED_THROUGH_MAX: i64 = 10_000;

/// What leads to the rows: each is the beginning of one index, which has them by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lead {
    Transaction,
    Postback(PostbackId),
    Affiliate(AffiliateId),
    Shop,
}

impl FiringFilter {
    /// The most selective. Chosen here because a database without statistics guesses: it read all of
    /// an affiliate's rows for one transaction, and all of a shop's for an affiliate without any.
    const fn lead(&self) -> Lead {
        match (&self.transaction_id, self.postback_id, self.owner) {
            (Some(_), _, _) => Lead::Transaction,
            (None, Some(postback), _) => Lead::Postback(postback),
            (None, None, Some(Owner::Affiliate(id))) => Lead::Affiliate(id),
            (None, None, Some(Owner::Merchant) | None) => Lead::Shop,
        }
    }

    /// Everything that the lead's index gives passes the filter, or there is little of it.
    const fn is_indexed(&self) -> bool {
        let is_stopped = matches!(
            self.state,
            Some(FiringState::Failed | FiringState::NotSent | FiringState::Held)
        );
        let is_narrowed =
            self.program_id.is_some() || self.event.is_some() || self.status_class.is_some();
        match self.lead() {
            Lead::Transaction => true,
            Lead::Postback(_) => !is_narrowed && self.state.is_none() && self.owner.is_none(),
            Lead::Affiliate(_) => !is_narrowed && self.state.is_none(),
            // What has stopped has an index of its own.
            Lead::Shop => {
                !is_narrowed && self.owner.is_none() && (self.state.is_none() || is_stopped)
            }
        }
    }

    /// An affiliate's own log.
    #[must_use]
    pub fn of_affiliate(affiliate: AffiliateId) -> Self {
        Self { owner: Some(Owner::Affiliate(affiliate)), ..Self::default() }
    }
}

/// A page of the log, found in bounded time: where hardly anything passes the filter it may be short,
/// or empty, and still have a next one.
///
/// # Errors
/// [`StorageError`].
pub fn firing_page_bounded(
    conn: &mut DbConn,
    shop: ShopId,
    filter: &FiringFilter,
    before: Option<(UtcTime, FiringId)>,
    limit: i64,
) -> Result<FiringPage, StorageError> {
    let horizon = match filter.is_indexed() {
        true => None,
        false => horizon(conn, shop, filter, before)?,
    };
    let from = match (filter.from, horizon) {
        (Some(from), Some(horizon)) => Some(from.max(horizon)),
        (from, horizon) => from.or(horizon),
    };
    let narrowed = FiringFilter { from, ..filter.clone() };
    let mut rows = firing_page(conn, shop, &narrowed, before, limit.saturating_add(1))?;
    let is_full = i64::try_from(rows.len()).is_ok_and(|count| count > limit);
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = match (is_full, horizon) {
        (true, _) => rows.last().map(|last| (last.created_at, last.id)),
        // Everything of that moment was looked at, so the next page begins before it.
        (false, Some(horizon)) if filter.from.is_none_or(|from| from < horizon) => {
            Some((horizon, FiringId(0)))
        }
        (false, _) => None,
    };
    Ok(FiringPage { rows, next })
}

/// The time of the [`LOOKED_THROUGH_MAX`]th firing of the log from here on, read from an index alone.
fn horizon(
    conn: &mut DbConn,
    shop: ShopId,
    filter: &FiringFilter,
    before: Option<(UtcTime, FiringId)>,
) -> Result<Option<UtcTime>, StorageError> {
    let time = before.map_or(i64::MAX, |(time, _)| time.micros());
    let until = filter.until.map_or(i64::MAX, |until| until.micros());
    let query = firings::table
        .filter(firings::created_at.le(time.min(until)))
        .order(firings::created_at.desc())
        .offset(LOOKED_THROUGH_MAX)
        .limit(1)
        .select(firings::created_at)
        .into_boxed();
    let query = match filter.lead() {
        Lead::Postback(postback) => query.filter(firings::postback_id.eq(postback.0)),
        Lead::Affiliate(id) => query.filter(firings::affiliate_id.eq(id.0)),
        Lead::Transaction | Lead::Shop => query.filter(firings::shop_id.eq(shop.0)),
    };
    let found: Option<i64> = query.first(conn).optional()?;
    Ok(found.map(UtcTime::from_micros))
}

/// A page of the shop's firings by time of the event, newest first, older than the last one of the
/// page before.
///
/// # Errors
/// [`StorageError`].
pub fn firing_page(
    conn: &mut DbConn,
    shop: ShopId,
    filter: &FiringFilter,
    before: Option<(UtcTime, FiringId)>,
    limit: i64,
) -> Result<Vec<Firing>, StorageError> {
    let (time, id) = before.map_or((i64::MAX, i64::MAX), |(time, id)| (time.micros(), id.0));
    let lead = filter.lead();
    let mut query = firings::table
        .filter(firings::created_at.le(time))
        .filter(firings::created_at.lt(time).or(firings::id.lt(id)))
        .order((firings::created_at.desc(), firings::id.desc()))
        .limit(limit)
        .select(Firing::as_select())
        .into_boxed();
    // A plus keeps both planners from leading with a condition that only has to hold.
    let must_hold = |condition: &str, value: i64| sql::<Bool>(condition).bind::<BigInt, _>(value);
    query = match lead {
        Lead::Transaction | Lead::Shop => query.filter(firings::shop_id.eq(shop.0)),
        Lead::Postback(_) | Lead::Affiliate(_) => query.filter(must_hold("+shop_id = ", shop.0)),
    };
    query = match (filter.owner, lead) {
        (None, _) => query,
        (Some(Owner::Merchant), _) => query.filter(firings::affiliate_id.is_null()),
        (Some(Owner::Affiliate(id)), Lead::Affiliate(_)) => {
            query.filter(firings::affiliate_id.eq(id.0))
        }
        (Some(Owner::Affiliate(id)), _) => query.filter(must_hold("+affiliate_id = ", id.0)),
    };
    query = match (filter.postback_id, lead) {
        (None, _) => query,
        (Some(postback), Lead::Postback(_)) => query.filter(firings::postback_id.eq(postback.0)),
        (Some(postback), _) => query.filter(must_hold("+postback_id = ", postback.0)),
    };
    if let Some(program) = filter.program_id {
        query = query.filter(firings::program_id.eq(program.0));
    }
    if let Some(event) = &filter.event {
        query = query.filter(firings::event.eq(event));
    }
    if let Some(state) = filter.state {
        query = query.filter(firings::state.eq(state.as_str()));
        if matches!(state, FiringState::Failed | FiringState::NotSent | FiringState::Held) {
            // Word for word the condition of an index.
            query = query.filter(sql::<Bool>("state IN ('failed', 'not_sent', 'held')"));
        }
    }
    match filter.status_class {
        None => {}
        Some(StatusClass::Hundreds(class)) => {
            let range = (class * 100, class * 100 + 99);
            query = query.filter(firings::last_status_code.between(range.0, range.1));
        }
        Some(StatusClass::NoAnswer) => {
            query =
                query.filter(firings::last_status_code.is_null()).filter(firings::attempts.gt(0));
        }
    }
    if let Some(transaction) = &filter.transaction_id {
        query = query.filter(firings::transaction_id.eq(transaction));
    }
    if let Some(from) = filter.from {
        query = query.filter(firings::created_at.ge(from.micros()));
    }
    if let Some(until) = filter.until {
        query = query.filter(firings::created_at.lt(until.micros()));
    }
    Ok(query.load(conn)?)
}
