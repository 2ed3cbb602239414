//! The postback editor: new, changed, refused, previewed. How form and document correspond is in
//! `fields`, what would be sent in `preview`.

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Bytes, Path},
};
use domain::{
    ids::PostbackId,
    postback::{Credentials, FieldError, PostbackSettings, Warning, receivers::RECEIVERS},
};
use storage::{
    StorageError,
    postbacks::Postback,
    programs::{Program, program_by_id},
};

use crate::{
    error::AppError,
    flows::save_postback::{
        Draft, SaveError, Saved, Saving, check_draft, credentials_of, postbacks_of, read_postback,
        save_postback, stored_credentials,
    },
    web::{
        auth::PortalAffiliate,
        forms::Fields,
        pages::{Framing, html, see_other},
        portal::postbacks::done_notice,
        view::{
            form::Choice,
            parts::{Notice, Tone},
            portal::{
                Section,
                editor::{EditorPage, PostbackForm, Preview},
            },
        },
    },
};

mod fields;
mod picker;
mod preview;

/// What the editor knows besides the form.
struct Around {
    programs: Vec<Program>,
    own: Vec<Postback>,
    stored: Option<(Postback, Option<Credentials>)>,
}

/// What came of checking a form.
enum Checked {
    Fine(Vec<Warning>),
    Refused(Vec<FieldError>),
}

/// `GET {base}/postbacks/new`.
///
/// # Errors
/// [`AppError`]; not found while postbacks are off (U1).
pub async fn new(who: PortalAffiliate, request: HttpRequest) -> Result<HttpResponse, AppError> {
    who.needs_postbacks()?;
    let around = read(&who, None).await?;
    let query = Fields::of_query(&request);
    let starter = RECEIVERS.iter().find(|one| one.case == query.value("template"));
    let settings = PostbackSettings {
        name: starter.map_or_else(String::new, |one| one.name.to_owned()),
        url: starter.map_or_else(String::new, |one| one.template.to_owned()),
        ..PostbackSettings::default()
    };
    let form = fields::form_of(&settings, None, &around.programs);
    let starters = RECEIVERS
        .iter()
        .map(|one| Choice {
            value: one.case.to_owned(),
            label: one.name.to_owned(),
            is_chosen: query.value("template") == one.case,
        })
        .collect();
    let shown = preview::of(&draft_of(settings), None, &Checked::Fine(Vec::new()));
    let page = EditorPage { starters, ..editor(&who, None, form, shown, None) };
    who.show(page)
}

/// `GET {base}/postbacks/{id}`.
///
/// # Errors
/// [`AppError`]; not found for somebody else's (U2).
pub async fn edit(
    who: PortalAffiliate,
    path: Path<(String, i64)>,
    request: HttpRequest,
) -> Result<HttpResponse, AppError> {
    who.needs_postbacks()?;
    let id = PostbackId(path.into_inner().1);
    let around = read(&who, Some(id)).await?;
    let Some((row, credentials)) = &around.stored else { return Err(AppError::NotFound) };
    let settings = read_postback(row)?;
    let mut form = fields::form_of(&settings, credentials.as_ref(), &around.programs);
    let draft = Draft { login: form.auth_login.value.clone(), ..draft_of(settings) };
    let checked = check(&who, Some(id), &around, draft.clone()).await?;
    // What is stored was accepted; what deserves a second look is still said.
    if let Checked::Fine(warnings) = &checked {
        fields::show_warnings(&mut form, warnings);
    }
    let shown = preview::of(&draft, credentials.as_ref(), &checked);
    let notice = done_notice(&Fields::of_query(&request));
    who.show(editor(&who, Some(id), form, shown, notice))
}

/// `POST {base}/postbacks/new`.
///
/// # Errors
/// [`AppError`].
pub async fn create(
    who: PortalAffiliate,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    submitted(&who, None, &request, &body).await
}

/// `POST {base}/postbacks/{id}`.
///
/// # Errors
/// [`AppError`]; not found for somebody else's (U2).
pub async fn update(
    who: PortalAffiliate,
    path: Path<(String, i64)>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    submitted(&who, Some(PostbackId(path.into_inner().1)), &request, &body).await
}

/// `POST {base}/postbacks/preview`: the fragment beside the form.
///
/// # Errors
/// [`AppError`].
pub async fn preview(
    who: PortalAffiliate,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    who.needs_postbacks()?;
    let sent = who.form(&request, &body)?;
    let around = read(&who, None).await?;
    let (mut draft, mistakes) = fields::draft_of(&sent, &around.programs, None);
    if draft.settings.name.is_empty() {
        // It is asked for on saving; a preview does without.
        "preview".clone_into(&mut draft.settings.name);
    }
    let checked = with_mistakes(check(&who, None, &around, draft.clone()).await?, mistakes);
    let fragment = preview::of(&draft, None, &checked);
    html(StatusCode::OK, fragment, &Framing::Never)
}

