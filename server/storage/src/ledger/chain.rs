//! The chain of each shop's ledger (N11): entries get their place and hash under the lock of the
//! shop's head, once per batch; where the chain stood when a day ended is kept for the merchant.

use diesel::{
    OptionalExtension as _, QueryDsl as _, RunQueryDsl as _, SelectableHelper as _, prelude::*,
};
use domain::{
    ids::{AffiliateId, ConversionId, EntryId, ShopId},
    ledger::chain::{ChainHash, ChainedFields, link},
    money::Currency,
    time::{DAY_S, UtcTime},
};

use super::Entry;
use crate::{
    DbConn, StorageError, WriteTx, bulk,
    columns::{Record, record},
    schema::{ledger_daily_heads, ledger_entries, ledger_heads},
    sql::load,
};

record! {
    /// An entry with its place in the chain: what is stored.
    pub struct ChainedEntry in ledger_entries {
        /// Ours.
        pub id: EntryId,
        /// Its shop.
        pub shop_id: ShopId,
        /// Whose account it is.
        pub affiliate_id: AffiliateId,
        /// The conversion that changed, if one did.
        pub conversion_id: Option<ConversionId>,
        /// When.
        pub at: UtcTime,
        /// What kind of change.
        pub kind: String,
        /// Why.
        pub reason: Option<String>,
        /// The shop's currency.
        pub currency: Currency,
        /// The change.
        pub amount_minor: i64,
        /// The affiliate's currency.
        pub payout_currency: Currency,
        /// The change in the affiliate's currency.
        pub payout_amount_minor: i64,
        /// Which version of the conversion wrote it.
        pub conversion_version: Option<i64>,
        /// Place in the shop's chain, from 1.
        pub seq: i64,
        /// Hash over the hash before it and everything above.
        pub hash: ChainHash,
    }
}

record! {
    /// The end of a shop's chain.
    pub struct Head in ledger_heads {
        /// The shop.
        pub shop_id: ShopId,
        /// How many entries there are.
        pub entries: i64,
        /// Hash of the last one.
        pub hash: ChainHash,
        /// Day (UTC, since 1970-01-01) of the last one.
        pub day: i64,
    }
}

record! {
    /// Where a shop's chain stood when a day ended.
    pub struct DailyHead in ledger_daily_heads {
        /// The shop.
        pub shop_id: ShopId,
        /// The day (UTC, since 1970-01-01).
        pub day: i64,
        /// How many entries there were.
        pub entries: i64,
        /// Hash of the last one.
        pub hash: ChainHash,
    }
}

impl ChainedEntry {
    fn following(head: &Head, entry: &Entry) -> Self {
        let entry = entry.clone();
        let mut chained = Self {
            id: entry.id,
            shop_id: entry.shop_id,
            affiliate_id: entry.affiliate_id,
            conversion_id: entry.conversion_id,
            at: entry.at,
            kind: entry.kind,
            reason: entry.reason,
            currency: entry.currency,
            amount_minor: entry.amount_minor,
            payout_currency: entry.payout_currency,
            payout_amount_minor: entry.payout_amount_minor,
            conversion_version: entry.conversion_version,
            seq: head.entries.saturating_add(1),
            hash: ChainHash::START,
        };
        chained.hash = chained.hash_after(&head.hash);
        chained
    }

    /// The hash that this entry must have if `previous` is the one before it.
    #[must_use]
    pub fn hash_after(&self, previous: &ChainHash) -> ChainHash {
        let fields = ChainedFields {
            seq: self.seq,
            id: self.id,
            shop_id: self.shop_id,
            affiliate_id: self.affiliate_id,
            conversion_id: self.conversion_id,
            at: self.at,
            kind: &self.kind,
            reason: self.reason.as_deref(),
            currency: self.currency,
            amount_minor: self.amount_minor,
            payout_currency: self.payout_currency,
            payout_amount_minor: self.payout_amount_minor,
            conversion_version: self.conversion_version,
        };
        link(previous, &fields)
    }
}

/// Appends one shop's entries to its chain. Until the transaction ends nobody else appends to it.
pub(super) fn append(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    entries: &[&Entry],
) -> Result<(), StorageError> {
    let mut head = head_lock(tx, shop)?;
    let mut rows = Vec::with_capacity(entries.len());
    for entry in entries {
        let day = day_of(entry.at);
        if day > head.day && head.entries > 0 {
            rows_insert(tx, &mut rows)?;
            daily_head_insert(tx, &head)?;
        }
        let row = ChainedEntry::following(&head, entry);
        head = Head { entries: row.seq, hash: row.hash, day: head.day.max(day), ..head };
        rows.push(row);
    }
    rows_insert(tx, &mut rows)?;
    let tail = "ON CONFLICT (shop_id) DO UPDATE SET entries = excluded.entries, \
         hash = excluded.hash, day = excluded.day";
    bulk::insert(tx, std::slice::from_ref(&head), tail)?;
    Ok(())
}

