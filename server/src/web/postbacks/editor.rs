//! The postback editor: new, changed, refused, previewed. How form and document correspond is in
//! `fields`, what would be sent in `preview`, other systems' macros in `conversion`.

use std::collections::BTreeSet;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Bytes};
use domain::{
    ids::{PostbackId, ProgramId, ShopId},
    postback::{
        Credentials, FieldError, PostbackSettings, Scope, Selection, Warning, receivers::RECEIVERS,
    },
    retry::PRESETS,
};
use storage::{
    DbConn, StorageError,
    activity::{Activity, Subject, activity_page},
    affiliates::{Affiliate, affiliate_by_number, affiliates_by_ids},
    firings::Firing,
    postbacks::{Owner, Postback},
    programs::{Program, program_by_id, program_list},
};

use super::{
    desk::{Around, Desk, Section, postback_in},
    moves::done_notice,
    rows::health,
};
use crate::{
    error::AppError,
    flows::{
        fire_test::test_sources,
        pause_postback::needs_merchant,
        save_postback::{
            Draft, SaveError, Saved, Saving, check_draft, credentials_of, link_names_of,
            postbacks_of, read_postback, save_postback, stored_credentials,
        },
    },
    web::{
        forms::Fields,
        pages::{Framing, html, see_other},
        view::{
            form::Choice,
            parts::{Notice, Tone},
            postbacks::editor::{Editor, HistoryRow, PostbackForm, Preset, Preview, State},
        },
    },
};

mod conversion;
mod fields;
mod picker;
mod preview;

/// Programs to choose from.
const PROGRAMS_MAX: i64 = 1_000;
/// Changes shown of one postback.
const CHANGES_SHOWN: i64 = 50;

/// What the editor knows besides the form.
struct Known {
    programs: Vec<Program>,
    /// Affiliates that the form names, for a postback of the merchant's own.
    affiliates: Vec<Affiliate>,
    own: Vec<Postback>,
    stored: Option<(Postback, Option<Credentials>)>,
    link_names: BTreeSet<String>,
    past: Vec<Firing>,
    history: Vec<Activity>,
}

impl Known {
    fn credentials(&self) -> Option<&Credentials> {
        self.stored.as_ref().and_then(|(_, secret)| secret.as_ref())
    }

    fn before(&self) -> Result<Option<PostbackSettings>, StorageError> {
        self.stored.as_ref().map(|(row, _)| read_postback(row)).transpose()
    }
}

/// What came of checking a form.
enum Checked {
    Fine(Vec<Warning>),
    Refused(Vec<FieldError>),
}

impl Checked {
    /// The script keeps secrets in the page, so the preview cannot miss them.
    fn without_secret_errors(self) -> Self {
        match self {
            Self::Refused(mut errors) => {
                errors.retain(|error| error.field != "auth_secret");
                if errors.is_empty() { Self::Fine(Vec::new()) } else { Self::Refused(errors) }
            }
            fine @ Self::Fine(_) => fine,
        }
    }
}

/// `GET {postbacks}/new`.
///
/// # Errors
/// [`AppError`]; not found while postbacks are off (U1).
pub async fn new(desk: Desk, request: HttpRequest) -> Result<HttpResponse, AppError> {
    if let Some(paywall) = desk.paywall().await? {
        return Ok(paywall);
    }
    let known = read(&desk, None, &Fields::default()).await?;
    let query = Fields::of_query(&request);
    let starter = RECEIVERS.iter().find(|one| one.case == query.value("template"));
    // From a program's page: for that program only (P1).
    let program = query.value("program").parse().ok().map(ProgramId);
    let programs = match program.filter(|id| known.programs.iter().any(|one| one.id == *id)) {
        Some(id) => Selection::Only(vec![id]),
        None => Selection::All,
    };
    let settings = PostbackSettings {
        scope: Scope { programs, affiliates: Selection::All },
        name: starter.map_or_else(String::new, |one| one.name.to_owned()),
        url: starter.map_or_else(String::new, |one| one.template.to_owned()),
        ..PostbackSettings::default()
    };
    let form = fields::form_of(&settings, &desk, &known);
    let starters = RECEIVERS
        .iter()
        .map(|one| Choice {
            value: one.case.to_owned(),
            label: one.name.to_owned(),
            is_chosen: query.value("template") == one.case,
        })
        .collect();
    let filling = preview::filling(&query, &known);
    let shown = preview::of(&draft_of(settings), None, &Checked::Fine(Vec::new()), &filling);
    let page = Editor { starters, ..editor(&desk, &known, form, shown, &query) };
    desk.show(around(&page, None), page)
}

