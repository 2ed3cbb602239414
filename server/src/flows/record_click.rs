//! Visits through affiliates' links become clicks, many in one write. Repeat-safe: the same visitor
//! on the same link within a minute is one click, and a report that is sent again is the same click,
//! whichever process takes it (unique key of `clicks`).

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
};

use domain::{
    affiliate::fold_code,
    ids::{AffiliateId, ClickId},
    link::EntryLink,
    time::{DAY_S, UtcTime},
};
use storage::{
    Json, StorageError, WriteTx,
    affiliates::{self, Affiliate},
    clicks::{self, Click},
    creatives, firings,
    notify::{Channel, notify},
    stats::{self, DailyStat},
    visit_counts::{VisitCount, visit_counts_add},
};

use super::{book_changes::day_number, enqueue_firings::firings_for_click, shop_book::ShopBook};

/// A report of the same link by the same visitor within this time is a reload, not a click.
const RELOAD_SECONDS: i64 = 60;
/// The past that a repeat is looked for in: longer than any browser tries to report a visit, because
/// the database takes a report once.
const REPEAT_SECONDS: i64 = 400 * DAY_S;
/// Longest entry URL that is kept.
const ENTRY_URL_CHARS_MAX: usize = 2_048;

/// What the storefront reports.
#[derive(Debug, Clone, Default)]
pub struct Visit {
    /// The page that was opened, as the browser shows it.
    pub entry_url: String,
    /// What its address says, read before the write begins: writes wait for each other.
    pub link: EntryLink,
    /// The visitor's random key.
    pub visitor: String,
    /// The key was made for this very report, so no other click can have it.
    pub is_first: bool,
    /// Where the visitor came from.
    pub referrer: Option<String>,
    /// The visitor's address, already truncated.
    pub ip_truncated: Option<String>,
    /// The browser's own id of the report.
    pub report_id: Option<String>,
    /// What the visitor allowed, in two bits.
    pub consent: Option<i64>,
    /// The browser's name for itself.
    pub user_agent: Option<String>,
}

impl Visit {
    /// A visitor opens a page; nothing else is known.
    #[must_use]
    pub fn entering(entry_url: String, visitor: String) -> Self {
        Self { link: EntryLink::read(&entry_url), entry_url, visitor, ..Self::default() }
    }
}

/// A visit that is only counted: nothing about the visitor is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Uncounted {
    /// A program, by its own word.
    Bot,
    /// A visitor who allowed nothing (N20).
    WithoutConsent,
}

/// The click of a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Landing {
    /// Its id.
    pub click: ClickId,
    /// Whose link it was.
    pub affiliate: AffiliateId,
    /// For how many days it earns.
    pub window_days: i64,
}

/// What became of a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// A new click.
    Click(Landing),
    /// The click was known already.
    Reload(Landing),
    /// The link names nobody whom this shop knows.
    Nobody,
}

impl Recorded {
    /// The click under the id that it was stored with before.
    fn become_stored(&mut self, stored_before: &HashMap<ClickId, ClickId>) {
        if let Self::Click(landing) | Self::Reload(landing) = *self
            && let Some(click) = stored_before.get(&landing.click)
        {
            *self = Self::Reload(Landing { click: *click, ..landing });
        }
    }
}

/// Records one visit.
///
/// # Errors
/// [`StorageError`].
pub fn record_click(
    tx: &mut WriteTx<'_>,
    book: &ShopBook,
    visit: &Visit,
    now: UtcTime,
) -> Result<Recorded, StorageError> {
    let recorded = record_clicks(tx, book, std::slice::from_ref(visit), now)?;
    Ok(recorded.first().copied().unwrap_or(Recorded::Nobody))
}

/// Records visits of one shop, and answers for each in the order given.
///
/// # Errors
/// [`StorageError`].
pub fn record_clicks(
    tx: &mut WriteTx<'_>,
    book: &ShopBook,
    visits: &[Visit],
    now: UtcTime,
) -> Result<Vec<Recorded>, StorageError> {
    let affiliates = Named::read(tx, book, visits.iter().map(|visit| &visit.link))?;
    let mut known = earlier_clicks(tx, book, visits, now)?;
    let mut recorded = vec![Recorded::Nobody; visits.len()];
    let mut fresh = Fresh::default();
    // By visitor, as the clicks are stored; one visitor's stay in their order.
    let mut in_order: Vec<_> = visits.iter().zip(&mut recorded).collect();
    in_order.sort_by_key(|(visit, _)| visit.visitor.as_str());
    for (visit, recorded) in in_order {
        let Some(affiliate) = affiliates.first_of(&visit.link) else { continue };
        let landing = |click| Landing {
            click,
            affiliate: affiliate.id,
            window_days: book.window_days(affiliate.program_id, now),
        };
        let mine = known.entry(visit.visitor.as_str()).or_default();
        if let Some(same) = mine.iter().find(|click| click.is_same(visit, affiliate, now)) {
            *recorded = Recorded::Reload(landing(same.id));
            continue;
        }
        let click = click_of(tx, book, visit, affiliate, now);
        mine.push(Earlier::now(&click, visit));
        *recorded = Recorded::Click(landing(click.id));
        fresh.clicks.push(click);
        fresh.affiliates.push(affiliate);
    }
    let stored_before = store(tx, book, fresh, now)?;
    if !stored_before.is_empty() {
        for recorded in &mut recorded {
            recorded.become_stored(&stored_before);
        }
    }
    Ok(recorded)
}

