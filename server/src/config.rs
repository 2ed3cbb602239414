//! Settings: flags win over environment variables, these over the TOML file, that over defaults.
//! Everything is parsed into types here, once; nothing else reads the environment.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
};

use clap::{Args, ValueEnum};
use domain::retry::SCHEDULE_S;
use ipnet::IpNet;
use lettre::{AsyncSmtpTransport, Tokio1Executor, message::Mailbox};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use crate::{admin_api::PartnerKey, secrets::MasterKey};

pub use billing::UsagePlan;

mod billing;

/// The version that is good until July 2028.
pub const META_GRAPH_URL: &str = "https://graph.facebook.com/v26.0";

/// Which parts of the program run in this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Pages and webhooks only.
    Web,
    /// Settling and delivery only.
    Worker,
    /// Both.
    All,
}

impl Role {
    /// Whether this process answers HTTP.
    #[must_use]
    pub const fn serves_web(self) -> bool {
        matches!(self, Self::Web | Self::All)
    }

    /// Whether this process settles orders and delivers postbacks.
    #[must_use]
    pub const fn runs_workers(self) -> bool {
        matches!(self, Self::Worker | Self::All)
    }
}

/// Settings as flags and environment variables give them; also the shape of the TOML file, in
/// which unknown keys are refused.
#[derive(Debug, Clone, Default, Args, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SettingsSource {
    /// TOML file with any of these settings (keys as the long flags, with underscores)
    #[arg(long, env = "TRIBUTARY_CONFIG")]
    #[serde(skip)]
    pub config: Option<PathBuf>,
    /// `sqlite://path` or `postgres://user@host/name`
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// Address to listen on
    #[arg(long, env = "BIND")]
    pub bind: Option<IpAddr>,
    /// Port to listen on; 0 picks a free one
    #[arg(long, env = "PORT")]
    pub port: Option<u16>,
    /// The app's client id in the Partner Dashboard
    #[arg(long, env = "SHOPIFY_API_KEY")]
    pub shopify_api_key: Option<String>,
    /// The app's client secret
    #[arg(long, env = "SHOPIFY_API_SECRET", hide_env_values = true)]
    pub shopify_api_secret: Option<String>,
    /// The previous client secret while it is being rotated
    #[arg(long, env = "SHOPIFY_API_SECRET_PREVIOUS", hide_env_values = true)]
    pub shopify_api_secret_previous: Option<String>,
    /// Public address of this app, `https://app.example.com`
    #[arg(long, env = "SHOPIFY_APP_URL")]
    pub shopify_app_url: Option<String>,
    /// Stands in for every host of Shopify, on loopback only: for tests and rehearsals
    #[arg(long, env = "SHOPIFY_STAND_IN", hide = true)]
    pub shopify_stand_in: Option<String>,
    /// The app's handle in the App Store, for the page where merchants choose a plan
    #[arg(long, env = "SHOPIFY_APP_HANDLE")]
    pub shopify_app_handle: Option<String>,
    /// The organisation's number at the Partner API, which tells the plans of the listing
    #[arg(long, env = "SHOPIFY_PARTNER_ORGANISATION")]
    pub shopify_partner_organisation: Option<String>,
    /// A token of the Partner API with the permission to manage apps
    #[arg(long, env = "SHOPIFY_PARTNER_TOKEN", hide_env_values = true)]
    pub shopify_partner_token: Option<String>,
    /// The app's number in the Partner Dashboard
    #[arg(long, env = "SHOPIFY_APP_ID")]
    pub shopify_app_id: Option<String>,
    /// Offers a plan that costs this percentage of the sales through affiliates
    #[arg(long, env = "SHOPIFY_USAGE_PERCENT")]
    pub shopify_usage_percent: Option<String>,
    /// The most that such a plan costs in 30 days, in the shop's currency
    #[arg(long, env = "SHOPIFY_USAGE_CAP")]
    pub shopify_usage_cap: Option<String>,
    /// Another key for secrets in the database, to rotate it apart from the encryption key
    #[arg(long, env = "SECRETS_KEY", hide_env_values = true)]
    pub secrets_key: Option<String>,
    /// The secrets key before, while what it protects is being written anew
    #[arg(long, env = "SECRETS_KEY_PREVIOUS", hide_env_values = true)]
    pub secrets_key_previous: Option<String>,
    /// 32 bytes in base64: protects secrets in the database (`tributary new-key` makes one)
    #[arg(long, env = "ENCRYPTION_KEY", hide_env_values = true)]
    pub encryption_key: Option<String>,
    /// Networks that postbacks may reach although they are not public, such as `10.1.0.0/16`
    #[arg(long, env = "POSTBACK_ALLOW_NETWORKS", value_delimiter = ',')]
    pub postback_allow_networks: Option<Vec<IpNet>>,
    /// Addresses that postbacks come from, for receivers' firewalls: shown to affiliates, and at
    /// `/postback-senders.json`
    #[arg(long, env = "POSTBACK_SENDER_ADDRESSES", value_delimiter = ',', value_parser = sender)]
    pub postback_sender_addresses: Option<Vec<IpNet>>,
    /// What this process does
    #[arg(long, env = "ROLE", value_enum)]
    pub role: Option<Role>,
    /// Log filter, such as `info` or `tributary=debug`
    #[arg(long, env = "LOG")]
    pub log: Option<String>,
    /// Web worker threads; the number of cores when absent
    #[arg(long, env = "WEB_WORKERS")]
    pub web_workers: Option<usize>,
    /// Waits between the tries of a postback, in seconds
    #[arg(long, env = "POSTBACK_RETRY_SECONDS", value_delimiter = ',')]
    pub postback_retry_seconds: Option<Vec<i64>>,
    /// Mail server: `smtps://user:password@mail.example.com`, or `smtp://…?tls=required`
    #[arg(long, env = "SMTP_URL", hide_env_values = true)]
    pub smtp_url: Option<String>,
    /// Sender of mails: `Programs <programs@example.com>`
    #[arg(long, env = "MAIL_FROM")]
    pub mail_from: Option<String>,
    /// Seconds after which another process may take over the work of one that died
    #[arg(long, env = "LEASE_SECONDS", value_parser = clap::value_parser!(i64).range(1..=3600))]
    pub lease_seconds: Option<i64>,
    /// Where server events for affiliates' Facebook pixels go; tests name their own
    #[arg(long, env = "META_GRAPH_URL")]
    pub meta_graph_url: Option<String>,
}

