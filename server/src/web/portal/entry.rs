//! Ways into the portal besides the log-in: applying for a program, choosing a password, a forgotten
//! one. Whoever comes here is nobody yet, so nothing tells whether an address is known.

use std::{num::NonZeroU32, sync::LazyLock};

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Bytes, Data, Path},
};
use domain::{ids::ShopId, money::Currency};
use governor::{DefaultKeyedRateLimiter, Quota};
use storage::{
    StorageError,
    programs::{Program, program_version_at},
    shops::Shop,
    signups::Signup,
};

use crate::{
    app::App,
    error::AppError,
    flows::{
        join_program::{Application, Joined, join_program, open_program},
        password_links::{
            PASSWORD_MIN, Refused, affiliate_of_link, ask_for_password, invite, set_password,
        },
        record_activity::{Act, Actor},
        save_affiliate::SaveAffiliateError,
        write_letter::tell_of_application,
    },
    web::{
        auth::{portal_base, portal_shop},
        display::sentence,
        forms::{Fields, check_form, form_token},
        pages::{Framing, html, see_other},
        session::{CookieKind, cookie, removal, visitor_secret},
        view::{
            Page,
            admin::programs::summary,
            form::Field,
            portal::entry::{ForgottenPage, JoinPage, Outside, PasswordPage, ToldPage},
        },
    },
};

/// Forms of strangers that one shop takes in a minute: everybody's together, since a stranger has as many
/// addresses as it likes.
const FORMS_PER_MINUTE: NonZeroU32 = NonZeroU32::MIN.saturating_add(59);

static FORMS: LazyLock<DefaultKeyedRateLimiter<ShopId>> =
    LazyLock::new(|| DefaultKeyedRateLimiter::keyed(Quota::per_minute(FORMS_PER_MINUTE)));

/// A program that is open, with what its page says.
struct Offer {
    program: Program,
    signup: Signup,
    offer: Vec<String>,
}

/// `GET {base}/join/{program}`.
///
/// # Errors
/// [`AppError`]; not found for a program that is closed.
pub async fn join_form(
    app: Data<App>,
    path: Path<(String, i64)>,
    request: HttpRequest,
) -> Result<HttpResponse, AppError> {
    let shop = portal_shop(&app, &request).await?;
    let offer = offer(&app, &shop, path.into_inner().1).await?;
    if Fields::of_query(&request).value("done") == "applied" {
        return told(&app, &request, &shop, StatusCode::OK, APPLIED);
    }
    let page = |outside| join_page(outside, &offer, &Application::default());
    show(&app, &request, &shop, StatusCode::OK, page)
}

const APPLIED: (&str, &str) = (
    "Thank you",
    "Your application has arrived. You will get a mail with the next step; if you have an account \
     already, just log in.",
);

/// `POST {base}/join/{program}`.
///
/// # Errors
/// [`AppError`]; not found for a program that is closed.
pub async fn join(
    app: Data<App>,
    path: Path<(String, i64)>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    let number = path.into_inner().1;
    let shop = portal_shop(&app, &request).await?;
    let offer = offer(&app, &shop, number).await?;
    let sent = strangers_form(&app, &shop, &request, &body)?;
    let application = Application {
        name: sent.value("name").to_owned(),
        email: sent.value("email").to_owned(),
        introduction: sent.value("introduction").to_owned(),
        discloses: sent.is_on("discloses"),
        agrees: sent.is_on("agrees"),
    };
    let act = Act { shop: shop.id, actor: Actor::Visitor, now: app.clock.now() };
    let (own, given) = (app.clone(), application.clone());
    let joined = app
        .storage
        .write(move |tx| {
            let joined = join_program(tx, &own.fingerprints, act, number, &given)?;
            if let Joined::Waiting(applicant) = &joined {
                tell_of_application(tx, own.mail_room(), applicant, act.now)?;
            }
            Ok::<_, SaveAffiliateError>(joined)
        })
        .await;
    match joined {
        Ok(Joined::Active(affiliate)) => {
            invite(&app, &shop, Actor::Tributary, affiliate).await?;
        }
        Ok(Joined::Waiting(_) | Joined::Known) => {}
        Ok(Joined::TooMany) => return Err(AppError::TooManyRequests),
        Err(SaveAffiliateError::Refused(errors)) => {
            let page = |outside| {
                let mut page = join_page(outside, &offer, &application);
                for error in &errors {
                    let field = match error.field.as_str() {
                        "email" => &mut page.email,
                        "introduction" => &mut page.introduction,
                        "discloses" => &mut page.discloses,
                        "agrees" => &mut page.agrees,
                        _ => &mut page.full_name,
                    };
                    field.error = Some(sentence(&error.message));
                }
                page
            };
            return show(&app, &request, &shop, StatusCode::UNPROCESSABLE_ENTITY, page);
        }
        Err(SaveAffiliateError::Storage(error)) => return Err(error.into()),
    }
    Ok(see_other(&format!("{}/join/{number}?done=applied", portal_base(&shop))))
}

