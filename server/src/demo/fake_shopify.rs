//! The demo's Shopify: signs webhooks and storefront requests as Shopify does and sends them to the
//! real endpoints over HTTP, and tries again when the app was not there.

use std::time::Duration;

use anyhow::Context as _;
use domain::time::UtcTime;
use serde_json::Value;
use shopify::{
    app_proxy::sign_proxy_query,
    secrets::AppSecrets,
    webhook::{Topic, sign_webhook},
};
use uuid::Uuid;

/// The path under which the demo shop forwards to the app; Shopify lets the merchant choose it.
pub(super) const PROXY_PREFIX: &str = "/apps/aff";
const PATIENCE: Duration = Duration::from_secs(5);
/// Shopify tries a webhook 8 times after the first, over four hours; here over four minutes.
const RETRIES: u32 = 8;

/// Sends what Shopify would send for one shop.
#[derive(Debug, Clone)]
pub(super) struct FakeShopify {
    app_url: String,
    shop_domain: String,
    secrets: AppSecrets,
    http: reqwest::Client,
}

/// One webhook; every try carries the same ids.
#[derive(Debug, Clone)]
struct Webhook {
    topic: Topic,
    body: Vec<u8>,
    webhook_id: String,
    event_id: String,
    triggered_at: UtcTime,
}

impl FakeShopify {
    /// For a shop, towards an app on loopback.
    ///
    /// # Errors
    /// When the HTTP client cannot be made.
    pub(super) fn new(
        app_url: &str,
        shop_domain: &str,
        secrets: AppSecrets,
    ) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .timeout(PATIENCE)
            .no_proxy()
            .tls_certs_only([])
            .build()
            .context("cannot make the demo's HTTP client")?;
        Ok(Self { app_url: app_url.to_owned(), shop_domain: shop_domain.to_owned(), secrets, http })
    }

    /// Delivers one webhook, signed. When the app does not take it, it is tried again in the
    /// background, and the caller learns why.
    ///
    /// # Errors
    /// When the app did not answer 2xx the first time.
    pub(super) async fn deliver(
        &self,
        topic: Topic,
        payload: &Value,
        at: UtcTime,
    ) -> anyhow::Result<()> {
        let webhook = Webhook {
            topic,
            body: serde_json::to_vec(payload)?,
            webhook_id: Uuid::now_v7().to_string(),
            event_id: Uuid::now_v7().to_string(),
            triggered_at: at,
        };
        let first = self.send(&webhook).await;
        if first.is_err() {
            tokio::spawn(self.clone().insist(webhook));
        }
        first
    }

    /// Forwards a visitor's request to the app, signed, and gives back the answer.
    ///
    /// # Errors
    /// When the app does not answer.
    pub(super) async fn forward(
        &self,
        path: &str,
        body: Vec<u8>,
        at: UtcTime,
    ) -> anyhow::Result<(u16, Vec<u8>)> {
        let query = format!(
            "shop={}&logged_in_customer_id=&path_prefix={}&timestamp={}",
            self.shop_domain,
            PROXY_PREFIX.replace('/', "%2F"),
            at.unix_seconds()
        );
        let signed = sign_proxy_query(&query, &self.secrets);
        let response = self
            .http
            .post(format!("{}/proxy/{path}?{signed}", self.app_url))
            .header("content-type", "application/json")
            .body(body)
            .send()
            .await
            .context("the storefront request did not arrive")?;
        let status = response.status().as_u16();
        Ok((status, response.bytes().await?.to_vec()))
    }

    async fn insist(self, webhook: Webhook) {
        let mut pause = Duration::from_secs(1);
        for _ in 0..RETRIES {
            tokio::time::sleep(pause).await;
            if self.send(&webhook).await.is_ok() {
                return;
            }
            pause *= 2;
        }
        tracing::warn!(topic = webhook.topic.as_str(), "the app never took the demo's webhook");
    }

    async fn send(&self, webhook: &Webhook) -> anyhow::Result<()> {
        let topic = webhook.topic.as_str();
        let response = self
            .http
            .post(format!("{}/webhooks", self.app_url))
            .header("content-type", "application/json")
            .header("x-shopify-topic", topic)
            .header("x-shopify-shop-domain", &self.shop_domain)
            .header("x-shopify-api-version", "2026-10")
            .header("x-shopify-webhook-id", &webhook.webhook_id)
            .header("x-shopify-event-id", &webhook.event_id)
            .header("x-shopify-triggered-at", webhook.triggered_at.to_string())
            .header("x-shopify-hmac-sha256", sign_webhook(&webhook.body, &self.secrets))
            .body(webhook.body.clone())
            .send()
            .await
            .with_context(|| format!("the webhook {topic} did not arrive"))?;
        response.error_for_status().with_context(|| format!("the webhook {topic} was refused"))?;
        Ok(())
    }
}
