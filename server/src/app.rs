//! What every part of a running process shares: built once, cloned freely.

use std::sync::Arc;

use anyhow::Context as _;
use shopify::{
    fingerprint::Fingerprinter, secrets::AppSecrets, session_token::SessionTokenVerifier,
};
use storage::{Storage, StorageOptions};

use crate::{
    admin_api::{AdminApi, AdminApiParts, ShopifyEndpoints},
    clock::Clock,
    config::Settings,
    delivery::http::{AddressPolicy, ClientLimits, GuardedClient},
    flows::{settle_orders::Settler, shop_book::ShopBooks, write_mail::MailRoom},
    secrets::{MasterKey, Purpose},
    visit_token::VisitTokens,
};

/// The shared parts of a process.
#[derive(Clone)]
pub struct App {
    /// The data.
    pub storage: Storage,
    /// The time.
    pub clock: Clock,
    /// Shops' rules in memory.
    pub books: Arc<ShopBooks>,
    /// Settles orders.
    pub settler: Settler,
    /// Signs and reads the tokens in carts.
    pub visit_tokens: VisitTokens,
    /// Fingerprints of e-mail addresses.
    pub fingerprints: Fingerprinter,
    /// Encrypts secrets at rest; derives form tokens.
    pub master_key: MasterKey,
    /// The app's client secrets at Shopify.
    pub app_secrets: AppSecrets,
    /// Checks Shopify's session tokens.
    pub session_tokens: Arc<SessionTokenVerifier>,
    /// The way to Shopify.
    pub admin_api: AdminApi,
    /// The way out for postbacks.
    pub outgoing: GuardedClient,
    /// Settings that pages show or use.
    pub settings: Arc<Settings>,
    /// Started by `tributary demo`: a log-in form opens the admin pages, without Shopify.
    pub is_demo: bool,
}

impl App {
    /// Connects to the database and puts the parts together. Nothing runs yet.
    ///
    /// # Errors
    /// When the database cannot be reached or a secret is empty.
    pub fn build(settings: Settings, clock: Clock, is_demo: bool) -> anyhow::Result<Self> {
        let storage = Storage::connect(&settings.database_url, StorageOptions::default())
            .context("cannot open the database")?;
        Self::with_storage(storage, settings, clock, is_demo)
    }

    /// What flows need to write mails.
    #[must_use]
    pub fn mail_room(&self) -> MailRoom<'_> {
        MailRoom { key: &self.master_key, app_url: &self.settings.app_url }
    }

    /// As [`App::build`], on a database that is open already.
    ///
    /// # Errors
    /// When a secret is empty.
    pub fn with_storage(
        storage: Storage,
        settings: Settings,
        clock: Clock,
        is_demo: bool,
    ) -> anyhow::Result<Self> {
        let app_secrets = AppSecrets::new(
            settings.shopify_api_secret.clone(),
            settings.shopify_api_secret_previous.clone(),
        )?;
        let books = Arc::new(ShopBooks::default());
        let visit_tokens = VisitTokens::new(&settings.encryption_key);
        let policy = AddressPolicy { allow: settings.postback_allow_networks.clone() };
        let admin_api = AdminApi::new(AdminApiParts {
            endpoints: ShopifyEndpoints::new(settings.shopify_stand_in.clone()),
            client_id: settings.shopify_api_key.clone(),
            secrets: app_secrets.clone(),
            storage: storage.clone(),
            clock: clock.clone(),
            master_key: settings.encryption_key.clone(),
            partner: settings.partner.clone(),
        })?;
        Ok(Self {
            admin_api,
            settler: Settler::new(Arc::clone(&books), visit_tokens.clone()),
            books,
            visit_tokens,
            fingerprints: Fingerprinter::new(
                &settings.encryption_key.derive(Purpose::EmailFingerprint),
            )?,
            master_key: settings.encryption_key.clone(),
            session_tokens: Arc::new(SessionTokenVerifier::new(
                &settings.shopify_api_key,
                &app_secrets,
            )),
            app_secrets,
            outgoing: GuardedClient::new(policy, ClientLimits::default()),
            settings: Arc::new(settings),
            storage,
            clock,
            is_demo,
        })
    }
}
