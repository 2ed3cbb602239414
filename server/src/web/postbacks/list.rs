//! Lists of postbacks (P2): an owner's own, and on the merchant's page everybody's (I12, P1). Pausing,
//! ending a pause, approving and deleting one.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, web::Bytes};
use domain::{
    ids::{AffiliateId, PostbackId, ProgramId},
    postback::{Filter, PostbackSettings, Selection},
    time::UtcTime,
};
use storage::{
    DbConn, StorageError, WriteTx,
    affiliates::{Affiliate, affiliates_by_ids},
    notices::{Notice as Told, notices_of},
    pixels::{Approval, Pixel, pixels_of_affiliate},
    postbacks::{Owner, Postback, postbacks_of_shop},
    programs::{Program, program_list},
};

use super::desk::{Around, Desk, Section, postback_in};
use crate::{
    error::AppError,
    flows::{
        pause_postback::{self, needs_merchant},
        save_postback::{POSTBACKS_MAX, delete_postback, postbacks_of, read_postback},
    },
    web::{
        auth::ADMIN_BASE,
        display::{Zone, badge, request_words, sentence, sentence_start, words},
        forms::Fields,
        pages::see_other,
        view::{
            form::Choice,
            parts::{Badge, Notice, Person, Tone},
            postbacks::list::{News, Overview, PixelRow, PostbackRow, Postbacks},
        },
    },
};

/// Affiliates' postbacks that the merchant's page lists.
const OTHERS_SHOWN_MAX: usize = 200;
/// Postbacks and programs read for it.
const READ_MAX: i64 = 5_000;
/// Days for which notices are shown.
const NOTICES_SHOWN_DAYS: i64 = 30;
/// Notices shown.
const NOTICES_SHOWN_MAX: i64 = 5;

/// What a list refers to.
struct Known {
    own: Vec<Postback>,
    others: Vec<Postback>,
    people: HashMap<AffiliateId, Affiliate>,
    programs: Vec<Program>,
    notices: Vec<Told>,
    pixels: Vec<Pixel>,
}

/// `GET {postbacks}`.
///
/// # Errors
/// [`AppError`].
pub async fn page(desk: Desk, request: HttpRequest) -> Result<HttpResponse, AppError> {
    let (shop, owner, is_merchant) = (desk.shop.id, desk.owner, desk.is_merchant());
    let with_others = is_merchant && owner == Owner::Merchant;
    let now = desk.app.clock.now();
    let known =
        desk.app.storage.read(move |conn| read(conn, shop, owner, with_others, now)).await?;
    let query = Fields::of_query(&request);
    let rows: Result<Vec<PostbackRow>, StorageError> =
        known.own.iter().map(|one| row(one, &desk, &known)).collect();
    let list = Postbacks {
        place: desk.place(),
        rows: rows?,
        is_full: known.own.len() >= POSTBACKS_MAX,
        notices: known
            .notices
            .iter()
            .map(|one| News { at: desk.zone.moment(one.at), words: one.words.clone() })
            .collect(),
        pixels: pixel_rows(&desk, &known),
        overview: if with_others { Some(overview(&desk, &known, &query)?) } else { None },
    };
    let around = Around::new("Postbacks", Section::Postbacks).wide().with(done_notice(&query));
    desk.show(around, list)
}