/// Counts visits of one shop without keeping anything about the visitors.
///
/// # Errors
/// [`StorageError`].
pub fn count_visits(
    tx: &mut WriteTx<'_>,
    book: &ShopBook,
    visits: &[(Uncounted, EntryLink)],
    now: UtcTime,
) -> Result<(), StorageError> {
    let affiliates = Named::read(tx, book, visits.iter().map(|(_, link)| link))?;
    let counts: Vec<VisitCount> = visits
        .iter()
        .filter_map(|(why, link)| {
            Some(VisitCount {
                shop_id: book.shop,
                affiliate_id: affiliates.first_of(link)?.id,
                day: day_number(now),
                bots: i64::from(*why == Uncounted::Bot),
                without_consent: i64::from(*why == Uncounted::WithoutConsent),
            })
        })
        .collect();
    visit_counts_add(tx, &counts)
}

/// What must be known of an earlier click to recognise it.
#[derive(Debug)]
struct Earlier<'a> {
    id: ClickId,
    affiliate: AffiliateId,
    at: UtcTime,
    entry_url: Cow<'a, str>,
    report_id: Option<Cow<'a, str>>,
}

impl<'a> Earlier<'a> {
    /// The click that a visit has just become.
    fn now(click: &Click, visit: &'a Visit) -> Self {
        Self {
            id: click.id,
            affiliate: click.affiliate_id,
            at: click.clicked_at,
            entry_url: Cow::Borrowed(kept_url(&visit.entry_url)),
            report_id: visit.report_id.as_deref().map(Cow::Borrowed),
        }
    }

    fn stored(click: Click) -> Self {
        Self {
            id: click.id,
            affiliate: click.affiliate_id,
            at: click.clicked_at,
            entry_url: Cow::Owned(click.entry_url),
            report_id: click.report_id.map(Cow::Owned),
        }
    }

    fn is_same(&self, visit: &Visit, affiliate: &Affiliate, now: UtcTime) -> bool {
        let is_repeat =
            visit.report_id.is_some() && self.report_id.as_deref() == visit.report_id.as_deref();
        let is_reload = now.seconds_since(self.at) < RELOAD_SECONDS
            && self.entry_url == kept_url(&visit.entry_url);
        self.affiliate == affiliate.id && (is_repeat || is_reload)
    }
}

/// The affiliates that links name, by their folded codes.
struct Named(HashMap<String, Affiliate>);

impl Named {
    fn read<'a>(
        tx: &mut WriteTx<'_>,
        book: &ShopBook,
        links: impl Iterator<Item = &'a EntryLink>,
    ) -> Result<Self, StorageError> {
        let codes = links.flat_map(|link| &link.codes);
        let mut folded: Vec<String> = codes.map(|code| fold_code(code)).collect();
        folded.sort_unstable();
        folded.dedup();
        let found = affiliates::affiliates_by_codes(tx, book.shop, &folded)?;
        Ok(Self(found.into_iter().map(|one| (one.code_folded.clone(), one)).collect()))
    }

    /// The first of the link's codes that belongs to an affiliate of the shop.
    fn first_of(&self, link: &EntryLink) -> Option<&Affiliate> {
        link.codes.iter().find_map(|code| self.0.get(&fold_code(code)))
    }
}

/// The clicks of visitors who may have some.
fn earlier_clicks<'a>(
    tx: &mut WriteTx<'_>,
    book: &ShopBook,
    visits: &'a [Visit],
    now: UtcTime,
) -> Result<HashMap<&'a str, Vec<Earlier<'a>>>, StorageError> {
    let visitors: BTreeSet<&str> =
        visits.iter().filter(|visit| !visit.is_first).map(|visit| visit.visitor.as_str()).collect();
    let since = now.plus_seconds(-REPEAT_SECONDS);
    let mut known: HashMap<&str, Vec<Earlier<'_>>> = HashMap::with_capacity(visits.len());
    let asked: Vec<String> = visitors.iter().map(|visitor| (*visitor).to_owned()).collect();
    for click in clicks::clicks_of_visitors(tx, book.shop, &asked, since)? {
        if let Some(visitor) = visitors.get(click.visitor.as_str()) {
            known.entry(*visitor).or_default().push(Earlier::stored(click));
        }
    }
    Ok(known)
}

