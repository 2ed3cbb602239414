//! Log in and out.

use actix_web::{
    HttpRequest, HttpResponse,
    cookie::Cookie,
    http::StatusCode,
    web::{Bytes, Data},
};
use storage::shops::Shop;

use crate::{
    app::App,
    error::AppError,
    flows::log_in::{LoggedIn, log_in, log_out},
    web::{
        auth::{PortalAffiliate, portal_base, portal_shop},
        forms::{Fields, check_form, form_token},
        pages::{Framing, html, see_other},
        session::{CookieKind, cookie, removal, visitor_secret},
        view::{
            form::Field,
            parts::{Notice, Tone},
            portal::login::LoginPage,
        },
    },
};

const WRONG: &str = "E-mail or password is wrong, or the account is not active.";
const WAIT: &str = "Too many tries. Wait 15 minutes, then try again.";

/// `GET {base}/login`.
///
/// # Errors
/// [`AppError`].
pub async fn form(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, AppError> {
    let shop = portal_shop(&app, &request).await?;
    let query = Fields::of_query(&request);
    let notice = (query.value("done") == "logged_out")
        .then(|| Notice { tone: Tone::Neutral, text: "You are logged out.".to_owned() });
    let page = blank(&shop, query.value("next"), notice);
    show(&app, &request, StatusCode::OK, page)
}

/// `POST {base}/login`.
///
/// # Errors
/// [`AppError`].
pub async fn submit(
    app: Data<App>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    let shop = portal_shop(&app, &request).await?;
    let fields = Fields::read(&body);
    let (secret, _) = visitor_secret(&app, &request).map_err(internal)?;
    check_form(&app, &request, &fields, &secret)?;
    let email = fields.value("email");
    let (status, error) = match log_in(&app, shop.id, email, fields.exact("password")).await? {
        LoggedIn::Yes(token) => {
            let mut answer = see_other(&safe_next(&shop, fields.value("next")));
            set(&mut answer, &cookie(&app, CookieKind::Portal, token))?;
            set(&mut answer, &removal(&app, CookieKind::Visitor))?;
            return Ok(answer);
        }
        LoggedIn::No => (StatusCode::UNAUTHORIZED, WRONG),
        LoggedIn::Wait => (StatusCode::TOO_MANY_REQUESTS, WAIT),
    };
    let page = LoginPage {
        email: Field { value: email.to_owned(), ..Field::default() },
        error: Some(error.to_owned()),
        ..blank(&shop, fields.value("next"), None)
    };
    show(&app, &request, status, page)
}

/// `POST {base}/logout`.
///
/// # Errors
/// [`AppError`].
pub async fn logout(
    who: PortalAffiliate,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    who.form(&request, &body)?;
    log_out(&who.app, who.token()).await?;
    let mut answer = see_other(&format!("{}/login?done=logged_out", who.base()));
    set(&mut answer, &removal(&who.app, CookieKind::Portal))?;
    Ok(answer)
}

fn blank(shop: &Shop, next: &str, notice: Option<Notice>) -> LoginPage {
    LoginPage {
        base: portal_base(shop),
        shop_name: shop.name.clone(),
        email: Field::default(),
        error: None,
        notice,
        next: safe_next(shop, next),
        csrf: String::new(),
    }
}

fn show(
    app: &App,
    request: &HttpRequest,
    status: StatusCode,
    page: LoginPage,
) -> Result<HttpResponse, AppError> {
    let (secret, fresh) = visitor_secret(app, request).map_err(internal)?;
    let page = LoginPage { csrf: form_token(app, &secret), ..page };
    let mut answer = html(status, page, &Framing::Never)?;
    if let Some(fresh) = fresh {
        set(&mut answer, &fresh)?;
    }
    Ok(answer)
}

/// Only to a page of this shop's portal; nothing that a browser could read as another host.
fn safe_next(shop: &Shop, next: &str) -> String {
    let base = portal_base(shop);
    let rest = next.strip_prefix(base.as_str());
    let is_own = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
    let is_plain = !next.contains(['\\', '#']) && !next.chars().any(char::is_control);
    let is_login = rest.is_some_and(|rest| rest.starts_with("/log") && !is_log(rest));
    if is_own && is_plain && !is_login { next.to_owned() } else { base }
}

/// The log is a page to come back to; log-in and log-out are not.
fn is_log(rest: &str) -> bool {
    rest == "/log" || rest.starts_with("/log/") || rest.starts_with("/log?")
}

fn set(answer: &mut HttpResponse, cookie: &Cookie<'_>) -> Result<(), AppError> {
    answer.add_cookie(cookie).map_err(|error| AppError::Internal(error.into()))
}

fn internal(error: crate::secrets::SecretError) -> AppError {
    AppError::Internal(error.into())
}
