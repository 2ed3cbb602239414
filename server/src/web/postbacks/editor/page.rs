//! The editor's page: what is known as it is shown, the ready-made templates, and the state of a
//! stored postback.

use domain::{
    postback::receivers::{RECEIVERS, Receiver, ReceiverKind},
    retry::PRESETS,
};
use storage::postbacks::{Owner, Postback};
use url::form_urlencoded;

use super::{Around, Desk, Known, Section, health, picker, preview};
use crate::{
    flows::pause_postback::needs_merchant,
    web::{
        forms::Fields,
        view::{
            form::Choice,
            parts::Notice,
            postbacks::{
                Place,
                editor::{
                    Editor, HistoryRow, PostbackForm, Preset, Preview, StarterGroup, StarterNote,
                    State,
                },
            },
        },
    },
};

/// The page around the editor.
pub(super) fn around(page: &Editor, notice: Option<Notice>) -> Around {
    let heading = match &page.id {
        Some(_) => format!("Postback {}", page.form.name.value),
        None => "New postback".to_owned(),
    };
    Around::new(heading, Section::Postbacks).wide().with(notice)
}

/// The editor with what is known.
pub(super) fn editor(
    desk: &Desk,
    known: &Known,
    form: PostbackForm,
    preview: Preview,
    sent: &Fields,
) -> Editor {
    let row = known.stored.as_ref().map(|(row, _)| row);
    Editor {
        place: desk.place(),
        id: row.map(|row| row.id.to_string()),
        state: row.map(|row| state(desk, row)),
        form,
        macros: picker::groups(&known.link_names),
        starters: Vec::new(),
        starter: None,
        presets: PRESETS
            .iter()
            .map(|one| Preset { key: one.key, label: one.label, hint: one.hint })
            .collect(),
        sources: preview::sources(sent, known),
        preview,
        history: known
            .history
            .iter()
            .map(|change| HistoryRow {
                at: desk.zone.moment(change.at),
                actor: change.actor.clone(),
                words: change.words.clone(),
            })
            .collect(),
    }
}

fn state(desk: &Desk, row: &Postback) -> State {
    let (health, note) = health(row, &desk.zone);
    let needs_approval = needs_merchant(row);
    let is_paused = row.paused_at.is_some();
    State {
        health,
        note,
        is_paused,
        may_resume: is_paused && (desk.is_merchant() || !needs_approval),
        needs_approval: needs_approval && matches!(desk.owner, Owner::Affiliate(_)),
    }
}

/// What to know about a ready-made template.
pub(super) fn starter_note(receiver: &Receiver, place: &Place) -> StarterNote {
    let links = |click: &str| {
        let click: String = form_urlencoded::byte_serialize(click.as_bytes()).collect();
        format!("{}/links?affclickid={click}", place.base)
    };
    StarterNote {
        links: receiver.click_macro.map(links).filter(|_| !place.is_merchant),
        name: receiver.name,
        own_parts: receiver.own_parts.to_vec(),
        click_macro: receiver.click_macro,
        documentation: receiver.documentation,
    }
}

/// The library, by kind.
pub(super) fn starters(chosen: &str) -> Vec<StarterGroup> {
    let group = |kind: ReceiverKind| StarterGroup {
        title: kind.heading(),
        starters: RECEIVERS
            .iter()
            .filter(|one| one.kind == kind)
            .map(|one| Choice {
                value: one.case.to_owned(),
                label: one.name.to_owned(),
                is_chosen: chosen == one.case,
            })
            .collect(),
    };
    ReceiverKind::ALL.into_iter().map(group).collect()
}
