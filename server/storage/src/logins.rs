//! Log-ins of the affiliate portal: sessions by the hash of their cookie, links that set a password,
//! and failures per account.

use diesel::prelude::*;
use domain::{
    ids::{AffiliateId, ShopId},
    time::UtcTime,
};

use crate::{
    DbConn, StorageError, WriteTx, bulk,
    columns::record,
    schema::{login_failures, password_links, portal_sessions},
    sql::execute,
};

record! {
    /// A log-in.
    pub struct PortalSession in portal_sessions {
        /// SHA-256 of the cookie, in hex.
        pub token_hash: String,
        /// The affiliate's shop.
        pub shop_id: ShopId,
        /// Who is logged in.
        pub affiliate_id: AffiliateId,
        /// Since when.
        pub created_at: UtcTime,
        /// Until when.
        pub expires_at: UtcTime,
    }
}

record! {
    /// Failed log-ins of an account in a row.
    pub struct LoginFailures in login_failures {
        /// Shop and e-mail, in a form that the caller chooses.
        pub account: String,
        /// How many.
        pub failures: i64,
        /// Time of the last one.
        pub last_at: UtcTime,
    }
}

record! {
    /// A link that sets a password.
    pub struct PasswordLink in password_links {
        /// SHA-256 of the link's token, in hex.
        pub token_hash: String,
        /// The affiliate's shop.
        pub shop_id: ShopId,
        /// Whose password.
        pub affiliate_id: AffiliateId,
        /// When it was made.
        pub created_at: UtcTime,
        /// Until when it works.
        pub expires_at: UtcTime,
    }
}

/// Stores a link that sets a password.
///
/// # Errors
/// [`StorageError`].
pub fn password_link_insert(tx: &mut WriteTx<'_>, link: &PasswordLink) -> Result<(), StorageError> {
    bulk::insert(tx, std::slice::from_ref(link), "")?;
    Ok(())
}

/// The link of a token, while it works.
///
/// # Errors
/// [`StorageError`].
pub fn password_link_by_token(
    conn: &mut DbConn,
    shop: ShopId,
    token_hash: &str,
    now: UtcTime,
) -> Result<Option<PasswordLink>, StorageError> {
    let query = password_links::table
        .find(token_hash)
        .filter(password_links::shop_id.eq(shop.0))
        .filter(password_links::expires_at.gt(now.micros()))
        .select(PasswordLink::as_select());
    Ok(query.first(conn).optional()?)
}

/// Takes every link of an affiliate away: one was used, or it is blocked.
///
/// # Errors
/// [`StorageError`].
pub fn password_links_delete_of(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    affiliate: AffiliateId,
) -> Result<usize, StorageError> {
    let text = "DELETE FROM password_links WHERE affiliate_id = ? AND shop_id = ?";
    Ok(execute!(&mut **tx, text, [affiliate, shop]))
}

/// Stores a log-in.
///
/// # Errors
/// [`StorageError`].
pub fn portal_session_insert(
    tx: &mut WriteTx<'_>,
    session: &PortalSession,
) -> Result<(), StorageError> {
    bulk::insert(tx, std::slice::from_ref(session), "")?;
    Ok(())
}

/// The log-in of a cookie, while it lasts. Crosses shops: the cookie tells the shop.
///
/// # Errors
/// [`StorageError`].
pub fn portal_session_by_token(
    conn: &mut DbConn,
    token_hash: &str,
    now: UtcTime,
) -> Result<Option<PortalSession>, StorageError> {
    let query = portal_sessions::table
        .find(token_hash)
        .filter(portal_sessions::expires_at.gt(now.micros()))
        .select(PortalSession::as_select());
    Ok(query.first(conn).optional()?)
}

/// Ends a log-in; no error when it has ended already. Crosses shops: the cookie tells the shop.
///
/// # Errors
/// [`StorageError`].
pub fn portal_session_delete(tx: &mut WriteTx<'_>, token_hash: &str) -> Result<(), StorageError> {
    let text = "DELETE FROM portal_sessions WHERE token_hash = ?";
    execute!(&mut **tx, text, [token_hash]);
    Ok(())
}

/// Ends all log-ins of an affiliate: after a new password, or when it is blocked.
///
/// # Errors
/// [`StorageError`].
pub fn portal_sessions_delete_of(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    affiliate: AffiliateId,
) -> Result<(), StorageError> {
    let text = "DELETE FROM portal_sessions WHERE affiliate_id = ? AND shop_id = ?";
    execute!(&mut **tx, text, [affiliate, shop]);
    Ok(())
}

/// Deletes log-ins that have ended by themselves; returns how many. Crosses shops: housekeeping.
///
/// # Errors
/// [`StorageError`].
pub fn portal_sessions_delete_expired(
    tx: &mut WriteTx<'_>,
    now: UtcTime,
) -> Result<usize, StorageError> {
    let text = "DELETE FROM portal_sessions WHERE expires_at <= ?";
    Ok(execute!(&mut **tx, text, [now]))
}

/// Counts a failed log-in and returns the failures in a row. Those from before `forget_before` no
/// longer count. Crosses shops: the account names its shop.
///
/// # Errors
/// [`StorageError`].
pub fn login_failure_record(
    tx: &mut WriteTx<'_>,
    account: &str,
    now: UtcTime,
    forget_before: UtcTime,
) -> Result<i64, StorageError> {
    let text = "DELETE FROM login_failures WHERE account = ? AND last_at < ?";
    execute!(&mut **tx, text, [account, forget_before]);
    let row = LoginFailures { account: account.to_owned(), failures: 1, last_at: now };
    let tail = "ON CONFLICT (account) DO UPDATE SET \
         failures = login_failures.failures + 1, last_at = excluded.last_at RETURNING failures";
    let found = bulk::insert_returning(tx, &[row], tail)?;
    Ok(found.first().copied().unwrap_or(1))
}

/// An account's failures in a row. Crosses shops: the account names its shop.
///
/// # Errors
/// [`StorageError`].
pub fn login_failures_of(
    conn: &mut DbConn,
    account: &str,
) -> Result<Option<LoginFailures>, StorageError> {
    let query = login_failures::table.find(account).select(LoginFailures::as_select());
    Ok(query.first(conn).optional()?)
}

/// Forgets an account's failures, after a log-in. Crosses shops: the account names its shop.
///
/// # Errors
/// [`StorageError`].
pub fn login_failures_clear(tx: &mut WriteTx<'_>, account: &str) -> Result<(), StorageError> {
    let text = "DELETE FROM login_failures WHERE account = ?";
    execute!(&mut **tx, text, [account]);
    Ok(())
}
