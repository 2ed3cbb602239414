//! Entering a sale that never was in Shopify.

use actix_web::{HttpRequest, HttpResponse, web::Bytes};
use domain::time::{DAY_S, UtcTime};

use crate::{
    error::AppError,
    flows::record_sale::{SaleDraft, SaleError, record_sale},
    secrets::random_token,
    web::{
        auth::{ADMIN_BASE, AdminShop},
        display::sentence,
        forms::Fields,
        pages::see_other,
        view::{
            admin::{
                Section,
                orders::sale::{SaleForm, SalePage},
            },
            form::Field,
        },
    },
};

/// `GET {base}/orders/new`; `code` may name the affiliate.
///
/// # Errors
/// [`AppError`].
pub async fn form(shop: AdminShop, request: HttpRequest) -> Result<HttpResponse, AppError> {
    let query = Fields::of_query(&request);
    let now = shop.app.clock.now();
    let mut page = page_of(&shop, &query);
    page.form.date.value = shop.zone.date(now);
    page.form.request = random_token().map_err(|error| AppError::Internal(error.into()))?;
    std::future::ready(shop.show(page)).await
}

/// `POST {base}/orders/new`.
///
/// # Errors
/// [`AppError`].
pub async fn save(
    shop: AdminShop,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    let sent = shop.form(&request, &body)?;
    let (act, books, settler) = (shop.act(), shop.app.books.clone(), shop.app.settler.clone());
    let draft = SaleDraft {
        code: sent.value("code").to_owned(),
        amount: sent.value("amount").to_owned(),
        currency: sent.value("currency").to_owned(),
        rate: sent.value("rate").to_owned(),
        at: shop.zone.start_of(sent.value("date")).map(|start| noon(start, act.now)),
        name: sent.value("name").to_owned(),
        note: sent.value("note").to_owned(),
        request: sent.value("request").to_owned(),
    };
    let saved = shop
        .app
        .storage
        .write(move |tx| record_sale(tx, &books, &settler, act, &draft).map(|(order, _)| order))
        .await;
    match saved {
        Ok(order) => Ok(see_other(&format!("{ADMIN_BASE}/orders/{order}?done=recorded"))),
        Err(SaleError::Storage(error)) => Err(error.into()),
        Err(SaleError::Refused(errors)) => {
            let mut page = page_of(&shop, &sent);
            sent.value("request").clone_into(&mut page.form.request);
            for error in errors {
                if let Some(field) = page.form.field(&error.field) {
                    field.error = Some(sentence(&error.message));
                }
            }
            shop.show_refused(page)
        }
    }
}

/// The middle of a day, or this moment where that is still to come.
fn noon(start: UtcTime, now: UtcTime) -> UtcTime {
    let noon = start.plus_seconds(DAY_S / 2);
    if start <= now { noon.min(now) } else { noon }
}

/// The page with what was typed.
fn page_of(shop: &AdminShop, sent: &Fields) -> SalePage {
    let typed = |name: &str| Field { value: sent.value(name).to_owned(), ..Field::default() };
    SalePage {
        frame: shop.frame(Section::Orders, None),
        shop_currency: shop.currency().to_string(),
        form: SaleForm {
            code: typed("code"),
            amount: typed("amount"),
            currency: typed("currency"),
            rate: typed("rate"),
            date: typed("date"),
            name: typed("name"),
            note: typed("note"),
            request: String::new(),
        },
    }
}
