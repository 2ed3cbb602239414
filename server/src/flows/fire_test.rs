//! A test call of a postback: sample data or one of the affiliate's own past events, rendered as
//! the real one would be (N3). Books nothing and stores nothing. Not here: sending it (`web`).

use std::{num::NonZeroU32, sync::LazyLock};

use domain::{
    event::EventKind,
    ids::{AffiliateId, FiringId, PostbackId, ShopId},
    postback::{PostbackSettings, Record, RenderError, Rendered, sample_record},
    time::UtcTime,
};
use governor::{DefaultKeyedRateLimiter, Quota};
use storage::{
    DbConn, StorageError, firings,
    firings::Firing,
    postbacks::{Owner, postback_by_id},
};

use super::{
    save_postback::{SaveError, read_postback, stored_credentials},
    sign_request::{SigningKeys, affiliate_in, render_signed, secrets_of},
};
use crate::secrets::MasterKey;

/// The header that marks a test call.
pub const TEST_HEADER: (&str, &str) = ("Tributary-Test", "1");
/// Past events to choose from.
pub const SOURCES_MAX: usize = 20;
/// Test calls of one owner in a minute.
const CALLS_PER_MINUTE: NonZeroU32 = NonZeroU32::MIN.saturating_add(19);

static CALLS: LazyLock<DefaultKeyedRateLimiter<(ShopId, Option<AffiliateId>)>> =
    LazyLock::new(|| DefaultKeyedRateLimiter::keyed(Quota::per_minute(CALLS_PER_MINUTE)));

/// What the call is filled with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Example values.
    Sample,
    /// The values of a firing that the owner had.
    Firing(FiringId),
}

/// A call that is ready to be sent.
#[derive(Debug, Clone)]
pub struct TestCall {
    /// The postback's document, for judging the answer.
    pub settings: PostbackSettings,
    /// The request, marked as a test.
    pub request: Rendered,
}

/// Why there is no call.
#[derive(Debug, thiserror::Error)]
pub enum TestError {
    /// Too many within a minute.
    #[error("too many test calls; wait a minute")]
    TooMany,
    /// The template cannot make a request.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// The stored secret.
    #[error(transparent)]
    Secret(#[from] SaveError),
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Prepares a test call of an owner's postback.
///
/// # Errors
/// [`TestError`]; [`StorageError::NotFound`] for somebody else's postback or firing.
pub fn prepare_test(
    conn: &mut DbConn,
    key: &MasterKey,
    (shop, owner, id): (ShopId, Owner, PostbackId),
    source: Source,
    event: EventKind,
    now: UtcTime,
) -> Result<TestCall, TestError> {
    let row = postback_by_id(conn, shop, Some(owner), id)?.ok_or(StorageError::NotFound)?;
    CALLS.check_key(&(shop, affiliate_in(owner))).map_err(|_until| TestError::TooMany)?;
    let settings = read_postback(&row)?;
    let record = match source {
        Source::Sample => sample_of(event, now),
        Source::Firing(firing) => {
            let firing = firings::firing_by_id(conn, shop, firing)?
                .filter(|firing| is_of(firing, owner))
                .ok_or(StorageError::NotFound)?;
            let mut record = read_record(&firing)?;
            record.set("event", event.as_str());
            record
        }
    };
    let credentials = stored_credentials(key, &row)?;
    let keys = SigningKeys::open(key, &secrets_of(conn, shop, owner)?).map_err(SaveError::from)?;
    let mut request = render_signed(&settings, credentials.as_ref(), &record, &keys, now)?;
    request.headers.push((TEST_HEADER.0.to_owned(), TEST_HEADER.1.to_owned()));
    Ok(TestCall { settings, request })
}

/// Example values for one kind of event.
#[must_use]
pub fn sample_of(event: EventKind, now: UtcTime) -> Record {
    let mut record = sample_record();
    let status = match event {
        EventKind::StatusChange => "approved",
        EventKind::Refund | EventKind::Adjustment => "adjusted",
        EventKind::Payout => "paid",
        EventKind::Conversion | EventKind::Goal | EventKind::Click | EventKind::Impression => {
            "pending"
        }
    };
    record.set("event", event.as_str());
    record.set("status", status);
    record.set("timestamp", now.unix_seconds().to_string());
    record
}

/// The owner's latest firings, one for each conversion, to choose from.
///
/// # Errors
/// [`StorageError`].
pub fn test_sources(
    conn: &mut DbConn,
    shop: ShopId,
    owner: Owner,
) -> Result<Vec<Firing>, StorageError> {
    let filter = firings::FiringFilter { owner: Some(owner), ..Default::default() };
    let mut seen = std::collections::HashSet::new();
    let mut latest = firings::firing_page(conn, shop, &filter, None, 200)?;
    latest.retain(|firing| {
        firing.conversion_id.is_some_and(|id| seen.insert(id)) && seen.len() <= SOURCES_MAX
    });
    Ok(latest)
}

/// The macro values stored with a firing.
///
/// # Errors
/// [`StorageError::Corrupt`].
pub fn read_record(firing: &Firing) -> Result<Record, StorageError> {
    serde_json::from_str(&firing.record)
        .map_err(|error| StorageError::Corrupt(format!("record of firing {}: {error}", firing.id)))
}

fn is_of(firing: &Firing, owner: Owner) -> bool {
    firing.affiliate_id == affiliate_in(owner)
}
