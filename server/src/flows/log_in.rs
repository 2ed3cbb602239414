//! The affiliate portal's log-in: passwords, failures in a row, sessions. Not here: cookies and
//! pages.

use std::sync::LazyLock;

use argon2::{
    Argon2, PasswordHasher as _,
    password_hash::{PasswordVerifier as _, phc::PasswordHash},
};
use domain::{
    affiliate::AffiliateStatus,
    ids::{AffiliateId, ShopId},
    time::{DAY_S, UtcTime},
};
use storage::{StorageError, affiliates, affiliates::Affiliate, logins, logins::PortalSession};
use tokio::sync::Semaphore;

use crate::{
    app::App,
    error::AppError,
    secrets::{random_token, token_hash},
};

/// How long a log-in lasts.
pub const SESSION_DAYS: i64 = 30;
/// Failures in a row before an account has to wait.
const FAILURES_MAX: i64 = 5;
/// How long it has to wait, in seconds.
const WAIT_S: i64 = 15 * 60;
/// Affiliates of one shop that may share an e-mail address.
const SAME_EMAIL_MAX: i64 = 5;
/// Longer ones are nobody's password.
const PASSWORD_BYTES_MAX: usize = 1_024;

/// Each hash takes 19 MiB and a core, so no more than two at once.
static HASHING: Semaphore = Semaphore::const_new(2);

/// A hash of no one's password: an unknown e-mail takes as long as a known one.
static NOBODYS_HASH: LazyLock<Option<String>> = LazyLock::new(|| hash_now("nobody").ok());

/// What came of a try to log in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoggedIn {
    /// The token for the cookie.
    Yes(String),
    /// E-mail or password is wrong, or the account may not log in: not told which.
    No,
    /// Too many failures; wait.
    Wait,
}

/// Tries to log an affiliate in.
///
/// # Errors
/// [`AppError`] when the store or the hashing is not available.
pub async fn log_in(
    app: &App,
    shop: ShopId,
    email: &str,
    password: &str,
) -> Result<LoggedIn, AppError> {
    let now = app.clock.now();
    let Some(fingerprint) = app.fingerprints.email(email) else {
        return Ok(LoggedIn::No);
    };
    let account = format!("{shop}:{fingerprint}");
    // Before the failures are counted: many tries at once must not all pass that count.
    let _permit = HASHING.acquire().await.map_err(|closed| AppError::Internal(closed.into()))?;
    let asked = account.clone();
    let failures = app.storage.read(move |conn| logins::login_failures_of(conn, &asked)).await?;
    if failures.is_some_and(|known| {
        known.failures >= FAILURES_MAX && now.seconds_since(known.last_at) < WAIT_S
    }) {
        return Ok(LoggedIn::Wait);
    }
    let found = app
        .storage
        .read(move |conn| affiliates::affiliates_by_email(conn, shop, &fingerprint, SAME_EMAIL_MAX))
        .await?;
    match matching(found, password).await? {
        Some(affiliate) => open_session(app, shop, affiliate, account, now).await,
        None => {
            let forget_before = now.plus_seconds(-DAY_S);
            let failures = app
                .storage
                .write(move |tx| logins::login_failure_record(tx, &account, now, forget_before))
                .await?;
            tracing::info!(shop = shop.0, failures, "a log-in failed");
            Ok(LoggedIn::No)
        }
    }
}

/// Ends a log-in.
///
/// # Errors
/// [`StorageError`].
pub async fn log_out(app: &App, token: &str) -> Result<(), StorageError> {
    let hash = token_hash(token);
    app.storage.write(move |tx| logins::portal_session_delete(tx, &hash)).await
}

/// The affiliate behind a cookie, with its shop, while the log-in lasts and it is active.
///
/// # Errors
/// [`StorageError`].
pub async fn affiliate_of(
    app: &App,
    shop: ShopId,
    token: &str,
) -> Result<Option<Affiliate>, StorageError> {
    let (hash, now) = (token_hash(token), app.clock.now());
    app.storage
        .read(move |conn| {
            let session = logins::portal_session_by_token(conn, &hash, now)?;
            let Some(session) = session.filter(|session| session.shop_id == shop) else {
                return Ok(None);
            };
            let found = affiliates::affiliate_by_id(conn, shop, session.affiliate_id)?;
            Ok(found.filter(may_log_in))
        })
        .await
}