fn kept_url(url: &str) -> &str {
    url.char_indices()
        .nth(ENTRY_URL_CHARS_MAX)
        .map_or(url, |(end, _)| url.get(..end).unwrap_or(url))
}

fn click_of(
    tx: &WriteTx<'_>,
    book: &ShopBook,
    visit: &Visit,
    affiliate: &Affiliate,
    now: UtcTime,
) -> Click {
    Click {
        id: ClickId(tx.next_id(now)),
        shop_id: book.shop,
        affiliate_id: affiliate.id,
        visitor: visit.visitor.clone(),
        clicked_at: now,
        entry_url: kept_url(&visit.entry_url).to_owned(),
        link_params: Json(visit.link.params.0.clone()),
        is_params_cut: visit.link.is_cut,
        referrer: visit.referrer.clone(),
        ip_truncated: visit.ip_truncated.clone(),
        report_id: visit.report_id.clone(),
        consent: visit.consent,
        user_agent: visit.user_agent.clone().filter(|_| book.settings.facebook_pixel_enabled),
    }
}

/// Clicks that are new, and for each whose it is.
#[derive(Default)]
struct Fresh<'a> {
    clicks: Vec<Click>,
    affiliates: Vec<&'a Affiliate>,
}

impl Fresh<'_> {
    /// Removes the clicks that were not inserted; returns the stored id of each.
    fn take_out_stored(
        &mut self,
        tx: &mut WriteTx<'_>,
        inserted: &HashSet<i64>,
    ) -> Result<HashMap<ClickId, ClickId>, StorageError> {
        let is_new = |click: &Click| inserted.contains(&click.id.0);
        let known: Vec<&Click> = self.clicks.iter().filter(|click| !is_new(click)).collect();
        let stored = clicks::clicks_of_reports(tx, &known)?;
        let first_of = |click: &Click| {
            let is_same = |first: &&Click| {
                first.visitor == click.visitor
                    && first.report_id == click.report_id
                    && first.affiliate_id == click.affiliate_id
            };
            // Nothing only if it was deleted in this moment.
            let gone = || StorageError::Busy("a click has just been deleted".to_owned());
            stored.iter().find(is_same).map(|first| (click.id, first.id)).ok_or_else(gone)
        };
        let ids = known.into_iter().map(first_of).collect();
        let (clicks, affiliates) = std::mem::take(&mut self.clicks)
            .into_iter()
            .zip(std::mem::take(&mut self.affiliates))
            .filter(|(click, _)| is_new(click))
            .unzip();
        (self.clicks, self.affiliates) = (clicks, affiliates);
        ids
    }
}

/// Stores the new clicks and what follows from them. Of reports that were stored before, the
/// answer has the first id for each new one.
fn store(
    tx: &mut WriteTx<'_>,
    book: &ShopBook,
    mut fresh: Fresh<'_>,
    now: UtcTime,
) -> Result<HashMap<ClickId, ClickId>, StorageError> {
    let inserted = clicks::click_insert_batch(tx, &fresh.clicks)?;
    let mut stored_before = HashMap::new();
    if inserted.len() < fresh.clicks.len() {
        stored_before = fresh.take_out_stored(tx, &inserted)?;
    }
    if fresh.clicks.is_empty() {
        return Ok(stored_before);
    }
    let mut per_affiliate: BTreeMap<AffiliateId, i64> = BTreeMap::new();
    for click in &fresh.clicks {
        *per_affiliate.entry(click.affiliate_id).or_default() += 1;
    }
    let days: Vec<DailyStat> = per_affiliate
        .into_iter()
        .map(|(affiliate_id, clicks)| DailyStat {
            shop_id: book.shop,
            affiliate_id,
            day: day_number(now),
            currency: book.currency(),
            clicks,
            conversions: 0,
            sales_minor: 0,
            commission_minor: 0,
        })
        .collect();
    stats::daily_stats_add(tx, &days)?;
    creatives::creative_clicks_add(tx, book.shop, &fresh.clicks, day_number(now))?;
    let fired: Vec<_> = fresh
        .clicks
        .iter()
        .zip(&fresh.affiliates)
        .flat_map(|(click, affiliate)| firings_for_click(tx, book, affiliate, click, now))
        .collect();
    if !fired.is_empty() {
        firings::firing_enqueue_batch(tx, &fired)?;
        notify(tx, Channel::Outbox)?;
    }
    Ok(stored_before)
}
