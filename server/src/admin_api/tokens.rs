//! Access tokens: asked for with the merchant's first page, renewed before they end, kept encrypted.
//!
//! One renewal at a time per shop, in all processes: whoever renews holds a lease in the row of the
//! installation, for the generation of the token that is to be replaced. The others wait for the next
//! generation. A new pair is kept before it is used. When an answer is lost, the same refresh token is
//! sent again: Shopify honours it until the new pair is used.

use std::time::Duration;

use domain::time::UtcTime;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use shopify::oauth::{Grant, TokenPair, TokenRefusal, read_answer};
use storage::{
    StorageError,
    installations::{
        Installation, NewToken, installation, installation_disconnect,
        installation_insert_if_absent, renewal_begin, renewal_end, token_keep,
    },
};

use super::{AdminApi, AdminError, ShopAddress};

/// A token that ends sooner is renewed before it is used.
const RENEW_BEFORE_S: i64 = 300;
/// How long a renewal may take before somebody else may try.
const LEASE_S: i64 = 30;
/// How long to wait for somebody else's renewal.
const WAIT_MAX: Duration = Duration::from_secs(35);
const LOOK_EVERY: Duration = Duration::from_millis(25);
/// Pauses before the same grant is sent again.
const PAUSES: [Duration; 2] = [Duration::from_millis(250), Duration::from_secs(1)];

/// A token for the Admin API.
#[derive(Debug, Clone)]
pub struct AccessToken {
    /// For the header.
    pub secret: SecretString,
    /// Which token of the shop it is.
    pub generation: i64,
}

/// The pair as it is encrypted.
#[derive(Serialize, Deserialize)]
struct Sealed {
    access: String,
    /// None for a permanent token of an older installation.
    refresh: Option<String>,
}

/// Where the pair of a shop is encrypted for.
#[must_use]
pub fn token_place(shop: domain::ids::ShopId) -> String {
    format!("installations.token:{shop}")
}

/// How asking went.
enum Asked {
    Given(Box<TokenPair>),
    Refused(TokenRefusal),
}

impl AdminApi {
    /// A token that is good for some minutes.
    ///
    /// # Errors
    /// [`AdminError::NotConnected`] without one, and what renewing meets.
    pub async fn token(&self, shop: &ShopAddress) -> Result<AccessToken, AdminError> {
        let row = self.installation(shop).await?.ok_or(AdminError::NotConnected)?;
        if self.is_fresh(&row) {
            return self.open(&row);
        }
        self.renew(shop, row.generation).await
    }

    /// Brings a token by the merchant's session token, unless there is a good one. Called with every
    /// page; only the first of an installation, or of a lost connection, asks Shopify.
    ///
    /// # Errors
    /// [`AdminError`].
    pub async fn connect(
        &self,
        shop: &ShopAddress,
        session_token: &str,
    ) -> Result<Connected, AdminError> {
        let row = self.installation_or_new(shop).await?;
        if row.token.is_some() && row.is_connected {
            return Ok(Connected::Already);
        }
        self.replace(shop, row.generation, &Grant::SessionToken(session_token)).await?;
        Ok(Connected::Anew)
    }

    /// Brings a token by the code of an authorization callback.
    ///
    /// # Errors
    /// [`AdminError`].
    pub async fn connect_by_code(&self, shop: &ShopAddress, code: &str) -> Result<(), AdminError> {
        let row = self.installation_or_new(shop).await?;
        self.replace(shop, row.generation, &Grant::Code(code)).await?;
        Ok(())
    }

    /// Keeps a permanent token of an older installation; its first use exchanges it.
    ///
    /// # Errors
    /// [`AdminError`].
    pub async fn adopt(
        &self,
        shop: &ShopAddress,
        token: &SecretString,
        scopes: &str,
    ) -> Result<(), AdminError> {
        let row = self.installation_or_new(shop).await?;
        let sealed = Sealed { access: token.expose_secret().to_owned(), refresh: None };
        let token = NewToken {
            sealed: self.seal(shop, &sealed)?,
            scopes: scopes.to_owned(),
            expires_at: None,
            refresh_expires_at: None,
        };
        Ok(self.keep(shop, row.generation, token).await?)
    }