async fn submitted(
    who: &PortalAffiliate,
    id: Option<PostbackId>,
    request: &HttpRequest,
    body: &Bytes,
) -> Result<HttpResponse, AppError> {
    who.needs_postbacks()?;
    let sent = who.form(request, body)?;
    let around = read(who, id).await?;
    let before = around.stored.as_ref().map(|(row, _)| read_postback(row)).transpose()?;
    let (draft, mistakes) = fields::draft_of(&sent, &around.programs, before.as_ref());
    let credentials = around.stored.as_ref().and_then(|(_, secret)| secret.as_ref());
    let mut form = fields::form_of_sent(&sent, &around.programs, credentials.is_some());
    let action = sent.value("action");
    if action == "add_row" || action == "preview" {
        let checked = with_mistakes(check(who, id, &around, draft.clone()).await?, mistakes);
        let shown = preview::of(&draft, credentials, &checked);
        return who.show(editor(who, id, form, shown, None));
    }
    let attempted = if mistakes.is_empty() {
        save(who, id, draft.clone()).await?
    } else {
        match with_mistakes(check(who, id, &around, draft.clone()).await?, mistakes) {
            Checked::Refused(errors) => Attempted::Refused(errors),
            Checked::Fine(_) => Attempted::Refused(Vec::new()),
        }
    };
    match attempted {
        Attempted::Saved(saved) => {
            Ok(see_other(&format!("{}/postbacks/{}?done=saved", who.base(), saved.id)))
        }
        Attempted::Full => {
            let text = "You have as many postbacks as possible. Delete one first.".to_owned();
            let notice = Notice { tone: Tone::Bad, text };
            let shown = preview::of(&draft, credentials, &Checked::Fine(Vec::new()));
            who.show_refused(editor(who, id, form, shown, Some(notice)))
        }
        Attempted::Refused(errors) => {
            fields::show_errors(&mut form, &errors);
            let shown = preview::of(&draft, credentials, &Checked::Refused(errors));
            who.show_refused(editor(who, id, form, shown, None))
        }
    }
}

/// What came of saving.
enum Attempted {
    Saved(Saved),
    Full,
    Refused(Vec<FieldError>),
}

async fn save(
    who: &PortalAffiliate,
    id: Option<PostbackId>,
    draft: Draft,
) -> Result<Attempted, AppError> {
    let (saving, now) = (saving(who, id, draft), who.app.clock.now());
    let key = who.app.master_key.clone();
    let saved = who.app.storage.write(move |tx| save_postback(tx, &key, &saving, now)).await;
    match saved {
        Ok(saved) => Ok(Attempted::Saved(saved)),
        Err(SaveError::Refused(errors)) => Ok(Attempted::Refused(errors)),
        Err(SaveError::TooMany) => Ok(Attempted::Full),
        Err(error) => Err(app_error(error)),
    }
}

async fn check(
    who: &PortalAffiliate,
    id: Option<PostbackId>,
    around: &Around,
    draft: Draft,
) -> Result<Checked, AppError> {
    let stored = around.stored.as_ref().and_then(|(_, secret)| secret.as_ref());
    let credentials = credentials_of(&draft, stored);
    let (saving, own) = (saving(who, id, draft), around.own.clone());
    let checked = who
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

fn saving(who: &PortalAffiliate, id: Option<PostbackId>, draft: Draft) -> Saving {
    Saving {
        shop: who.shop.id,
        owner: who.owner(),
        id,
        draft,
        author: format!("affiliate {}", who.affiliate.number),
        private_hosts_allowed: !who.app.settings.postback_allow_networks.is_empty(),
    }
}

async fn read(who: &PortalAffiliate, id: Option<PostbackId>) -> Result<Around, AppError> {
    let (shop, owner, program) = (who.shop.id, who.owner(), who.affiliate.program_id);
    let key = who.app.master_key.clone();
    let around = who
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
            let programs = program_by_id(conn, shop, program)?.into_iter().collect();
            Ok::<_, SaveError>(Around { programs, own, stored })
        })
        .await;
    around.map_err(app_error)
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

fn editor(
    who: &PortalAffiliate,
    id: Option<PostbackId>,
    form: PostbackForm,
    preview: Preview,
    notice: Option<Notice>,
) -> EditorPage {
    EditorPage {
        frame: who.frame(Section::Postbacks, notice),
        id: id.map(|id| id.to_string()),
        form,
        macros: picker::groups(),
        starters: Vec::new(),
        preview,
    }
}

fn app_error(error: SaveError) -> AppError {
    match error {
        SaveError::Storage(error) => error.into(),
        other => AppError::Internal(other.into()),
    }
}
