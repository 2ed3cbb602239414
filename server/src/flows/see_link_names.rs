//! Which parameters links really carry, gathered from stored clicks in small batches, behind the clicks and
//! out of their way. Repeat-safe: a name is noted by its key, and the position only goes forward.

use std::collections::{BTreeMap, HashMap};

use domain::{ids::ShopId, time::UtcTime};
use storage::{
    DbConn, StorageError, WriteTx,
    link_names::{
        ClickedLink, LINK_NAMES_MAX, LinkName, clicks_are_read, clicks_unread, link_names_see,
    },
    postbacks::Owner,
};

use super::book_changes::day_number;

/// Clicks read at a time.
pub const BATCH_MAX: i64 = 500;
/// A click's id is made a moment before the click is stored: younger ones are left for the next time.
const SETTLING_MS: i64 = 2_000;
/// Most names that are kept in memory.
const REMEMBERED_MAX: usize = 50_000;

/// A name of one owner's links.
type Key = (ShopId, i64, String);

/// What this process has noted already, so that the names that every click carries are written once a day.
#[derive(Debug, Default)]
pub struct Remembered(HashMap<Key, i64>);

/// What a batch of clicks brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// Names that were not noted on that day.
    pub names: Vec<LinkName>,
    last: ClickedLink,
    /// There may be more clicks.
    pub is_full: bool,
}

/// The clicks that nobody has read yet.
///
/// # Errors
/// [`StorageError`].
pub fn unread_links(conn: &mut DbConn, now: UtcTime) -> Result<Vec<ClickedLink>, StorageError> {
    clicks_unread(conn, now.plus_millis(-SETTLING_MS), BATCH_MAX)
}

impl Remembered {
    /// What of these clicks has to be noted; none when there are no clicks.
    #[must_use]
    pub fn news_of(&self, clicks: Vec<ClickedLink>) -> Option<News> {
        let is_full = i64::try_from(clicks.len()).is_ok_and(|count| count >= BATCH_MAX);
        let mut fresh: BTreeMap<Key, LinkName> = BTreeMap::new();
        let mut counts: HashMap<(ShopId, i64), i64> = HashMap::new();
        for click in &clicks {
            let day = day_number(click.clicked_at);
            for name in click.link_params.0.keys() {
                for owner in [Owner::Affiliate(click.affiliate_id), Owner::Merchant] {
                    let seen = LinkName::of(click.shop_id, owner, name.clone(), day);
                    let key = key_of(&seen);
                    if self.0.get(&key).is_some_and(|known| *known >= day) {
                        continue;
                    }
                    if let Some(before) = fresh.get_mut(&key) {
                        before.last_day = before.last_day.max(day);
                        continue;
                    }
                    // More would only push one another out.
                    let count = counts.entry((seen.shop_id, seen.affiliate_id)).or_default();
                    *count += 1;
                    if *count <= LINK_NAMES_MAX {
                        fresh.insert(key, seen);
                    }
                }
            }
        }
        let last = clicks.into_iter().next_back()?;
        Some(News { names: fresh.into_values().collect(), last, is_full })
    }

    /// These names are stored.
    pub fn remember(&mut self, names: Vec<LinkName>) {
        if self.0.len().saturating_add(names.len()) > REMEMBERED_MAX {
            self.0.clear();
        }
        self.0.extend(names.into_iter().map(|seen| (key_of(&seen), seen.last_day)));
    }
}

fn key_of(seen: &LinkName) -> Key {
    (seen.shop_id, seen.affiliate_id, seen.name.clone())
}

/// Notes what a batch brought.
///
/// # Errors
/// [`StorageError`].
pub fn see_link_names(tx: &mut WriteTx<'_>, news: &News) -> Result<(), StorageError> {
    link_names_see(tx, &news.names)?;
    clicks_are_read(tx, news.last.id)
}
