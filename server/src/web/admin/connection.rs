//! How the app and the shop are connected, and what the merchant can do about it.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_DISPOSITION},
    web::{Bytes, Path},
};
use domain::time::UtcTime;
use shopify::scopes::Scopes;
use storage::{
    StorageError,
    installations::{Installation, installation},
    privacy::{DataRequest, data_request_by_id, data_requests_of},
    reconciliations::{Reconciliation, reconciliations_of},
};

use super::home::attention::ANSWER_DAYS;
use crate::{
    admin_api::AdminError,
    error::AppError,
    flows::{
        privacy::{answer_taken, export_of},
        set_up::compare_orders,
    },
    web::{
        auth::{ADMIN_BASE, AdminShop},
        display::{Zone, count},
        forms::Fields,
        pages::see_other,
        view::{
            admin::{
                Section,
                connection::{Comparison, ConnectionPage, Request},
            },
            parts::{Badge, Notice, Tone},
        },
    },
};

const ROWS_MAX: i64 = 30;

/// `GET {base}/connection`.
///
/// # Errors
/// [`AppError`].
pub async fn page(shop: AdminShop, request: HttpRequest) -> Result<HttpResponse, AppError> {
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
    let compares = Fields::of_query(&request).value("done") == "compare";
    let notice = compares.then(|| Notice {
        tone: Tone::Good,
        text: "The orders are being compared. Look again in a minute.".to_owned(),
    });
    let plan = super::plan::page_of(&shop, &shop.entitlement().await?, None, None).plan;
    let page = ConnectionPage {
        frame: shop.frame(Section::Settings, notice),
        is_connected,
        is_demo: shop.app.is_demo || shop.shop.is_demo,
        state: Badge { text: text.to_owned(), tone },
        advice,
        missing_scopes: missing_scopes(row.as_ref()),
        plan,
        compared_until: row
            .as_ref()
            .and_then(|row| row.reconciled_until)
            .map(|at| shop.zone.moment(at)),
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
        due: zone.day(due_at(request)),
        is_waiting: request.downloaded_at.is_none(),
        downloaded: request.downloaded_at.map(|at| zone.moment(at)),
    }
}

/// The law gives so long to answer.
fn due_at(request: &DataRequest) -> UtcTime {
    request.received_at.plus_days(ANSWER_DAYS)
}

/// `POST {base}/connection/compare`: the orders are compared with Shopify's now.
///
/// # Errors
/// [`AppError`].
pub async fn compare(
    shop: AdminShop,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    shop.form(&request, &body)?;
    let (id, now) = (shop.shop.id, shop.app.clock.now());
    shop.app.storage.write(move |tx| compare_orders(tx, id, now)).await?;
    Ok(see_other(&format!("{ADMIN_BASE}/connection?done=compare")))
}

/// `POST {base}/connection/requests/{id}`: everything that we know of a customer, as a file. It is noted
/// that the merchant took it, so that nobody asks twice.
///
/// # Errors
/// [`AppError::NotFound`] for another shop's request.
pub async fn answer(
    shop: AdminShop,
    id: Path<i64>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    shop.form(&request, &body)?;
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
