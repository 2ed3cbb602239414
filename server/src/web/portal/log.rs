//! The affiliate's own log: nothing of the merchant's postbacks, nothing of others.

use actix_web::{HttpRequest, HttpResponse, web::Path};
use domain::ids::FiringId;
use storage::{StorageError, firings::firing_by_id};

use crate::{
    error::AppError,
    web::{
        auth::PortalAffiliate,
        forms::Fields,
        log_rows::Reader,
        view::portal::{
            Section,
            log::{FiringPage, LogPage},
        },
    },
};

/// `GET {base}/log`.
///
/// # Errors
/// [`AppError`]; not found while postbacks are off (U1).
pub async fn list(who: PortalAffiliate, request: HttpRequest) -> Result<HttpResponse, AppError> {
    who.needs_postbacks()?;
    let query = Fields::of_query(&request);
    let (reader, address) = (reader(&who), format!("{}/log", who.base()));
    let log = who.app.storage.read(move |conn| reader.page(conn, &query, &address)).await?;
    who.show(LogPage { frame: who.frame(Section::Log, None), log })
}

/// `GET {base}/log/{id}`.
///
/// # Errors
/// [`AppError`]; not found for somebody else's.
pub async fn firing(
    who: PortalAffiliate,
    path: Path<(String, i64)>,
) -> Result<HttpResponse, AppError> {
    who.needs_postbacks()?;
    let id = FiringId(path.into_inner().1);
    let (reader, shop, own) = (reader(&who), who.shop.id, who.affiliate.id);
    let found = who
        .app
        .storage
        .read(move |conn| {
            let firing = firing_by_id(conn, shop, id)?
                .filter(|firing| firing.affiliate_id == Some(own))
                .ok_or(StorageError::NotFound)?;
            reader.rows(conn, &[firing])
        })
        .await?;
    let firing = found.into_iter().next().ok_or(AppError::NotFound)?;
    who.show(FiringPage { frame: who.frame(Section::Log, None), firing })
}

fn reader(who: &PortalAffiliate) -> Reader {
    Reader { shop: who.shop.id, affiliate: Some(who.affiliate.id), zone: who.zone.clone() }
}
