//! What one button does to a postback: delete it, pause it, end the pause, approve or decline its
//! address. And what the next page says was done.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Bytes, Data},
};
use domain::ids::PostbackId;
use storage::{StorageError, WriteTx, postbacks::Owner};

use super::desk::{Desk, postback_in};
use crate::{
    app::App,
    error::AppError,
    flows::{pause_postback, record_activity::Act, save_postback::delete_postback},
    web::{
        forms::Fields,
        pages::see_other,
        view::parts::{Notice, Tone},
    },
};

/// `POST {postbacks}/{postback}/delete`.
///
/// # Errors
/// [`AppError`]; not found for somebody else's.
pub async fn delete(
    desk: Desk,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    change(&desk, &request, &body, "deleted", |doing, tx, id| {
        delete_postback(tx, doing.act, doing.owner, id)
    })
    .await
}

/// `POST {postbacks}/{postback}/pause`.
///
/// # Errors
/// [`AppError`]; not found for somebody else's.
pub async fn pause(
    desk: Desk,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    change(&desk, &request, &body, "paused", |doing, tx, id| {
        pause_postback::pause_by_hand(tx, doing.act, doing.owner, id)
    })
    .await
}

/// `POST {postbacks}/{postback}/resume`.
///
/// # Errors
/// [`AppError`]; not found for somebody else's, and for a pause that is the merchant's to end.
pub async fn resume(
    desk: Desk,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    change(&desk, &request, &body, "resumed", |doing, tx, id| {
        pause_postback::resume(tx, doing.app.mail_room(), doing.act, doing.owner, id)
    })
    .await
}

/// `POST {postbacks}/{postback}/approve` (C9).
///
/// # Errors
/// [`AppError`]; not found for an affiliate.
pub async fn approve(
    desk: Desk,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    desk.needs_merchant()?;
    change(&desk, &request, &body, "approved", |doing, tx, id| {
        pause_postback::approve(tx, doing.act, id)
    })
    .await
}

/// `POST {postbacks}/{postback}/decline` (C9).
///
/// # Errors
/// [`AppError`]; not found for an affiliate.
pub async fn decline(
    desk: Desk,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    desk.needs_merchant()?;
    change(&desk, &request, &body, "declined", |doing, tx, id| {
        pause_postback::decline(tx, doing.act, id)
    })
    .await
}

/// Who does it to whose postback: what a flow needs of the desk.
struct Doing {
    app: Data<App>,
    act: Act,
    owner: Owner,
}

async fn change<F>(
    desk: &Desk,
    request: &HttpRequest,
    body: &Bytes,
    done: &str,
    flow: F,
) -> Result<HttpResponse, AppError>
where
    F: Fn(&Doing, &mut WriteTx<'_>, PostbackId) -> Result<(), StorageError> + Send + 'static,
{
    desk.form(request, body)?;
    let id = postback_in(request)?;
    let doing = Doing { app: desk.app.clone(), act: desk.act(), owner: desk.owner };
    desk.app.storage.write(move |tx| flow(&doing, tx, id)).await?;
    let list = desk.place().postbacks;
    Ok(match done {
        "deleted" => see_other(&format!("{list}?done={done}")),
        _ => see_other(&format!("{list}/{id}?done={done}")),
    })
}

/// What was just done, from a closed list of words in the address.
#[must_use]
pub fn done_notice(query: &Fields) -> Option<Notice> {
    let text = match query.value("done") {
        "saved" => "Saved. The next event uses it.",
        "waiting" => "Saved. It is called as soon as the shop has approved its address.",
        "deleted" => "Deleted. What it sent stays in the log.",
        "paused" => "Paused. Calls are kept until you end the pause.",
        "resumed" => "The pause has ended. What was kept goes out now, in order.",
        "approved" => "Approved. What was kept goes out now, in order.",
        "declined" => "Declined. The affiliate can enter another address.",
        "rules" => "Saved.",
        _ => return None,
    };
    Some(Notice { tone: Tone::Good, text: text.to_owned() })
}
