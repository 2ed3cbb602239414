//! Who is credited, for the whole shop: which click counts, which method comes first, how long.

use actix_web::{HttpRequest, HttpResponse, web::Bytes};
use domain::attribution::{AttributionSettings, ClickModel, Method};
use storage::activity::Subject;

use crate::{
    error::AppError,
    flows::{
        change_settings::{AttributionError, change_attribution},
        tell_storefront::storefront_changed,
    },
    web::{
        auth::{ADMIN_BASE, AdminShop},
        display::method_words,
        forms::Fields,
        pages::see_other,
        view::{
            admin::{Section, attribution::AttributionPage},
            form::{Choice, Field},
            parts::{Notice, Tone},
        },
    },
};

/// Methods that can be put in order; assigning by hand always comes first.
const ORDERED: [Method; 4] = [Method::Coupon, Method::Customer, Method::Link, Method::Product];

/// `GET {base}/attribution`.
///
/// # Errors
/// [`AppError`].
pub async fn page(shop: AdminShop, request: HttpRequest) -> Result<HttpResponse, AppError> {
    let saved = Fields::of_query(&request).value("done") == "saved";
    let text = "Saved. Orders that arrive from now on are credited like this.".to_owned();
    let notice = saved.then_some(Notice { tone: Tone::Good, text });
    let known = &shop.settings.attribution;
    let mut order: Vec<Method> =
        known.precedence.iter().copied().filter(|method| ORDERED.contains(method)).collect();
    order.extend(ORDERED.into_iter().filter(|method| !known.precedence.contains(method)));
    let model = model_name(known.click_model);
    let window = known.window_days.to_string();
    let names: Vec<&str> = order.iter().map(|method| method.as_str()).collect();
    std::future::ready(shop.show(shown(&shop, model, &names, &window, notice))).await
}

/// `POST {base}/attribution` with `click_model`, four times `place`, `window_days`.
///
/// # Errors
/// [`AppError`].
pub async fn save(
    shop: AdminShop,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    let sent = shop.form(&request, &body)?;
    let places: Vec<&str> = sent.all("place").take(ORDERED.len()).collect();
    let settings = AttributionSettings {
        click_model: model_of(sent.value("click_model")),
        precedence: places.iter().filter_map(|name| Method::parse(name)).collect(),
        window_days: sent.value("window_days").parse().unwrap_or(-1),
    };
    let act = shop.act();
    let saved = shop
        .app
        .storage
        .write(move |tx| {
            change_attribution(tx, act.shop, &settings)?;
            storefront_changed(tx, act.shop, act.now)?;
            let words = "Who is credited was changed.";
            Ok::<_, AttributionError>(act.note(tx, Subject::Shop, act.shop.0, words)?)
        })
        .await;
    let mut page =
        shown(&shop, sent.value("click_model"), &places, sent.value("window_days"), None);
    match saved {
        Ok(()) => return Ok(see_other(&format!("{ADMIN_BASE}/attribution?done=saved"))),
        Err(AttributionError::Window) => {
            page.window_days.error = Some("Between 0 and 3652 days.".to_owned());
        }
        Err(AttributionError::Order) => {
            page.places_error = Some("Each way stands in one place only.".to_owned());
        }
        Err(AttributionError::Storage(error)) => return Err(error.into()),
    }
    shop.show_refused(page)
}

fn shown(
    shop: &AdminShop,
    model: &str,
    places: &[&str],
    window: &str,
    notice: Option<Notice>,
) -> AttributionPage {
    let choices = |chosen: &str| {
        ORDERED
            .iter()
            .map(|method| Choice {
                value: method.as_str().to_owned(),
                label: method_words(method.as_str(), None),
                is_chosen: method.as_str() == chosen,
            })
            .collect()
    };
    let field = |value: &str| Field { value: value.to_owned(), ..Field::default() };
    AttributionPage {
        frame: shop.frame(Section::Programs, notice),
        click_model: field(model),
        places: places.iter().map(|chosen| choices(chosen)).collect(),
        places_error: None,
        window_days: field(window),
    }
}

fn model_of(name: &str) -> ClickModel {
    match name {
        "first_click" => ClickModel::FirstClick,
        "linear" => ClickModel::Linear,
        _ => ClickModel::LastClick,
    }
}

const fn model_name(model: ClickModel) -> &'static str {
    match model {
        ClickModel::LastClick => "last_click",
        ClickModel::FirstClick => "first_click",
        ClickModel::Linear => "linear",
    }
}
