//! What the pages know of an affiliate: how it is paid, notes, tags. Settling an order never reads it.

use std::collections::HashMap;

use diesel::prelude::*;
use domain::{
    ids::{AffiliateId, ShopId},
    time::UtcTime,
};

use crate::{
    DbConn, StorageError, WriteTx, bulk,
    columns::record,
    lookup::{keys_of_shop, lookup},
    schema::affiliate_profiles,
};

record! {
    /// What is known of an affiliate besides what its orders need.
    pub struct Profile in affiliate_profiles {
        /// Whose.
        pub affiliate_id: AffiliateId,
        /// Its shop.
        pub shop_id: ShopId,
        /// How it is paid, once it or the merchant has said.
        pub payout_method: Option<String>,
        /// Where to: an e-mail address, an account.
        pub payout_address: String,
        /// The merchant's own words; the affiliate never sees them.
        pub notes: String,
        /// The merchant's labels, with commas.
        pub tags: String,
        /// What the affiliate said of itself when it signed up.
        pub introduction: String,
        /// When it promised to disclose that it is paid.
        pub disclosed_at: Option<UtcTime>,
        /// When it last changed.
        pub updated_at: UtcTime,
    }
}

impl Profile {
    /// Of an affiliate about whom nothing was written down.
    #[must_use]
    pub const fn blank(shop: ShopId, affiliate: AffiliateId, now: UtcTime) -> Self {
        Self {
            affiliate_id: affiliate,
            shop_id: shop,
            payout_method: None,
            payout_address: String::new(),
            notes: String::new(),
            tags: String::new(),
            introduction: String::new(),
            disclosed_at: None,
            updated_at: now,
        }
    }
}

/// Stores a profile, new or changed. The caller has found the affiliate in the shop.
///
/// # Errors
/// [`StorageError`].
pub fn profile_save(tx: &mut WriteTx<'_>, profile: &Profile) -> Result<(), StorageError> {
    let tail = "ON CONFLICT (affiliate_id) DO UPDATE SET payout_method = excluded.payout_method, \
         payout_address = excluded.payout_address, notes = excluded.notes, tags = excluded.tags, \
         introduction = excluded.introduction, disclosed_at = excluded.disclosed_at, \
         updated_at = excluded.updated_at";
    bulk::insert(tx, std::slice::from_ref(profile), tail)?;
    Ok(())
}

/// An affiliate's profile, if one was ever written.
///
/// # Errors
/// [`StorageError`].
pub fn profile_of(
    conn: &mut DbConn,
    shop: ShopId,
    affiliate: AffiliateId,
) -> Result<Option<Profile>, StorageError> {
    let query = affiliate_profiles::table
        .find(affiliate.0)
        .filter(affiliate_profiles::shop_id.eq(shop.0))
        .select(Profile::as_select());
    Ok(query.first(conn).optional()?)
}

/// The profiles of some affiliates of the shop; who has none is not in the map.
///
/// # Errors
/// [`StorageError`].
pub fn profiles_of(
    conn: &mut DbConn,
    shop: ShopId,
    affiliates: &[AffiliateId],
) -> Result<HashMap<AffiliateId, Profile>, StorageError> {
    let keys = keys_of_shop(&shop, affiliates)?;
    let per_key = "WHERE shop_id = ? AND affiliate_id = ?";
    let found = lookup!(conn, Profile, per_key, keys);
    Ok(found.into_iter().map(|profile| (profile.affiliate_id, profile)).collect())
}
