//! The shop's programs: the list and the editor with its worked example. How form and document correspond
//! is in `form`, what the example earns in `example`, the versions in `history`.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Bytes, Path},
};
use domain::{
    commission::FieldError, ids::ProgramId, money::Currency, plan::Feature, time::UtcTime,
};
use storage::{
    DbConn, StorageError,
    affiliates::{AffiliateFilter, affiliate_page},
    programs::{
        Program as ProgramRow, ProgramVersion, program_by_number, program_list, program_version_at,
        program_versions_of,
    },
    shops::Shop,
    signups::{Signup, signup_of},
};

use self::{
    example::{example, sample, sample_of_sent},
    starters::{STARTERS, starter_rules},
};
use crate::{
    error::AppError,
    flows::save_program::{
        ProgramDraft, SaveProgramError, SavedProgram, check_program, save_program,
    },
    web::{
        auth::{ADMIN_BASE, AdminShop},
        display::Zone,
        forms::Fields,
        pages::see_other,
        view::{
            admin::{
                Section,
                programs::{
                    Program, ProgramsPage, Starter,
                    editor::{Example, ProgramEditorPage, ProgramForm, SampleForm},
                    summary,
                },
            },
            form::Choice,
            parts::{Notice, Tone},
        },
    },
};

pub mod dry_run;
pub(in crate::web) mod example;
pub(in crate::web) mod form;
pub mod history;
mod places;
mod starters;

const PROGRAMS_MAX: i64 = 200;
/// Affiliates that are counted; beyond it "more than".
const COUNTED_MAX: i64 = 1_000;

/// A program as the editor loads it.
struct Loaded {
    program: ProgramRow,
    version: ProgramVersion,
    signup: Signup,
}

/// `GET {base}/programs`.
///
/// # Errors
/// [`AppError`].
pub async fn page(shop: AdminShop) -> Result<HttpResponse, AppError> {
    let (now, zone, currency) = (shop.app.clock.now(), shop.zone.clone(), shop.currency());
    let (row, base) = (shop.shop.clone(), shop.app.settings.app_url.clone());
    let programs =
        shop.app.storage.read(move |conn| read(conn, &row, &base, now, currency, &zone)).await?;
    let starters = if programs.is_empty() { starters() } else { Vec::new() };
    shop.show(ProgramsPage { frame: shop.frame(Section::Programs, None), programs, starters })
}

fn starters() -> Vec<Starter> {
    let shown = |one: &starters::Starter| Starter {
        value: one.key.to_owned(),
        label: one.label.to_owned(),
        hint: one.hint.to_owned(),
    };
    STARTERS.iter().map(shown).collect()
}

fn read(
    conn: &mut DbConn,
    shop: &Shop,
    app_url: &str,
    now: UtcTime,
    currency: Currency,
    zone: &Zone,
) -> Result<Vec<Program>, StorageError> {
    let mut programs = Vec::new();
    for program in program_list(conn, shop.id, PROGRAMS_MAX)? {
        let version = program_version_at(conn, shop.id, program.id, now)?;
        let Some(version) = version else { continue };
        let signup = signup_of(conn, shop.id, program.id)?;
        programs.push(Program {
            number: program.number.to_string(),
            version: version.version.to_string(),
            since: zone.day(version.effective_from),
            affiliates: members(conn, shop, program.id)?,
            rules: summary(&version.rules.0, currency),
            signup_url: signup.is_open.then(|| signup_address(app_url, shop, program.number)),
            name: program.name,
        });
    }
    Ok(programs)
}

fn members(conn: &mut DbConn, shop: &Shop, program: ProgramId) -> Result<String, StorageError> {
    let filter = AffiliateFilter { program_id: Some(program), ..AffiliateFilter::default() };
    let members = affiliate_page(conn, shop.id, &filter, None, COUNTED_MAX)?.len();
    Ok(match members {
        1 => "1 affiliate".to_owned(),
        count if i64::try_from(count) == Ok(COUNTED_MAX) => format!("at least {count} affiliates"),
        count => format!("{count} affiliates"),
    })
}

/// Where affiliates of a program sign up.
#[must_use]
pub fn signup_address(app_url: &str, shop: &Shop, number: i64) -> String {
    format!("{app_url}/portal/{}/join/{number}", shop.domain)
}

