//! What Shopify gave us for a shop: the token, encrypted by the caller, and what we know of our own
//! extensions there. Who renews a token holds a lease in the row, on both databases: one renewal at a
//! time, in all processes, without a transaction that waits for the network.

use diesel::prelude::*;
use domain::{ids::ShopId, time::UtcTime};

use crate::{
    DbConn, StorageError, WriteTx, bulk,
    columns::record,
    schema::{installations, shops},
    sql::execute,
};

record! {
    /// An installation.
    pub struct Installation in installations {
        /// Its shop.
        pub shop_id: ShopId,
        /// The token pair, encrypted; none while there is none.
        pub token: Option<Vec<u8>>,
        /// What the shop has granted, a comma list.
        pub scopes: String,
        /// When the access token ends; none for a permanent one of an older installation.
        pub token_expires_at: Option<UtcTime>,
        /// When the refresh token ends.
        pub refresh_expires_at: Option<UtcTime>,
        /// Counts tokens.
        pub generation: i64,
        /// False once Shopify has refused to renew.
        pub is_connected: bool,
        /// The end of a renewal's lease.
        pub renewing_until: Option<UtcTime>,
        /// The latest proof that the app is installed.
        pub seen_at: UtcTime,
        /// Global id of the connected web pixel.
        pub pixel_id: Option<String>,
        /// Why the pixel could not be connected, in words for the merchant.
        pub pixel_problem: Option<String>,
        /// What the admin last told about the theme embed.
        pub embed_state: Option<String>,
        /// When the storefront snippet last reported, or the admin last told.
        pub embed_seen_at: Option<UtcTime>,
        /// Every order that changed before it is known.
        pub reconciled_until: Option<UtcTime>,
    }
}

/// A token pair to be kept, and until when it is good.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// Encrypted.
    pub sealed: Vec<u8>,
    /// What the shop has granted.
    pub scopes: String,
    /// When the access token ends; none for a permanent one.
    pub expires_at: Option<UtcTime>,
    /// When the refresh token ends.
    pub refresh_expires_at: Option<UtcTime>,
}

/// The installation in a shop, made when there is none.
///
/// # Errors
/// [`StorageError`].
pub fn installation_insert_if_absent(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    now: UtcTime,
) -> Result<(), StorageError> {
    let fresh = Installation {
        shop_id: shop,
        token: None,
        scopes: String::new(),
        token_expires_at: None,
        refresh_expires_at: None,
        generation: 0,
        is_connected: true,
        renewing_until: None,
        seen_at: now,
        pixel_id: None,
        pixel_problem: None,
        embed_state: None,
        embed_seen_at: None,
        reconciled_until: None,
    };
    bulk::insert(tx, &[fresh], "ON CONFLICT (shop_id) DO NOTHING")?;
    Ok(())
}

/// The installation in a shop.
///
/// # Errors
/// [`StorageError`].
pub fn installation(conn: &mut DbConn, shop: ShopId) -> Result<Option<Installation>, StorageError> {
    let query = installations::table.find(shop.0).select(Installation::as_select());
    Ok(query.first(conn).optional()?)
}

/// Shops that have the app and are connected, in the order of their ids, after one of them. Crosses
/// shops: daily work is done for all.
///
/// # Errors
/// [`StorageError`].
pub fn installations_connected(
    conn: &mut DbConn,
    after: Option<ShopId>,
    limit: i64,
) -> Result<Vec<ShopId>, StorageError> {
    let query = installations::table
        .inner_join(shops::table.on(shops::id.eq(installations::shop_id)))
        .filter(shops::uninstalled_at.is_null())
        .filter(installations::is_connected)
        .filter(installations::token.is_not_null())
        .filter(installations::shop_id.gt(after.map_or(0, |id| id.0)))
        .order(installations::shop_id)
        .limit(limit)
        .select(installations::shop_id);
    let ids: Vec<i64> = query.load(conn)?;
    Ok(ids.into_iter().map(ShopId).collect())
}

/// Takes the lease of a renewal, unless somebody has it, or the token is not the one of this
/// generation any more. True: it is ours until `until`.
///
/// # Errors
/// [`StorageError`].
pub fn renewal_begin(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    generation: i64,
    now: UtcTime,
    until: UtcTime,
) -> Result<bool, StorageError> {
    let text = "UPDATE installations SET renewing_until = ? WHERE shop_id = ? AND generation = ? \
         AND (renewing_until IS NULL OR renewing_until <= ?)";
    Ok(execute!(&mut **tx, text, [until, shop, generation, now]) == 1)
}