/// `GET {postbacks}/{postback}`.
///
/// # Errors
/// [`AppError`]; not found for somebody else's (U2).
pub async fn edit(desk: Desk, request: HttpRequest) -> Result<HttpResponse, AppError> {
    let id = postback_in(&request)?;
    let known = read(&desk, Some(id), &Fields::default()).await?;
    let Some((row, credentials)) = &known.stored else { return Err(AppError::NotFound) };
    let settings = read_postback(row)?;
    let mut form = fields::form_of(&settings, &desk, &known);
    let draft = Draft { login: form.auth_login.value.clone(), ..draft_of(settings) };
    let checked = check(&desk, Some(id), &known, draft.clone()).await?;
    // What is stored was accepted; what deserves a second look is still said.
    if let Checked::Fine(warnings) = &checked {
        fields::show_warnings(&mut form, warnings);
    }
    let query = Fields::of_query(&request);
    let filling = preview::filling(&query, &known);
    let shown = preview::of(&draft, credentials.as_ref(), &checked, &filling);
    let page = editor(&desk, &known, form, shown, &query);
    desk.show(around(&page, done_notice(&query)), page)
}

/// `POST {postbacks}/new`.
///
/// # Errors
/// [`AppError`].
pub async fn create(
    desk: Desk,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    submitted(&desk, None, &request, &body).await
}

/// `POST {postbacks}/{postback}`.
///
/// # Errors
/// [`AppError`]; not found for somebody else's (U2).
pub async fn update(
    desk: Desk,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    submitted(&desk, Some(postback_in(&request)?), &request, &body).await
}

/// `POST {postbacks}/preview`: the fragment beside the form.
///
/// # Errors
/// [`AppError`].
pub async fn preview(
    desk: Desk,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    let sent = desk.form(&request, &body)?;
    // Which postback it is the script does not say, so a name cannot be taken here.
    let known = Known { own: Vec::new(), ..read(&desk, None, &sent).await? };
    let (mut draft, mistakes) = fields::draft_of(&sent, &desk, &known, None);
    if draft.settings.name.is_empty() {
        // It is asked for on saving; a preview does without.
        "preview".clone_into(&mut draft.settings.name);
    }
    let checked = with_mistakes(check(&desk, None, &known, draft.clone()).await?, mistakes);
    let filling = preview::filling(&sent, &known);
    let fragment = preview::of(&draft, None, &checked.without_secret_errors(), &filling);
    html(StatusCode::OK, fragment, &Framing::Never)
}

async fn submitted(
    desk: &Desk,
    id: Option<PostbackId>,
    request: &HttpRequest,
    body: &Bytes,
) -> Result<HttpResponse, AppError> {
    let sent = desk.form(request, body)?;
    let known = read(desk, id, &sent).await?;
    let before = known.before()?;
    let sent = match sent.value("action") {
        "convert" => conversion::converted(&sent),
        action => match action.strip_prefix("preset:") {
            Some(key) => conversion::with_preset(&sent, key),
            None => sent,
        },
    };
    let (draft, mistakes) = fields::draft_of(&sent, desk, &known, before.as_ref());
    let mut form = fields::form_of_sent(&sent, desk, &known);
    let filling = preview::filling(&sent, &known);
    let action = sent.value("action");
    if !matches!(action, "" | "save") {
        let checked = with_mistakes(check(desk, id, &known, draft.clone()).await?, mistakes);
        let shown = preview::of(&draft, known.credentials(), &checked, &filling);
        let page = editor(desk, &known, form, shown, &sent);
        return desk.show(around(&page, None), page);
    }
    if id.is_none()
        && let Some(notice) = desk.paywall_notice().await?
    {
        let shown = preview::of(&draft, known.credentials(), &Checked::Fine(Vec::new()), &filling);
        let page = editor(desk, &known, form, shown, &sent);
        return desk.show_refused(around(&page, Some(notice)), page);
    }
    let attempted = if mistakes.is_empty() {
        save(desk, id, draft.clone()).await?
    } else {
        match with_mistakes(check(desk, id, &known, draft.clone()).await?, mistakes) {
            Checked::Refused(errors) => Attempted::Refused(errors),
            Checked::Fine(_) => Attempted::Refused(Vec::new()),
        }
    };
    match attempted {
        Attempted::Saved(saved) => {
            let done = if saved.is_waiting { "waiting" } else { "saved" };
            Ok(see_other(&format!("{}/{}?done={done}", desk.place().postbacks, saved.id)))
        }
        Attempted::Full => {
            let text = "You have as many postbacks as possible. Delete one first.".to_owned();
            let notice = Notice { tone: Tone::Bad, text };
            let checked = Checked::Fine(Vec::new());
            let shown = preview::of(&draft, known.credentials(), &checked, &filling);
            let page = editor(desk, &known, form, shown, &sent);
            desk.show_refused(around(&page, Some(notice)), page)
        }
        Attempted::Refused(errors) => {
            fields::show_errors(&mut form, &errors);
            let checked = Checked::Refused(errors);
            let shown = preview::of(&draft, known.credentials(), &checked, &filling);
            let page = editor(desk, &known, form, shown, &sent);
            desk.show_refused(around(&page, None), page)
        }
    }
}

/// What came of saving.
enum Attempted {
    Saved(Saved),
    Full,
    Refused(Vec<FieldError>),
}