fn rows_insert(tx: &mut WriteTx<'_>, rows: &mut Vec<ChainedEntry>) -> Result<(), StorageError> {
    bulk::insert(tx, rows, "")?;
    rows.clear();
    Ok(())
}

fn daily_head_insert(tx: &mut WriteTx<'_>, head: &Head) -> Result<(), StorageError> {
    let Head { shop_id, entries, hash, day } = head.clone();
    let ended = DailyHead { shop_id, day, entries, hash };
    bulk::insert(tx, std::slice::from_ref(&ended), "ON CONFLICT (shop_id, day) DO NOTHING")?;
    Ok(())
}

/// The end of the chain, locked: PostgreSQL's row lock, SQLite's write transaction.
fn head_lock(tx: &mut WriteTx<'_>, shop: ShopId) -> Result<Head, StorageError> {
    if let Some(head) = head_read(tx, shop)? {
        return Ok(head);
    }
    // Somebody else may be about to make the row: whoever comes second waits here for the first.
    let head = Head { shop_id: shop, entries: 0, hash: ChainHash::START, day: i64::MIN };
    bulk::insert(tx, std::slice::from_ref(&head), "ON CONFLICT (shop_id) DO NOTHING")?;
    head_read(tx, shop)?.ok_or(StorageError::NotFound)
}

fn head_read(tx: &mut WriteTx<'_>, shop: ShopId) -> Result<Option<Head>, StorageError> {
    let lock = match &**tx {
        DbConn::Postgres(_) => " FOR UPDATE",
        DbConn::Sqlite(_) => "",
    };
    let columns = Head::COLUMNS.join(", ");
    let text = format!("SELECT {columns} FROM ledger_heads WHERE shop_id = ?{lock}");
    let found = load!(&mut **tx, &text, [shop] => <Head as Record>::SqlType as Head);
    Ok(found.into_iter().next())
}

fn day_of(at: UtcTime) -> i64 {
    at.unix_seconds().div_euclid(DAY_S)
}

/// The end of a shop's chain; none before its first entry.
///
/// # Errors
/// [`StorageError`].
pub fn ledger_head(conn: &mut DbConn, shop: ShopId) -> Result<Option<Head>, StorageError> {
    let query = ledger_heads::table.find(shop.0).select(Head::as_select());
    Ok(query.first(conn).optional()?)
}

/// Where a shop's chain stood at the end of each day with entries, newest first.
///
/// # Errors
/// [`StorageError`].
pub fn ledger_daily_heads_of(
    conn: &mut DbConn,
    shop: ShopId,
    limit: i64,
) -> Result<Vec<DailyHead>, StorageError> {
    let query = ledger_daily_heads::table
        .filter(ledger_daily_heads::shop_id.eq(shop.0))
        .order(ledger_daily_heads::day.desc())
        .limit(limit)
        .select(DailyHead::as_select());
    Ok(query.load(conn)?)
}

/// A page of a shop's chain, in its order, after a place.
///
/// # Errors
/// [`StorageError`].
pub fn chain_page(
    conn: &mut DbConn,
    shop: ShopId,
    after: i64,
    limit: i64,
) -> Result<Vec<ChainedEntry>, StorageError> {
    let query = ledger_entries::table
        .filter(ledger_entries::shop_id.eq(shop.0))
        .filter(ledger_entries::seq.gt(after))
        .order(ledger_entries::seq)
        .limit(limit)
        .select(ChainedEntry::as_select());
    Ok(query.load(conn)?)
}

/// Shops that have entries or the end of a chain. Crosses shops: for the operator's check.
///
/// # Errors
/// [`StorageError`].
pub fn ledger_shops(conn: &mut DbConn) -> Result<Vec<ShopId>, StorageError> {
    use diesel::sql_types::BigInt;

    // Found by jumping through the index from shop to shop: there may be millions of entries.
    let next = "SELECT shop_id FROM ledger_entries WHERE shop_id > ? ORDER BY shop_id LIMIT 1";
    let mut shops = Vec::new();
    let mut after = i64::MIN;
    while let Some(shop) = load!(conn, next, [after] => BigInt as i64).first().copied() {
        shops.push(ShopId(shop));
        after = shop;
    }
    let heads = "SELECT shop_id FROM ledger_heads ORDER BY shop_id";
    shops.extend(load!(conn, heads, [] => BigInt as i64).into_iter().map(ShopId));
    shops.sort_unstable();
    shops.dedup();
    Ok(shops)
}
