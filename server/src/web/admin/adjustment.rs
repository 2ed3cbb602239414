//! An amount given or taken by hand, as the forms of an affiliate and of an order send it.

use domain::{
    ids::{AffiliateId, OrderId},
    money::Money,
};
use storage::activity::Subject;

use crate::{
    error::AppError,
    flows::adjust::{AdjustError, Adjustment, adjust},
    web::{auth::AdminShop, forms::Fields},
};

/// What is wrong, and with which field of the form.
pub(super) struct Refusal {
    pub(super) field: String,
    pub(super) message: String,
}

/// Books what a form says in `amount`, `reason` and `note`, each with the form's prefix, and in `request`.
///
/// # Errors
/// [`AppError`]; not found for another shop's affiliate or order.
pub(super) async fn book(
    shop: &AdminShop,
    sent: &Fields,
    prefix: &str,
    affiliate: AffiliateId,
    order: Option<OrderId>,
) -> Result<Result<(), Refusal>, AppError> {
    let named = |name: &str| format!("{prefix}{name}");
    let refusal = |name: &str, message: String| Ok(Err(Refusal { field: named(name), message }));
    let amount = match Money::parse(sent.value(&named("amount")), shop.currency()) {
        Ok(amount) => amount,
        Err(error) => return refusal("amount", error.to_string()),
    };
    let (act, books) = (shop.act(), shop.app.books.clone());
    let adjustment = Adjustment {
        affiliate,
        amount_minor: amount.minor,
        reason: sent.value(&named("reason")).to_owned(),
        note: sent.value(&named("note")).to_owned(),
        order,
        author: act.actor.to_string(),
        request: sent.value("request").to_owned(),
    };
    let booked = shop
        .app
        .storage
        .write(move |tx| {
            adjust(tx, &books, act.shop, &adjustment, act.now)?;
            let words = format!("{amount} by hand: {}", adjustment.reason);
            act.note(tx, Subject::Affiliate, affiliate.0, words.clone())?;
            if let Some(order) = order {
                act.note(tx, Subject::Order, order.0, words)?;
            }
            Ok::<_, AdjustError>(())
        })
        .await;
    match booked {
        Ok(()) => Ok(Ok(())),
        Err(AdjustError::Storage(error)) => Err(error.into()),
        Err(error @ AdjustError::Nothing) => refusal("amount", error.to_string()),
        Err(error @ AdjustError::Reason) => refusal("reason", error.to_string()),
        Err(error @ AdjustError::Note) => refusal("note", error.to_string()),
    }
}
