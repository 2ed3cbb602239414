//! Affiliates enter, change, switch and remove their pixels; the merchant approves or rejects them.
//! The token for server events is encrypted for its row and only ever written: an empty one on a
//! later save keeps what is stored.

use domain::{
    ids::{AffiliateId, PixelId, ShopId},
    pixel::{BadPixelNumber, PIXELS_MAX, PixelChoice, PixelNumber, PixelRules},
    time::UtcTime,
};
use storage::{
    DbConn, Json, StorageError, WriteTx,
    affiliates::affiliate_to_change,
    pixels::{self, Approval, Pixel},
};

use crate::secrets::{MasterKey, Purpose, SecretError, mac};

/// Longest token and test code that are taken.
const TOKEN_CHARS_MAX: usize = 512;
const TEST_CODE_CHARS_MAX: usize = 64;

/// What an affiliate entered.
#[derive(Clone)]
pub struct PixelDraft {
    /// The network's id as typed; only a new pixel's counts.
    pub number: String,
    /// An id of an unusual length was confirmed.
    pub is_confirmed: bool,
    /// Events and value.
    pub choice: PixelChoice,
    /// Token for server events; empty to keep the stored one.
    pub token: String,
    /// Forget the stored token.
    pub drops_token: bool,
    /// Test code; empty for none.
    pub test_code: String,
    /// Switched on.
    pub is_enabled: bool,
}

