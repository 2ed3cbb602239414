//! The log of what was sent to trackers, for both sides: its rows (T18) and the attempts as proof (N6);
//! its filters are in `filters`. Whose firings are read is the caller's filter.

use std::collections::HashMap;

use domain::{
    ids::{AffiliateId, ClickId, FiringId, PostbackId, ShopId},
    link::LinkParams,
    postback::PostbackSettings,
    time::{UtcTime, readable_millis},
};
use storage::{
    DbConn, StorageError,
    affiliates::{Affiliate, affiliates_by_ids},
    attempts::{Attempt, attempts_of_firings},
    clicks::{Click, clicks_by_ids},
    conversions::conversion_by_id,
    firings::{Firing, FiringPage, FiringState, firing_page_bounded},
    orders::order_by_id,
    postbacks::{Owner, Postback, postbacks_of_owner, postbacks_of_shop},
};

use super::{
    display::{
        Zone, attempt_badge, event_words, firing_badge, flag_words, request_words, sentence,
    },
    forms::Fields,
    view::{
        log::{self, Log},
        parts::{NameValue, Pager, Person},
    },
};
use crate::flows::{fire_test::read_record, save_postback::read_postback};

mod filters;

const PER_PAGE: i64 = 50;
/// Attempts read for a page: eight of each firing, and some replays.
const ATTEMPTS_MAX: i64 = 1_000;
/// Postbacks and programs to choose from.
const CHOICES_MAX: i64 = 1_000;
/// Attempts that a firing has at most.
const TRIES_MAX: i64 = 8;
/// Characters of an answer that a list shows.
const EXCERPT_CHARS: usize = 120;

/// Whose log it is.
#[derive(Debug, Clone)]
pub struct Reader {
    /// The shop.
    pub shop: ShopId,
    /// The affiliate whose own log it is; none: the merchant's, with everything.
    pub affiliate: Option<AffiliateId>,
    /// The shop's time zone.
    pub zone: Zone,
}

