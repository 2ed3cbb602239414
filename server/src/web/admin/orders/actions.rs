//! What the merchant decides about orders: one at a time or many, assigning one, and the list as a
//! file.

use std::collections::BTreeMap;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Bytes, Path},
};
use domain::{
    affiliate::fold_code,
    conversion::{ConversionStatus, ReviewAction},
    ids::{OrderId, ShopifyId},
    reason::Reason,
};
use storage::{
    StorageError, activity::Subject, affiliates::affiliate_by_code, orders::order_by_id,
};

use super::wanted;
use crate::{
    error::AppError,
    flows::{export_orders::export_part, review_orders::review_orders, run_job::Task},
    web::{
        admin::jobs,
        auth::{ADMIN_BASE, AdminShop},
        display::reason_words,
        forms::Fields,
        pages::{download, see_other},
        view::form::Choice,
    },
};

/// Orders of one page at most.
const TICKED_MAX: usize = 200;

/// Reasons that a merchant can give (domain rules 3.6); `other` comes with words.
const REFUSALS: [(&str, &str); 7] = [
    ("cancelled", "Order cancelled"),
    ("refunded", "Item returned"),
    ("failed_credit_check", "Failed credit check"),
    ("breach_of_terms", "Breach of terms"),
    ("duplicate_order", "Duplicate order"),
    ("out_of_stock", "Out of stock"),
    ("other", "Other, as written beside"),
];

/// The reasons to choose from.
#[must_use]
pub fn refusals() -> Vec<Choice> {
    let choice = |(value, label): &(&str, &str)| Choice {
        value: (*value).to_owned(),
        label: (*label).to_owned(),
        is_chosen: false,
    };
    REFUSALS.iter().map(choice).collect()
}

/// What can be done with a conversion of this status.
#[must_use]
pub fn possible(
    status: ConversionStatus,
    waits_for_consent: bool,
    was_refused_by_hand: bool,
) -> Vec<Choice> {
    use ConversionStatus as Status;
    let mut actions: Vec<(&str, &str)> = match status {
        Status::Pending => vec![("approve", "Approve now"), ("hold", "Put on hold")],
        Status::OnHold => vec![("approve", "Approve now"), ("release", "End the hold")],
        Status::Approved => vec![("hold", "Put on hold")],
        Status::Rejected if was_refused_by_hand => vec![("reopen", "Take the refusal back")],
        Status::Recorded | Status::Payable | Status::Paid | Status::Rejected | Status::Reversed => {
            Vec::new()
        }
    };
    if waits_for_consent {
        actions.push(("accept", "Accept the increase"));
    }
    if matches!(
        status,
        Status::Recorded | Status::Pending | Status::OnHold | Status::Approved | Status::Payable
    ) {
        actions.push(("reject", "Refuse"));
    }
    let choice = |(value, label): (&str, &str)| Choice {
        value: value.to_owned(),
        label: label.to_owned(),
        is_chosen: value == "reject",
    };
    actions.into_iter().map(choice).collect()
}

/// `POST {base}/orders/{id}/review` with `action`, `reason` and `words`.
///
/// # Errors
/// [`AppError`]; not found for another shop's order.
pub async fn review_one(
    shop: AdminShop,
    path: Path<i64>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    let sent = shop.form(&request, &body)?;
    let id = OrderId(path.into_inner());
    let (done, _) = review(&shop, &[id], &sent).await?;
    let result = if done == 1 { "reviewed" } else { "impossible" };
    Ok(see_other(&format!("{ADMIN_BASE}/orders/{id}?done={result}")))
}

/// `POST {base}/orders/review`: the same for every ticked `id`.
///
/// # Errors
/// [`AppError`].
pub async fn review_many(
    shop: AdminShop,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    let sent = shop.form(&request, &body)?;
    let ids: Vec<OrderId> =
        sent.all("id").take(TICKED_MAX).filter_map(|id| id.parse().ok()).map(OrderId).collect();
    let (done, left) = review(&shop, &ids, &sent).await?;
    Ok(see_other(&format!("{ADMIN_BASE}/orders?reviewed={done}&left={left}")))
}