    /// Another token than the one of this generation, whoever brings it: after Shopify refused it, or
    /// because it ends soon.
    ///
    /// # Errors
    /// [`AdminError`].
    pub async fn renew(
        &self,
        shop: &ShopAddress,
        generation: i64,
    ) -> Result<AccessToken, AdminError> {
        let row = self.installation(shop).await?.ok_or(AdminError::NotConnected)?;
        if row.generation != generation {
            return self.open(&row);
        }
        let Some(sealed) = &row.token else { return Err(AdminError::NotConnected) };
        let pair = self.unseal(shop, sealed)?;
        let outcome = match &pair.refresh {
            Some(refresh) => {
                let refresh = SecretString::from(refresh.clone());
                self.replace(shop, generation, &Grant::RefreshToken(&refresh)).await
            }
            None => {
                let old = SecretString::from(pair.access.clone());
                self.replace(shop, generation, &Grant::PermanentToken(&old)).await
            }
        };
        match outcome {
            // It ends soon, but not yet: Shopify's problem need not be ours.
            Err(AdminError::NotNow(why)) if self.is_alive(&row) => {
                tracing::warn!(shop = shop.id.0, why, "the token could not be renewed yet");
                self.open(&row)
            }
            outcome => outcome,
        }
    }

    /// Replaces the token of a generation, or waits for whoever is replacing it.
    async fn replace(
        &self,
        shop: &ShopAddress,
        generation: i64,
        grant: &Grant<'_>,
    ) -> Result<AccessToken, AdminError> {
        let gate = self.gate(shop.id);
        // Within this process nobody polls: they queue here.
        let _turn = gate.renewal.lock().await;
        let waited = tokio::time::timeout(WAIT_MAX, self.lease(shop, generation)).await;
        let is_ours = waited.map_err(|_late| {
            AdminError::NotNow("another process is renewing the token".to_owned())
        })??;
        if !is_ours {
            let row = self.installation(shop).await?.ok_or(AdminError::NotConnected)?;
            return self.open(&row);
        }
        match self.ask(shop, grant).await {
            Ok(Asked::Given(pair)) => {
                self.keep(shop, generation, self.new_token(shop, &pair)?).await?;
                let row = self.installation(shop).await?.ok_or(AdminError::NotConnected)?;
                self.open(&row)
            }
            Ok(Asked::Refused(refusal)) => self.refused(shop, generation, refusal).await,
            Err(error) => {
                self.give_back(shop, generation).await?;
                Err(error)
            }
        }
    }

