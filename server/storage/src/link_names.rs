//! Names of the parameters that links have really carried, of each affiliate and of the whole shop: for the
//! macro picker, and for warnings of macros that no link has carried (T4, T11). They are gathered from the
//! stored clicks, behind a position, and never while a click is stored.

use std::collections::{BTreeMap, BTreeSet};

use diesel::{prelude::*, sql_types::BigInt};
use domain::{
    ids::{AffiliateId, ClickId, ShopId},
    time::UtcTime,
};

use crate::{
    DbConn, Json, StorageError, WriteTx, bulk,
    columns::record,
    ids::first_id_at,
    postbacks::Owner,
    schema::{clicks, link_names},
    sql::{execute, load},
};

/// Most names that are kept of one owner's links: a stranger can put any number into addresses.
pub const LINK_NAMES_MAX: i64 = 200;
/// Stands for all links of a shop where an affiliate's id stands else; no affiliate has it.
const EVERYBODY: i64 = 0;

record! {
    /// A name that links have carried.
    pub struct LinkName in link_names {
        /// The shop.
        pub shop_id: ShopId,
        /// Whose links; [`LinkName::of`] tells how.
        pub affiliate_id: i64,
        /// As it stands in the address.
        pub name: String,
        /// First seen, in days since 1970-01-01 UTC.
        pub first_day: i64,
        /// Last seen.
        pub last_day: i64,
    }
}

impl LinkName {
    /// A name that was seen on a day.
    #[must_use]
    pub fn of(shop_id: ShopId, owner: Owner, name: String, day: i64) -> Self {
        Self { shop_id, affiliate_id: owner_id(owner), name, first_day: day, last_day: day }
    }
}

/// The merchant hears of everybody's links.
const fn owner_id(owner: Owner) -> i64 {
    match owner {
        Owner::Merchant => EVERYBODY,
        Owner::Affiliate(id) => id.0,
    }
}

record! {
    /// What a click says about its link.
    pub struct ClickedLink in clicks {
        /// The click.
        pub id: ClickId,
        /// Its shop.
        pub shop_id: ShopId,
        /// Whose link it was.
        pub affiliate_id: AffiliateId,
        /// When.
        pub clicked_at: UtcTime,
        /// The link's parameters, by name.
        pub link_params: Json<BTreeMap<String, String>>,
    }
}

/// The first clicks after the position up to a moment, in the order of their ids. That moment has to lie so
/// far back that every click whose id was made before it is stored by now. Crosses shops: one worker
/// reads for all.
///
/// # Errors
/// [`StorageError`].
pub fn clicks_unread(
    conn: &mut DbConn,
    until: UtcTime,
    limit: i64,
) -> Result<Vec<ClickedLink>, StorageError> {
    let text = "SELECT last_click_id FROM click_readers WHERE reader = 'link_names'";
    let position = load!(&mut *conn, text, [] => BigInt as i64).first().copied().unwrap_or(0);
    let query = clicks::table
        .filter(clicks::id.gt(position))
        .filter(clicks::id.lt(first_id_at(until)))
        .order(clicks::id)
        .limit(limit)
        .select(ClickedLink::as_select());
    Ok(query.load(conn)?)
}

/// Everything up to this click is read; a position that is further already stays. Crosses shops: one worker
/// reads for all.
///
/// # Errors
/// [`StorageError`].
pub fn clicks_are_read(tx: &mut WriteTx<'_>, up_to: ClickId) -> Result<(), StorageError> {
    let text = "INSERT INTO click_readers (reader, last_click_id) VALUES ('link_names', ?) \
         ON CONFLICT (reader) DO UPDATE SET last_click_id = excluded.last_click_id \
         WHERE click_readers.last_click_id < excluded.last_click_id";
    execute!(&mut **tx, text, [up_to]);
    Ok(())
}

/// Notes names, those of several shops too, and forgets those of each owner that are too many: first
/// the ones that were not seen for longest, then the newer ones. Each (owner, name) may be given once.
///
/// # Errors
/// [`StorageError`].
pub fn link_names_see(tx: &mut WriteTx<'_>, seen: &[LinkName]) -> Result<(), StorageError> {
    // Sorted: two processes that note the same names take their rows in one order.
    let mut rows = seen.to_vec();
    rows.sort_by(|a, b| {
        (a.shop_id, a.affiliate_id, &a.name).cmp(&(b.shop_id, b.affiliate_id, &b.name))
    });
    let tail = "ON CONFLICT (shop_id, affiliate_id, name) DO UPDATE SET last_day = excluded.last_day \
         WHERE link_names.last_day < excluded.last_day";
    bulk::insert(tx, &rows, tail)?;
    let owners: BTreeSet<(ShopId, i64)> =
        rows.iter().map(|row| (row.shop_id, row.affiliate_id)).collect();
    for (shop, owner) in owners {
        trim(tx, shop, owner)?;
    }
    Ok(())
}

fn trim(tx: &mut WriteTx<'_>, shop: ShopId, owner: i64) -> Result<(), StorageError> {
    let text = "DELETE FROM link_names WHERE shop_id = ? AND affiliate_id = ? AND name IN \
         (SELECT name FROM link_names WHERE shop_id = ? AND affiliate_id = ? \
          ORDER BY last_day DESC, first_day, name LIMIT ? OFFSET ?)";
    // SQLite wants a limit before an offset.
    execute!(&mut **tx, text, [shop, owner, shop, owner, i64::MAX, LINK_NAMES_MAX]);
    Ok(())
}

/// The names that an owner's links have carried, in alphabetical order; of the merchant those of all links
/// of the shop.
///
/// # Errors
/// [`StorageError`].
pub fn link_names_of(
    conn: &mut DbConn,
    shop: ShopId,
    owner: Owner,
) -> Result<BTreeSet<String>, StorageError> {
    let query = link_names::table
        .filter(link_names::shop_id.eq(shop.0))
        .filter(link_names::affiliate_id.eq(owner_id(owner)))
        .order(link_names::name)
        .limit(LINK_NAMES_MAX)
        .select(link_names::name);
    Ok(query.load::<String>(conn)?.into_iter().collect())
}

/// Forgets up to `limit` names that were seen last before a day; returns how many. Crosses shops: retention
/// is the operator's.
///
/// # Errors
/// [`StorageError`].
pub fn link_names_drop_before(
    tx: &mut WriteTx<'_>,
    day: i64,
    limit: i64,
) -> Result<usize, StorageError> {
    let text = "DELETE FROM link_names WHERE (shop_id, affiliate_id, name) IN \
         (SELECT shop_id, affiliate_id, name FROM link_names WHERE last_day < ? LIMIT ?)";
    Ok(execute!(&mut **tx, text, [day, limit]))
}