/// `GET {base}/programs/new`; `template` names a program to begin with.
///
/// # Errors
/// [`AppError`].
pub async fn new(shop: AdminShop, request: HttpRequest) -> Result<HttpResponse, AppError> {
    if has_program(&shop).await?
        && let Some(paywall) = shop.paywall(Feature::MorePrograms).await?
    {
        return Ok(paywall);
    }
    let query = Fields::of_query(&request);
    let currency = shop.currency();
    let rules = starter_rules(query.value("template"), currency);
    let closed = Signup::closed(shop.shop.id, ProgramId(0));
    let form = form::form_of(&rules, &Signup { is_open: true, ..closed });
    let sample = sample(currency);
    let shown = example(&rules, &sample, currency, &[]);
    let starters = STARTERS
        .iter()
        .map(|one| Choice {
            value: one.key.to_owned(),
            label: one.label.to_owned(),
            is_chosen: query.value("template") == one.key,
        })
        .collect();
    let page = ProgramEditorPage { starters, ..editor(&shop, None, "", form, sample, shown, None) };
    std::future::ready(shop.show(page)).await
}

/// `GET {base}/programs/{number}`.
///
/// # Errors
/// [`AppError`]; not found without such a program.
pub async fn edit(
    shop: AdminShop,
    path: Path<i64>,
    request: HttpRequest,
) -> Result<HttpResponse, AppError> {
    let loaded = load(&shop, path.into_inner()).await?;
    let (rules, currency) = (&loaded.version.rules.0, shop.currency());
    let form = form::form_of(rules, &loaded.signup);
    let sample = sample(currency);
    let shown = example(rules, &sample, currency, &[]);
    let query = Fields::of_query(&request);
    let notice = match query.value("done") {
        "made" => Some("The program is live. Next, add an affiliate to it."),
        "published" => Some("Published. Orders placed from now on use this version."),
        "saved" => Some("Saved. The rules are as they were."),
        _ => None,
    };
    let notice = notice.map(|text| Notice { tone: Tone::Good, text: text.to_owned() });
    let version = loaded.version.version.to_string();
    let number = loaded.program.number;
    let signup_url = loaded
        .signup
        .is_open
        .then(|| signup_address(&shop.app.settings.app_url, &shop.shop, number));
    let page = editor(&shop, Some(number), &version, form, sample, shown, notice);
    shop.show(ProgramEditorPage { signup_url, ..page })
}

/// `POST {base}/programs/preview`: the example's fragment.
///
/// # Errors
/// [`AppError`].
pub async fn preview(
    shop: AdminShop,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    let sent = shop.form(&request, &body)?;
    let (rules, mistakes) = form::rules_of(&sent, None);
    let shown = example(&rules, &sample_of_sent(&sent), shop.currency(), &mistakes);
    std::future::ready(shop.show(shown)).await
}

/// `POST {base}/programs/new`.
///
/// # Errors
/// [`AppError`].
pub async fn create(
    shop: AdminShop,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    submitted(&shop, None, &request, &body).await
}

/// `POST {base}/programs/{number}`.
///
/// # Errors
/// [`AppError`]; not found without such a program.
pub async fn update(
    shop: AdminShop,
    path: Path<i64>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    let loaded = load(&shop, path.into_inner()).await?;
    submitted(&shop, Some(loaded), &request, &body).await
}

async fn has_program(shop: &AdminShop) -> Result<bool, AppError> {
    let id = shop.shop.id;
    Ok(!shop.app.storage.read(move |conn| program_list(conn, id, 1)).await?.is_empty())
}

async fn load(shop: &AdminShop, number: i64) -> Result<Loaded, AppError> {
    let id = shop.shop.id;
    let loaded = shop
        .app
        .storage
        .read(move |conn| {
            let program = program_by_number(conn, id, number)?.ok_or(StorageError::NotFound)?;
            let newest = program_versions_of(conn, id, program.id, 1)?;
            let version = newest.into_iter().next().ok_or(StorageError::NotFound)?;
            let signup = signup_of(conn, id, program.id)?;
            Ok::<_, StorageError>(Loaded { program, version, signup })
        })
        .await?;
    Ok(loaded)
}