/// Why nothing was saved.
#[derive(Debug, thiserror::Error)]
pub enum PixelError {
    /// No pixel id.
    #[error(transparent)]
    Number(#[from] BadPixelNumber),
    /// An id of an unusual length that was not confirmed.
    #[error("pixel IDs usually have 15 or 16 digits; tick the box if this one is right")]
    Unusual,
    /// The affiliate has it already.
    #[error("you have entered this pixel already")]
    Known,
    /// [`PIXELS_MAX`] already.
    #[error("no more than {PIXELS_MAX} pixels")]
    TooMany,
    /// Not a token.
    #[error("the access token is one long word of letters and digits")]
    Token,
    /// Not a test code.
    #[error("the test code is one word of letters and digits, such as TEST12345")]
    TestCode,
    /// The token cannot be encrypted.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl storage::TxError for PixelError {
    fn storage_error(&self) -> Option<&StorageError> {
        match self {
            Self::Storage(error) => Some(error),
            _ => None,
        }
    }
}

/// Whose pixel is saved, and which.
#[derive(Debug, Clone, Copy)]
pub struct PixelOwner {
    /// The shop.
    pub shop: ShopId,
    /// The affiliate.
    pub affiliate: AffiliateId,
}

/// Enters a new pixel.
///
/// # Errors
/// [`PixelError`].
pub fn add_pixel(
    tx: &mut WriteTx<'_>,
    key: &MasterKey,
    rules: &PixelRules,
    owner: PixelOwner,
    draft: &PixelDraft,
    now: UtcTime,
) -> Result<PixelId, PixelError> {
    let number = PixelNumber::parse(&draft.number)?;
    if !number.is_usual() && !draft.is_confirmed {
        return Err(PixelError::Unusual);
    }
    // Of two that are entered at once the second is counted with the first.
    affiliate_to_change(tx, owner.shop, owner.affiliate)?;
    let own = own_pixels(tx, owner)?;
    if own.iter().any(|pixel| pixel.number == number.as_str()) {
        return Err(PixelError::Known);
    }
    if own.len() >= PIXELS_MAX {
        return Err(PixelError::TooMany);
    }
    check(draft)?;
    let row = Pixel {
        id: PixelId(tx.next_id(now)),
        shop_id: owner.shop,
        affiliate_id: owner.affiliate,
        number: number.as_str().to_owned(),
        choice: Json(draft.choice.clone()),
        access_token: None,
        test_code: test_code(draft),
        is_enabled: draft.is_enabled,
        approval: if rules.needs_approval { Approval::Pending } else { Approval::Approved },
        created_at: now,
        updated_at: now,
        deleted_at: None,
    };
    pixels::pixel_insert(tx, &row)?;
    // A pixel that was removed before comes back with its old row's id.
    let stored = own_pixels(tx, owner)?
        .into_iter()
        .find(|pixel| pixel.number == row.number)
        .ok_or(StorageError::NotFound)?;
    if !draft.token.is_empty() {
        let access_token = Some(key.encrypt(&token_place(stored.id), draft.token.as_bytes())?);
        pixels::pixel_update(tx, &Pixel { access_token, ..stored.clone() })?;
    }
    Ok(stored.id)
}

/// Saves an affiliate's pixel; its number stays.
///
/// # Errors
/// [`PixelError`]; [`StorageError::NotFound`] for somebody else's.
pub fn change_pixel(
    tx: &mut WriteTx<'_>,
    key: &MasterKey,
    owner: PixelOwner,
    id: PixelId,
    draft: &PixelDraft,
    now: UtcTime,
) -> Result<(), PixelError> {
    let known = own_pixel_to_change(tx, owner, id)?;
    check(draft)?;
    let access_token = match draft.token.as_str() {
        "" if draft.drops_token => None,
        "" => known.access_token.clone(),
        token => Some(key.encrypt(&token_place(id), token.as_bytes())?),
    };
    let row = Pixel {
        choice: Json(draft.choice.clone()),
        access_token,
        test_code: test_code(draft),
        is_enabled: draft.is_enabled,
        updated_at: now,
        ..known
    };
    Ok(pixels::pixel_update(tx, &row)?)
}

/// Removes an affiliate's pixel; what was sent to it stays in the log.
///
/// # Errors
/// [`StorageError::NotFound`] for somebody else's.
pub fn remove_pixel(
    tx: &mut WriteTx<'_>,
    owner: PixelOwner,
    id: PixelId,
    now: UtcTime,
) -> Result<(), StorageError> {
    let known = own_pixel_to_change(tx, owner, id)?;
    let row = Pixel { access_token: None, deleted_at: Some(now), updated_at: now, ..known };
    pixels::pixel_update(tx, &row)
}

/// The merchant's word about a pixel.
///
/// # Errors
/// [`StorageError::NotFound`] for another shop's.
pub fn judge_pixel(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    id: PixelId,
    approval: Approval,
    now: UtcTime,
) -> Result<(), StorageError> {
    let known = pixels::pixel_to_change(tx, shop, id)?;
    pixels::pixel_update(tx, &Pixel { approval, updated_at: now, ..known })
}

/// An affiliate's pixels, oldest first.
///
/// # Errors
/// [`StorageError`].
pub fn own_pixels(conn: &mut DbConn, owner: PixelOwner) -> Result<Vec<Pixel>, StorageError> {
    let limit = i64::try_from(PIXELS_MAX).unwrap_or(i64::MAX).saturating_mul(2);
    pixels::pixels_of_affiliate(conn, owner.shop, owner.affiliate, limit)
}

/// One of an affiliate's pixels.
///
/// # Errors
/// [`StorageError::NotFound`] for somebody else's.
pub fn own_pixel(conn: &mut DbConn, owner: PixelOwner, id: PixelId) -> Result<Pixel, StorageError> {
    let found = pixels::pixel_by_id(conn, owner.shop, id)?;
    found.filter(|pixel| pixel.affiliate_id == owner.affiliate).ok_or(StorageError::NotFound)
}

fn own_pixel_to_change(
    tx: &mut WriteTx<'_>,
    owner: PixelOwner,
    id: PixelId,
) -> Result<Pixel, StorageError> {
    let found = pixels::pixel_to_change(tx, owner.shop, id)?;
    Some(found).filter(|pixel| pixel.affiliate_id == owner.affiliate).ok_or(StorageError::NotFound)
}

/// The decrypted token of a pixel.
///
/// # Errors
/// [`SecretError`] when the key is another one than it was stored with.
pub fn stored_token(key: &MasterKey, pixel: &Pixel) -> Result<Option<String>, SecretError> {
    let Some(envelope) = &pixel.access_token else { return Ok(None) };
    let plain = key.decrypt(&token_place(pixel.id), envelope)?;
    String::from_utf8(plain).map(Some).map_err(|_not_text| SecretError::Unreadable)
}

/// Hash of a visitor that means something to one affiliate only: two affiliates cannot find out that
/// they share a buyer.
#[must_use]
pub fn hash_for_affiliate(key: &MasterKey, affiliate: AffiliateId, subject: &str) -> String {
    let affiliate = affiliate.to_string();
    let key = key.derive(Purpose::PixelVisitor);
    hex::encode(mac(&key, &[affiliate.as_bytes(), b":", subject.as_bytes()]))
}

fn check(draft: &PixelDraft) -> Result<(), PixelError> {
    let is_word = |text: &str, longest: usize| {
        text.len() <= longest
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-|.".contains(&byte))
    };
    if !is_word(&draft.token, TOKEN_CHARS_MAX) {
        return Err(PixelError::Token);
    }
    if !is_word(&draft.test_code, TEST_CODE_CHARS_MAX) {
        return Err(PixelError::TestCode);
    }
    Ok(())
}

fn test_code(draft: &PixelDraft) -> Option<String> {
    Some(draft.test_code.clone()).filter(|code| !code.is_empty())
}

fn token_place(id: PixelId) -> String {
    format!("pixels.access_token:{id}")
}