/// Settings, checked.
#[derive(Clone)]
pub struct Settings {
    /// Where the data is.
    pub database_url: String,
    /// Address to listen on.
    pub bind: IpAddr,
    /// Port to listen on.
    pub port: u16,
    /// Client id.
    pub shopify_api_key: String,
    /// Client secret.
    pub shopify_api_secret: SecretString,
    /// Client secret before the last rotation.
    pub shopify_api_secret_previous: Option<SecretString>,
    /// Public address, without a trailing slash.
    pub app_url: String,
    /// Stands in for Shopify, without a trailing slash.
    pub shopify_stand_in: Option<String>,
    /// The app's handle in the App Store; merchants pay nothing without.
    pub shopify_app_handle: Option<String>,
    /// The way to the Partner API.
    pub partner: Option<PartnerKey>,
    /// The plan that is paid by sales.
    pub usage_plan: Option<UsagePlan>,
    /// Protects secrets at rest.
    pub encryption_key: MasterKey,
    /// Non-public networks that postbacks may reach.
    pub postback_allow_networks: Vec<IpNet>,
    /// Addresses that postbacks come from, as published to receivers.
    pub postback_sender_addresses: Vec<IpNet>,
    /// What this process does.
    pub role: Role,
    /// Log filter.
    pub log: String,
    /// Web worker threads.
    pub web_workers: Option<usize>,
    /// Waits between the tries of a postback, in seconds.
    pub postback_retry_seconds: Vec<i64>,
    /// Seconds until the work of a process that died may be taken over.
    pub lease_seconds: i64,
    /// The mail server; without one, mails wait and the merchant is shown what they say.
    pub smtp: Option<SmtpSettings>,
    /// Base address of the network's server interface, without a trailing slash.
    pub meta_graph_url: String,
}

