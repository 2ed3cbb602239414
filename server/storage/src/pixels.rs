//! Affiliates' own pixels. Not here: what is sent to them (`pixel_events`).

use diesel::prelude::*;
use domain::{
    ids::{AffiliateId, PixelId, ShopId},
    pixel::PixelChoice,
    time::UtcTime,
};

use crate::{
    DbConn, Json, StorageError, WriteTx, bulk,
    columns::{record, text_enum},
    conn::load_to_change,
    lookup::{keys_of_shop, lookup},
    schema::pixels,
    shops::one,
    sql::execute,
};

text_enum! {
    /// What the merchant says to a pixel.
    pub enum Approval {
        /// Nothing yet: it is silent.
        Pending = "pending",
        /// It may hear.
        Approved = "approved",
        /// It may not.
        Rejected = "rejected",
    }
}

record! {
    /// An affiliate's pixel.
    pub struct Pixel in pixels {
        /// Ours.
        pub id: PixelId,
        /// Its shop.
        pub shop_id: ShopId,
        /// Whose it is.
        pub affiliate_id: AffiliateId,
        /// The network's id: digits.
        pub number: String,
        /// What the affiliate wants to hear.
        pub choice: Json<PixelChoice>,
        /// The encrypted token for server events.
        pub access_token: Option<Vec<u8>>,
        /// Sent along while the affiliate tests.
        pub test_code: Option<String>,
        /// The affiliate's own switch.
        pub is_enabled: bool,
        /// The merchant's word.
        pub approval: Approval,
        /// When it was made.
        pub created_at: UtcTime,
        /// When it was last saved.
        pub updated_at: UtcTime,
        /// When it was removed; its events stay as proof.
        pub deleted_at: Option<UtcTime>,
    }
}

impl Pixel {
    /// It may be told something.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.is_enabled && self.approval == Approval::Approved && self.deleted_at.is_none()
    }
}

/// Stores a new pixel; one that was removed comes back as the new one, with its row's id.
///
/// # Errors
/// [`StorageError::Conflict`] when the affiliate has it already.
pub fn pixel_insert(tx: &mut WriteTx<'_>, pixel: &Pixel) -> Result<(), StorageError> {
    let tail = "ON CONFLICT (affiliate_id, number) DO UPDATE SET choice = excluded.choice, \
         access_token = NULL, test_code = excluded.test_code, is_enabled = excluded.is_enabled, \
         approval = excluded.approval, created_at = excluded.created_at, \
         updated_at = excluded.updated_at, deleted_at = NULL \
         WHERE pixels.deleted_at IS NOT NULL";
    match bulk::insert(tx, std::slice::from_ref(pixel), tail)? {
        0 => Err(StorageError::Conflict(format!("pixel {}", pixel.number))),
        _ => Ok(()),
    }
}

/// Saves everything but number and owner of a live pixel.
///
/// # Errors
/// [`StorageError::NotFound`] when its affiliate has no such pixel.
pub fn pixel_update(tx: &mut WriteTx<'_>, pixel: &Pixel) -> Result<(), StorageError> {
    let text = "UPDATE pixels SET choice = ?, access_token = ?, test_code = ?, is_enabled = ?, \
         approval = ?, updated_at = ?, deleted_at = ? \
         WHERE id = ? AND shop_id = ? AND affiliate_id = ? AND deleted_at IS NULL";
    one(execute!(
        &mut **tx,
        text,
        [
            pixel.choice,
            pixel.access_token,
            pixel.test_code,
            pixel.is_enabled,
            pixel.approval,
            pixel.updated_at,
            pixel.deleted_at,
            pixel.id,
            pixel.shop_id,
            pixel.affiliate_id,
        ]
    ))
}

/// The pixels of one affiliate, oldest first, or a single one of them.
///
/// # Errors
/// [`StorageError`].
pub fn pixels_of_affiliate(
    conn: &mut DbConn,
    shop: ShopId,
    affiliate: AffiliateId,
    limit: i64,
) -> Result<Vec<Pixel>, StorageError> {
    let query = pixels::table
        .filter(pixels::affiliate_id.eq(affiliate.0))
        .filter(pixels::shop_id.eq(shop.0))
        .filter(pixels::deleted_at.is_null())
        .order(pixels::id)
        .limit(limit)
        .select(Pixel::as_select());
    Ok(query.load(conn)?)
}

/// The pixels of some affiliates of the shop.
///
/// # Errors
/// [`StorageError`].
pub fn pixels_of_affiliates(
    conn: &mut DbConn,
    shop: ShopId,
    affiliates: &[AffiliateId],
) -> Result<Vec<Pixel>, StorageError> {
    let keys = keys_of_shop(&shop, affiliates)?;
    let per_key = "WHERE shop_id = ? AND affiliate_id = ? AND deleted_at IS NULL ORDER BY id";
    Ok(lookup!(conn, Pixel, per_key, keys))
}

/// Every pixel of the shop, newest first, after one of them: for the merchant.
///
/// # Errors
/// [`StorageError`].
pub fn pixel_page(
    conn: &mut DbConn,
    shop: ShopId,
    before: Option<PixelId>,
    limit: i64,
) -> Result<Vec<Pixel>, StorageError> {
    let query = pixels::table
        .filter(pixels::shop_id.eq(shop.0))
        .filter(pixels::deleted_at.is_null())
        .filter(pixels::id.lt(before.map_or(i64::MAX, |id| id.0)))
        .order(pixels::id.desc())
        .limit(limit)
        .select(Pixel::as_select());
    Ok(query.load(conn)?)
}

/// A live pixel of the shop.
///
/// # Errors
/// [`StorageError`].
pub fn pixel_by_id(
    conn: &mut DbConn,
    shop: ShopId,
    pixel: PixelId,
) -> Result<Option<Pixel>, StorageError> {
    let query = pixels::table
        .find(pixel.0)
        .filter(pixels::shop_id.eq(shop.0))
        .filter(pixels::deleted_at.is_null())
        .select(Pixel::as_select());
    Ok(query.first(conn).optional()?)
}

/// A live pixel of the shop, for a change of it: others wait with theirs until this one is written.
///
/// # Errors
/// [`StorageError::NotFound`] without it in the shop.
pub fn pixel_to_change(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    pixel: PixelId,
) -> Result<Pixel, StorageError> {
    let found: Vec<Pixel> = load_to_change!(
        tx,
        pixels::table
            .find(pixel.0)
            .filter(pixels::shop_id.eq(shop.0))
            .filter(pixels::deleted_at.is_null())
            .select(Pixel::as_select())
    )?;
    found.into_iter().next().ok_or(StorageError::NotFound)
}

/// Live pixels by id. Crosses shops: a claimed batch of events does.
///
/// # Errors
/// [`StorageError`].
pub fn pixels_by_ids(conn: &mut DbConn, ids: &[PixelId]) -> Result<Vec<Pixel>, StorageError> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let query = pixels::table
        .filter(pixels::id.eq_any(ids))
        .filter(pixels::deleted_at.is_null())
        .select(Pixel::as_select());
    Ok(query.load(conn)?)
}
