//! Saves and deletes postbacks. Secrets are encrypted for their row and only ever written: an empty
//! one on a later save keeps what is stored (P8). Not here: what may be saved at all
//! (`PostbackSettings::check`).

use domain::{
    ids::{PostbackId, ShopId},
    postback::{AuthKind, CheckContext, Credentials, FieldError, PostbackSettings, Warning},
    time::UtcTime,
};
use storage::{
    DbConn, StorageError, WriteTx, clicks,
    postbacks::{self, Owner, Postback},
};

use crate::secrets::MasterKey;

/// Most postbacks of one affiliate (E11).
pub const POSTBACKS_MAX: usize = 20;
/// Newest clicks whose parameters count as "seen on the links" (T4).
const CLICKS_LOOKED_AT: i64 = 500;

/// What its owner entered.
#[derive(Clone)]
pub struct Draft {
    /// The document.
    pub settings: PostbackSettings,
    /// Log-in name, for [`AuthKind::Basic`].
    pub login: String,
    /// Password or token; empty to keep the stored one.
    pub secret: String,
}

/// Who saves what.
#[derive(Clone)]
pub struct Saving {
    /// The shop.
    pub shop: ShopId,
    /// Whose postback it is.
    pub owner: Owner,
    /// Which one; none for a new one.
    pub id: Option<PostbackId>,
    /// What was entered.
    pub draft: Draft,
    /// Who saves, for the record: `affiliate 1001` or `merchant`.
    pub author: String,
    /// Hosts of this machine and network may be called: the operator allowed networks (E10).
    pub private_hosts_allowed: bool,
}

/// A postback that was saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// Its id.
    pub id: PostbackId,
    /// What is worth a second look.
    pub warnings: Vec<Warning>,
}