/// How mails leave.
#[derive(Clone)]
pub struct SmtpSettings {
    /// The server, with its password.
    pub url: SecretString,
    /// The sender.
    pub from: Mailbox,
}

/// What is wrong with the settings.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A setting without a default is missing.
    #[error("{flag} is missing: give {env} or --{flag}")]
    Missing {
        /// Name of the flag.
        flag: &'static str,
        /// Name of the environment variable.
        env: &'static str,
    },
    /// The file cannot be read.
    #[error("cannot read {path}: {source}")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not TOML of these settings.
    #[error("{path}: {source}")]
    BadFile {
        /// Which file.
        path: PathBuf,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// A key is not one.
    #[error("{env} must be 32 bytes in base64 (44 characters); `tributary new-key` prints a key")]
    BadKey {
        /// Name of the environment variable.
        env: &'static str,
    },
    /// Mails need a server and a sender.
    #[error("{0}")]
    BadMail(String),
    /// What merchants pay is told by halves.
    #[error("{0}")]
    BadBilling(String),
    /// The address of the app is no web address.
    #[error("SHOPIFY_APP_URL must start with https:// (or http:// on loopback): {0}")]
    BadAppUrl(String),
    /// Only a test may talk to something else than Shopify.
    #[error("SHOPIFY_STAND_IN must be on loopback: {0}")]
    BadStandIn(String),
}

impl Settings {
    /// Whether merchants pay for the app: by a plan of the listing, or by sales.
    #[must_use]
    pub const fn sells_plans(&self) -> bool {
        self.shopify_app_handle.is_some() || self.usage_plan.is_some()
    }

    /// Merges flags and environment with the file they name, and checks the result.
    ///
    /// # Errors
    /// [`SettingsError`] naming the setting.
    pub fn load(given: SettingsSource) -> Result<Self, SettingsError> {
        let file = match &given.config {
            Some(path) => read_file(path)?,
            None => SettingsSource::default(),
        };
        let missing = |flag, env| SettingsError::Missing { flag, env };
        let app_url = given
            .shopify_app_url
            .or(file.shopify_app_url)
            .ok_or_else(|| missing("shopify-app-url", "SHOPIFY_APP_URL"))?;
        let key = given
            .encryption_key
            .or(file.encryption_key)
            .ok_or_else(|| missing("encryption-key", "ENCRYPTION_KEY"))?;
        let stand_in = given.shopify_stand_in.or(file.shopify_stand_in);
        // An emptied variable is how most deployments take a key away.
        let is_given = |key: &String| !key.trim().is_empty();
        let secrets_key = given.secrets_key.or(file.secrets_key).filter(is_given);
        let secrets_key = secrets_key.map(|key| parse_key(&key, "SECRETS_KEY")).transpose()?;
        let before = given.secrets_key_previous.or(file.secrets_key_previous).filter(is_given);
        let secrets_key_before =
            before.map(|key| parse_key(&key, "SECRETS_KEY_PREVIOUS")).transpose()?;
        Ok(Self {
            database_url: given
                .database_url
                .or(file.database_url)
                .ok_or_else(|| missing("database-url", "DATABASE_URL"))?,
            bind: given.bind.or(file.bind).unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            port: given.port.or(file.port).unwrap_or(8080),
            shopify_api_key: given
                .shopify_api_key
                .or(file.shopify_api_key)
                .ok_or_else(|| missing("shopify-api-key", "SHOPIFY_API_KEY"))?,
            shopify_api_secret: given
                .shopify_api_secret
                .or(file.shopify_api_secret)
                .filter(|secret| !secret.is_empty())
                .map(SecretString::from)
                .ok_or_else(|| missing("shopify-api-secret", "SHOPIFY_API_SECRET"))?,
            shopify_api_secret_previous: given
                .shopify_api_secret_previous
                .or(file.shopify_api_secret_previous)
                .filter(|secret| !secret.is_empty())
                .map(SecretString::from),
            app_url: parse_app_url(&app_url)?,
            shopify_stand_in: stand_in.as_deref().map(parse_stand_in).transpose()?,
            shopify_app_handle: given
                .shopify_app_handle
                .or(file.shopify_app_handle)
                .filter(|handle| !handle.is_empty()),
            partner: billing::partner(
                given.shopify_partner_organisation.or(file.shopify_partner_organisation),
                given.shopify_partner_token.or(file.shopify_partner_token),
                given.shopify_app_id.or(file.shopify_app_id),
            )?,
            usage_plan: billing::usage_plan(
                given.shopify_usage_percent.or(file.shopify_usage_percent),
                given.shopify_usage_cap.or(file.shopify_usage_cap),
            )?,
            encryption_key: parse_key(&key, "ENCRYPTION_KEY")?
                .with_secrets_keys(secrets_key.as_ref(), secrets_key_before.as_ref()),
            postback_allow_networks: given
                .postback_allow_networks
                .or(file.postback_allow_networks)
                .unwrap_or_default(),
            postback_sender_addresses: given
                .postback_sender_addresses
                .or(file.postback_sender_addresses)
                .unwrap_or_default(),
            role: given.role.or(file.role).unwrap_or(Role::All),
            log: given.log.or(file.log).unwrap_or_else(|| "info".to_owned()),
            web_workers: given.web_workers.or(file.web_workers),
            postback_retry_seconds: given
                .postback_retry_seconds
                .or(file.postback_retry_seconds)
                .unwrap_or_else(|| SCHEDULE_S.to_vec()),
            lease_seconds: given.lease_seconds.or(file.lease_seconds).unwrap_or(60),
            smtp: smtp(given.smtp_url.or(file.smtp_url), given.mail_from.or(file.mail_from))?,
            meta_graph_url: given
                .meta_graph_url
                .or(file.meta_graph_url)
                .unwrap_or_else(|| META_GRAPH_URL.to_owned())
                .trim_end_matches('/')
                .to_owned(),
        })
    }
}

