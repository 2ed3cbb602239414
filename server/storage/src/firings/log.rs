//! The delivery log as a page, for an affiliate or the merchant, with the filters of I11.

use diesel::prelude::*;
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

impl FiringFilter {
    /// An affiliate's own log.
    #[must_use]
    pub fn of_affiliate(affiliate: AffiliateId) -> Self {
        Self { owner: Some(Owner::Affiliate(affiliate)), ..Self::default() }
    }
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
    let mut query = firings::table
        .filter(firings::shop_id.eq(shop.0))
        .filter(firings::created_at.le(time))
        .filter(firings::created_at.lt(time).or(firings::id.lt(id)))
        .order((firings::created_at.desc(), firings::id.desc()))
        .limit(limit)
        .select(Firing::as_select())
        .into_boxed();
    match filter.owner {
        None => {}
        Some(Owner::Merchant) => query = query.filter(firings::affiliate_id.is_null()),
        Some(Owner::Affiliate(id)) => query = query.filter(firings::affiliate_id.eq(id.0)),
    }
    if let Some(postback) = filter.postback_id {
        query = query.filter(firings::postback_id.eq(postback.0));
    }
    if let Some(program) = filter.program_id {
        query = query.filter(firings::program_id.eq(program.0));
    }
    if let Some(event) = &filter.event {
        query = query.filter(firings::event.eq(event));
    }
    if let Some(state) = filter.state {
        query = query.filter(firings::state.eq(state.as_str()));
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
