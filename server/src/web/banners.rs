//! What affiliates' sites load of the merchant's banners: the picture, and the beacon that counts that
//! it was seen. No cookie: a visitor is recognised for one day by a hash of the shortened address and
//! the user agent, with a salt of that day.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, X_CONTENT_TYPE_OPTIONS},
    web,
};
use domain::{affiliate::fold_code, ids::CreativeId};
use shopify::shop_domain::ShopDomain;
use storage::{
    StorageError,
    affiliates::affiliate_by_code,
    creatives::{ImpressionSeen, creative_picture},
    shops::shop_by_domain,
};

use super::visitors::Visitor;
use crate::{
    app::App,
    error::AppError,
    flows::book_changes::day_number,
    secrets::{Purpose, mac},
    visits::{Report, VisitDesk},
};

/// Where [`beacon`] and [`picture`] answer.
pub const BEACON_ROUTE: &str = "/i/{shop}/{creative}/{code}.gif";
/// As [`BEACON_ROUTE`].
pub const PICTURE_ROUTE: &str = "/banners/{creative}";

/// One transparent pixel.
const GIF: &[u8] = &[
    0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 1, 0, 1, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0x21, 0xf9, 4, 1,
    0, 0, 0, 0, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0, 0x3b,
];
/// Bytes of a viewer's hash that are kept.
const VIEWER_BYTES: usize = 12;

/// `GET /i/{shop}/{creative}/{code}.gif`: always the same picture, whatever is counted, so that a
/// banner never shows a broken image.
pub async fn beacon(
    request: HttpRequest,
    path: web::Path<(String, i64, String)>,
    app: web::Data<App>,
    desk: web::Data<VisitDesk>,
) -> HttpResponse {
    let (shop, creative, code) = path.into_inner();
    if let Err(error) = count(&request, &shop, CreativeId(creative), &code, &app, &desk).await {
        tracing::debug!(%error, "an impression is not counted");
    }
    HttpResponse::Ok()
        .content_type("image/gif")
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(GIF)
}

async fn count(
    request: &HttpRequest,
    shop: &str,
    creative_id: CreativeId,
    code: &str,
    app: &App,
    desk: &VisitDesk,
) -> Result<(), AppError> {
    let browser = Visitor::of_direct(request);
    browser.check_rate()?;
    if browser.is_bot() {
        return Ok(());
    }
    let domain = ShopDomain::parse(shop).map_err(|_bad| AppError::NotFound)?.as_str().to_owned();
    let folded = fold_code(code);
    let (shop, affiliate) = app
        .storage
        .read(move |conn| {
            let shop = shop_by_domain(conn, &domain)?.ok_or(StorageError::NotFound)?;
            let found = affiliate_by_code(conn, shop.id, &folded)?;
            Ok::<_, StorageError>((shop.id, found.ok_or(StorageError::NotFound)?.id))
        })
        .await?;
    let day = day_number(app.clock.now());
    let seen = ImpressionSeen {
        day,
        creative_id,
        affiliate_id: affiliate,
        viewer: viewer(app, &browser, day),
    };
    desk.record(shop, Report::Impression(seen)).await?;
    Ok(())
}

/// Who saw it, for this day only.
fn viewer(app: &App, browser: &Visitor, day: i64) -> String {
    let salt = mac(&app.master_key.derive(Purpose::Impression), &[&day.to_be_bytes()]);
    let address = browser.truncated_address().unwrap_or_default();
    let agent = browser.user_agent.as_deref().unwrap_or_default();
    let hash = mac(&salt, &[address.as_bytes(), b"\n", agent.as_bytes()]);
    hex::encode(hash.into_iter().take(VIEWER_BYTES).collect::<Vec<u8>>())
}

/// `GET /banners/{creative}`: an uploaded picture. Whoever opens it by itself gets a picture and
/// nothing that could run.
///
/// # Errors
/// [`AppError::NotFound`] for a banner that is linked, removed or unknown.
pub async fn picture(path: web::Path<i64>, app: web::Data<App>) -> Result<HttpResponse, AppError> {
    let id = CreativeId(path.into_inner());
    let found = app.storage.read(move |conn| creative_picture(conn, id)).await?;
    let picture = found.ok_or(AppError::NotFound)?;
    Ok(HttpResponse::Ok()
        .content_type(picture.media_type)
        .insert_header((CACHE_CONTROL, "public, max-age=86400"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"))
        .body(picture.body))
}
