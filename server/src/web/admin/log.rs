//! The merchant's log: every firing of the shop.

use actix_web::{HttpRequest, HttpResponse, web::Path};
use domain::ids::FiringId;
use storage::{StorageError, firings::firing_by_id};

use crate::{
    error::AppError,
    web::{
        auth::{ADMIN_BASE, AdminShop},
        forms::Fields,
        log_rows::Reader,
        view::admin::{
            Section,
            log::{FiringPage, LogPage},
        },
    },
};

/// `GET {base}/log`.
///
/// # Errors
/// [`AppError`].
pub async fn list(shop: AdminShop, request: HttpRequest) -> Result<HttpResponse, AppError> {
    let query = Fields::of_query(&request);
    let reader = reader(&shop);
    let address = format!("{ADMIN_BASE}/log");
    let log = shop.app.storage.read(move |conn| reader.page(conn, &query, &address)).await?;
    shop.show(LogPage { frame: shop.frame(Section::Log, None), log })
}

/// `GET {base}/log/{id}`.
///
/// # Errors
/// [`AppError`].
pub async fn firing(shop: AdminShop, path: Path<i64>) -> Result<HttpResponse, AppError> {
    let (reader, id, own) = (reader(&shop), FiringId(path.into_inner()), shop.shop.id);
    let found = shop
        .app
        .storage
        .read(move |conn| {
            let firing = firing_by_id(conn, own, id)?.ok_or(StorageError::NotFound)?;
            reader.rows(conn, &[firing])
        })
        .await?;
    let firing = found.into_iter().next().ok_or(AppError::NotFound)?;
    shop.show(FiringPage { frame: shop.frame(Section::Log, None), firing })
}

/// The merchant's view of the shop's firings.
#[must_use]
pub fn reader(shop: &AdminShop) -> Reader {
    Reader { shop: shop.shop.id, affiliate: None, zone: shop.zone.clone() }
}
