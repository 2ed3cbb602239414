//! Saves and deletes postbacks. Secrets are encrypted for their row and only ever written: an empty
//! one on a later save keeps what is stored (P8). Not here: what may be saved at all
//! (`PostbackSettings::check`), pauses and approval (`pause_postback`).

use domain::{
    ids::{PostbackId, ShopId},
    postback::{
        AuthKind, CheckContext, Credentials, FieldError, PostbackSettings, Warning,
        receivers::own_parts_left,
    },
    shop::PostbackRules,
};
use storage::{
    DbConn, StorageError, WriteTx,
    activity::Subject,
    link_names::link_names_of,
    postbacks::{self, Owner, Postback},
    shops::shop_lock,
};

use super::{
    pause_postback::{WAITS_FOR_APPROVAL, end_pause},
    record_activity::Act,
    sign_request::{SigningError, affiliate_in, ensure_secret},
    write_mail::MailRoom,
};
use crate::secrets::{MasterKey, SecretError};

/// Most postbacks of one affiliate (E11).
pub const POSTBACKS_MAX: usize = 20;

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
    /// Who saves, where and when.
    pub act: Act,
    /// Whose postback it is.
    pub owner: Owner,
    /// Which one; none for a new one.
    pub id: Option<PostbackId>,
    /// What was entered.
    pub draft: Draft,
    /// The merchant's rules.
    pub rules: PostbackRules,
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
    /// It is called when the merchant has approved its URL.
    pub is_waiting: bool,
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
    Secret(#[from] SecretError),
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<SigningError> for SaveError {
    fn from(error: SigningError) -> Self {
        match error {
            SigningError::Storage(error) => Self::Storage(error),
            SigningError::Secret(error) => Self::Secret(error),
            // Only the first secret is made on saving.
            SigningError::TooMany | SigningError::LastOne => {
                Self::Storage(StorageError::Other(error.to_string()))
            }
        }
    }
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
    room: MailRoom<'_>,
    saving: &Saving,
) -> Result<Saved, SaveError> {
    let (act, key) = (saving.act, room.key);
    let (shop, now) = (act.shop, act.now);
    let known = match saving.id {
        // Locked before the others are read: its secret and its approval may be changing just now.
        Some(id) => Some(postbacks::postback_to_change(tx, shop, Some(saving.owner), id)?),
        // Of two that are made at once the second is counted with the first.
        None => {
            shop_lock(tx, shop)?;
            None
        }
    };
    let known = known.as_ref();
    let own = postbacks_of(tx, shop, saving.owner)?;
    if known.is_none() && own.len() >= POSTBACKS_MAX {
        return Err(SaveError::TooMany);
    }
    let stored = known.map(|row| stored_credentials(key, row)).transpose()?.flatten();
    let credentials = credentials_of(&saving.draft, stored.as_ref());
    let warnings = check_draft(tx, saving, &own, credentials.as_ref())?;

    let id = saving.id.unwrap_or_else(|| PostbackId(tx.next_id(now)));
    let settings = &saving.draft.settings;
    let approved_url = approved_url(saving, known);
    let is_waiting = approved_url.as_ref() != Some(&settings.url);
    let row = Postback {
        id,
        shop_id: shop,
        affiliate_id: affiliate_in(saving.owner),
        name: settings.name.clone(),
        settings: to_json(settings)?,
        credentials: credentials
            .map(|secret| {
                Ok::<_, SaveError>(
                    key.encrypt(&credentials_place(id), to_json(&secret)?.as_bytes())?,
                )
            })
            .transpose()?,
        author: act.actor.to_string(),
        approved_url,
        paused_at: is_waiting.then_some(now),
        pause_reason: is_waiting.then(|| WAITS_FOR_APPROVAL.to_owned()),
        backlog_since: None,
        failures_in_row: 0,
        failing_since: None,
        created_at: now,
        updated_at: now,
        deleted_at: None,
    };
    match known {
        Some(known) => {
            postbacks::postback_update(tx, &row)?;
            act.note(tx, Subject::Postback, id.0, saved_words(known, settings))?;
            // Saving says that it is mended: what was held goes out.
            match (is_waiting, known.paused_at.is_some()) {
                (true, _) => {
                    postbacks::postback_set_pause(tx, shop, id, WAITS_FOR_APPROVAL, now)?;
                }
                (false, true) => end_pause(tx, room, act, known)?,
                (false, false) => {}
            }
        }
        None => {
            postbacks::postback_insert(tx, &row)?;
            let words = format!("Postback “{}” was made, to call {}.", row.name, settings.url);
            act.note(tx, Subject::Postback, id.0, words)?;
        }
    }
    ensure_secret(tx, key, shop, saving.owner, now)?;
    Ok(Saved { id, warnings, is_waiting })
}

/// The template that may be called: the new one, unless the merchant wants to look at it first (C9).
fn approved_url(saving: &Saving, known: Option<&Postback>) -> Option<String> {
    let url = &saving.draft.settings.url;
    let needs_approval = saving.rules.approval_required
        && matches!(saving.owner, Owner::Affiliate(_))
        && !saving.act.actor.is_merchant();
    if !needs_approval {
        return Some(url.clone());
    }
    let before = known?;
    let settings = read_postback(before).ok()?;
    // One that was live before the rule came stays live as long as its address stays.
    let is_live = before.paused_at.is_none() && before.approved_url.is_none();
    match &before.approved_url {
        Some(approved) => Some(approved.clone()),
        None if is_live && settings.url == *url => Some(url.clone()),
        None => None,
    }
}

fn saved_words(before: &Postback, settings: &PostbackSettings) -> String {
    match read_postback(before) {
        Ok(old) if old.url != settings.url => {
            let name = &settings.name;
            format!("Postback “{name}” calls {} now, and no longer {}.", settings.url, old.url)
        }
        Ok(_) | Err(_) => format!("Postback “{}” was changed.", settings.name),
    }
}

/// Deletes an owner's postback; what it still had to send is not sent.
///
/// # Errors
/// [`StorageError::NotFound`] when the owner has no such postback.
pub fn delete_postback(
    tx: &mut WriteTx<'_>,
    act: Act,
    owner: Owner,
    id: PostbackId,
) -> Result<(), StorageError> {
    let row = postbacks::postback_by_id(tx, act.shop, Some(owner), id)?;
    let name = row.ok_or(StorageError::NotFound)?.name;
    act.note(tx, Subject::Postback, id.0, format!("Postback “{name}” was deleted."))?;
    postbacks::postback_delete(tx, act.shop, id, act.now)
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
    let seen = link_names_of(conn, saving.act.shop, saving.owner)?;
    let context = CheckContext {
        // Also when nobody came by a link yet: then every parameter is still to be put into one.
        seen_link_names: Some(&seen),
        private_hosts_allowed: saving.private_hosts_allowed,
        customer_hash_allowed: saving.rules.customer_hash_allowed,
        name_required: true,
    };
    let (warnings, mut errors) = match settings.check(&context) {
        Ok(mut warnings) => {
            warnings.extend(own_parts_warning(&settings.url));
            (warnings, Vec::new())
        }
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

/// Parts of a ready-made template that are still everybody's (N13).
fn own_parts_warning(url: &str) -> Option<Warning> {
    let (receiver, left) = own_parts_left(url)?;
    let left: Vec<String> = left.iter().map(|own| format!("“{own}”")).collect();
    let message = format!(
        "replace {} by your own: so it stands in the template of {} for everybody",
        left.join(" and "),
        receiver.name
    );
    Some(Warning { field: "url".to_owned(), code: "own_part", message })
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
    let plain = key.decrypt(&credentials_place(row.id), envelope)?;
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
#[must_use]
pub fn credentials_place(id: PostbackId) -> String {
    format!("postbacks.credentials:{id}")
}

fn to_json<T: serde::Serialize>(value: &T) -> Result<String, StorageError> {
    serde_json::to_string(value).map_err(|error| StorageError::Other(format!("postback: {error}")))
}

fn mistake(field: &str, code: &'static str, message: &str) -> FieldError {
    FieldError { field: field.to_owned(), code, message: message.to_owned() }
}
