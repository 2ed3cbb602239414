//! The affiliate's list of postbacks (P2), and deleting one.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Bytes, Path},
};
use domain::{ids::PostbackId, postback::Filter};
use storage::{StorageError, postbacks::Postback};

use crate::{
    error::AppError,
    flows::save_postback::{POSTBACKS_MAX, delete_postback, postbacks_of, read_postback},
    web::{
        auth::PortalAffiliate,
        display::{Zone, badge, request_words, sentence, sentence_start, words},
        forms::Fields,
        pages::see_other,
        view::{
            parts::{Badge, Notice, Tone},
            portal::{
                Section,
                postbacks::{PostbackRow, PostbacksPage},
            },
        },
    },
};

/// `GET {base}/postbacks`.
///
/// # Errors
/// [`AppError`]; not found while postbacks are off (U1).
pub async fn page(who: PortalAffiliate, request: HttpRequest) -> Result<HttpResponse, AppError> {
    who.needs_postbacks()?;
    let (shop, owner) = (who.shop.id, who.owner());
    let known = who.app.storage.read(move |conn| postbacks_of(conn, shop, owner)).await?;
    let notice = done_notice(&Fields::of_query(&request));
    let rows: Result<Vec<PostbackRow>, StorageError> =
        known.iter().map(|postback| row(postback, &who.zone)).collect();
    let page = PostbacksPage {
        frame: who.frame(Section::Postbacks, notice),
        rows: rows?,
        is_full: known.len() >= POSTBACKS_MAX,
    };
    who.show(page)
}

/// `POST {base}/postbacks/{id}/delete`.
///
/// # Errors
/// [`AppError`]; not found for somebody else's.
pub async fn delete(
    who: PortalAffiliate,
    path: Path<(String, i64)>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    who.needs_postbacks()?;
    who.form(&request, &body)?;
    let (shop, owner, now) = (who.shop.id, who.owner(), who.app.clock.now());
    let id = PostbackId(path.into_inner().1);
    who.app.storage.write(move |tx| delete_postback(tx, shop, owner, id, now)).await?;
    Ok(see_other(&format!("{}/postbacks?done=deleted", who.base())))
}

/// What was just done, from a closed list of words in the address.
#[must_use]
pub fn done_notice(query: &Fields) -> Option<Notice> {
    let text = match query.value("done") {
        "saved" => "Saved. The next event uses it.",
        "deleted" => "Deleted. What it sent stays in the log.",
        _ => return None,
    };
    Some(Notice { tone: Tone::Good, text: text.to_owned() })
}

fn row(postback: &Postback, zone: &Zone) -> Result<PostbackRow, StorageError> {
    let settings = read_postback(postback)?;
    let (health, health_note) = health(postback, zone);
    Ok(PostbackRow {
        id: postback.id.to_string(),
        name: postback.name.clone(),
        health,
        health_note,
        goal: any_of(&settings.goals),
        statuses: any_of(&settings.statuses),
        url: settings.url.clone(),
        method: request_words(settings.method).to_owned(),
        created: zone.moment(postback.created_at),
        updated: zone.moment(postback.updated_at),
    })
}

fn any_of(filter: &Filter) -> String {
    match filter {
        Filter::Any => "Any".to_owned(),
        Filter::Only(listed) => {
            let listed: Vec<String> = listed.iter().map(|one| words(one).to_lowercase()).collect();
            sentence_start(&listed.join(", "))
        }
    }
}

fn health(postback: &Postback, zone: &Zone) -> (Badge, Option<String>) {
    if postback.paused_at.is_some() {
        let why = postback.pause_reason.as_deref().unwrap_or("paused by the shop");
        return (badge("Paused", Tone::Warning), Some(sentence(why)));
    }
    match (postback.failures_in_row, postback.failing_since) {
        (0, _) => (badge("Active", Tone::Good), None),
        (count, since) => {
            let calls = if count == 1 { "call was" } else { "calls were" };
            let since =
                since.map_or_else(String::new, |at| format!(" since {}", zone.moment(at).text));
            let note = format!("The last {count} {calls} not accepted{since}.");
            (badge("Failing", Tone::Bad), Some(note))
        }
    }
}