/// `POST {postbacks}/{postback}/delete`.
///
/// # Errors
/// [`AppError`]; not found for somebody else's.
pub async fn delete(
    desk: Desk,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    change(&desk, &request, &body, "deleted", |desk, tx, id| {
        delete_postback(tx, desk.shop, desk.owner, id, &desk.actor, desk.now)
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
    change(&desk, &request, &body, "paused", |desk, tx, id| {
        pause_postback::pause_by_hand(tx, desk.shop, desk.owner, id, &desk.actor, desk.now)
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
    change(&desk, &request, &body, "resumed", |desk, tx, id| {
        pause_postback::resume(tx, desk.shop, desk.owner, id, &desk.actor, desk.now)
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
    change(&desk, &request, &body, "approved", |desk, tx, id| {
        pause_postback::approve(tx, desk.shop, id, &desk.actor, desk.now)
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
    change(&desk, &request, &body, "declined", |desk, tx, id| {
        pause_postback::decline(tx, desk.shop, id, &desk.actor, desk.now)
    })
    .await
}

/// Who does it where and when: what a flow needs of the desk.
struct Doing {
    shop: domain::ids::ShopId,
    owner: Owner,
    actor: crate::flows::postback_history::Actor,
    now: domain::time::UtcTime,
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
    let doing = Doing {
        shop: desk.shop.id,
        owner: desk.owner,
        actor: desk.actor(),
        now: desk.app.clock.now(),
    };
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

/// How a postback is doing, in a word and a sentence.
#[must_use]
pub fn health(postback: &Postback, zone: &Zone) -> (Badge, Option<String>) {
    if postback.paused_at.is_some() {
        let why = postback.pause_reason.as_deref().unwrap_or("paused by the shop");
        let name = if needs_merchant(postback) { "Not approved" } else { "Paused" };
        return (badge(name, Tone::Warning), Some(sentence(why)));
    }
    match (postback.failures_in_row, postback.failing_since) {
        (0, _) if postback.backlog_since.is_some() => {
            (badge("Catching up", Tone::Info), Some("What was kept goes out now.".to_owned()))
        }
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

fn read(
    conn: &mut DbConn,
    shop: domain::ids::ShopId,
    owner: Owner,
    with_others: bool,
    now: UtcTime,
) -> Result<Known, StorageError> {
    let own = postbacks_of(conn, shop, owner)?;
    let mut others = match with_others {
        true => postbacks_of_shop(conn, shop, None, READ_MAX)?,
        false => Vec::new(),
    };
    others.retain(|one| one.affiliate_id.is_some());
    let people: Vec<AffiliateId> =
        own.iter().chain(&others).filter_map(|one| one.affiliate_id).collect();
    let since = now.plus_days(-NOTICES_SHOWN_DAYS);
    Ok(Known {
        notices: notices_of(conn, shop, owner, since, NOTICES_SHOWN_MAX)?,
        pixels: match owner {
            Owner::Affiliate(id) => pixels_of_affiliate(conn, shop, id, READ_MAX)?,
            Owner::Merchant => Vec::new(),
        },
        people: affiliates_by_ids(conn, shop, &people)?,
        programs: program_list(conn, shop, READ_MAX)?,
        own,
        others,
    })
}

/// Shown while the shop has pixels switched on, as their own page is.
fn pixel_rows(desk: &Desk, known: &Known) -> Vec<PixelRow> {
    if !desk.settings.facebook_pixel_enabled {
        return Vec::new();
    }
    let base = desk.place().base;
    let row = |pixel: &Pixel| PixelRow {
        number: pixel.number.clone(),
        href: match desk.is_merchant() {
            true => format!("{base}/pixels"),
            false => format!("{base}/pixels/{}", pixel.id),
        },
        health: match (pixel.is_enabled, pixel.approval) {
            (_, Approval::Pending) => badge("Waits for approval", Tone::Warning),
            (_, Approval::Rejected) => badge("Declined", Tone::Bad),
            (false, Approval::Approved) => badge("Off", Tone::Neutral),
            (true, Approval::Approved) => badge("Active", Tone::Good),
        },
        created: desk.zone.moment(pixel.created_at),
        updated: desk.zone.moment(pixel.updated_at),
    };
    known.pixels.iter().map(row).collect()
}

fn overview(desk: &Desk, known: &Known, query: &Fields) -> Result<Overview, StorageError> {
    let program = query.value("program").parse().ok().map(ProgramId);
    let mut others = Vec::new();
    let mut attention = Vec::new();
    for postback in &known.others {
        let is_unwell = postback.paused_at.is_some() || postback.failures_in_row > 0;
        if is_unwell && attention.len() < OTHERS_SHOWN_MAX {
            attention.push(row(postback, desk, known)?);
        }
        if is_for(postback, program, known)? {
            others.push(postback);
        }
    }
    let is_cut = others.len() > OTHERS_SHOWN_MAX;
    others.truncate(OTHERS_SHOWN_MAX);
    let rules = &desk.settings.postbacks;
    let every = Choice {
        value: String::new(),
        label: "Every program".to_owned(),
        is_chosen: program.is_none(),
    };
    let tabs = known.programs.iter().map(|one| Choice {
        value: one.id.to_string(),
        label: one.name.clone(),
        is_chosen: program == Some(one.id),
    });
    Ok(Overview {
        is_off: !desk.settings.postbacks_enabled,
        attention,
        others: others.into_iter().map(|one| row(one, desk, known)).collect::<Result<_, _>>()?,
        is_cut,
        programs: [every].into_iter().chain(tabs).collect(),
        approval_required: rules.approval_required,
        customer_hash_allowed: rules.customer_hash_allowed,
        goals_enabled: rules.goals_enabled,
    })
}

/// Whether a postback of an affiliate can fire for a program (P1).
fn is_for(
    postback: &Postback,
    program: Option<ProgramId>,
    known: &Known,
) -> Result<bool, StorageError> {
    let Some(program) = program else { return Ok(true) };
    let is_member = postback
        .affiliate_id
        .and_then(|id| known.people.get(&id))
        .is_some_and(|one| one.program_id == program);
    Ok(is_member && read_postback(postback)?.scope.programs.contains(Some(&program)))
}

fn row(postback: &Postback, desk: &Desk, known: &Known) -> Result<PostbackRow, StorageError> {
    let settings = read_postback(postback)?;
    let (health, health_note) = health(postback, &desk.zone);
    let affiliate = postback.affiliate_id.and_then(|id| known.people.get(&id));
    let list = match (desk.is_merchant(), postback.affiliate_id) {
        (true, Some(id)) => format!("{ADMIN_BASE}/affiliates/{id}/postbacks"),
        _ => desk.place().postbacks,
    };
    Ok(PostbackRow {
        id: postback.id.to_string(),
        href: format!("{list}/{}", postback.id),
        name: postback.name.clone(),
        affiliate: affiliate.map(|one| Person { id: one.id.to_string(), name: one.name.clone() }),
        programs: programs_words(&settings, &known.programs),
        needs_approval: needs_merchant(postback),
        health,
        health_note,
        goal: any_of(&settings.goals),
        statuses: any_of(&settings.statuses),
        url: settings.url.clone(),
        method: request_words(settings.method).to_owned(),
        created: desk.zone.moment(postback.created_at),
        updated: desk.zone.moment(postback.updated_at),
    })
}

fn programs_words(settings: &PostbackSettings, programs: &[Program]) -> String {
    let names = |listed: &[ProgramId]| {
        let known = programs.iter().filter(|one| listed.contains(&one.id));
        known.map(|one| one.name.as_str()).collect::<Vec<_>>().join(", ")
    };
    match &settings.scope.programs {
        Selection::All => "Every program".to_owned(),
        Selection::Only(listed) => names(listed),
        Selection::Except(listed) => format!("Every program but {}", names(listed)),
    }
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
