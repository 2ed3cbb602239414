//! Cookies: the affiliate's log-in, the browser before its log-in, and the demo's merchant. Not
//! here: what is stored about a log-in (`flows::log_in`).

use actix_web::{
    HttpRequest,
    cookie::{Cookie, SameSite, time::Duration},
};
use domain::{ids::ShopId, time::UtcTime};
use storage::shops::Shop;
use subtle::ConstantTimeEq;

use crate::{
    app::App,
    flows::log_in::SESSION_DAYS,
    secrets::{Purpose, SecretError, mac, random_token},
};

/// What a cookie is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CookieKind {
    /// An affiliate's log-in: an opaque token.
    Portal,
    /// A browser before its log-in, so that the log-in form can be bound to it.
    Visitor,
    /// The merchant of the demo: shop, time and a signature.
    DemoAdmin,
    /// A merchant on the way to grant: the state that has to come back.
    Install,
}

impl CookieKind {
    const fn name(self) -> &'static str {
        match self {
            Self::Portal => "tributary_portal",
            Self::Visitor => "tributary_visitor",
            Self::DemoAdmin => "tributary_demo",
            Self::Install => "tributary_install",
        }
    }

    const fn lifetime_days(self) -> Option<i64> {
        match self {
            Self::Portal => Some(SESSION_DAYS),
            Self::Visitor | Self::Install => None,
            Self::DemoAdmin => Some(DEMO_DAYS),
        }
    }
}

/// How long the demo's merchant stays logged in.
const DEMO_DAYS: i64 = 7;

/// A cookie that scripts cannot read and other sites do not send along.
#[must_use]
pub fn cookie(app: &App, kind: CookieKind, value: String) -> Cookie<'static> {
    let mut cookie = Cookie::build(cookie_name(app, kind), value)
        .path("/")
        .http_only(true)
        .secure(is_https(app))
        .same_site(SameSite::Lax)
        .finish();
    if let Some(days) = kind.lifetime_days() {
        cookie.set_max_age(Duration::days(days));
    }
    cookie
}

/// Takes a cookie away.
#[must_use]
pub fn removal(app: &App, kind: CookieKind) -> Cookie<'static> {
    let mut cookie = cookie(app, kind, String::new());
    cookie.make_removal();
    cookie
}

/// The value of a cookie, if the browser sent it.
#[must_use]
pub fn read_cookie(app: &App, request: &HttpRequest, kind: CookieKind) -> Option<String> {
    let cookie = request.cookie(&cookie_name(app, kind))?;
    Some(cookie.value().to_owned()).filter(|value| !value.is_empty())
}

/// The secret of a browser that is not logged in, and the cookie to set when it is new.
///
/// # Errors
/// [`SecretError`].
pub fn visitor_secret(
    app: &App,
    request: &HttpRequest,
) -> Result<(String, Option<Cookie<'static>>), SecretError> {
    if let Some(known) = read_cookie(app, request, CookieKind::Visitor) {
        return Ok((known, None));
    }
    let fresh = random_token()?;
    let set = cookie(app, CookieKind::Visitor, fresh.clone());
    Ok((fresh, Some(set)))
}

/// The log-in of the demo's merchant: `{shop}.{until}.{mac}`. For `GET /demo/admin` only.
#[must_use]
pub fn demo_admin_cookie(app: &App, shop: &Shop) -> Cookie<'static> {
    let until = app.clock.now().plus_days(DEMO_DAYS).unix_seconds();
    let payload = format!("{}.{until}", shop.id);
    let tag = demo_tag(app, &payload);
    cookie(app, CookieKind::DemoAdmin, format!("{payload}.{tag}"))
}

/// The shop whose merchant is logged in, in the demo; nobody outside it.
#[must_use]
pub fn demo_admin_shop(app: &App, request: &HttpRequest) -> Option<ShopId> {
    if !app.is_demo {
        return None;
    }
    demo_shop_in(app, &read_cookie(app, request, CookieKind::DemoAdmin)?, app.clock.now())
}

fn demo_shop_in(app: &App, value: &str, now: UtcTime) -> Option<ShopId> {
    let (payload, tag) = value.rsplit_once('.')?;
    if !bool::from(demo_tag(app, payload).as_bytes().ct_eq(tag.as_bytes())) {
        return None;
    }
    let (shop, until) = payload.split_once('.')?;
    let is_live = until.parse::<i64>().ok()? > now.unix_seconds();
    shop.parse().ok().map(ShopId).filter(|_| is_live)
}

fn demo_tag(app: &App, payload: &str) -> String {
    let key = app.master_key.derive(Purpose::FormToken);
    hex::encode(mac(&key, &[b"demo-admin/", payload.as_bytes()]))
}

/// `__Host-` makes browsers refuse the cookie from anything but this very host over https.
fn cookie_name(app: &App, kind: CookieKind) -> String {
    let prefix = if is_https(app) { "__Host-" } else { "" };
    format!("{prefix}{}", kind.name())
}

fn is_https(app: &App) -> bool {
    app.settings.app_url.starts_with("https://")
}
