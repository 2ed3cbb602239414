//! An amount given or taken by hand.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Bytes, Path},
};
use domain::ids::AffiliateId;

use super::profile::page_of;
use crate::{
    error::AppError,
    web::{
        admin::adjustment::{Refusal, book},
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
    match book(&shop, &sent, "", id, None).await? {
        Ok(()) => Ok(see_other(&format!("{ADMIN_BASE}/affiliates/{id}?done=adjusted"))),
        Err(Refusal { field, message }) => refused(&shop, id, &sent, &field, &message).await,
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