impl Reader {
    /// A page of the log as the query asks for it; `address` is the log's own.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn page(
        &self,
        conn: &mut DbConn,
        query: &Fields,
        address: &str,
    ) -> Result<Log, StorageError> {
        let filter = self.filter(conn, query)?;
        let before = read_cursor(query.value("before")).map(|(at, id)| (at, FiringId(id)));
        let found = match &filter {
            Some(filter) => firing_page_bounded(conn, self.shop, filter, before, PER_PAGE)?,
            None => FiringPage { rows: Vec::new(), next: None },
        };
        let is_full = i64::try_from(found.rows.len()).is_ok_and(|count| count >= PER_PAGE);
        let next = found.next.map(|(at, id)| cursor_text(at, id.0));
        let at = |before: &str| format!("{address}?{}", query.query_with("before", before));
        let mut filters = self.filters(conn, query)?;
        if filter.is_none() {
            filters.affiliate.error = Some("There is no affiliate with this number.".to_owned());
        }
        Ok(Log {
            filters,
            rows: self.rows(conn, &found.rows)?,
            is_partial: next.is_some() && !is_full,
            pager: Pager {
                newer: query.given("before").map(|_| at("")),
                older: next.map(|next| at(&next)),
            },
            query: query.query_with("before", ""),
        })
    }

    /// Whether this side may see a firing.
    #[must_use]
    pub fn may_see(&self, firing: &Firing) -> bool {
        self.affiliate.is_none_or(|own| firing.affiliate_id == Some(own))
    }

    /// Firings with their attempts, as both sides show them.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn rows(
        &self,
        conn: &mut DbConn,
        firings: &[Firing],
    ) -> Result<Vec<log::Firing>, StorageError> {
        let around = Around::read(conn, self, firings)?;
        firings.iter().map(|firing| self.row(conn, &around, firing)).collect()
    }

    /// The postbacks that this side may see.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn postbacks(&self, conn: &mut DbConn) -> Result<Vec<Postback>, StorageError> {
        match self.affiliate {
            Some(id) => postbacks_of_owner(conn, self.shop, Owner::Affiliate(id), CHOICES_MAX),
            None => postbacks_of_shop(conn, self.shop, None, CHOICES_MAX),
        }
    }

    fn row(
        &self,
        conn: &mut DbConn,
        around: &Around,
        firing: &Firing,
    ) -> Result<log::Firing, StorageError> {
        let none = Vec::new();
        let attempts = around.attempts.get(&firing.id).unwrap_or(&none);
        let last = attempts.last();
        let postback = around.postbacks.get(&firing.postback_id);
        let settings: Option<PostbackSettings> = postback.map(read_postback).transpose()?;
        let template = match (last, &settings) {
            (Some(attempt), _) => attempt.template.clone(),
            (None, Some(settings)) => settings.url.clone(),
            (None, None) => String::new(),
        };
        let person = firing.affiliate_id.filter(|_| self.affiliate.is_none()).and_then(|id| {
            let known = around.affiliates.get(&id)?;
            Some(Person { id: known.id.to_string(), name: known.name.clone() })
        });
        Ok(log::Firing {
            id: firing.id.to_string(),
            at: self.zone.second(firing.created_at),
            postback: postback
                .map_or_else(|| "Deleted postback".to_owned(), |row| row.name.clone()),
            affiliate: person,
            event: event_words(&firing.event),
            status: firing.status.clone().unwrap_or_default(),
            transaction_id: firing.transaction_id.clone().unwrap_or_default(),
            order_name: self.order_name(conn, firing)?,
            click: self.click(around, firing),
            template,
            final_url: last.map(|attempt| attempt.url.clone()),
            method: settings
                .map_or_else(String::new, |settings| request_words(settings.method).to_owned()),
            outcome: firing_badge(firing.state),
            not_sent: firing
                .reason
                .as_deref()
                .filter(|_| firing.state == FiringState::NotSent)
                .map(not_sent_words),
            code: last.and_then(|attempt| attempt.status_code).map(|code| code.to_string()),
            error: last.and_then(|attempt| attempt.error.as_deref()).map(sentence),
            excerpt: last
                .and_then(|attempt| attempt.response.as_deref())
                .filter(|text| !text.is_empty())
                .map(|text| text.chars().take(EXCERPT_CHARS).collect()),
            latency: last.map(|attempt| readable_millis(attempt.latency_ms)),
            attempt_count: match firing.attempts {
                0 => "none".to_owned(),
                count => format!("{count} of {}", TRIES_MAX.max(count)),
            },
            next_try: (firing.state == FiringState::Due && firing.attempts > 0)
                .then(|| self.zone.second(firing.run_at)),
            is_replay: firing.is_replay,
            can_replay: match firing.state {
                FiringState::Delivered | FiringState::Failed => true,
                FiringState::Due => firing.attempts > 0,
                FiringState::Held | FiringState::NotSent => false,
            },
            attempts: attempts.iter().rev().map(|attempt| self.attempt(attempt)).collect(),
        })
    }

    /// The order's name: from the values that the firing carries, or else from the order.
    fn order_name(
        &self,
        conn: &mut DbConn,
        firing: &Firing,
    ) -> Result<Option<String>, StorageError> {
        if let Some(name) = read_record(firing)?.value("order_name") {
            return Ok(Some(name.to_owned()));
        }
        let Some(conversion) = firing.conversion_id else { return Ok(None) };
        let Some(conversion) = conversion_by_id(conn, self.shop, conversion)? else {
            return Ok(None);
        };
        Ok(order_by_id(conn, self.shop, conversion.order_id)?.map(|order| order.name))
    }

    /// The click with its entry URL: for an affiliate only when it is its own.
    fn click(&self, around: &Around, firing: &Firing) -> Option<log::Click> {
        let click = around.clicks.get(&firing.click_id?)?;
        if self.affiliate.is_some_and(|own| own != click.affiliate_id) {
            return None;
        }
        let theirs = click.link_params.0.get(LinkParams::CLICK_ID).cloned();
        Some(log::Click {
            id: theirs.unwrap_or_else(|| click.id.to_string()),
            entry_url: click.entry_url.clone(),
        })
    }

    fn attempt(&self, attempt: &Attempt) -> log::Attempt {
        log::Attempt {
            number: u32::try_from(attempt.number).unwrap_or(u32::MAX),
            at: self.zone.second(attempt.at),
            outcome: attempt_badge(&attempt.outcome),
            method: attempt.method.clone(),
            url: attempt.url.clone(),
            headers: headers_of(&attempt.headers),
            body: attempt.body.clone(),
            code: attempt.status_code.map(|code| code.to_string()),
            error: attempt.error.as_deref().map(sentence),
            response: attempt.response.clone(),
            latency: readable_millis(attempt.latency_ms),
            next_try: attempt.next_try_at.map(|at| self.zone.second(at)),
            flags: flags_of(attempt.flags.as_deref()),
        }
    }
}

