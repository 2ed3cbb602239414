//! Links that set a portal password: made by the merchant (an invitation) or asked for by an affiliate
//! who has forgotten it. Single use, with an end, and only their hash is kept.

use domain::{
    affiliate::AffiliateStatus,
    ids::AffiliateId,
    letter::{LetterKind, Place},
    time::{DAY_S, UtcTime},
};
use storage::{
    StorageError, WriteTx,
    activity::Subject,
    affiliates::{self, Affiliate},
    logins::{self, PasswordLink, PortalSession},
    shops::Shop,
};

use super::{
    log_in::{SESSION_DAYS, hash_password},
    record_activity::{Act, Actor},
    write_letter::{Occasion, program_name, write_letter},
    write_mail::MailError,
};
use crate::{
    app::App,
    error::AppError,
    secrets::{random_token, token_hash},
};

/// How long an invitation works.
pub const INVITATION_DAYS: i64 = 14;
/// How long a link for a forgotten password works, in seconds.
const FORGOTTEN_S: i64 = 60 * 60;
/// Fewest characters of a password.
pub const PASSWORD_MIN: usize = 10;
/// Longer ones are nobody's password.
const PASSWORD_BYTES_MAX: usize = 1_024;
/// Links that one address may ask for in a day.
const ASKED_MAX: i64 = 5;
/// Affiliates of one shop that may share an e-mail address.
const SAME_EMAIL_MAX: i64 = 5;

/// Why a password was not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// The link was used, has ended, or never was.
    Link,
    /// Too short.
    TooShort,
    /// Too long.
    TooLong,
    /// The e-mail address, or one letter again and again.
    TooEasy,
    /// The two entries differ.
    Different,
}

/// Invites an affiliate: a link, and a mail that holds it. Gives back the link.
///
/// # Errors
/// [`AppError`]; not found for a stranger's affiliate.
pub async fn invite(
    app: &App,
    shop: &Shop,
    actor: Actor,
    affiliate: AffiliateId,
) -> Result<String, AppError> {
    let (token, act) = (fresh_token()?, Act { shop: shop.id, actor, now: app.clock.now() });
    let link = address(app, shop, &token);
    let (own, of, shown) = (app.clone(), shop.clone(), link.clone());
    let written = app
        .storage
        .write(move |tx| {
            let who = affiliates::affiliate_by_id(tx, act.shop, affiliate)?;
            let who = who.ok_or(StorageError::NotFound)?;
            let expires_at = act.now.plus_days(INVITATION_DAYS);
            keep(tx, &who, &token, act.now, expires_at)?;
            let values = vec![
                (Place::Program, program_name(tx, &of, who.program_id)?),
                (Place::Link, link.clone()),
                (Place::Ends, format!("{INVITATION_DAYS} days")),
            ];
            let kind = LetterKind::Invitation;
            let occasion = Occasion { shop: &of, to: &who, kind, values };
            write_letter(tx, own.mail_room(), occasion, act.now)?;
            let words = format!("Affiliate {} was invited to set a password.", who.number);
            act.note(tx, Subject::Affiliate, affiliate.0, words)?;
            Ok::<_, MailError>(())
        })
        .await;
    written.map_err(app_error)?;
    Ok(shown)
}

/// Sends a link to whoever has this address, if somebody does; the caller tells nobody which.
///
/// # Errors
/// [`AppError::TooManyRequests`] when the address has asked too often.
pub async fn ask_for_password(app: &App, shop: &Shop, email: &str) -> Result<(), AppError> {
    let Some(fingerprint) = app.fingerprints.email(email) else { return Ok(()) };
    let now = app.clock.now();
    let account = format!("{}:forgotten:{fingerprint}", shop.id);
    let asked = app
        .storage
        .write(move |tx| logins::login_failure_record(tx, &account, now, now.plus_seconds(-DAY_S)))
        .await?;
    if asked > ASKED_MAX {
        return Err(AppError::TooManyRequests);
    }
    let shop_id = shop.id;
    let found = app
        .storage
        .read(move |conn| {
            affiliates::affiliates_by_email(conn, shop_id, &fingerprint, SAME_EMAIL_MAX)
        })
        .await?;
    for who in found.into_iter().filter(may_set_password) {
        let token = fresh_token()?;
        let (link, own, of) = (address(app, shop, &token), app.clone(), shop.clone());
        let written = app
            .storage
            .write(move |tx| {
                keep(tx, &who, &token, now, now.plus_seconds(FORGOTTEN_S))?;
                let values = vec![(Place::Link, link.clone()), (Place::Ends, "an hour".to_owned())];
                let kind = LetterKind::Password;
                let occasion = Occasion { shop: &of, to: &who, kind, values };
                write_letter(tx, own.mail_room(), occasion, now)?;
                let act = Act { shop: shop_id, actor: Actor::Affiliate(who.number), now };
                act.note(tx, Subject::Affiliate, who.id.0, "Asked for a new password.")?;
                Ok::<_, MailError>(())
            })
            .await;
        written.map_err(app_error)?;
    }
    Ok(())
}