/// `POST {base}/orders/{id}/assign` with the `code` of an affiliate.
///
/// # Errors
/// [`AppError`]; not found for another shop's order.
pub async fn assign(
    shop: AdminShop,
    path: Path<i64>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    let sent = shop.form(&request, &body)?;
    let id = OrderId(path.into_inner());
    let (act, settler) = (shop.act(), shop.app.settler.clone());
    let code = sent.value("code").to_owned();
    let is_assigned = shop
        .app
        .storage
        .write::<_, StorageError, _>(move |tx| {
            let order = order_by_id(tx, act.shop, id)?.ok_or(StorageError::NotFound)?;
            let Some(affiliate) = affiliate_by_code(tx, act.shop, &fold_code(&code))? else {
                return Ok(false);
            };
            settler.assign(tx, act.shop, order.shopify_order_id, affiliate.id, act.now)?;
            let said = format!("Assigned to {} ({}).", affiliate.name, affiliate.number);
            act.note(tx, Subject::Order, id.0, said)?;
            Ok(true)
        })
        .await?;
    let done = if is_assigned { "assigned" } else { "nobody" };
    Ok(see_other(&format!("{ADMIN_BASE}/orders/{id}?done={done}")))
}

/// `GET {base}/orders/export`: the list with its filters, as a file. A small one comes at once, a large
/// one is the work of a job.
///
/// # Errors
/// [`AppError`].
pub async fn export(shop: AdminShop, request: HttpRequest) -> Result<HttpResponse, AppError> {
    let (id, list) = (shop.shop.id, wanted(&Fields::of_query(&request), &shop.zone));
    let asked = list.clone();
    let first = shop.app.storage.read(move |conn| export_part(conn, id, &asked, None)).await?;
    match first.next {
        None => Ok(download("orders.csv", first.content)),
        Some(_) => jobs::ask_for(&shop, Task::ExportOrders { list }).await,
    }
}

/// Carries a decision out: how many orders followed it, and how many cannot.
async fn review(
    shop: &AdminShop,
    ids: &[OrderId],
    sent: &Fields,
) -> Result<(usize, usize), AppError> {
    let (action, said) = action_of(sent)?;
    let (act, books, settler) = (shop.act(), shop.app.books.clone(), shop.app.settler.clone());
    let ids = ids.to_vec();
    let result = shop
        .app
        .storage
        .write::<_, StorageError, _>(move |tx| {
            let mut known: BTreeMap<ShopifyId, OrderId> = BTreeMap::new();
            for id in &ids {
                let order = order_by_id(tx, act.shop, *id)?.ok_or(StorageError::NotFound)?;
                known.insert(order.shopify_order_id, *id);
            }
            let orders: Vec<ShopifyId> = known.keys().copied().collect();
            let reviewed =
                review_orders(tx, &books, &settler, act.shop, &orders, &action, act.now)?;
            for order in &reviewed.done {
                if let Some(id) = known.get(order) {
                    act.note(tx, Subject::Order, id.0, said.clone())?;
                }
            }
            Ok((reviewed.done.len(), reviewed.refused.len() + reviewed.unknown.len()))
        })
        .await?;
    Ok(result)
}

/// What the form asks for, and how it is written down.
fn action_of(sent: &Fields) -> Result<(ReviewAction, String), AppError> {
    let own_words = sent.value("words");
    let reason = match sent.value("reason") {
        "" | "other" => {
            let given = if own_words.is_empty() { "review" } else { own_words };
            Reason::Other(given.chars().take(200).collect())
        }
        known => Reason::parse(known),
    };
    let why = reason_words(&reason.to_string());
    match sent.value("action") {
        "approve" => Ok((ReviewAction::Approve, "Approved.".to_owned())),
        "reject" => Ok((ReviewAction::Reject(reason), format!("Refused: {why}."))),
        "hold" => Ok((ReviewAction::Hold(reason), format!("Put on hold: {why}."))),
        "release" => Ok((ReviewAction::Release, "The hold was ended.".to_owned())),
        "reopen" => Ok((ReviewAction::Reopen, "The refusal was taken back.".to_owned())),
        "accept" => Ok((ReviewAction::AcceptIncrease, "The increase was accepted.".to_owned())),
        _ => Err(AppError::BadRequest("There is no such decision.".to_owned())),
    }
}
