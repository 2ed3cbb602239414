//! The secrets that postbacks are signed with: encrypted, one per owner, two while it changes them.
//! Not here: how they are encrypted and used (`flows/sign_request.rs` of the server).

use diesel::prelude::*;
use domain::{
    ids::{AffiliateId, ShopId},
    time::UtcTime,
};

use crate::{
    DbConn, StorageError, WriteTx, bulk,
    columns::record,
    postbacks::Owner,
    schema::signing_secrets,
    shops::{one, revise},
    sql::execute,
};

record! {
    /// One live secret.
    pub struct SigningSecret in signing_secrets {
        /// Ours.
        pub id: i64,
        /// Its shop.
        pub shop_id: ShopId,
        /// Whose postbacks it signs; none: the merchant's.
        pub affiliate_id: Option<AffiliateId>,
        /// Encrypted.
        pub secret: Vec<u8>,
        /// When it was made.
        pub created_at: UtcTime,
    }
}

/// Stores a new secret.
///
/// # Errors
/// [`StorageError`].
pub fn signing_secret_insert(
    tx: &mut WriteTx<'_>,
    secret: &SigningSecret,
) -> Result<(), StorageError> {
    bulk::insert(tx, std::slice::from_ref(secret), "")?;
    revise(tx, secret.shop_id)
}

/// Retires a secret of this owner: nothing is signed with it any more.
///
/// # Errors
/// [`StorageError::NotFound`] when the owner has no such secret.
pub fn signing_secret_delete(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    owner: Owner,
    id: i64,
) -> Result<(), StorageError> {
    match owner {
        Owner::Merchant => one(execute!(
            &mut **tx,
            "DELETE FROM signing_secrets WHERE id = ? AND shop_id = ? AND affiliate_id IS NULL",
            [id, shop]
        ))?,
        Owner::Affiliate(affiliate) => one(execute!(
            &mut **tx,
            "DELETE FROM signing_secrets WHERE id = ? AND shop_id = ? AND affiliate_id = ?",
            [id, shop, affiliate]
        ))?,
    }
    revise(tx, shop)
}

/// An owner's live secrets, oldest first.
///
/// # Errors
/// [`StorageError`].
pub fn signing_secrets_of_owner(
    conn: &mut DbConn,
    shop: ShopId,
    owner: Owner,
    limit: i64,
) -> Result<Vec<SigningSecret>, StorageError> {
    let query = signing_secrets::table
        .filter(signing_secrets::shop_id.eq(shop.0))
        .order(signing_secrets::id)
        .limit(limit)
        .select(SigningSecret::as_select())
        .into_boxed();
    let query = match owner {
        Owner::Merchant => query.filter(signing_secrets::affiliate_id.is_null()),
        Owner::Affiliate(id) => query.filter(signing_secrets::affiliate_id.eq(id.0)),
    };
    Ok(query.load(conn)?)
}

/// All live secrets of the shop, oldest first: what a process keeps in memory for sending.
///
/// # Errors
/// [`StorageError`].
pub fn signing_secrets_of_shop(
    conn: &mut DbConn,
    shop: ShopId,
    limit: i64,
) -> Result<Vec<SigningSecret>, StorageError> {
    let query = signing_secrets::table
        .filter(signing_secrets::shop_id.eq(shop.0))
        .order(signing_secrets::id)
        .limit(limit)
        .select(SigningSecret::as_select());
    Ok(query.load(conn)?)
}