async fn save(desk: &Desk, id: Option<PostbackId>, draft: Draft) -> Result<Attempted, AppError> {
    let (saving, app) = (saving(desk, id, draft), desk.app.clone());
    let saved = desk.app.storage.write(move |tx| save_postback(tx, app.mail_room(), &saving)).await;
    match saved {
        Ok(saved) => Ok(Attempted::Saved(saved)),
        Err(SaveError::Refused(errors)) => Ok(Attempted::Refused(errors)),
        Err(SaveError::TooMany) => Ok(Attempted::Full),
        Err(error) => Err(app_error(error)),
    }
}

async fn check(
    desk: &Desk,
    id: Option<PostbackId>,
    known: &Known,
    draft: Draft,
) -> Result<Checked, AppError> {
    let credentials = credentials_of(&draft, known.credentials());
    let (saving, own) = (saving(desk, id, draft), known.own.clone());
    let checked = desk
        .app
        .storage
        .read(move |conn| check_draft(conn, &saving, &own, credentials.as_ref()))
        .await;
    match checked {
        Ok(warnings) => Ok(Checked::Fine(warnings)),
        Err(SaveError::Refused(errors)) => Ok(Checked::Refused(errors)),
        Err(error) => Err(app_error(error)),
    }
}

fn saving(desk: &Desk, id: Option<PostbackId>, draft: Draft) -> Saving {
    Saving {
        act: desk.act(),
        owner: desk.owner,
        id,
        draft,
        rules: desk.settings.postbacks.clone(),
        private_hosts_allowed: !desk.app.settings.postback_allow_networks.is_empty(),
    }
}

async fn read(desk: &Desk, id: Option<PostbackId>, sent: &Fields) -> Result<Known, AppError> {
    let (shop, owner) = (desk.shop.id, desk.owner);
    let program = desk.affiliate.as_ref().map(|one| one.program_id);
    let key = desk.app.master_key.clone();
    let numbers = fields::numbers_in(sent.value("affiliates"));
    let known = desk
        .app
        .storage
        .read(move |conn| {
            let own = postbacks_of(conn, shop, owner)?;
            let stored = match id {
                None => None,
                Some(id) => {
                    let row = own.iter().find(|one| one.id == id).cloned();
                    let row = row.ok_or(StorageError::NotFound)?;
                    let credentials = stored_credentials(&key, &row)?;
                    Some((row, credentials))
                }
            };
            let programs = match program {
                Some(program) => program_by_id(conn, shop, program)?.into_iter().collect(),
                None => program_list(conn, shop, PROGRAMS_MAX)?,
            };
            Ok::<_, SaveError>(Known {
                affiliates: named_affiliates(conn, shop, &numbers, stored.as_ref())?,
                link_names: link_names_of(conn, shop, owner)?,
                past: test_sources(conn, shop, owner)?,
                history: match id {
                    Some(id) => changes_of(conn, shop, id)?,
                    None => Vec::new(),
                },
                programs,
                own,
                stored,
            })
        })
        .await;
    known.map_err(app_error)
}

/// What was done to a postback, newest first (T14).
fn changes_of(
    conn: &mut DbConn,
    shop: ShopId,
    id: PostbackId,
) -> Result<Vec<Activity>, StorageError> {
    activity_page(conn, shop, Some((Subject::Postback, id.0)), None, CHANGES_SHOWN)
}

/// The affiliates that a form or a stored document of the merchant's names.
fn named_affiliates(
    conn: &mut DbConn,
    shop: ShopId,
    numbers: &[i64],
    stored: Option<&(Postback, Option<Credentials>)>,
) -> Result<Vec<Affiliate>, StorageError> {
    let mut found = Vec::new();
    for number in numbers {
        found.extend(affiliate_by_number(conn, shop, *number)?);
    }
    if let Some((row, _)) = stored
        && row.affiliate_id.is_none()
        && let Selection::Only(ids) | Selection::Except(ids) = &read_postback(row)?.scope.affiliates
    {
        found.extend(affiliates_by_ids(conn, shop, ids)?.into_values());
    }
    found.sort_by_key(|one| one.number);
    found.dedup_by_key(|one| one.id);
    Ok(found)
}

fn draft_of(settings: PostbackSettings) -> Draft {
    Draft { settings, login: String::new(), secret: String::new() }
}

fn with_mistakes(checked: Checked, mistakes: Vec<FieldError>) -> Checked {
    match checked {
        Checked::Fine(warnings) if mistakes.is_empty() => Checked::Fine(warnings),
        Checked::Fine(_) => Checked::Refused(mistakes),
        Checked::Refused(errors) => Checked::Refused(mistakes.into_iter().chain(errors).collect()),
    }
}

fn around(page: &Editor, notice: Option<Notice>) -> Around {
    let heading = match &page.id {
        Some(_) => format!("Postback {}", page.form.name.value),
        None => "New postback".to_owned(),
    };
    Around::new(heading, Section::Postbacks).wide().with(notice)
}

fn editor(
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
    State {
        health,
        note,
        is_paused: row.paused_at.is_some(),
        may_resume: desk.is_merchant() || !needs_approval,
        needs_approval: needs_approval && matches!(desk.owner, Owner::Affiliate(_)),
    }
}

fn app_error(error: SaveError) -> AppError {
    match error {
        SaveError::Storage(error) => error.into(),
        other => AppError::Internal(other.into()),
    }
}
