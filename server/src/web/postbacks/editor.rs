//! The postback editor: new, changed, refused, previewed. How form and document correspond is in
//! `fields`, what would be sent in `preview`, other systems' macros in `conversion`, what is read for
//! all of it in `known`, and the page in `page`.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Bytes};
use domain::{
    ids::{PostbackId, ProgramId},
    postback::{FieldError, PostbackSettings, Scope, Selection, Warning, receivers::RECEIVERS},
};

use self::{
    known::{Known, read},
    page::{around, editor, starter_note, starters},
};
use super::{
    desk::{Around, Desk, Section, postback_in},
    moves::done_notice,
    rows::health,
};
use crate::{
    error::AppError,
    flows::save_postback::{
        Draft, SaveError, Saved, Saving, check_draft, credentials_of, read_postback, save_postback,
    },
    web::{
        forms::Fields,
        pages::{Framing, html, see_other},
        view::{
            parts::{Notice, Tone},
            postbacks::editor::Editor,
        },
    },
};

mod conversion;
mod fields;
mod known;
mod page;
mod picker;
mod preview;

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
    let starters = starters(query.value("template"));
    let filling = preview::filling(&query, &known);
    let draft = draft_of(settings);
    let checked = match starter {
        Some(_) => check(&desk, None, &known, draft.clone()).await?,
        // Nothing was entered yet, so nothing is wrong.
        None => Checked::Fine(Vec::new()),
    };
    let shown = preview::of(&draft, None, &checked, &filling);
    let page = editor(&desk, &known, form, shown, &query);
    let starter = starter.map(|one| starter_note(one, &page.place));
    let page = Editor { starters, starter, ..page };
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
    if !matches!(action, "" | "save" | "save_and_test") {
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
            let next = if action == "save_and_test" { "/test" } else { "" };
            Ok(see_other(&format!("{}/{}{next}?done={done}", desk.place().postbacks, saved.id)))
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

fn app_error(error: SaveError) -> AppError {
    match error {
        SaveError::Storage(error) => error.into(),
        other => AppError::Internal(other.into()),
    }
}
