//! How the app and the shop are connected, and what the merchant can do about it.

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_DISPOSITION},
    web::Path,
};
use shopify::{scopes::Scopes, shop_domain::ShopDomain};
use storage::{
    StorageError,
    installations::{Installation, installation},
    privacy::{DataRequest, data_request_by_id, data_requests_of},
    reconciliations::{Reconciliation, reconciliations_of},
};

use crate::{
    admin_api::AdminError,
    error::AppError,
    flows::privacy::{answer_taken, export_of},
    web::{
        auth::AdminShop,
        display::{Zone, count},
        view::{
            admin::{
                Section,
                connection::{Comparison, ConnectionPage, Request},
            },
            parts::{Badge, Tone},
        },
    },
};

const ROWS_MAX: i64 = 30;

/// `GET {base}/connection`.
///
/// # Errors
/// [`AppError`].
pub async fn page(shop: AdminShop) -> Result<HttpResponse, AppError> {
    let id = shop.shop.id;
    let (row, runs, requests) = shop
        .app
        .storage
        .read(move |conn| {
            let row = installation(conn, id)?;
            let runs = reconciliations_of(conn, id, ROWS_MAX)?;
            Ok::<_, StorageError>((row, runs, data_requests_of(conn, id, ROWS_MAX)?))
        })
        .await?;
    let is_connected = is_connected(row.as_ref());
    let (text, tone) = match is_connected {
        true => ("Connected", Tone::Good),
        false => ("Not connected", Tone::Bad),
    };
    let advice = (!is_connected).then(|| AdminError::NotConnected.advice());
    let page = ConnectionPage {
        frame: shop.frame(Section::Settings, None),
        state: Badge { text: text.to_owned(), tone },
        advice,
        missing_scopes: missing_scopes(row.as_ref()),
        plan: row.as_ref().and_then(|row| row.plan.clone()),
        plans_url: plans_url(&shop),
        comparisons: runs.iter().map(|run| comparison(run, &shop.zone)).collect(),
        requests: requests.iter().map(|one| request_row(one, &shop.zone)).collect(),
    };
    shop.show(page)
}

/// Whether there is a token.
fn is_connected(row: Option<&Installation>) -> bool {
    row.is_some_and(|row| row.is_connected && row.token.is_some())
}

/// Permissions that the shop has not granted; none while nothing is known of them.
fn missing_scopes(row: Option<&Installation>) -> Vec<String> {
    let known = row.filter(|row| !row.scopes.is_empty());
    let missing = known.map(|row| Scopes::parse(&row.scopes).missing()).unwrap_or_default();
    missing.into_iter().map(ToOwned::to_owned).collect()
}

/// Shopify's own page for choosing a plan; none where the app costs nothing.
fn plans_url(shop: &AdminShop) -> Option<String> {
    let handle = shop.app.settings.shopify_app_handle.as_ref()?;
    let store = ShopDomain::parse(&shop.shop.domain).ok()?;
    let path = format!("/charges/{handle}/pricing_plans");
    Some(shop.app.admin_api.endpoints().admin(store.handle(), &path))
}

fn comparison(run: &Reconciliation, zone: &Zone) -> Comparison {
    let (text, tone) = match (&run.error, run.missing + run.stale) {
        (Some(_), _) => ("Broke off", Tone::Bad),
        (None, 0) => ("In step", Tone::Good),
        (None, _) => ("Fetched", Tone::Info),
    };
    Comparison {
        at: zone.moment(run.started_at),
        checked: count(run.checked),
        missing: count(run.missing),
        stale: count(run.stale),
        drift: run.drift.0.iter().take(10).map(|drift| drift.name.clone()).collect(),
        outcome: Badge { text: text.to_owned(), tone },
    }
}

fn request_row(request: &DataRequest, zone: &Zone) -> Request {
    Request {
        id: request.id.to_string(),
        number: request.shopify_request_id.to_string(),
        received: zone.moment(request.received_at),
        downloaded: request.downloaded_at.map(|at| zone.moment(at)),
    }
}

/// `GET {base}/connection/requests/{id}`: everything that we know of a customer, as a file.
///
/// # Errors
/// [`AppError::NotFound`] for another shop's request.
pub async fn answer(shop: AdminShop, id: Path<i64>) -> Result<HttpResponse, AppError> {
    let (id, owner, now) = (id.into_inner(), shop.shop.id, shop.app.clock.now());
    let (number, export) = shop
        .app
        .storage
        .write(move |tx| {
            let request = data_request_by_id(tx, owner, id)?.ok_or(StorageError::NotFound)?;
            answer_taken(tx, &request, now)?;
            Ok::<_, StorageError>((request.shopify_request_id, export_of(tx, &request)?))
        })
        .await?;
    let name = format!("attachment; filename=\"customer-request-{number}.json\"");
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_DISPOSITION, name))
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(export))
}
