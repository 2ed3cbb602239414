//! `POST /webhooks`: prove that Shopify sent it, store it durably, answer. No work in the request.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use domain::{ids::ShopId, time::UtcTime};
use shopify::{
    shop_domain::ShopDomain,
    webhook::{WebhookError, WebhookHeaders, verify_webhook},
};
use storage::{Body, StorageError, inbox::NewDelivery, shops};

use crate::{
    app::App,
    error::AppError,
    flows::welcome_shop::new_shop,
    inbox::{Inbox, Incoming},
};

/// Largest body that is read: orders with hundreds of lines stay far below (shopify.md 2.2).
pub const BODY_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Takes one delivery. 200 after its commit, also for a repeat; 400, 401 or 413 for what is no
/// delivery of Shopify's; 503 when it cannot be stored, so that Shopify sends it again.
///
/// # Errors
/// [`AppError`] as said.
pub async fn receive(
    request: HttpRequest,
    body: Result<web::Bytes, actix_web::Error>,
    app: web::Data<App>,
    inbox: web::Data<Inbox>,
    shop_ids: web::Data<ShopIds>,
) -> Result<HttpResponse, AppError> {
    let body = body.map_err(|error| match error.as_response_error().status_code() {
        StatusCode::PAYLOAD_TOO_LARGE => AppError::PayloadTooLarge,
        _ => AppError::BadRequest("The body could not be read.".to_owned()),
    })?;
    let headers = WebhookHeaders::read(|name| request.headers().get(name)?.to_str().ok())
        .map_err(|error| refusal(&error))?;
    verify_webhook(&body, headers.hmac, &app.app_secrets).map_err(|error| refusal(&error))?;
    let now = app.clock.now();
    let delivery = NewDelivery {
        shop_id: shop_ids.of(&app, &headers.shop, now).await?,
        webhook_id: headers.webhook_id.to_owned(),
        event_id: headers.event_id.map(ToOwned::to_owned),
        topic: headers.topic.as_str().to_owned(),
        api_version: headers.api_version.map(ToOwned::to_owned),
        triggered_at: headers.triggered_at.unwrap_or(now),
        received_at: now,
        body: Body::pack(&body),
        lease_until: None,
    };
    let incoming = Incoming { delivery, topic: headers.topic, body: body.to_vec() };
    inbox.store(incoming).await?;
    Ok(HttpResponse::Ok().finish())
}

fn refusal(error: &WebhookError) -> AppError {
    match error.status() {
        400 => AppError::BadRequest(error.to_string()),
        _ => AppError::Unauthorized("The signature is not Shopify's."),
    }
}

/// Our ids of shops by their domain: an id never changes, so it is read once.
#[derive(Debug, Default)]
pub struct ShopIds(RwLock<HashMap<ShopDomain, ShopId>>);

impl ShopIds {
    /// The id of a shop; a shop that is not known yet is made, because a signed webhook may come
    /// before the merchant's first page load does.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn of(
        &self,
        app: &App,
        domain: &ShopDomain,
        now: UtcTime,
    ) -> Result<ShopId, StorageError> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).get(domain).copied();
        if let Some(id) = known {
            return Ok(id);
        }
        let name = domain.as_str().to_owned();
        let shop = match app.storage.read(move |conn| shops::shop_by_domain(conn, &name)).await? {
            Some(shop) => shop,
            None => {
                let name = domain.as_str().to_owned();
                app.storage
                    .write(move |tx| shops::shop_insert_if_absent(tx, &new_shop(tx, &name, now)?))
                    .await?
            }
        };
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(domain.clone(), shop.id);
        Ok(shop.id)
    }
}

/// The state that the handler shares between workers.
#[must_use]
pub fn shared() -> Arc<ShopIds> {
    Arc::new(ShopIds::default())
}
