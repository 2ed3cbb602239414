//! The demo's Shopify: signs webhooks and storefront requests as Shopify does and sends them to the
//! real endpoints over HTTP, with Shopify's own patience.

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

/// Sends what Shopify would send for one shop.
#[derive(Clone)]
pub struct FakeShopify {
    app_url: String,
    shop_domain: String,
    secrets: AppSecrets,
    http: reqwest::Client,
}

impl FakeShopify {
    /// For a shop, towards an app on loopback.
    ///
    /// # Errors
    /// When the HTTP client cannot be made.
    pub fn new(app_url: &str, shop_domain: &str, secrets: AppSecrets) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(5))
            .no_proxy()
            .tls_certs_only([])
            .build()
            .context("cannot make the demo's HTTP client")?;
        Ok(Self {
            app_url: app_url.to_owned(),
            shop_domain: shop_domain.to_owned(),
            secrets,
            http,
        })
    }

    /// Delivers one webhook, signed.
    ///
    /// # Errors
    /// When the app does not answer 2xx; the real Shopify would try again.
    pub async fn deliver(&self, topic: &Topic, payload: &Value, at: UtcTime) -> anyhow::Result<()> {
        let body = serde_json::to_vec(payload)?;
        let response = self
            .http
            .post(format!("{}/webhooks", self.app_url))
            .header("content-type", "application/json")
            .header("x-shopify-topic", topic.as_str())
            .header("x-shopify-shop-domain", &self.shop_domain)
            .header("x-shopify-api-version", "2026-10")
            .header("x-shopify-webhook-id", Uuid::now_v7().to_string())
            .header("x-shopify-event-id", Uuid::now_v7().to_string())
            .header("x-shopify-triggered-at", at.to_string())
            .header("x-shopify-hmac-sha256", sign_webhook(&body, &self.secrets))
            .body(body)
            .send()
            .await
            .with_context(|| format!("the {} webhook did not arrive", topic.as_str()))?;
        response.error_for_status().with_context(|| format!("{} was refused", topic.as_str()))?;
        Ok(())
    }

    /// Forwards a storefront request through the app proxy, signed, and gives back the answer.
    ///
    /// # Errors
    /// When the app does not answer.
    pub async fn forward(
        &self,
        path: &str,
        body: Vec<u8>,
        at: UtcTime,
    ) -> anyhow::Result<(u16, Vec<u8>)> {
        let query = format!(
            "shop={}&logged_in_customer_id=&path_prefix=%2Fapps%2Faff&timestamp={}",
            self.shop_domain,
            at.unix_seconds()
        );
        let url = format!("{}/proxy/{path}?{}", self.app_url, sign_proxy_query(&query, &self.secrets));
        let response = self
            .http
            .post(url)
            .header("content-type", "application/json")
            .body(body)
            .send()
            .await
            .context("the storefront request did not arrive")?;
        let status = response.status().as_u16();
        Ok((status, response.bytes().await?.to_vec()))
    }
}
