//! The merchant adds and removes banners: an uploaded picture, or the address of one.

use domain::{
    ids::{CreativeId, ProgramId, ShopId},
    picture::{SIDE_MAX, picture_facts},
    time::UtcTime,
};
use storage::{
    StorageError, WriteTx,
    creatives::{self, Creative, Picture},
    programs,
    shops::shop_lock,
};
use url::Url;

/// Most banners of one shop.
pub const CREATIVES_MAX: usize = 200;
/// Largest uploaded picture.
pub const PICTURE_BYTES_MAX: usize = 256 * 1024;
const NAME_CHARS_MAX: usize = 120;
const ADDRESS_BYTES_MAX: usize = 1_024;
const PROGRAMS_MAX: i64 = 1_000;

/// What the merchant entered.
#[derive(Debug, Clone, Default)]
pub struct CreativeDraft {
    /// For people, and the picture's alternative text.
    pub name: String,
    /// Page of the shop, from its path on.
    pub target: String,
    /// The program's id; empty for all.
    pub program: String,
    /// Address of a picture that lies elsewhere.
    pub image_url: String,
    /// Its width.
    pub width: String,
    /// Its height.
    pub height: String,
    /// An uploaded picture, which wins over the address.
    pub file: Option<Vec<u8>>,
}

/// Why nothing was saved.
#[derive(Debug, thiserror::Error)]
pub enum CreativeError {
    /// No name.
    #[error("enter a name of at most {NAME_CHARS_MAX} characters")]
    Name,
    /// No path.
    #[error("enter a page of your shop, beginning with /")]
    Target,
    /// No such program.
    #[error("choose one of your programs")]
    Program,
    /// Neither picture nor address.
    #[error("choose a picture or enter the https address of one")]
    Picture,
    /// Not a picture, or too large.
    #[error("a picture is a PNG, JPEG or GIF of at most 256 KB and {SIDE_MAX} pixels a side")]
    File,
    /// No size.
    #[error("enter width and height in pixels")]
    Size,
    /// [`CREATIVES_MAX`] already.
    #[error("no more than {CREATIVES_MAX} banners")]
    TooMany,
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl CreativeError {
    /// The field that it is about.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Name | Self::TooMany | Self::Storage(_) => "name",
            Self::Target => "target",
            Self::Program => "program",
            Self::Picture => "image_url",
            Self::File => "picture",
            Self::Size => "width",
        }
    }
}

impl storage::TxError for CreativeError {
    fn storage_error(&self) -> Option<&StorageError> {
        match self {
            Self::Storage(error) => Some(error),
            _ => None,
        }
    }
}

/// Adds a banner.
///
/// # Errors
/// [`CreativeError`].
pub fn add_creative(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    draft: &CreativeDraft,
    now: UtcTime,
) -> Result<CreativeId, CreativeError> {
    let name = draft.name.trim();
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
        return Err(CreativeError::Name);
    }
    let target_path = target_of(&draft.target)?;
    // Of two that are added at once the second is counted with the first.
    shop_lock(tx, shop)?;
    let program_id = program_of(tx, shop, &draft.program)?;
    let shown = shown_of(draft)?;
    let limit = i64::try_from(CREATIVES_MAX).unwrap_or(i64::MAX);
    if creatives::creative_list(tx, shop, None, limit)?.len() >= CREATIVES_MAX {
        return Err(CreativeError::TooMany);
    }
    let row = Creative {
        id: CreativeId(tx.next_id(now)),
        shop_id: shop,
        program_id,
        name: name.to_owned(),
        width: shown.width,
        height: shown.height,
        target_path,
        image_url: shown.image_url,
        created_at: now,
        deleted_at: None,
    };
    creatives::creative_insert(tx, &row, shown.picture.as_ref())?;
    Ok(row.id)
}

/// What a banner shows.
struct Shown {
    width: i64,
    height: i64,
    image_url: Option<String>,
    picture: Option<Picture>,
}

fn shown_of(draft: &CreativeDraft) -> Result<Shown, CreativeError> {
    if let Some(file) = &draft.file {
        let facts = picture_facts(file).filter(|_| file.len() <= PICTURE_BYTES_MAX);
        let facts = facts.ok_or(CreativeError::File)?;
        let picture = Picture { media_type: facts.media_type.to_owned(), body: file.clone() };
        return Ok(Shown {
            width: i64::from(facts.width),
            height: i64::from(facts.height),
            image_url: None,
            picture: Some(picture),
        });
    }
    let url = Url::parse(draft.image_url.trim()).ok().filter(|url| url.scheme() == "https");
    let url = url.ok_or(CreativeError::Picture)?.to_string();
    if url.len() > ADDRESS_BYTES_MAX {
        return Err(CreativeError::Picture);
    }
    let side = |text: &str| {
        let side: i64 = text.trim().parse().map_err(|_bad| CreativeError::Size)?;
        if (1..=i64::from(SIDE_MAX)).contains(&side) { Ok(side) } else { Err(CreativeError::Size) }
    };
    Ok(Shown {
        width: side(&draft.width)?,
        height: side(&draft.height)?,
        image_url: Some(url),
        picture: None,
    })
}

/// A path of the shop: one slash, so that no other site is meant.
fn target_of(text: &str) -> Result<String, CreativeError> {
    let path = text.trim();
    let is_path = path.is_empty() || (path.starts_with('/') && !path.starts_with("//"));
    let is_plain = !path.chars().any(|c| c.is_control() || c == '\\');
    if !is_path || !is_plain || path.len() > ADDRESS_BYTES_MAX {
        return Err(CreativeError::Target);
    }
    Ok(if path.is_empty() { "/".to_owned() } else { path.to_owned() })
}

fn program_of(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    text: &str,
) -> Result<Option<ProgramId>, CreativeError> {
    if text.is_empty() {
        return Ok(None);
    }
    let id = text.parse().map(ProgramId).map_err(|_bad| CreativeError::Program)?;
    let known = programs::program_list(tx, shop, PROGRAMS_MAX)?;
    let is_own = known.iter().any(|program| program.id == id);
    if is_own { Ok(Some(id)) } else { Err(CreativeError::Program) }
}
