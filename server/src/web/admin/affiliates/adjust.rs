//! An amount given or taken by hand.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Bytes, Path},
};
use domain::{ids::AffiliateId, money::Money};
use storage::activity::Subject;

use super::profile::page_of;
use crate::{
    error::AppError,
    flows::adjust::{AdjustError, Adjustment, adjust},
    web::{
        auth::{ADMIN_BASE, AdminShop},
        display::sentence,
        forms::Fields,
        pages::see_other,
        view::form::Field,
    },
};

/// `POST {base}/affiliates/{id}/adjust` with `amount`, `reason`, `note`, and the `request` that the form
/// was made with.
///
/// # Errors
/// [`AppError`]; not found for another shop's affiliate.
pub async fn save(
    shop: AdminShop,
    path: Path<i64>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    let sent = shop.form(&request, &body)?;
    let id = AffiliateId(path.into_inner());
    let amount = match Money::parse(sent.value("amount"), shop.currency()) {
        Ok(amount) => amount,
        Err(error) => return refused(&shop, id, &sent, "amount", &error.to_string()).await,
    };
    let (act, books) = (shop.act(), shop.app.books.clone());
    let adjustment = Adjustment {
        affiliate: id,
        amount_minor: amount.minor,
        reason: sent.value("reason").to_owned(),
        note: sent.value("note").to_owned(),
        order: None,
        author: act.actor.to_string(),
        request: sent.value("request").to_owned(),
    };
    let booked = shop
        .app
        .storage
        .write(move |tx| {
            adjust(tx, &books, act.shop, &adjustment, act.now)?;
            let words = format!("{amount} by hand: {}", adjustment.reason);
            Ok::<_, AdjustError>(act.note(tx, Subject::Affiliate, id.0, words)?)
        })
        .await;
    match booked {
        Ok(()) => Ok(see_other(&format!("{ADMIN_BASE}/affiliates/{id}?done=adjusted"))),
        Err(AdjustError::Storage(error)) => Err(error.into()),
        Err(error @ AdjustError::Nothing) => {
            refused(&shop, id, &sent, "amount", &error.to_string()).await
        }
        Err(error @ AdjustError::Reason) => {
            refused(&shop, id, &sent, "reason", &error.to_string()).await
        }
        Err(error @ AdjustError::Note) => {
            refused(&shop, id, &sent, "note", &error.to_string()).await
        }
    }
}

async fn refused(
    shop: &AdminShop,
    id: AffiliateId,
    sent: &Fields,
    field: &str,
    message: &str,
) -> Result<HttpResponse, AppError> {
    let mut page = page_of(shop, id, None, None).await?;
    let same = |name: &str| Field { value: sent.value(name).to_owned(), ..Field::default() };
    let form = &mut page.adjust;
    (form.amount, form.reason, form.note) = (same("amount"), same("reason"), same("note"));
    sent.value("request").clone_into(&mut form.request);
    let slot = match field {
        "reason" => &mut form.reason,
        "note" => &mut form.note,
        _ => &mut form.amount,
    };
    slot.error = Some(sentence(message));
    shop.show_refused(page)
}