/// A network, or a single address as one.
fn sender(text: &str) -> Result<IpNet, String> {
    let single = || text.parse::<IpAddr>().map(IpNet::from);
    text.parse().or_else(|_no_network| single()).map_err(|error| error.to_string())
}

fn read_file(path: &PathBuf) -> Result<SettingsSource, SettingsError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| SettingsError::Unreadable { path: path.clone(), source })?;
    toml::from_str(&text)
        .map_err(|source| SettingsError::BadFile { path: path.clone(), source: Box::new(source) })
}

fn smtp(url: Option<String>, from: Option<String>) -> Result<Option<SmtpSettings>, SettingsError> {
    let Some(url) = url.filter(|url| !url.is_empty()) else { return Ok(None) };
    let bad = |text: String| SettingsError::BadMail(text);
    let from = from.ok_or_else(|| bad("MAIL_FROM is missing beside SMTP_URL".to_owned()))?;
    let from = from.parse().map_err(|error| bad(format!("MAIL_FROM is no address: {error}")))?;
    // Read here, so that a mistake is told at the start and not by the first mail.
    AsyncSmtpTransport::<Tokio1Executor>::from_url(&url)
        .map_err(|error| bad(format!("SMTP_URL is no mail server: {error}")))?;
    Ok(Some(SmtpSettings { url: SecretString::from(url), from }))
}

/// Secure cookies and Shopify need https; plain http is for loopback only.
fn parse_app_url(text: &str) -> Result<String, SettingsError> {
    let bad = || SettingsError::BadAppUrl(text.to_owned());
    let url = url::Url::parse(text).map_err(|_not_a_url| bad())?;
    match url.scheme() {
        "https" => Ok(text.trim_end_matches('/').to_owned()),
        "http" if is_loopback(&url) => Ok(text.trim_end_matches('/').to_owned()),
        _ => Err(bad()),
    }
}

fn parse_key(text: &str, env: &'static str) -> Result<MasterKey, SettingsError> {
    MasterKey::parse(text).map_err(|_bad| SettingsError::BadKey { env })
}

/// Tokens and buyers' data go there, so it must be this machine.
fn parse_stand_in(text: &str) -> Result<String, SettingsError> {
    let url = url::Url::parse(text).ok().filter(is_loopback);
    let url = url.ok_or_else(|| SettingsError::BadStandIn(text.to_owned()))?;
    Ok(url.origin().ascii_serialization())
}

