//! The shop's banners for this affiliate: picture, snippet, counts.

use actix_web::HttpResponse;
use storage::{
    StorageError,
    creatives::{BANNER_PARAMETER, Creative, creative_list, creative_sums},
};

use super::links::CODE_PARAMETER;
use crate::{
    error::AppError,
    flows::{book_changes::day_number, save_creative::CREATIVES_MAX},
    web::{
        admin::creatives::picture_url,
        auth::PortalAffiliate,
        display::count,
        view::portal::{
            Section,
            creatives::{Banner, CreativesPage},
            links::builder::tracking_link,
        },
    },
};

/// Days that are counted.
const DAYS: i64 = 30;

/// `GET {base}/creatives`.
///
/// # Errors
/// [`AppError`].
pub async fn page(who: PortalAffiliate) -> Result<HttpResponse, AppError> {
    let (shop, affiliate) = (who.shop.id, who.affiliate.id);
    let program = who.affiliate.program_id;
    let first_day = day_number(who.app.clock.now()).saturating_sub(DAYS - 1);
    let limit = i64::try_from(CREATIVES_MAX).unwrap_or(i64::MAX);
    let (creatives, sums) = who
        .app
        .storage
        .read(move |conn| {
            let creatives = creative_list(conn, shop, Some(program), limit)?;
            let sums = creative_sums(conn, shop, Some(affiliate), first_day, limit)?;
            Ok::<_, StorageError>((creatives, sums))
        })
        .await?;
    let banners = creatives
        .iter()
        .map(|creative| {
            let (impressions, clicks) = sums.get(&creative.id).copied().unwrap_or_default();
            Banner {
                id: creative.id.to_string(),
                name: creative.name.clone(),
                size: format!("{} × {}", creative.width, creative.height),
                preview: creative.image_url.is_none().then(|| picture_url("", creative)),
                width: creative.width,
                height: creative.height,
                snippet: snippet(&who, creative),
                impressions: count(impressions),
                clicks: count(clicks),
            }
        })
        .collect();
    who.show(CreativesPage { frame: who.frame(Section::Creatives, None), banners })
}

/// The banner as HTML for a stranger's page: the picture in a link, and the beacon that counts.
fn snippet(who: &PortalAffiliate, creative: &Creative) -> String {
    let app_url = &who.app.settings.app_url;
    let shop_url = format!("https://{}", who.shop.domain);
    let id = creative.id.to_string();
    let parameters = [(CODE_PARAMETER, who.affiliate.code.as_str()), (BANNER_PARAMETER, &id)];
    let link = tracking_link(&shop_url, &creative.target_path, &parameters)
        .or_else(|_refused| tracking_link(&shop_url, "", &parameters))
        .unwrap_or_default();
    let beacon = format!(
        "{app_url}/i/{}/{id}/{}.gif",
        who.shop.domain,
        domain::postback::encode::percent_encode(&who.affiliate.code)
    );
    format!(
        "<a href=\"{}\"><img src=\"{}\" width=\"{}\" height=\"{}\" alt=\"{}\" loading=\"lazy\"></a>\
         <img src=\"{}\" width=\"1\" height=\"1\" alt=\"\" loading=\"lazy\">",
        attribute(&link),
        attribute(&picture_url(app_url, creative)),
        creative.width,
        creative.height,
        attribute(&creative.name),
        attribute(&beacon),
    )
}

/// Text inside a quoted attribute.
fn attribute(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}