/// The affiliate whose password a link sets, while it works.
///
/// # Errors
/// [`StorageError`].
pub async fn affiliate_of_link(
    app: &App,
    shop: &Shop,
    token: &str,
) -> Result<Option<Affiliate>, StorageError> {
    let (hash, id, now) = (token_hash(token), shop.id, app.clock.now());
    app.storage
        .read(move |conn| {
            let Some(link) = logins::password_link_by_token(conn, id, &hash, now)? else {
                return Ok(None);
            };
            let found = affiliates::affiliate_by_id(conn, id, link.affiliate_id)?;
            Ok(found.filter(may_set_password))
        })
        .await
}

/// Sets the password of a link's affiliate and logs it in: the token for the cookie. Every other
/// link and log-in of the affiliate ends.
///
/// # Errors
/// [`AppError`] when the store or the hashing is not available.
pub async fn set_password(
    app: &App,
    shop: &Shop,
    token: &str,
    password: &str,
    repeated: &str,
) -> Result<Result<String, Refused>, AppError> {
    let Some(who) = affiliate_of_link(app, shop, token).await? else {
        return Ok(Err(Refused::Link));
    };
    if let Some(refused) = weakness(password, repeated, &who.email) {
        return Ok(Err(refused));
    }
    let hash = hash_password(password.to_owned()).await?;
    let (session, now) = (fresh_token()?, app.clock.now());
    let act = Act { shop: shop.id, actor: Actor::Affiliate(who.number), now };
    let (link_hash, session_hash) = (token_hash(token), token_hash(&session));
    let is_set = app
        .storage
        .write::<_, StorageError, _>(move |tx| {
            // Read again, and deleted first: of two at the same time one finds the link gone.
            let link = logins::password_link_by_token(tx, act.shop, &link_hash, now)?;
            if link.is_none_or(|link| link.affiliate_id != who.id)
                || logins::password_links_delete_of(tx, act.shop, who.id)? == 0
            {
                return Ok(false);
            }
            replace_password(tx, act, &who, hash.clone())?;
            logins::portal_session_insert(
                tx,
                &PortalSession {
                    token_hash: session_hash.clone(),
                    shop_id: act.shop,
                    affiliate_id: who.id,
                    created_at: now,
                    expires_at: now.plus_days(SESSION_DAYS),
                },
            )?;
            Ok(true)
        })
        .await?;
    Ok(if is_set { Ok(session) } else { Err(Refused::Link) })
}

/// Stores a new password's hash and ends every log-in.
///
/// # Errors
/// [`StorageError`].
pub fn replace_password(
    tx: &mut WriteTx<'_>,
    act: Act,
    who: &Affiliate,
    hash: String,
) -> Result<(), StorageError> {
    affiliates::affiliate_set_password_hash(tx, act.shop, who.id, Some(hash))?;
    logins::portal_sessions_delete_of(tx, act.shop, who.id)?;
    act.note(tx, Subject::Affiliate, who.id.0, "Set a new password.")
}

/// What keeps a password from being taken.
#[must_use]
pub fn weakness(password: &str, repeated: &str, email: &str) -> Option<Refused> {
    let length = password.chars().count();
    let first = password.chars().next();
    if length < PASSWORD_MIN {
        Some(Refused::TooShort)
    } else if password.len() > PASSWORD_BYTES_MAX {
        Some(Refused::TooLong)
    } else if password.eq_ignore_ascii_case(email) || password.chars().all(|c| Some(c) == first) {
        Some(Refused::TooEasy)
    } else {
        (password != repeated).then_some(Refused::Different)
    }
}

/// Who is denied or blocked gets no password; an applicant may set one and wait.
fn may_set_password(affiliate: &Affiliate) -> bool {
    matches!(
        AffiliateStatus::parse(&affiliate.status),
        Some(AffiliateStatus::Active | AffiliateStatus::Pending)
    )
}

fn fresh_token() -> Result<String, AppError> {
    random_token().map_err(|error| AppError::Internal(error.into()))
}

fn address(app: &App, shop: &Shop, token: &str) -> String {
    format!("{}/portal/{}/password/{token}", app.settings.app_url, shop.domain)
}

fn keep(
    tx: &mut WriteTx<'_>,
    who: &Affiliate,
    token: &str,
    now: UtcTime,
    expires_at: UtcTime,
) -> Result<(), StorageError> {
    let link = PasswordLink {
        token_hash: token_hash(token),
        shop_id: who.shop_id,
        affiliate_id: who.id,
        created_at: now,
        expires_at,
    };
    logins::password_link_insert(tx, &link)
}

fn app_error(error: MailError) -> AppError {
    match error {
        MailError::Storage(error) => error.into(),
        MailError::Secret(error) => AppError::Internal(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weak_password_is_told_why() {
        let of = |password: &str, repeated: &str| weakness(password, repeated, "Anna@example.com");
        assert_eq!(of("short", "short"), Some(Refused::TooShort));
        assert_eq!(of("aaaaaaaaaaaa", "aaaaaaaaaaaa"), Some(Refused::TooEasy));
        assert_eq!(of("anna@example.com", "anna@example.com"), Some(Refused::TooEasy));
        assert_eq!(of("correct horse", "correct house"), Some(Refused::Different));
        assert_eq!(of("correct horse", "correct horse"), None);
        let long = "ab".repeat(513);
        assert_eq!(of(&long, &long), Some(Refused::TooLong));
    }
}
