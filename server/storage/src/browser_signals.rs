//! What browsers said at the checkout: consent, and what the advertising network needs to recognise
//! a visit. Kept only for as long as an event may be sent with it.

use domain::{ids::ShopId, time::UtcTime};

use crate::{
    DbConn, StorageError, WriteTx, bulk,
    columns::{Bound, record},
    lookup::lookup,
    sql::execute,
};

record! {
    /// One browser's word about one order or visitor.
    pub struct BrowserSignal in browser_signals {
        /// Its shop.
        pub shop_id: ShopId,
        /// `order:<id>` or `visitor:<key>`.
        pub subject: String,
        /// 1 marketing, 2 sale of data.
        pub consent: i64,
        /// What the browser calls itself.
        pub user_agent: Option<String>,
        /// The network's browser cookie.
        pub fbp: Option<String>,
        /// The network's click cookie.
        pub fbc: Option<String>,
        /// When it said so.
        pub at: UtcTime,
    }
}

/// Takes in what browsers said; the latest word counts, for a withdrawal must.
///
/// # Errors
/// [`StorageError`].
pub fn browser_signals_save(
    tx: &mut WriteTx<'_>,
    signals: &[BrowserSignal],
) -> Result<(), StorageError> {
    let tail = "ON CONFLICT (shop_id, subject) DO UPDATE SET consent = excluded.consent, \
         user_agent = COALESCE(excluded.user_agent, browser_signals.user_agent), \
         fbp = COALESCE(excluded.fbp, browser_signals.fbp), \
         fbc = COALESCE(excluded.fbc, browser_signals.fbc), at = excluded.at";
    bulk::insert(tx, signals, tail)?;
    Ok(())
}

/// What was said about these subjects, by shop and subject.
///
/// # Errors
/// [`StorageError`].
pub fn browser_signals_of(
    conn: &mut DbConn,
    subjects: &[(ShopId, String)],
) -> Result<Vec<BrowserSignal>, StorageError> {
    let mut keys = Vec::with_capacity(subjects.len());
    for (shop, subject) in subjects {
        keys.push(vec![shop.value()?, subject.value()?]);
    }
    Ok(lookup!(conn, BrowserSignal, "WHERE shop_id = ? AND subject = ?", keys))
}

/// Forgets up to `limit` signals from before a moment; returns how many. Crosses shops: retention is
/// the operator's.
///
/// # Errors
/// [`StorageError`].
pub fn browser_signals_drop_before(
    tx: &mut WriteTx<'_>,
    time: UtcTime,
    limit: i64,
) -> Result<usize, StorageError> {
    let text = "DELETE FROM browser_signals WHERE (shop_id, subject) IN \
         (SELECT shop_id, subject FROM browser_signals WHERE at < ? ORDER BY at LIMIT ?)";
    Ok(execute!(&mut **tx, text, [time, limit]))
}
