//! One postback in a list (P2): its columns in words, and how it is doing.

use std::collections::HashMap;

use domain::{
    ids::{AffiliateId, ProgramId},
    postback::{Filter, PostbackSettings, Selection},
};
use storage::{StorageError, affiliates::Affiliate, postbacks::Postback, programs::Program};

use super::desk::Desk;
use crate::{
    flows::{pause_postback::needs_merchant, save_postback::read_postback},
    web::{
        auth::ADMIN_BASE,
        display::{Zone, badge, request_words, sentence, sentence_start, words},
        view::{
            parts::{Badge, Person, Tone},
            postbacks::list::PostbackRow,
        },
    },
};

/// What rows refer to.
pub(super) struct Names {
    /// Affiliates whose postbacks are listed.
    pub(super) people: HashMap<AffiliateId, Affiliate>,
    /// The shop's programs.
    pub(super) programs: Vec<Program>,
}

/// How a postback is doing, in a word and a sentence.
pub(super) fn health(postback: &Postback, zone: &Zone) -> (Badge, Option<String>) {
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
        (1, _) => (badge("Failing", Tone::Bad), Some("The last call was not accepted.".to_owned())),
        (count, since) => {
            let since =
                since.map_or_else(String::new, |at| format!(" since {}", zone.moment(at).text));
            let note = format!("The last {count} calls were not accepted{since}.");
            (badge("Failing", Tone::Bad), Some(note))
        }
    }
}

/// A postback as a row.
///
/// # Errors
/// [`StorageError::Corrupt`].
pub(super) fn row(
    postback: &Postback,
    desk: &Desk,
    names: &Names,
) -> Result<PostbackRow, StorageError> {
    let settings = read_postback(postback)?;
    let (health, health_note) = health(postback, &desk.zone);
    let affiliate = postback.affiliate_id.and_then(|id| names.people.get(&id));
    let list = match (desk.is_merchant(), postback.affiliate_id) {
        (true, Some(id)) => format!("{ADMIN_BASE}/affiliates/{id}/postbacks"),
        _ => desk.place().postbacks,
    };
    Ok(PostbackRow {
        id: postback.id.to_string(),
        href: format!("{list}/{}", postback.id),
        name: postback.name.clone(),
        affiliate: affiliate.map(|one| Person { id: one.id.to_string(), name: one.name.clone() }),
        programs: programs_words(&settings, &names.programs),
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

/// Whether a postback can fire for a program (P1).
///
/// # Errors
/// [`StorageError::Corrupt`].
pub(super) fn is_for(
    postback: &Postback,
    program: Option<ProgramId>,
    names: &Names,
) -> Result<bool, StorageError> {
    let Some(program) = program else { return Ok(true) };
    let is_member = postback
        .affiliate_id
        .is_none_or(|id| names.people.get(&id).is_some_and(|one| one.program_id == program));
    Ok(is_member && read_postback(postback)?.scope.programs.contains(Some(&program)))
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