fn is_loopback(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

impl fmt::Display for Settings {
    /// The effective values as TOML, secrets masked: what `tributary settings` prints.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |networks: &[IpNet]| {
            let quoted = networks.iter().map(|network| format!("{:?}", network.to_string()));
            quoted.collect::<Vec<_>>().join(", ")
        };
        writeln!(f, "database_url = {:?}", mask_password(&self.database_url))?;
        writeln!(f, "bind = {:?}", self.bind.to_string())?;
        writeln!(f, "port = {}", self.port)?;
        writeln!(f, "shopify_api_key = {:?}", self.shopify_api_key)?;
        writeln!(f, "shopify_api_secret = {:?}", mask(&self.shopify_api_secret))?;
        if let Some(previous) = &self.shopify_api_secret_previous {
            writeln!(f, "shopify_api_secret_previous = {:?}", mask(previous))?;
        }
        writeln!(f, "shopify_app_url = {:?}", self.app_url)?;
        if let Some(stand_in) = &self.shopify_stand_in {
            writeln!(f, "shopify_stand_in = {stand_in:?}")?;
        }
        if let Some(handle) = &self.shopify_app_handle {
            writeln!(f, "shopify_app_handle = {handle:?}")?;
        }
        if let Some(partner) = &self.partner {
            writeln!(f, "shopify_partner_organisation = {:?}", partner.organisation)?;
            writeln!(f, "shopify_partner_token = {:?}", mask(&partner.token))?;
            writeln!(f, "shopify_app_id = {:?}", partner.app_id.to_string())?;
        }
        if let Some(plan) = &self.usage_plan {
            let percent = plan.rate.to_string();
            writeln!(f, "shopify_usage_percent = {:?}", percent.trim_end_matches('%'))?;
            writeln!(f, "shopify_usage_cap = {:?}", plan.cap)?;
        }
        writeln!(f, "encryption_key = \"•••\"")?;
        if self.encryption_key.has_secrets_key() {
            writeln!(f, "secrets_key = \"•••\"")?;
        }
        if self.encryption_key.is_rotating() {
            writeln!(f, "secrets_key_previous = \"•••\"")?;
        }
        writeln!(f, "postback_allow_networks = [{}]", list(&self.postback_allow_networks))?;
        writeln!(f, "postback_sender_addresses = [{}]", list(&self.postback_sender_addresses))?;
        writeln!(f, "role = {:?}", format!("{:?}", self.role).to_lowercase())?;
        writeln!(f, "postback_retry_seconds = {:?}", self.postback_retry_seconds)?;
        writeln!(f, "lease_seconds = {}", self.lease_seconds)?;
        if let Some(smtp) = &self.smtp {
            writeln!(f, "smtp_url = {:?}", mask(&smtp.url))?;
            writeln!(f, "mail_from = {:?}", smtp.from.to_string())?;
        }
        writeln!(f, "meta_graph_url = {:?}", self.meta_graph_url)?;
        write!(f, "log = {:?}", self.log)?;
        match self.web_workers {
            Some(workers) => write!(f, "\nweb_workers = {workers}"),
            None => Ok(()),
        }
    }
}

fn mask(secret: &SecretString) -> &'static str {
    if secret.expose_secret().is_empty() { "" } else { "•••" }
}