/// Keeps the token that follows the one of this generation, and ends the lease. Whoever holds an older one
/// reads it again. False, and nothing is kept, when the generation is over: somebody else brought a token,
/// or the app was removed meanwhile.
///
/// # Errors
/// [`StorageError`].
pub fn token_keep(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    generation: i64,
    token: &NewToken,
    now: UtcTime,
) -> Result<bool, StorageError> {
    let text = "UPDATE installations SET token = ?, scopes = ?, token_expires_at = ?, \
         refresh_expires_at = ?, generation = generation + 1, is_connected = TRUE, \
         renewing_until = NULL, seen_at = ? WHERE shop_id = ? AND generation = ?";
    let kept = execute!(
        &mut **tx,
        text,
        [
            token.sealed,
            token.scopes,
            token.expires_at,
            token.refresh_expires_at,
            now,
            shop,
            generation
        ]
    );
    Ok(kept == 1)
}

/// Ends a lease without a new token: the next one may try.
///
/// # Errors
/// [`StorageError`].
pub fn renewal_end(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    generation: i64,
) -> Result<(), StorageError> {
    let text =
        "UPDATE installations SET renewing_until = NULL WHERE shop_id = ? AND generation = ?";
    execute!(&mut **tx, text, [shop, generation]);
    Ok(())
}

/// Shopify has refused to renew the token of this generation: the merchant has to come.
///
/// # Errors
/// [`StorageError`].
pub fn installation_disconnect(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    generation: i64,
) -> Result<(), StorageError> {
    let text = "UPDATE installations SET token = NULL, token_expires_at = NULL, \
         refresh_expires_at = NULL, is_connected = FALSE, renewing_until = NULL, \
         generation = generation + 1 WHERE shop_id = ? AND generation = ?";
    execute!(&mut **tx, text, [shop, generation]);
    Ok(())
}

/// The app was removed: its token is dead, its extensions are gone. False, and nothing is forgotten, when
/// it was seen installed later than that.
///
/// # Errors
/// [`StorageError`].
pub fn installation_forget(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    removed_at: UtcTime,
) -> Result<bool, StorageError> {
    let text = "UPDATE installations SET token = NULL, token_expires_at = NULL, \
         refresh_expires_at = NULL, scopes = '', renewing_until = NULL, pixel_id = NULL, \
         pixel_problem = NULL, embed_state = NULL, embed_seen_at = NULL, \
         generation = generation + 1 WHERE shop_id = ? AND seen_at <= ?";
    Ok(execute!(&mut **tx, text, [shop, removed_at]) == 1)
}

/// The app was seen installed.
///
/// # Errors
/// [`StorageError`].
pub fn installation_seen(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    now: UtcTime,
) -> Result<(), StorageError> {
    let text = "UPDATE installations SET seen_at = ? WHERE shop_id = ? AND seen_at < ?";
    execute!(&mut **tx, text, [now, shop, now]);
    Ok(())
}

/// What the shop has granted now.
///
/// # Errors
/// [`StorageError`].
pub fn installation_set_scopes(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    scopes: &str,
) -> Result<(), StorageError> {
    execute!(&mut **tx, "UPDATE installations SET scopes = ? WHERE shop_id = ?", [scopes, shop]);
    Ok(())
}

/// The web pixel: connected under an id, or why it is not.
///
/// # Errors
/// [`StorageError`].
pub fn installation_set_pixel(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    pixel: Result<&str, &str>,
) -> Result<(), StorageError> {
    let (id, problem) = (pixel.ok(), pixel.err());
    execute!(
        &mut **tx,
        "UPDATE installations SET pixel_id = ?, pixel_problem = ? WHERE shop_id = ?",
        [id.map(ToOwned::to_owned), problem.map(ToOwned::to_owned), shop]
    );
    Ok(())
}

/// The theme embed, as the admin or the storefront showed it.
///
/// # Errors
/// [`StorageError`].
pub fn installation_set_embed(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    state: &str,
    seen_at: UtcTime,
) -> Result<(), StorageError> {
    execute!(
        &mut **tx,
        "UPDATE installations SET embed_state = ?, embed_seen_at = ? WHERE shop_id = ?",
        [state, seen_at, shop]
    );
    Ok(())
}

/// The orders are known up to a moment.
///
/// # Errors
/// [`StorageError`].
pub fn installation_set_reconciled(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    until: UtcTime,
) -> Result<(), StorageError> {
    execute!(
        &mut **tx,
        "UPDATE installations SET reconciled_until = ? WHERE shop_id = ?",
        [until, shop]
    );
    Ok(())
}
