//! What a webhook says about the shop itself: removed, renamed, granted, asked to forget. Every effect
//! is in the write that marks the delivery done. Not here: orders (`order_news`), what takes long or
//! needs Shopify (tasks, done by `shopify_work`).

use domain::{
    ids::{DeliveryId, ShopId, ShopifyId},
    time::UtcTime,
};
use shopify::{
    fingerprint::Fingerprinter,
    payloads::{self, PayloadError},
    webhook::Topic,
};
use storage::{
    Json, StorageError, WriteTx,
    contacts::contact_learn,
    inbox,
    installations::{installation_forget, installation_insert_if_absent, installation_set_scopes},
    plans::shop_plan_forget,
    privacy::{Buyer, DataRequest, data_request_insert},
    shopify_tasks::{TaskKind, task_add, tasks_drop_of},
    shops::{self, ShopProfile},
};

use super::plans::ask_again;

/// One delivery's news about its shop.
#[derive(Debug, Clone)]
pub struct ShopNews {
    /// The shop that the body names, where it names one.
    domain: Option<String>,
    /// What is new.
    what: What,
}

#[derive(Debug, Clone)]
enum What {
    Removed {
        at: UtcTime,
    },
    Granted {
        scopes: String,
    },
    Described(payloads::Shop),
    /// Something about the plan: Shopify is asked what holds now, because the news of an old
    /// subscription's end may come after that of the new one.
    PlanChanged,
    Asked {
        request_id: Option<ShopifyId>,
        buyer: Buyer,
    },
    MustForget,
    MustErase,
}

/// Reads a delivery. None when the topic says nothing about the shop.
///
/// # Errors
/// [`PayloadError`] naming the field that cannot be read.
pub fn read(
    topic: &Topic,
    body: &[u8],
    triggered_at: UtcTime,
    fingerprints: &Fingerprinter,
) -> Result<Option<ShopNews>, PayloadError> {
    let news = match topic {
        Topic::AppUninstalled => {
            let shop = payloads::shop(body)?;
            let domain = shop.domain.map(|domain| domain.as_str().to_owned());
            ShopNews { domain, what: What::Removed { at: triggered_at } }
        }
        Topic::AppScopesUpdate => {
            let scopes = payloads::scopes_update(body)?.to_string();
            ShopNews { domain: None, what: What::Granted { scopes } }
        }
        Topic::ShopUpdate => {
            let shop = payloads::shop(body)?;
            let domain = shop.domain.as_ref().map(|domain| domain.as_str().to_owned());
            ShopNews { domain, what: What::Described(shop) }
        }
        Topic::AppSubscriptionsUpdate | Topic::AppSubscriptionsApproachingCappedAmount => {
            ShopNews { domain: None, what: What::PlanChanged }
        }
        Topic::CustomersDataRequest => {
            let request = payloads::customer_request(body)?;
            let email = request.person.email.as_deref();
            let buyer = Buyer {
                customer_id: request.person.customer_id,
                email_fingerprint: email.and_then(|email| fingerprints.email(email)),
                order_ids: request.order_ids,
            };
            let what = What::Asked { request_id: request.request_id, buyer };
            ShopNews { domain: request.shop_domain, what }
        }
        Topic::CustomersRedact => {
            let domain = payloads::customer_redact(body)?.shop_domain;
            ShopNews { domain, what: What::MustForget }
        }
        Topic::ShopRedact => {
            let domain = payloads::shop_redact(body)?.shop_domain;
            ShopNews { domain, what: What::MustErase }
        }
        _ => return Ok(None),
    };
    Ok(Some(news))
}

/// Takes the news in, and marks the delivery done.
///
/// # Errors
/// [`StorageError`]; then nothing is stored.
pub fn settle(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    delivery: DeliveryId,
    news: &ShopNews,
    now: UtcTime,
) -> Result<(), StorageError> {
    let row = shops::shop_to_change(tx, shop)?;
    // The header that names the shop is not signed, the body is: they must agree.
    if news.domain.as_ref().is_some_and(|named| !named.eq_ignore_ascii_case(&row.domain)) {
        return inbox::delivery_park(tx, delivery, "the body names another shop");
    }
    installation_insert_if_absent(tx, shop, row.installed_at)?;
    match &news.what {
        What::Removed { at } => remove(tx, &row, *at)?,
        What::Granted { scopes } => installation_set_scopes(tx, shop, scopes)?,
        What::Described(described) => describe(tx, &row, described)?,
        What::PlanChanged => ask_again(tx, shop, now)?,
        What::Asked { request_id, buyer } => {
            let request = DataRequest {
                id: tx.next_id(now),
                shop_id: shop,
                // Without a number the delivery is the request.
                shopify_request_id: request_id.unwrap_or(ShopifyId(delivery.0.unsigned_abs())),
                customer_id: buyer.customer_id,
                email_fingerprint: buyer.email_fingerprint.clone(),
                order_ids: Json(buyer.order_ids.clone()),
                received_at: now,
                downloaded_at: None,
            };
            data_request_insert(tx, &request)?;
        }
        // Looking through every stored body takes its time.
        What::MustForget => {
            task_add(tx, shop, TaskKind::RedactCustomer, &delivery.to_string(), now)?;
        }
        What::MustErase if row.uninstalled_at.is_some() => {
            task_add(tx, shop, TaskKind::EraseShop, "", now)?;
        }
        // Shopify sends it 48 hours after a removal; who has installed again since keeps everything.
        What::MustErase => {
            tracing::warn!(shop = shop.0, "a shop that has the app is not erased");
        }
    }
    inbox::deliveries_finish(tx, &[delivery])
}

/// A removal may arrive after the shop has installed the app again: it counts only if nothing later
/// proves that the app is there.
fn remove(tx: &mut WriteTx<'_>, row: &shops::Shop, at: UtcTime) -> Result<(), StorageError> {
    if row.installed_at > at || !installation_forget(tx, row.id, at)? {
        tracing::info!(shop = row.id.0, "a removal from before the present installation");
        return Ok(());
    }
    shops::shop_set_uninstalled(tx, row.id, at)?;
    shop_plan_forget(tx, row.id)?;
    tasks_drop_of(tx, row.id)
}

/// Shopify's own sample has null for almost everything: what is not told stays.
fn describe(
    tx: &mut WriteTx<'_>,
    row: &shops::Shop,
    described: &payloads::Shop,
) -> Result<(), StorageError> {
    let profile = ShopProfile {
        shopify_shop_id: Some(described.id),
        name: described.name.clone().unwrap_or_else(|| row.name.clone()),
        currency: described.currency.or(row.currency),
        timezone: described.iana_timezone.clone().unwrap_or_else(|| row.timezone.clone()),
    };
    if let Some(email) = &described.email {
        contact_learn(tx, row.id, email)?;
    }
    shops::shop_update_profile(tx, row.id, &profile)
}