fn mask_password(database_url: &str) -> String {
    match url::Url::parse(database_url) {
        Ok(mut url) if url.password().is_some() => {
            // Cannot fail: a URL with a password has a host.
            let _ = url.set_password(Some("•••"));
            url.to_string()
        }
        _ => database_url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complete() -> SettingsSource {
        SettingsSource {
            database_url: Some("postgres://app:hunter2@db.example/tributary".to_owned()),
            shopify_api_key: Some("key".to_owned()),
            shopify_api_secret: Some("s3cret".to_owned()),
            shopify_app_url: Some("https://app.example.com/".to_owned()),
            encryption_key: Some(MasterKey::generate().unwrap().to_base64()),
            ..SettingsSource::default()
        }
    }

    #[test]
    fn secrets_are_masked_when_the_effective_values_are_printed() {
        let source = complete();
        let key = source.encryption_key.clone().unwrap();
        let printed = Settings::load(source).unwrap().to_string();
        for secret in ["hunter2", "s3cret", key.as_str()] {
            assert!(!printed.contains(secret), "{printed}");
        }
        assert!(printed.contains("shopify_app_url = \"https://app.example.com\""));
    }

    #[test]
    fn a_key_that_is_none_is_named_and_an_emptied_one_is_taken_away() {
        let with = |present: &str, before: &str| {
            let (secrets_key, secrets_key_previous) =
                (Some(present.to_owned()), Some(before.to_owned()));
            Settings::load(SettingsSource { secrets_key, secrets_key_previous, ..complete() })
        };
        let key = MasterKey::generate().unwrap().to_base64();
        let message = with(&key, "short").err().unwrap().to_string();
        assert!(message.starts_with("SECRETS_KEY_PREVIOUS"), "{message}");
        assert!(with("short", "").err().unwrap().to_string().starts_with("SECRETS_KEY must"));
        let printed = with(&key, "").unwrap().to_string();
        assert!(printed.contains("secrets_key = ") && !printed.contains(&key), "{printed}");
        assert!(!printed.contains("secrets_key_previous"), "{printed}");
    }

    #[test]
    fn flags_win_over_the_file_and_unknown_keys_in_it_are_refused() {
        let folder =
            std::env::temp_dir().join(format!("tributary-settings-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("tributary.toml");
        std::fs::write(&path, "port = 9000\nlog = \"debug\"\n").unwrap();
        let source = SettingsSource { config: Some(path.clone()), port: Some(7000), ..complete() };
        let settings = Settings::load(source).unwrap();
        assert_eq!((settings.port, settings.log.as_str()), (7000, "debug"));

        std::fs::write(&path, "prot = 9000\n").unwrap();
        let refused = Settings::load(SettingsSource { config: Some(path), ..complete() });
        let message = refused.err().unwrap().to_string();
        assert!(message.contains("prot"), "{message}");
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_missing_setting_is_named_with_its_variable() {
        let source = SettingsSource { shopify_api_secret: None, ..complete() };
        let message = Settings::load(source).err().unwrap().to_string();
        assert!(message.contains("SHOPIFY_API_SECRET"), "{message}");
        // As a file of settings holds it before somebody has filled it in.
        let source = SettingsSource { shopify_api_secret: Some(String::new()), ..complete() };
        let message = Settings::load(source).err().unwrap().to_string();
        assert!(message.contains("SHOPIFY_API_SECRET"), "{message}");
    }

    #[test]
    fn a_mail_server_needs_a_sender_and_its_password_is_not_printed() {
        let of = |url: &str, from: Option<&str>| {
            let (smtp_url, mail_from) = (Some(url.to_owned()), from.map(str::to_owned));
            Settings::load(SettingsSource { smtp_url, mail_from, ..complete() })
        };
        let url = "smtps://app:hunter3@mail.example.com";
        assert!(of(url, None).err().unwrap().to_string().contains("MAIL_FROM"));
        assert!(of(url, Some("nobody")).is_err());
        assert!(of("https://mail.example.com", Some("a@example.com")).is_err());
        let printed = of(url, Some("Programs <a@example.com>")).unwrap().to_string();
        assert!(!printed.contains("hunter3") && printed.contains("a@example.com"), "{printed}");
    }

    #[test]
    fn only_this_machine_may_stand_in_for_shopify() {
        let with = |stand_in: &str| {
            let stand_in = Some(stand_in.to_owned());
            Settings::load(SettingsSource { shopify_stand_in: stand_in, ..complete() })
        };
        let loaded = with("http://127.0.0.1:9000/").unwrap();
        assert_eq!(loaded.shopify_stand_in.as_deref(), Some("http://127.0.0.1:9000"));
        for elsewhere in ["https://example.com", "http://127.0.0.1.evil.example", "nonsense"] {
            assert!(with(elsewhere).is_err(), "{elsewhere}");
        }
    }

    #[test]
    fn a_public_address_without_tls_is_refused() {
        let source =
            SettingsSource { shopify_app_url: Some("http://app.example.com".into()), ..complete() };
        assert!(Settings::load(source).is_err());
    }
}