/// Whether this is the affiliate's password. Counts as a try to log in: guesses from an open session
/// end like any others.
///
/// # Errors
/// [`AppError`] when the store or the hashing is not available.
pub async fn is_own_password(
    app: &App,
    affiliate: &Affiliate,
    password: &str,
) -> Result<bool, AppError> {
    let now = app.clock.now();
    let account = format!("{}:own:{}", affiliate.shop_id, affiliate.id);
    let _permit = HASHING.acquire().await.map_err(|closed| AppError::Internal(closed.into()))?;
    let asked = account.clone();
    let failures = app.storage.read(move |conn| logins::login_failures_of(conn, &asked)).await?;
    if failures.is_some_and(|known| {
        known.failures >= FAILURES_MAX && now.seconds_since(known.last_at) < WAIT_S
    }) {
        return Err(AppError::TooManyRequests);
    }
    let is_right = matching(vec![affiliate.clone()], password).await?.is_some();
    if !is_right {
        let forget_before = now.plus_seconds(-DAY_S);
        app.storage
            .write(move |tx| logins::login_failure_record(tx, &account, now, forget_before))
            .await?;
    }
    Ok(is_right)
}

/// A password's hash in PHC form, for storing with an affiliate.
///
/// # Errors
/// [`AppError::Internal`] when there is no randomness or memory.
pub async fn hash_password(password: String) -> Result<String, AppError> {
    let _permit = HASHING.acquire().await.map_err(|closed| AppError::Internal(closed.into()))?;
    let hashed = tokio::task::spawn_blocking(move || hash_now(&password)).await;
    hashed
        .map_err(|join| AppError::Internal(join.into()))?
        .map_err(|error| AppError::Internal(anyhow::anyhow!("cannot hash a password: {error}")))
}

fn may_log_in(affiliate: &Affiliate) -> bool {
    AffiliateStatus::parse(&affiliate.status) == Some(AffiliateStatus::Active)
}

/// The affiliate whose password it is. Always does the work of at least one check.
async fn matching(found: Vec<Affiliate>, password: &str) -> Result<Option<AffiliateId>, AppError> {
    let password = password.to_owned();
    let checked = tokio::task::spawn_blocking(move || {
        let mut candidates: Vec<(Option<AffiliateId>, String)> = found
            .into_iter()
            .filter(may_log_in)
            .filter_map(|one| Some((Some(one.id), one.password_hash?)))
            .collect();
        if candidates.is_empty() {
            candidates.extend(NOBODYS_HASH.clone().map(|hash| (None, hash)));
        }
        candidates.into_iter().find(|(_, hash)| is_password(&password, hash)).and_then(|(id, _)| id)
    });
    checked.await.map_err(|join| AppError::Internal(join.into()))
}

fn is_password(password: &str, hash: &str) -> bool {
    password.len() <= PASSWORD_BYTES_MAX
        && PasswordHash::new(hash)
            .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

fn hash_now(password: &str) -> Result<String, argon2::password_hash::Error> {
    Ok(Argon2::default().hash_password(password.as_bytes())?.to_string())
}

async fn open_session(
    app: &App,
    shop: ShopId,
    affiliate: AffiliateId,
    account: String,
    now: UtcTime,
) -> Result<LoggedIn, AppError> {
    let token = random_token().map_err(|error| AppError::Internal(error.into()))?;
    let session = PortalSession {
        token_hash: token_hash(&token),
        shop_id: shop,
        affiliate_id: affiliate,
        created_at: now,
        expires_at: now.plus_days(SESSION_DAYS),
    };
    app.storage
        .write::<_, StorageError, _>(move |tx| {
            logins::login_failures_clear(tx, &account)?;
            logins::portal_session_insert(tx, &session)
        })
        .await?;
    Ok(LoggedIn::Yes(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_known_by_its_hash_only() {
        let hash = hash_now("correct horse").unwrap();
        assert!(hash.starts_with("$argon2id$"), "{hash}");
        assert!(is_password("correct horse", &hash));
        assert!(!is_password("correct horse ", &hash));
        assert!(!is_password("correct horse", "not a hash"));
        assert_ne!(hash, hash_now("correct horse").unwrap(), "every hash has its own salt");
    }
}