/// Why nothing was saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// Mistakes in the form.
    #[error("the postback has mistakes")]
    Refused(Vec<FieldError>),
    /// The owner has [`POSTBACKS_MAX`] already.
    #[error("no more than {POSTBACKS_MAX} postbacks")]
    TooMany,
    /// The secret cannot be encrypted.
    #[error(transparent)]
    Secret(#[from] crate::secrets::SecretError),
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl storage::TxError for SaveError {
    fn storage_error(&self) -> Option<&StorageError> {
        match self {
            Self::Storage(error) => Some(error),
            Self::Refused(_) | Self::TooMany | Self::Secret(_) => None,
        }
    }
}

/// Saves a postback, new or changed.
///
/// # Errors
/// [`SaveError`].
pub fn save_postback(
    tx: &mut WriteTx<'_>,
    key: &MasterKey,
    saving: &Saving,
    now: UtcTime,
) -> Result<Saved, SaveError> {
    let own = postbacks_of(tx, saving.shop, saving.owner)?;
    let known = match saving.id {
        Some(id) => Some(own.iter().find(|one| one.id == id).ok_or(StorageError::NotFound)?),
        None if own.len() >= POSTBACKS_MAX => return Err(SaveError::TooMany),
        None => None,
    };
    let stored = known.map(|row| stored_credentials(key, row)).transpose()?.flatten();
    let credentials = credentials_of(&saving.draft, stored.as_ref());
    let warnings = check_draft(tx, saving, &own, credentials.as_ref())?;

    let id = saving.id.unwrap_or_else(|| PostbackId(tx.next_id(now)));
    let settings = &saving.draft.settings;
    let row = Postback {
        id,
        shop_id: saving.shop,
        affiliate_id: match saving.owner {
            Owner::Merchant => None,
            Owner::Affiliate(affiliate) => Some(affiliate),
        },
        name: settings.name.clone(),
        settings: to_json(settings)?,
        credentials: credentials
            .map(|secret| {
                Ok::<_, SaveError>(key.encrypt(&place(id), to_json(&secret)?.as_bytes())?)
            })
            .transpose()?,
        author: saving.author.clone(),
        paused_at: None,
        pause_reason: None,
        failures_in_row: 0,
        failing_since: None,
        created_at: now,
        updated_at: now,
        deleted_at: None,
    };
    match known {
        Some(_) => postbacks::postback_update(tx, &row)?,
        None => postbacks::postback_insert(tx, &row)?,
    }
    Ok(Saved { id, warnings })
}

/// Deletes an owner's postback; what it still had to send is not sent.
///
/// # Errors
/// [`StorageError::NotFound`] when the owner has no such postback.
pub fn delete_postback(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    owner: Owner,
    id: PostbackId,
    now: UtcTime,
) -> Result<(), StorageError> {
    postbacks::postback_by_id(tx, shop, Some(owner), id)?.ok_or(StorageError::NotFound)?;
    postbacks::postback_delete(tx, shop, id, now)
}

/// Everything that is wrong with a draft, and what looks odd; the same for saving and preview.
///
/// # Errors
/// [`SaveError::Refused`] with every mistake.
pub fn check_draft(
    conn: &mut DbConn,
    saving: &Saving,
    own: &[Postback],
    credentials: Option<&Credentials>,
) -> Result<Vec<Warning>, SaveError> {
    let settings = &saving.draft.settings;
    let seen = match saving.owner {
        Owner::Affiliate(affiliate) => {
            Some(clicks::link_param_names_of(conn, saving.shop, affiliate, CLICKS_LOOKED_AT)?)
        }
        Owner::Merchant => None,
    };
    let context = CheckContext {
        seen_link_names: seen.as_ref().filter(|names| !names.is_empty()),
        private_hosts_allowed: saving.private_hosts_allowed,
        name_required: true,
        ..CheckContext::default()
    };
    let (warnings, mut errors) = match settings.check(&context) {
        Ok(warnings) => (warnings, Vec::new()),
        Err(errors) => (Vec::new(), errors),
    };
    if own.iter().any(|other| Some(other.id) != saving.id && other.name == settings.name) {
        errors.push(mistake("name", "taken", "another of your postbacks has this name"));
    }
    if let Some(kind) = settings.auth {
        errors.extend(check_credentials(kind, credentials));
    }
    if errors.is_empty() { Ok(warnings) } else { Err(SaveError::Refused(errors)) }
}

fn check_credentials(kind: AuthKind, credentials: Option<&Credentials>) -> Option<FieldError> {
    let Some(credentials) = credentials.filter(|one| one.kind() == kind) else {
        return Some(mistake("auth_secret", "required", "enter the password or token"));
    };
    let problem = credentials.authorization().err()?;
    let field = match credentials {
        Credentials::Basic { login, .. } if login.is_empty() || login.contains(':') => "auth_login",
        _ => "auth_secret",
    };
    Some(mistake(field, "bad_credentials", &problem.to_string()))
}

/// What will be stored: what was entered, and the stored secret where nothing was.
#[must_use]
pub fn credentials_of(draft: &Draft, stored: Option<&Credentials>) -> Option<Credentials> {
    let kind = draft.settings.auth?;
    let kept = stored.filter(|one| one.kind() == kind && draft.secret.is_empty());
    match (kind, kept) {
        (AuthKind::Basic, Some(Credentials::Basic { password, .. })) => {
            Some(Credentials::Basic { login: draft.login.clone(), password: password.clone() })
        }
        (_, Some(kept)) => Some(kept.clone()),
        (_, None) if draft.secret.is_empty() => None,
        (AuthKind::Basic, None) => {
            Some(Credentials::Basic { login: draft.login.clone(), password: draft.secret.clone() })
        }
        (AuthKind::Token, None) => Some(Credentials::Token { token: draft.secret.clone() }),
        (AuthKind::Bearer, None) => Some(Credentials::Bearer { token: draft.secret.clone() }),
    }
}

/// The decrypted credentials of a postback.
///
/// # Errors
/// [`SaveError::Secret`] when the key is another one than they were stored with.
pub fn stored_credentials(
    key: &MasterKey,
    row: &Postback,
) -> Result<Option<Credentials>, SaveError> {
    let Some(envelope) = &row.credentials else { return Ok(None) };
    let plain = key.decrypt(&place(row.id), envelope)?;
    let credentials = serde_json::from_slice(&plain)
        .map_err(|_bad| StorageError::Corrupt(format!("credentials of postback {}", row.id)))?;
    Ok(Some(credentials))
}

/// The stored document of a postback.
///
/// # Errors
/// [`StorageError::Corrupt`].
pub fn read_postback(row: &Postback) -> Result<PostbackSettings, StorageError> {
    serde_json::from_str(&row.settings)
        .map_err(|error| StorageError::Corrupt(format!("settings of postback {}: {error}", row.id)))
}

/// An owner's postbacks, oldest first.
///
/// # Errors
/// [`StorageError`].
pub fn postbacks_of(
    conn: &mut DbConn,
    shop: ShopId,
    owner: Owner,
) -> Result<Vec<Postback>, StorageError> {
    let limit = i64::try_from(POSTBACKS_MAX).unwrap_or(i64::MAX).saturating_mul(2);
    postbacks::postbacks_of_owner(conn, shop, owner, limit)
}

/// Names the row that a secret is encrypted for.
fn place(id: PostbackId) -> String {
    format!("postbacks.credentials:{id}")
}

fn to_json<T: serde::Serialize>(value: &T) -> Result<String, StorageError> {
    serde_json::to_string(value).map_err(|error| StorageError::Other(format!("postback: {error}")))
}

fn mistake(field: &str, code: &'static str, message: &str) -> FieldError {
    FieldError { field: field.to_owned(), code, message: message.to_owned() }
}