async fn submitted(
    shop: &AdminShop,
    loaded: Option<Loaded>,
    request: &HttpRequest,
    body: &Bytes,
) -> Result<HttpResponse, AppError> {
    let sent = shop.form(request, body)?;
    let before = loaded.as_ref().map(|loaded| &loaded.version.rules.0);
    let (rules, mistakes) = form::rules_of(&sent, before);
    let mut form = form::form_of_sent(&sent);
    let sample = sample_of_sent(&sent);
    let shown = example(&rules, &sample, shop.currency(), &mistakes);
    let number = loaded.as_ref().map(|loaded| loaded.program.number);
    let version = sent.value("version").to_owned();
    if sent.value("action") != "save" {
        // A row was added or taken out, or the example asked for: nothing is saved.
        return shop.show(editor(shop, number, &version, form, sample, shown, None));
    }
    if number.is_none()
        && has_program(shop).await?
        && let Some(notice) = shop.paywall_notice(Feature::MorePrograms).await?
    {
        let page = editor(shop, number, &version, form, sample, shown, Some(notice));
        return shop.show_refused(page);
    }
    let draft = ProgramDraft {
        rules,
        signup: form::signup_of(&sent),
        seen_version: version.parse().ok().filter(|_| number.is_some()),
    };
    match attempt(shop, number, draft, mistakes).await? {
        Ok(saved) => {
            let done = match (number, saved.new_version) {
                (None, _) => "made",
                (Some(_), Some(_)) => "published",
                (Some(_), None) => "saved",
            };
            Ok(see_other(&format!("{ADMIN_BASE}/programs/{}?done={done}", saved.number)))
        }
        Err(refused) => {
            let notice = refused.notice(&mut form);
            shop.show_refused(editor(shop, number, &version, form, sample, shown, notice))
        }
    }
}

/// Why a form was not saved.
enum Refused {
    Fields(Vec<FieldError>),
    Whole(String),
}

impl Refused {
    /// Puts mistakes beside their fields; what has none is told above the page.
    fn notice(self, form: &mut ProgramForm) -> Option<Notice> {
        match self {
            Self::Fields(errors) => {
                form::show_errors(form, &errors);
                None
            }
            Self::Whole(text) => Some(Notice { tone: Tone::Bad, text }),
        }
    }
}

async fn attempt(
    shop: &AdminShop,
    number: Option<i64>,
    draft: ProgramDraft,
    mistakes: Vec<FieldError>,
) -> Result<Result<SavedProgram, Refused>, AppError> {
    let act = shop.act();
    if !mistakes.is_empty() {
        let rules = draft.rules;
        let more = shop
            .app
            .storage
            .read(move |conn| {
                let programs = program_list(conn, act.shop, PROGRAMS_MAX)?;
                check_program(conn, act, &rules, &programs, number)
            })
            .await?;
        return Ok(Err(Refused::Fields(mistakes.into_iter().chain(more).collect())));
    }
    let saved = shop.app.storage.write(move |tx| save_program(tx, act, number, &draft)).await;
    match saved {
        Ok(saved) => Ok(Ok(saved)),
        Err(SaveProgramError::Refused(errors)) => Ok(Err(Refused::Fields(errors))),
        Err(SaveProgramError::Overtaken(version)) => Ok(Err(Refused::Whole(format!(
            "Version {version} was published while you were editing. Look at the history, then \
             load the program again: your input below is not saved."
        )))),
        Err(SaveProgramError::TooMany) => {
            Ok(Err(Refused::Whole("A shop can have at most 200 programs.".to_owned())))
        }
        Err(SaveProgramError::Storage(error)) => Err(error.into()),
    }
}

fn editor(
    shop: &AdminShop,
    number: Option<i64>,
    version: &str,
    form: ProgramForm,
    sample: SampleForm,
    example: Example,
    notice: Option<Notice>,
) -> ProgramEditorPage {
    ProgramEditorPage {
        frame: shop.frame(Section::Programs, notice),
        number: number.map(|number| number.to_string()),
        version: version.to_owned(),
        currency: shop.currency().to_string(),
        shop_window: shop.settings.attribution.window_days.to_string(),
        starters: Vec::new(),
        form,
        sample,
        example,
        signup_url: None,
    }
}