    /// True: the lease is ours. False: somebody else has brought the next generation.
    async fn lease(&self, shop: &ShopAddress, generation: i64) -> Result<bool, AdminError> {
        loop {
            let (id, now) = (shop.id, self.0.clock.now());
            let until = now.plus_seconds(LEASE_S);
            let begun = self
                .0
                .storage
                .write(move |tx| renewal_begin(tx, id, generation, now, until))
                .await?;
            if begun {
                return Ok(true);
            }
            let row = self.installation(shop).await?.ok_or(AdminError::NotConnected)?;
            if row.generation != generation {
                return Ok(false);
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Asks the token endpoint; a lost answer is asked for again with the same grant.
    async fn ask(&self, shop: &ShopAddress, grant: &Grant<'_>) -> Result<Asked, AdminError> {
        let form = grant.form(&self.0.client_id, &self.0.secrets);
        let mut pauses = PAUSES.into_iter();
        loop {
            let (outcome, wait) = match self.post_form(shop, &form).await {
                Ok((status, retry_after, body)) => {
                    match read_answer(status, retry_after.as_deref(), &body) {
                        Ok(pair) => return Ok(Asked::Given(Box::new(pair))),
                        Err(TokenRefusal::Throttled(seconds)) => {
                            let wait = u64::try_from(seconds).unwrap_or(1);
                            ("throttled".to_owned(), Some(Duration::from_secs(wait)))
                        }
                        Err(TokenRefusal::Unavailable(status)) => {
                            (format!("answered {status}"), None)
                        }
                        Err(refusal) => return Ok(Asked::Refused(refusal)),
                    }
                }
                // Never with its source's address, which holds nothing secret, but never with a form.
                Err(error) => (error.without_url().to_string(), None),
            };
            match pauses.next() {
                Some(pause) => tokio::time::sleep(wait.unwrap_or(pause)).await,
                None => return Err(AdminError::NotNow(format!("the token endpoint {outcome}"))),
            }
        }
    }

    async fn post_form(
        &self,
        shop: &ShopAddress,
        form: &[(&'static str, String)],
    ) -> Result<(u16, Option<String>, Vec<u8>), reqwest::Error> {
        let address = self.0.endpoints.token(&shop.domain);
        let request = self.0.http.post(address).header("accept", "application/json").form(form);
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        let retry_after = answer.headers().get("retry-after");
        let retry_after = retry_after.and_then(|value| value.to_str().ok()).map(ToOwned::to_owned);
        Ok((status, retry_after, answer.bytes().await?.to_vec()))
    }

    async fn refused(
        &self,
        shop: &ShopAddress,
        generation: i64,
        refusal: TokenRefusal,
    ) -> Result<AccessToken, AdminError> {
        if refusal == TokenRefusal::InvalidGrant {
            tracing::warn!(shop = shop.id.0, "the connection is lost; it needs the merchant");
            let id = shop.id;
            self.0.storage.write(move |tx| installation_disconnect(tx, id, generation)).await?;
            return Err(AdminError::NotConnected);
        }
        self.give_back(shop, generation).await?;
        tracing::error!(shop = shop.id.0, %refusal, "Shopify gives no token");
        Err(match refusal {
            TokenRefusal::BadSessionToken => AdminError::BadSessionToken,
            refusal => AdminError::Broken(refusal.to_string()),
        })
    }

    async fn give_back(&self, shop: &ShopAddress, generation: i64) -> Result<(), AdminError> {
        let id = shop.id;
        Ok(self.0.storage.write(move |tx| renewal_end(tx, id, generation)).await?)
    }

    async fn keep(
        &self,
        shop: &ShopAddress,
        generation: i64,
        token: NewToken,
    ) -> Result<(), StorageError> {
        let (id, now) = (shop.id, self.0.clock.now());
        let kept = self.0.storage.write(move |tx| token_keep(tx, id, generation, &token, now));
        if !kept.await? {
            tracing::warn!(shop = id.0, "a token came too late: removed, or replaced meanwhile");
        }
        Ok(())
    }

    async fn installation(&self, shop: &ShopAddress) -> Result<Option<Installation>, StorageError> {
        let id = shop.id;
        self.0.storage.read(move |conn| installation(conn, id)).await
    }

    async fn installation_or_new(&self, shop: &ShopAddress) -> Result<Installation, AdminError> {
        if let Some(row) = self.installation(shop).await? {
            return Ok(row);
        }
        let (id, now) = (shop.id, self.0.clock.now());
        self.0.storage.write(move |tx| installation_insert_if_absent(tx, id, now)).await?;
        self.installation(shop).await?.ok_or(AdminError::NotConnected)
    }

    fn new_token(&self, shop: &ShopAddress, pair: &TokenPair) -> Result<NewToken, AdminError> {
        let sealed = Sealed {
            access: pair.access.expose_secret().to_owned(),
            refresh: Some(pair.refresh.expose_secret().to_owned()),
        };
        let now = self.0.clock.now();
        Ok(NewToken {
            sealed: self.seal(shop, &sealed)?,
            scopes: pair.scopes.to_string(),
            expires_at: Some(now.plus_seconds(pair.expires_in_s)),
            refresh_expires_at: Some(now.plus_seconds(pair.refresh_expires_in_s)),
        })
    }

    fn seal(&self, shop: &ShopAddress, pair: &Sealed) -> Result<Vec<u8>, AdminError> {
        let text = serde_json::to_vec(pair)
            .map_err(|error| AdminError::Broken(format!("a token as JSON: {error}")))?;
        Ok(self.0.master_key.encrypt(&token_place(shop.id), &text)?)
    }

    fn unseal(&self, shop: &ShopAddress, sealed: &[u8]) -> Result<Sealed, AdminError> {
        let text = self.0.master_key.decrypt(&token_place(shop.id), sealed)?;
        serde_json::from_slice(&text)
            .map_err(|_ours| AdminError::Broken("a stored token cannot be read".to_owned()))
    }

    fn open(&self, row: &Installation) -> Result<AccessToken, AdminError> {
        let sealed = row.token.as_ref().ok_or(AdminError::NotConnected)?;
        let address = ShopAddress { id: row.shop_id, domain: String::new() };
        let pair = self.unseal(&address, sealed)?;
        Ok(AccessToken { secret: pair.access.into(), generation: row.generation })
    }

    fn is_fresh(&self, row: &Installation) -> bool {
        self.is_good_for(row, RENEW_BEFORE_S)
    }

    fn is_alive(&self, row: &Installation) -> bool {
        self.is_good_for(row, 0)
    }

    fn is_good_for(&self, row: &Installation, seconds: i64) -> bool {
        let needed: UtcTime = self.0.clock.now().plus_seconds(seconds);
        row.token.is_some() && row.token_expires_at.is_some_and(|ends| ends > needed)
    }
}

/// What came of a page's attempt to connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connected {
    /// There was a token.
    Already,
    /// There is one now.
    Anew,
}
