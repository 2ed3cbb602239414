//! The merchant's switches (U1, U9) and how orders are attributed.

use actix_web::{HttpRequest, HttpResponse, web::Bytes};
use domain::{
    attribution::{ClickModel, Method},
    pixel::PixelRules,
};

use crate::{
    error::AppError,
    flows::change_settings::{Switches, change_switches},
    web::{
        auth::{ADMIN_BASE, AdminShop},
        display::{method_words, sentence_start},
        forms::Fields,
        pages::see_other,
        view::{
            admin::{
                Section,
                settings::{SettingsPage, Tracking},
            },
            parts::{Notice, Tone},
        },
    },
};

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
    };
    std::future::ready(shop.show(page)).await
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
    let switches = Switches {
        postbacks: fields.is_on("postbacks"),
        facebook_pixel: fields.is_on("facebook_pixel"),
        pixels: PixelRules {
            needs_approval: fields.is_on("pixel_approval"),
            allows_browsing_events: fields.is_on("pixel_browsing"),
            allows_order_value: fields.is_on("pixel_value"),
            uses_limited_data: fields.is_on("pixel_limited"),
        },
    };
    let id = shop.shop.id;
    shop.app.storage.write(move |tx| change_switches(tx, id, &switches)).await?;
    Ok(see_other(&format!("{ADMIN_BASE}/settings?done=saved")))
}
