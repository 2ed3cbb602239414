//! Walks a shop's chain from its first entry to its head and names the first thing that is wrong
//! (N11). Reads only, page by page, while the shop may go on booking.

use std::collections::BTreeMap;

use domain::{
    ids::{EntryId, ShopId},
    ledger::chain::ChainHash,
    time::{DAY_S, UtcTime},
};
use storage::{
    DbConn, StorageError,
    ledger::{ChainedEntry, Head, chain_page, ledger_daily_heads_of, ledger_head},
};

/// Entries read at once.
const PAGE: i64 = 5_000;
/// Daily heads that are compared: fifty years of days.
const DAYS_MAX: i64 = 18_263;

/// What is wrong with a chain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// An entry does not have the hash that its fields and the entry before give.
    #[error("entry {seq} (id {id}) was changed, moved or follows one that was")]
    Changed {
        /// Its place.
        seq: i64,
        /// Its id.
        id: EntryId,
    },
    /// An entry holds a value that the program never writes.
    #[error("entry {seq} was changed: it cannot be read")]
    Unreadable {
        /// Its place.
        seq: i64,
    },
    /// There is no entry with this place.
    #[error("entry {seq} is missing")]
    Missing {
        /// The place.
        seq: i64,
    },
    /// An entry stands where none belongs: before the first or behind the head.
    #[error("entry {seq} (id {id}) was inserted")]
    Inserted {
        /// Its place.
        seq: i64,
        /// Its id.
        id: EntryId,
    },
    /// The record of the chain's end is gone.
    #[error("the head of the chain is missing; the entries end with {seq}")]
    NoHead {
        /// The last entry.
        seq: i64,
    },
    /// The record of the chain's end has another hash than the last entry.
    #[error("the head of the chain was changed; the entries end with {seq}")]
    HeadChanged {
        /// The last entry.
        seq: i64,
    },
    /// The chain is not the one whose head was published.
    #[error("entry {seq} is not the one that was published as the head of {day}")]
    NotAsPublished {
        /// Its place.
        seq: i64,
        /// The day.
        day: String,
    },
}

/// A walk along one shop's chain.
#[derive(Debug)]
pub struct Walk {
    shop: ShopId,
    seq: i64,
    hash: ChainHash,
    /// Published heads that are still ahead: number of entries, then hash and day.
    published: BTreeMap<i64, (ChainHash, String)>,
    /// How many entries the head tells of.
    pub expected: i64,
}

/// How far a walk came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// There is more.
    More {
        /// Entries seen so far.
        seq: i64,
    },
    /// All of it is as it was written.
    Whole {
        /// Number of entries.
        entries: i64,
        /// Hash of the last one.
        hash: ChainHash,
    },
    /// The first thing that is wrong.
    Broken(Fault),
}

impl Walk {
    /// Begins before the first entry.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn begin(conn: &mut DbConn, shop: ShopId) -> Result<Self, StorageError> {
        let expected = ledger_head(conn, shop)?.map_or(0, |head| head.entries);
        let heads = ledger_daily_heads_of(conn, shop, DAYS_MAX)?;
        let published =
            heads.into_iter().map(|head| (head.entries, (head.hash, day_text(head.day)))).collect();
        Ok(Self { shop, seq: 0, hash: ChainHash::START, published, expected })
    }

    /// A head that the merchant kept has to lie on the chain as well.
    pub fn must_pass(&mut self, entries: i64, hash: ChainHash) {
        self.published.insert(entries, (hash, "the merchant's copy".to_owned()));
    }

    /// Checks the next page.
    ///
    /// # Errors
    /// [`StorageError`]; a hash of another length than 32 bytes is a corrupt row.
    pub fn step(&mut self, conn: &mut DbConn) -> Result<Step, StorageError> {
        // The head before the page: what it tells of is then in the page.
        let head = ledger_head(conn, self.shop)?;
        let after = if self.seq == 0 { i64::MIN } else { self.seq };
        let page = match chain_page(conn, self.shop, after, PAGE) {
            Err(StorageError::Corrupt(_)) => return self.step_by_one(conn, after),
            page => page?,
        };
        if page.is_empty() {
            return Ok(self.end(head.as_ref()));
        }
        for entry in &page {
            if let Err(fault) = self.take(entry) {
                return Ok(Step::Broken(fault));
            }
        }
        Ok(Step::More { seq: self.seq })
    }

    /// Somewhere in the next page a value is none that the program writes: entries one by one, until
    /// that one is found.
    fn step_by_one(&mut self, conn: &mut DbConn, after: i64) -> Result<Step, StorageError> {
        let page = match chain_page(conn, self.shop, after, 1) {
            Err(StorageError::Corrupt(_)) => {
                return Ok(Step::Broken(Fault::Unreadable { seq: self.seq + 1 }));
            }
            page => page?,
        };
        let taken = page.iter().try_for_each(|entry| self.take(entry));
        Ok(taken.err().map_or(Step::More { seq: self.seq }, Step::Broken))
    }

    fn take(&mut self, entry: &ChainedEntry) -> Result<(), Fault> {
        let seq = self.seq + 1;
        if entry.seq > seq {
            return Err(Fault::Missing { seq });
        }
        if entry.seq < seq {
            return Err(Fault::Inserted { seq: entry.seq, id: entry.id });
        }
        if entry.hash != entry.hash_after(&self.hash) {
            return Err(Fault::Changed { seq, id: entry.id });
        }
        (self.seq, self.hash) = (seq, entry.hash);
        match self.published.remove(&seq) {
            Some((hash, day)) if hash != self.hash => Err(Fault::NotAsPublished { seq, day }),
            _ => Ok(()),
        }
    }

    /// What the end of the entries means, beside the head.
    fn end(&self, head: Option<&Head>) -> Step {
        let seq = self.seq;
        let fault = match head {
            _ if !self.published.is_empty() => Some(Fault::Missing { seq: seq + 1 }),
            None if seq > 0 => Some(Fault::NoHead { seq }),
            None => None,
            Some(head) if head.entries > seq => Some(Fault::Missing { seq: seq + 1 }),
            Some(head) if head.entries < seq || head.hash != self.hash => {
                Some(Fault::HeadChanged { seq })
            }
            Some(_) => None,
        };
        fault.map_or(Step::Whole { entries: seq, hash: self.hash }, Step::Broken)
    }
}

/// `2026-03-01`.
#[must_use]
pub fn day_text(day: i64) -> String {
    let text = UtcTime::default().plus_seconds(day.saturating_mul(DAY_S)).to_string();
    text.split('T').next().unwrap_or_default().to_owned()
}