/// `GET {base}/forgotten`.
///
/// # Errors
/// [`AppError`].
pub async fn forgotten_form(
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, AppError> {
    let shop = portal_shop(&app, &request).await?;
    if Fields::of_query(&request).value("done") == "asked" {
        return told(&app, &request, &shop, StatusCode::OK, ASKED);
    }
    show(&app, &request, &shop, StatusCode::OK, |outside| ForgottenPage { outside })
}

const ASKED: (&str, &str) = (
    "Look into your mail",
    "If the address has an account here, a link that sets a new password is on its way. It works \
     once, for an hour.",
);

/// `POST {base}/forgotten`.
///
/// # Errors
/// [`AppError`].
pub async fn forgotten(
    app: Data<App>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    let shop = portal_shop(&app, &request).await?;
    let sent = strangers_form(&app, &shop, &request, &body)?;
    ask_for_password(&app, &shop, sent.value("email")).await?;
    Ok(see_other(&format!("{}/forgotten?done=asked", portal_base(&shop))))
}

/// `GET {base}/password/{token}`.
///
/// # Errors
/// [`AppError`].
pub async fn password_form(
    app: Data<App>,
    path: Path<(String, String)>,
    request: HttpRequest,
) -> Result<HttpResponse, AppError> {
    let shop = portal_shop(&app, &request).await?;
    password_page(&app, &request, &shop, &path.into_inner().1, None).await
}

/// `POST {base}/password/{token}`.
///
/// # Errors
/// [`AppError`].
pub async fn password(
    app: Data<App>,
    path: Path<(String, String)>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    let shop = portal_shop(&app, &request).await?;
    let sent = form(&app, &request, &body)?;
    let token = path.into_inner().1;
    let entered = (sent.exact("password"), sent.exact("repeated"));
    match set_password(&app, &shop, &token, entered.0, entered.1).await? {
        Ok(session) => {
            let mut answer = see_other(&portal_base(&shop));
            add(&mut answer, &cookie(&app, CookieKind::Portal, session))?;
            add(&mut answer, &removal(&app, CookieKind::Visitor))?;
            Ok(answer)
        }
        Err(refused) => password_page(&app, &request, &shop, &token, Some(refused)).await,
    }
}

/// What keeps a password from being taken, in words.
#[must_use]
pub fn refusal_words(refused: Refused) -> String {
    match refused {
        Refused::Link => "This link has ended.".to_owned(),
        Refused::TooShort => format!("At least {PASSWORD_MIN} characters."),
        Refused::TooLong => "At most 1024 characters.".to_owned(),
        Refused::TooEasy => "That is too easy to guess.".to_owned(),
        Refused::Different => "The two entries differ.".to_owned(),
    }
}

async fn password_page(
    app: &App,
    request: &HttpRequest,
    shop: &Shop,
    token: &str,
    refused: Option<Refused>,
) -> Result<HttpResponse, AppError> {
    let Some(who) = affiliate_of_link(app, shop, token).await? else {
        let words = (
            "This link has ended",
            "A link works once and for a limited time. Ask for a new one, or write to the shop.",
        );
        return told(app, request, shop, StatusCode::GONE, words);
    };
    let status = match refused {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    show(app, request, shop, status, |outside| PasswordPage {
        outside,
        name: who.name,
        email: who.email,
        least: PASSWORD_MIN.to_string(),
        error: refused.map(refusal_words),
    })
}

async fn offer(app: &App, shop: &Shop, number: i64) -> Result<Offer, AppError> {
    let (id, now) = (shop.id, app.clock.now());
    let currency = shop.currency.unwrap_or(Currency::USD);
    let offer = app
        .storage
        .read(move |conn| {
            let (program, signup) = open_program(conn, id, number)?;
            let version = program_version_at(conn, id, program.id, now)?;
            let facts = version.map(|one| summary(&one.rules.0, currency)).unwrap_or_default();
            let offer = facts
                .into_iter()
                .filter(|fact| OFFERED.contains(&fact.name.as_str()))
                .map(|fact| format!("{}: {}", fact.name, fact.value))
                .collect();
            Ok::<_, StorageError>(Offer { program, signup, offer })
        })
        .await?;
    Ok(offer)
}

/// What of the rules an applicant reads; special rates may name other affiliates.
const OFFERED: [&str; 4] =
    ["Commission", "A click counts for", "Approved after", "Smallest payout"];

fn join_page(outside: Outside, offer: &Offer, entered: &Application) -> JoinPage {
    let field = |value: &str| Field { value: value.to_owned(), ..Field::default() };
    let tick = |is_on: bool| field(if is_on { "on" } else { "" });
    JoinPage {
        outside,
        number: offer.program.number.to_string(),
        program: offer.program.name.clone(),
        offer: offer.offer.clone(),
        welcome: offer.signup.welcome.clone(),
        terms: offer.signup.terms.clone(),
        full_name: field(&entered.name),
        email: field(&entered.email),
        introduction: field(&entered.introduction),
        discloses: tick(entered.discloses),
        agrees: tick(entered.agrees),
    }
}

/// The form of somebody whom nothing is known about.
fn strangers_form(
    app: &App,
    shop: &Shop,
    request: &HttpRequest,
    body: &Bytes,
) -> Result<Fields, AppError> {
    FORMS.check_key(&shop.id).map_err(|_full| AppError::TooManyRequests)?;
    form(app, request, body)
}

fn form(app: &App, request: &HttpRequest, body: &Bytes) -> Result<Fields, AppError> {
    let fields = Fields::read(body);
    let (secret, _) = visitor_secret(app, request).map_err(internal)?;
    check_form(app, request, &fields, &secret)?;
    Ok(fields)
}

fn told(
    app: &App,
    request: &HttpRequest,
    shop: &Shop,
    status: StatusCode,
    (title, text): (&str, &str),
) -> Result<HttpResponse, AppError> {
    show(app, request, shop, status, |outside| ToldPage {
        outside,
        title: title.to_owned(),
        text: text.to_owned(),
    })
}

fn show<P: Page>(
    app: &App,
    request: &HttpRequest,
    shop: &Shop,
    status: StatusCode,
    page: impl FnOnce(Outside) -> P,
) -> Result<HttpResponse, AppError> {
    let (secret, fresh) = visitor_secret(app, request).map_err(internal)?;
    let outside = Outside {
        base: portal_base(shop),
        shop_name: shop.name.clone(),
        csrf: form_token(app, &secret),
    };
    let mut answer = html(status, page(outside), &Framing::Never)?;
    if let Some(fresh) = fresh {
        add(&mut answer, &fresh)?;
    }
    Ok(answer)
}

fn add(answer: &mut HttpResponse, cookie: &actix_web::cookie::Cookie<'_>) -> Result<(), AppError> {
    answer.add_cookie(cookie).map_err(|error| AppError::Internal(error.into()))
}

fn internal(error: crate::secrets::SecretError) -> AppError {
    AppError::Internal(error.into())
}
