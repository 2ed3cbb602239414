//! Amounts by hand about one order: given or taken beside what it earns, and, for a sale that was
//! entered by hand, taken back.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Bytes, Path},
};
use domain::{
    commission::FieldError,
    ids::{AffiliateId, OrderId},
};

use super::page_of;
use crate::{
    error::AppError,
    flows::record_sale::{SaleError, TakeBack, take_sale_back},
    web::{
        admin::adjustment::{Refusal, book},
        auth::{ADMIN_BASE, AdminShop},
        display::sentence,
        forms::Fields,
        pages::see_other,
        view::form::Field,
    },
};

/// `POST {base}/orders/{id}/adjust` with `affiliate`, `adjust_amount`, `adjust_reason`, `adjust_note`, and
/// the `request` that the form was made with.
///
/// # Errors
/// [`AppError`]; not found for another shop's order or affiliate.
pub async fn adjust_one(
    shop: AdminShop,
    path: Path<i64>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    let sent = shop.form(&request, &body)?;
    let id = OrderId(path.into_inner());
    let affiliate = sent.value("affiliate").parse().map(AffiliateId);
    let affiliate = affiliate.map_err(|_no_number| AppError::NotFound)?;
    match book(&shop, &sent, "adjust_", affiliate, Some(id)).await? {
        Ok(()) => Ok(see_other(&format!("{ADMIN_BASE}/orders/{id}?done=adjusted"))),
        Err(Refusal { field, message }) => refused(&shop, id, &sent, &field, &message).await,
    }
}

/// `POST {base}/orders/{id}/take-back` with `back_amount`, `back_note` and `request`.
///
/// # Errors
/// [`AppError`]; not found for another shop's order, and for one of Shopify's.
pub async fn take_back(
    shop: AdminShop,
    path: Path<i64>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    let sent = shop.form(&request, &body)?;
    let id = OrderId(path.into_inner());
    let (act, settler) = (shop.act(), shop.app.settler.clone());
    let wanted = TakeBack {
        amount: sent.value("back_amount").to_owned(),
        note: sent.value("back_note").to_owned(),
        request: sent.value("request").to_owned(),
    };
    let taken = shop
        .app
        .storage
        .write(move |tx| take_sale_back(tx, &settler, act, id, &wanted).map(drop))
        .await;
    match taken {
        Ok(()) => Ok(see_other(&format!("{ADMIN_BASE}/orders/{id}?done=taken"))),
        Err(SaleError::Storage(error)) => Err(error.into()),
        Err(SaleError::Refused(errors)) => {
            let message = errors.first().map_or("", |FieldError { message, .. }| message.as_str());
            refused(&shop, id, &sent, "back_amount", message).await
        }
    }
}

/// The order's page with what was typed and what is wrong with it.
async fn refused(
    shop: &AdminShop,
    id: OrderId,
    sent: &Fields,
    wrong: &str,
    message: &str,
) -> Result<HttpResponse, AppError> {
    let mut page = page_of(shop, id, None).await?;
    let typed = |name: &str| Field {
        value: sent.value(name).to_owned(),
        error: (name == wrong).then(|| sentence(message)),
        ..Field::default()
    };
    let adjust = &mut page.adjust;
    adjust.amount = typed("adjust_amount");
    adjust.reason = typed("adjust_reason");
    adjust.note = typed("adjust_note");
    for person in &mut adjust.people {
        person.is_chosen = person.value == sent.value("affiliate");
    }
    page.take_back.amount = typed("back_amount");
    page.take_back.note = typed("back_note");
    shop.show_refused(page)
}
