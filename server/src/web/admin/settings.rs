//! The merchant's switches (U1, U9) and how orders are attributed.

use actix_web::{HttpRequest, HttpResponse, web::Bytes};
use domain::{
    attribution::{ClickModel, Method},
    pixel::PixelRules,
    plan::Feature,
};
use storage::{StorageError, stats::stats_of_shop, visit_counts::visit_counts_of_shop};

use crate::{
    error::AppError,
    flows::{
        book_changes::day_number,
        change_settings::{Switches, change_switches},
    },
    web::{
        auth::{ADMIN_BASE, AdminShop},
        display::{count, method_words, sentence_start, stat_day},
        forms::Fields,
        pages::see_other,
        view::{
            admin::{
                Section,
                settings::{SettingsPage, Tracking, VisitDay, Visits},
            },
            parts::{Notice, Tone},
        },
    },
};

/// Days that are counted.
const DAYS: i64 = 30;
/// Currencies of one day at most.
const CURRENCIES_MAX: i64 = 10;

/// `GET {base}/settings`.
///
/// # Errors
/// [`AppError`].
pub async fn page(shop: AdminShop, request: HttpRequest) -> Result<HttpResponse, AppError> {
    let saved = Fields::of_query(&request).value("done") == "saved";
    let notice = saved.then(|| Notice { tone: Tone::Good, text: "Saved.".to_owned() });
    let attribution = &shop.settings.attribution;
    let methods: Vec<String> = attribution
        .precedence
        .iter()
        .filter(|method| **method != Method::Manual)
        .map(|method| method_words(method.as_str(), None).to_lowercase())
        .collect();
    let page = SettingsPage {
        frame: shop.frame(Section::Settings, notice),
        has_postbacks: shop.settings.postbacks_enabled,
        has_facebook_pixel: shop.settings.facebook_pixel_enabled,
        pixels: shop.settings.pixels.clone(),
        tracking: Tracking {
            click_model: match attribution.click_model {
                ClickModel::LastClick => "Last click",
                ClickModel::FirstClick => "First click",
                ClickModel::Linear => "Equal shares for every click",
            }
            .to_owned(),
            precedence: sentence_start(&methods.join(", then ")),
            window: match attribution.window_days {
                1 => "1 day".to_owned(),
                days => format!("{days} days"),
            },
            currency: shop
                .shop
                .currency
                .map_or_else(|| "Not known yet".to_owned(), |currency| currency.to_string()),
            timezone: shop.shop.timezone.clone(),
        },
        visits: visits(&shop).await?,
    };
    shop.show(page)
}

/// What became of the visits of the last days.
async fn visits(shop: &AdminShop) -> Result<Visits, AppError> {
    let (id, last) = (shop.shop.id, day_number(shop.app.clock.now()));
    let days = (last.saturating_sub(DAYS - 1), last);
    let (recorded, counted) = shop
        .app
        .storage
        .read(move |conn| {
            let recorded = stats_of_shop(conn, id, days, DAYS * CURRENCIES_MAX)?;
            Ok::<_, StorageError>((recorded, visit_counts_of_shop(conn, id, days, DAYS)?))
        })
        .await?;
    let recorded = recorded.iter().fold(0_i64, |sum, day| sum.saturating_add(day.clicks));
    let lost = counted.iter().fold(0_i64, |sum, day| sum.saturating_add(day.without_consent));
    let bots = counted.iter().fold(0_i64, |sum, day| sum.saturating_add(day.bots));
    let people = recorded.saturating_add(lost);
    Ok(Visits {
        recorded: count(recorded),
        without_consent: count(lost),
        lost_share: (lost > 0 && people > 0)
            .then(|| format!("{}%", lost.saturating_mul(100) / people)),
        bots: count(bots),
        days: counted
            .iter()
            .rev()
            .map(|day| VisitDay {
                date: stat_day(day.day, true),
                without_consent: count(day.without_consent),
                bots: count(day.bots),
            })
            .collect(),
    })
}

/// `POST {base}/settings`.
///
/// # Errors
/// [`AppError`].
pub async fn save(
    shop: AdminShop,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    let fields = shop.form(&request, &body)?;
    // What is on stays on, whatever is paid.
    let is_new = fields.is_on("facebook_pixel") && !shop.settings.facebook_pixel_enabled;
    let is_closed = is_new && !shop.entitlement().await?.brings(Feature::FacebookPixels);
    let switches = Switches {
        postbacks: fields.is_on("postbacks"),
        facebook_pixel: fields.is_on("facebook_pixel") && !is_closed,
        pixels: PixelRules {
            needs_approval: fields.is_on("pixel_approval"),
            allows_browsing_events: fields.is_on("pixel_browsing"),
            allows_order_value: fields.is_on("pixel_value"),
            uses_limited_data: fields.is_on("pixel_limited"),
        },
    };
    let id = shop.shop.id;
    shop.app.storage.write(move |tx| change_switches(tx, id, &switches)).await?;
    if is_closed {
        let wanted = Feature::FacebookPixels.as_str();
        return Ok(see_other(&format!("{ADMIN_BASE}/plan?feature={wanted}")));
    }
    Ok(see_other(&format!("{ADMIN_BASE}/settings?done=saved")))
}
