//! Affiliates' pixels: what is entered, and the merchant's word about it.

use std::collections::HashMap;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Bytes, Path},
};
use domain::ids::{AffiliateId, PixelId};
use storage::{
    StorageError,
    affiliates::{Affiliate, affiliates_by_ids},
    pixels::{Approval, Pixel, pixel_page},
};

use crate::{
    error::AppError,
    flows::save_pixel::judge_pixel,
    web::{
        auth::{ADMIN_BASE, AdminShop},
        display::{Zone, badge},
        forms::Fields,
        pages::see_other,
        portal::pixels::events_words,
        view::{
            admin::{
                Section,
                pixels::{PixelRow, PixelsPage},
            },
            parts::{Badge, Notice, Pager, Tone},
        },
    },
};

const PER_PAGE: usize = 50;

/// `GET {base}/pixels`.
///
/// # Errors
/// [`AppError`].
pub async fn page(shop: AdminShop, request: HttpRequest) -> Result<HttpResponse, AppError> {
    let query = Fields::of_query(&request);
    let before = query.value("before").parse().ok().map(PixelId);
    let id = shop.shop.id;
    let limit = i64::try_from(PER_PAGE).unwrap_or(i64::MAX).saturating_add(1);
    let (mut found, owners) = shop
        .app
        .storage
        .read(move |conn| {
            let found = pixel_page(conn, id, before, limit)?;
            let owners: Vec<AffiliateId> = found.iter().map(|pixel| pixel.affiliate_id).collect();
            let owners = affiliates_by_ids(conn, id, &owners)?;
            Ok::<_, StorageError>((found, owners))
        })
        .await?;
    let has_more = found.len() > PER_PAGE;
    found.truncate(PER_PAGE);
    let older = found.last().filter(|_| has_more);
    let notice = (query.value("done") == "saved")
        .then(|| Notice { tone: Tone::Good, text: "Saved.".to_owned() });
    shop.show(PixelsPage {
        frame: shop.frame(Section::Pixels, notice),
        is_on: shop.settings.facebook_pixel_enabled,
        pager: Pager {
            newer: before.map(|_| format!("{ADMIN_BASE}/pixels")),
            older: older.map(|pixel| format!("{ADMIN_BASE}/pixels?before={}", pixel.id)),
        },
        rows: found.iter().map(|pixel| row(pixel, &owners, &shop.zone)).collect(),
    })
}

/// `POST {base}/pixels/{id}` with `approval`.
///
/// # Errors
/// [`AppError`]; not found for another shop's.
pub async fn judge(
    shop: AdminShop,
    path: Path<i64>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    let fields = shop.form(&request, &body)?;
    let approval = Approval::parse(fields.value("approval"))
        .ok_or_else(|| AppError::BadRequest("Approve or refuse the pixel.".to_owned()))?;
    let (id, now) = (shop.shop.id, shop.app.clock.now());
    let pixel = PixelId(path.into_inner());
    shop.app.storage.write(move |tx| judge_pixel(tx, id, pixel, approval, now)).await?;
    Ok(see_other(&format!("{ADMIN_BASE}/pixels?done=saved")))
}

fn row(pixel: &Pixel, owners: &HashMap<AffiliateId, Affiliate>, zone: &Zone) -> PixelRow {
    let owner = owners.get(&pixel.affiliate_id);
    PixelRow {
        id: pixel.id.to_string(),
        affiliate: owner.map(|owner| owner.name.clone()).unwrap_or_default(),
        code: owner.map(|owner| owner.code.clone()).unwrap_or_default(),
        number: pixel.number.clone(),
        events: events_words(pixel),
        has_token: pixel.access_token.is_some(),
        status: status(pixel),
        can_approve: pixel.approval != Approval::Approved,
        can_reject: pixel.approval != Approval::Rejected,
        created: zone.day(pixel.created_at),
    }
}

fn status(pixel: &Pixel) -> Badge {
    match (pixel.approval, pixel.is_enabled) {
        (Approval::Pending, _) => badge("Waits for you", Tone::Warning),
        (Approval::Rejected, _) => badge("Refused", Tone::Bad),
        (Approval::Approved, true) => badge("On", Tone::Good),
        (Approval::Approved, false) => badge("Off by the affiliate", Tone::Neutral),
    }
}