/// What a page of firings refers to.
struct Around {
    postbacks: HashMap<PostbackId, Postback>,
    affiliates: HashMap<AffiliateId, Affiliate>,
    clicks: HashMap<ClickId, Click>,
    attempts: HashMap<FiringId, Vec<Attempt>>,
}

impl Around {
    fn read(conn: &mut DbConn, reader: &Reader, firings: &[Firing]) -> Result<Self, StorageError> {
        let shop = reader.shop;
        let ids: Vec<FiringId> = firings.iter().map(|firing| firing.id).collect();
        let clicks: Vec<ClickId> = firings.iter().filter_map(|firing| firing.click_id).collect();
        let people: Vec<AffiliateId> =
            firings.iter().filter_map(|firing| firing.affiliate_id).collect();
        let mut attempts: HashMap<FiringId, Vec<Attempt>> = HashMap::new();
        for attempt in attempts_of_firings(conn, shop, &ids, ATTEMPTS_MAX)? {
            attempts.entry(attempt.firing_id).or_default().push(attempt);
        }
        let affiliates = match reader.affiliate {
            Some(_) => HashMap::new(),
            None => affiliates_by_ids(conn, shop, &people)?,
        };
        Ok(Self {
            postbacks: reader.postbacks(conn)?.into_iter().map(|row| (row.id, row)).collect(),
            affiliates,
            clicks: clicks_by_ids(conn, shop, &clicks)?
                .into_iter()
                .map(|click| (click.id, click))
                .collect(),
            attempts,
        })
    }
}

/// Why a firing was never sent, in a sentence.
fn not_sent_words(reason: &str) -> String {
    match reason {
        "postback_deleted" => "The postback was deleted.".to_owned(),
        "held_too_long" => "It was kept for 30 days, and the pause did not end.".to_owned(),
        other => sentence(other),
    }
}

/// Where a list goes on: time and id of its last row.
#[must_use]
pub fn cursor_text(at: UtcTime, id: i64) -> String {
    format!("{}.{id}", at.micros())
}

/// The inverse of [`cursor_text`].
#[must_use]
pub fn read_cursor(text: &str) -> Option<(UtcTime, i64)> {
    let (micros, id) = text.split_once('.')?;
    Some((UtcTime::from_micros(micros.parse().ok()?), id.parse().ok()?))
}

fn headers_of(stored: &str) -> Vec<NameValue> {
    let pairs: Vec<(String, String)> = serde_json::from_str(stored).unwrap_or_default();
    pairs.into_iter().map(|(name, value)| NameValue { name, value }).collect()
}

fn flags_of(stored: Option<&str>) -> Vec<String> {
    let Some(text) = stored.filter(|text| !text.is_empty()) else { return Vec::new() };
    let flags: Vec<String> =
        serde_json::from_str(text).unwrap_or_else(|_not_a_list| vec![text.to_owned()]);
    flags.iter().map(|flag| flag_words(flag)).collect()
}
