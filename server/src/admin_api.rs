//! The only way to Shopify: access tokens that are renewed in time and once, and GraphQL calls that
//! keep to the shop's budget. Not here: what is asked and how answers read (`shopify::admin`,
//! `shopify::oauth`), what follows from them (flows).

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Context as _;
use domain::ids::{ShopId, ShopifyId};
use reqwest::{Certificate, redirect::Policy};
use secrecy::SecretString;
use shopify::{graphql::UserErrors, secrets::AppSecrets};
use storage::{Storage, StorageError, shops::Shop};
use tokio::sync::Semaphore;

use crate::{
    clock::Clock,
    delivery::http::{USER_AGENT, install_crypto_provider, root_certificates},
    secrets::{MasterKey, SecretError},
};
use bucket::Bucket;

pub use endpoints::ShopifyEndpoints;
pub use tokens::{AccessToken, Connected, token_place};

mod bucket;
mod client;
mod endpoints;
mod partner;
mod tokens;

/// Longest that one request to Shopify may take.
const TIMEOUT: Duration = Duration::from_secs(20);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Calls of one shop at the same time.
const CALLS_MAX: usize = 2;

/// Talks to Shopify. Cloning is cheap and shares everything.
#[derive(Clone)]
pub struct AdminApi(Arc<Inner>);

struct Inner {
    http: reqwest::Client,
    endpoints: ShopifyEndpoints,
    client_id: String,
    secrets: AppSecrets,
    storage: Storage,
    clock: Clock,
    master_key: MasterKey,
    partner: Option<PartnerKey>,
    gates: Mutex<HashMap<ShopId, Arc<Gate>>>,
}

/// What the calls of one shop share within this process.
struct Gate {
    calls: Semaphore,
    renewal: tokio::sync::Mutex<()>,
    bucket: Mutex<Bucket>,
}

/// What calling Shopify needs besides the network.
pub struct AdminApiParts {
    /// Where Shopify is.
    pub endpoints: ShopifyEndpoints,
    /// The app's client id.
    pub client_id: String,
    /// The app's client secrets.
    pub secrets: AppSecrets,
    /// Where tokens are kept.
    pub storage: Storage,
    /// The time.
    pub clock: Clock,
    /// Encrypts tokens.
    pub master_key: MasterKey,
    /// The way to the Partner API, where there is one.
    pub partner: Option<PartnerKey>,
}

/// A key to the Partner API, which alone tells plans of the listing.
#[derive(Debug, Clone)]
pub struct PartnerKey {
    /// The organisation's number.
    pub organisation: String,
    /// The app's number.
    pub app_id: ShopifyId,
    /// The token.
    pub token: SecretString,
}

/// Whom a call is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShopAddress {
    /// Our id.
    pub id: ShopId,
    /// `x.myshopify.com`.
    pub domain: String,
}

impl From<&Shop> for ShopAddress {
    fn from(shop: &Shop) -> Self {
        Self { id: shop.id, domain: shop.domain.clone() }
    }
}

/// Why a call brought nothing.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// There is no token, and only the merchant can bring one.
    #[error("the shop is not connected")]
    NotConnected,
    /// The session token was refused: App Bridge has to fetch another one.
    #[error("the session token was refused")]
    BadSessionToken,
    /// Shopify understood and refused.
    #[error("refused: {0}")]
    Refused(UserErrors),
    /// A scope or an approval is missing.
    #[error("access denied: {0}")]
    Denied(String),
    /// Shopify, or the way to it, has a problem: try again later.
    #[error("not now: {0}")]
    NotNow(String),
    /// The answer to something that must not be sent twice is lost: it may be done.
    #[error("the answer is lost: {0}")]
    MaybeDone(String),
    /// A mistake of ours, or of the operator's settings.
    #[error("broken: {0}")]
    Broken(String),
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The encryption.
    #[error(transparent)]
    Secret(#[from] SecretError),
}

impl AdminError {
    /// What a merchant can do about it.
    #[must_use]
    pub fn advice(&self) -> String {
        let words = match self {
            Self::NotConnected | Self::BadSessionToken => {
                "The connection to Shopify is lost. Open the app from your Shopify admin to restore it."
            }
            Self::Refused(errors) => return errors.advice(),
            Self::Denied(_) => {
                "The app lacks a permission for this. Open the app from your Shopify admin and accept \
                 the new permissions."
            }
            Self::NotNow(_) => "Shopify cannot be reached right now. Try again in a few minutes.",
            Self::MaybeDone(_) => {
                "Shopify did not answer. We look whether it was done before anything is repeated."
            }
            Self::Broken(_) | Self::Storage(_) | Self::Secret(_) => {
                "Something went wrong on our side. It has been recorded."
            }
        };
        words.to_owned()
    }

    /// Another try later may succeed without anybody doing anything.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::NotNow(_) | Self::Storage(_))
    }
}

impl AdminApi {
    /// Puts the parts together. Nothing is called yet.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(parts: AdminApiParts) -> anyhow::Result<Self> {
        install_crypto_provider();
        let roots = root_certificates();
        let roots = roots.iter().filter_map(|root| Certificate::from_der(root).ok());
        let http = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .redirect(Policy::none())
            .tls_certs_only(roots)
            .build()
            .context("no client for Shopify")?;
        Ok(Self(Arc::new(Inner {
            http,
            endpoints: parts.endpoints,
            client_id: parts.client_id,
            secrets: parts.secrets,
            storage: parts.storage,
            clock: parts.clock,
            master_key: parts.master_key,
            partner: parts.partner,
            gates: Mutex::default(),
        })))
    }

    /// Where Shopify is.
    #[must_use]
    pub fn endpoints(&self) -> &ShopifyEndpoints {
        &self.0.endpoints
    }

    fn gate(&self, shop: ShopId) -> Arc<Gate> {
        let mut gates = self.0.gates.lock().unwrap_or_else(PoisonError::into_inner);
        let gate = gates.entry(shop).or_insert_with(|| {
            Arc::new(Gate {
                calls: Semaphore::new(CALLS_MAX),
                renewal: tokio::sync::Mutex::default(),
                bucket: Mutex::new(Bucket::new(std::time::Instant::now())),
            })
        });
        Arc::clone(gate)
    }
}
