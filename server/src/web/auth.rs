//! Who is calling: the merchant's admin (a session token of Shopify, or the demo's cookie) and the
//! affiliate's portal (its own cookie). Whatever is missing or wrong ends here.

use std::{future::Future, pin::Pin, time::Duration};

use actix_web::{
    Error, FromRequest, HttpMessage, HttpRequest, HttpResponse, ResponseError,
    dev::Payload,
    error::InternalError,
    http::{
        Method, StatusCode,
        header::{
            AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION,
            USER_AGENT,
        },
    },
    web::{Bytes, Data},
};
use domain::shop::ShopSettings;
use shopify::{
    query_hmac::verify_query,
    shop_domain::{AdminHost, ShopDomain},
};
use storage::{
    StorageError,
    affiliates::Affiliate,
    installations::installation,
    postbacks::Owner,
    shops::{self, Shop},
};
use url::form_urlencoded;

use super::{
    display::Zone,
    forms::{Fields, check_form, check_origin, form_token},
    multipart::Upload,
    pages::{self, Framing},
    session::{CookieKind, demo_admin_shop, read_cookie},
    view::{Page, admin, parts::Notice, portal},
};
use crate::{
    admin_api::{AdminError, Connected, ShopAddress},
    app::App,
    error::AppError,
    flows::{
        change_settings::read_settings,
        log_in::affiliate_of,
        welcome_shop::{begin_work, welcome_shop},
    },
};

/// Path before every address of the admin.
pub const ADMIN_BASE: &str = "/admin";
/// The page that lets App Bridge fetch a new session token.
pub const BOUNCE_PATH: &str = "/auth/session-token";
/// Where the older way to install begins.
pub const BEGIN_PATH: &str = "/auth/begin";
/// How often it is noted that a shop uses the app.
const SEEN_EVERY_S: i64 = 60;
/// Longest that a page waits for its shop's first token.
const CONNECT_PATIENCE: Duration = Duration::from_secs(8);
/// App Bridge repeats a fetch once, with a new token, when it sees this header.
const RETRY_HEADER: HeaderName = HeaderName::from_static("x-shopify-retry-invalid-session-request");

/// The merchant of a shop.
pub struct AdminShop {
    /// The process.
    pub app: Data<App>,
    /// The shop.
    pub shop: Shop,
    /// Its settings.
    pub settings: ShopSettings,
    /// Its time zone.
    pub zone: Zone,
    /// Shopify's id of the staff member, where a session token names one.
    pub staff: Option<String>,
    framing: Framing,
    proof: AdminProof,
}

/// How the merchant proved it.
enum AdminProof {
    /// A bearer token, which no other site's page can send.
    Bearer,
    /// A token in the address: for looking only.
    Address,
    /// The demo's cookie, whose value binds forms.
    DemoCookie(String),
}

/// An affiliate who is logged in, on its own shop's portal.
pub struct PortalAffiliate {
    /// The process.
    pub app: Data<App>,
    /// The shop.
    pub shop: Shop,
    /// Its settings.
    pub settings: ShopSettings,
    /// Its time zone.
    pub zone: Zone,
    /// Who is logged in.
    pub affiliate: Affiliate,
    token: String,
}

impl AdminShop {
    /// The chrome of a page.
    #[must_use]
    pub fn frame(&self, section: admin::Section, notice: Option<Notice>) -> admin::Frame {
        admin::Frame {
            base: ADMIN_BASE.to_owned(),
            shop_name: self.shop.name.clone(),
            section,
            embedded: self.framing.embedded(),
            csrf: match &self.proof {
                AdminProof::DemoCookie(secret) => form_token(&self.app, secret),
                AdminProof::Bearer | AdminProof::Address => String::new(),
            },
            notice,
        }
    }

    /// A page with its headers.
    ///
    /// # Errors
    /// [`AppError::Internal`] when it cannot be rendered.
    pub fn show(&self, page: impl Page) -> Result<HttpResponse, AppError> {
        pages::html(StatusCode::OK, page, &self.framing)
    }

    /// As [`AdminShop::show`], for a form that was refused.
    ///
    /// # Errors
    /// [`AppError::Internal`] when it cannot be rendered.
    pub fn show_refused(&self, page: impl Page) -> Result<HttpResponse, AppError> {
        pages::html(StatusCode::UNPROCESSABLE_ENTITY, page, &self.framing)
    }

    /// The fields of a form that one of our own pages made.
    ///
    /// # Errors
    /// [`AppError::StaleForm`].
    pub fn form(&self, request: &HttpRequest, body: &Bytes) -> Result<Fields, AppError> {
        let fields = Fields::read(body);
        self.check(request, &fields)?;
        Ok(fields)
    }

    /// As [`AdminShop::form`], for a form that may hold a file.
    ///
    /// # Errors
    /// [`AppError::StaleForm`].
    pub fn upload(&self, request: &HttpRequest, body: &Bytes) -> Result<Upload, AppError> {
        let content_type = request.headers().get(CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok()).unwrap_or_default();
        let upload = Upload::read(content_type, body);
        self.check(request, &upload.fields)?;
        Ok(upload)
    }

    fn check(&self, request: &HttpRequest, fields: &Fields) -> Result<(), AppError> {
        match &self.proof {
            AdminProof::Bearer => check_origin(&self.app, request),
            AdminProof::Address => Err(AppError::StaleForm),
            AdminProof::DemoCookie(secret) => check_form(&self.app, request, fields, secret),
        }
    }
}

impl PortalAffiliate {
    /// Path before every address of the portal.
    #[must_use]
    pub fn base(&self) -> String {
        portal_base(&self.shop)
    }

    /// Whose postbacks these pages are about.
    #[must_use]
    pub const fn owner(&self) -> Owner {
        Owner::Affiliate(self.affiliate.id)
    }

    /// The chrome of a page.
    #[must_use]
    pub fn frame(&self, section: portal::Section, notice: Option<Notice>) -> portal::Frame {
        portal::Frame {
            base: self.base(),
            shop_name: self.shop.name.clone(),
            affiliate_name: self.affiliate.name.clone(),
            section,
            has_postbacks: self.settings.postbacks_enabled,
            has_pixels: self.settings.facebook_pixel_enabled,
            csrf: form_token(&self.app, &self.token),
            notice,
        }
    }

    /// A page with its headers.
    ///
    /// # Errors
    /// [`AppError::Internal`] when it cannot be rendered.
    pub fn show(&self, page: impl Page) -> Result<HttpResponse, AppError> {
        pages::html(StatusCode::OK, page, &Framing::Never)
    }

    /// As [`PortalAffiliate::show`], for a form that was refused.
    ///
    /// # Errors
    /// [`AppError::Internal`] when it cannot be rendered.
    pub fn show_refused(&self, page: impl Page) -> Result<HttpResponse, AppError> {
        pages::html(StatusCode::UNPROCESSABLE_ENTITY, page, &Framing::Never)
    }

    /// The fields of a form that one of our own pages made.
    ///
    /// # Errors
    /// [`AppError::StaleForm`].
    pub fn form(&self, request: &HttpRequest, body: &Bytes) -> Result<Fields, AppError> {
        let fields = Fields::read(body);
        check_form(&self.app, request, &fields, &self.token)?;
        Ok(fields)
    }

    /// Hides everything about postbacks while the merchant has them switched off (U1).
    ///
    /// # Errors
    /// [`AppError::NotFound`].
    pub const fn needs_postbacks(&self) -> Result<(), AppError> {
        if self.settings.postbacks_enabled { Ok(()) } else { Err(AppError::NotFound) }
    }

    /// Hides everything about pixels while the merchant has them switched off (U10).
    ///
    /// # Errors
    /// [`AppError::NotFound`].
    pub const fn needs_pixels(&self) -> Result<(), AppError> {
        if self.settings.facebook_pixel_enabled { Ok(()) } else { Err(AppError::NotFound) }
    }

    /// The cookie's token, for ending the log-in.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }
}

/// Path before every address of a shop's portal.
#[must_use]
pub fn portal_base(shop: &Shop) -> String {
    format!("/portal/{}", shop.domain)
}

/// The shop that a portal address names.
///
/// # Errors
/// [`AppError::NotFound`] for a domain that nobody has.
pub async fn portal_shop(app: &App, request: &HttpRequest) -> Result<Shop, AppError> {
    let named = request.match_info().get("shop").unwrap_or_default();
    let domain = ShopDomain::parse(named).map_err(|_bad| AppError::NotFound)?;
    let found = app.storage.read(move |conn| shops::shop_by_domain(conn, domain.as_str())).await?;
    found.ok_or(AppError::NotFound)
}

type Extraction<T> = Pin<Box<dyn Future<Output = Result<T, Error>>>>;

impl FromRequest for AdminShop {
    type Error = Error;
    type Future = Extraction<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { admin_shop(&request).await })
    }
}

impl FromRequest for PortalAffiliate {
    type Error = Error;
    type Future = Extraction<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { portal_affiliate(&request).await })
    }
}

async fn admin_shop(request: &HttpRequest) -> Result<AdminShop, Error> {
    let app = app_of(request)?;
    if let Some(id) = demo_admin_shop(&app, request) {
        let found = app.storage.read(move |conn| shops::shop_by_id(conn, id)).await;
        let shop = found.map_err(AppError::from)?.ok_or(AppError::NotFound)?;
        let secret = read_cookie(&app, request, CookieKind::DemoAdmin).unwrap_or_default();
        let proof = AdminProof::DemoCookie(secret);
        return Ok(known_shop(app, shop, None, Framing::Never, proof)?);
    }
    let bearer = bearer_token(request);
    let query = Fields::of_query(request);
    let (token, proof) = match &bearer {
        Some(token) => (Some(token.as_str()), AdminProof::Bearer),
        None => (query.given("id_token"), AdminProof::Address),
    };
    let now = app.clock.now();
    let verified =
        token.and_then(|token| Some((token, app.session_tokens.verify(token, now).ok()?)));
    let Some((token, session)) = verified else {
        return Err(no_session(&app, request, &query, bearer.is_some()));
    };
    let shop = admitted(&app, session.shop.as_str()).await?;
    if !is_taken(&app, &shop, token).await {
        return Err(no_session(&app, request, &query, bearer.is_some()));
    }
    let framing = Framing::admin(&app, &shop.domain);
    request.extensions_mut().insert(framing.clone());
    Ok(known_shop(app, shop, Some(session.user_id), framing, proof)?)
}

/// The shop of a verified token; a new one, or one that comes back, is stored. That the app was seen
/// there is noted once a minute: it tells a removal that comes late from a real one.
async fn admitted(app: &App, domain: &str) -> Result<Shop, AppError> {
    let (asked, now) = (domain.to_owned(), app.clock.now());
    let found = app
        .storage
        .read(move |conn| {
            let Some(shop) = shops::shop_by_domain(conn, &asked)? else { return Ok(None) };
            let seen_at = installation(conn, shop.id)?.map(|row| row.seen_at);
            let is_fresh = seen_at.is_none_or(|seen| now.seconds_since(seen) < SEEN_EVERY_S);
            Ok::<_, StorageError>(Some((shop, is_fresh)))
        })
        .await?;
    if let Some((shop, true)) = found
        && shop.uninstalled_at.is_none()
    {
        return Ok(shop);
    }
    let asked = domain.to_owned();
    Ok(app.storage.write(move |tx| welcome_shop(tx, &asked, now)).await?)
}

/// The first page of an installation brings the access token. False only when Shopify refuses this very
/// session token; anything else in the way is not the page's problem: it shows what is missing.
async fn is_taken(app: &App, shop: &Shop, token: &str) -> bool {
    // The demo has no Shopify.
    if app.is_demo {
        return true;
    }
    let address = ShopAddress::from(shop);
    let connecting = app.admin_api.connect(&address, token);
    let outcome = match tokio::time::timeout(CONNECT_PATIENCE, connecting).await {
        Ok(Ok(Connected::Already)) => return true,
        Ok(Ok(Connected::Anew)) => {
            let (id, now) = (shop.id, app.clock.now());
            let begun = app.storage.write(move |tx| begin_work(tx, id, now)).await;
            begun.map_err(AdminError::from)
        }
        Ok(Err(error)) => Err(error),
        Err(_late) => Err(AdminError::NotNow("no token in time".to_owned())),
    };
    if let Err(error) = &outcome {
        tracing::warn!(shop = shop.id.0, %error, "the shop is not connected");
    }
    !matches!(outcome, Err(AdminError::BadSessionToken))
}

fn known_shop(
    app: Data<App>,
    shop: Shop,
    staff: Option<String>,
    framing: Framing,
    proof: AdminProof,
) -> Result<AdminShop, AppError> {
    let settings = read_settings(&shop)?;
    let zone = Zone::named(&shop.timezone);
    Ok(AdminShop { app, settings, zone, shop, staff, framing, proof })
}

/// A document inside the admin goes to the bounce page for a new token, one outside of it into the
/// admin; everything else is told to come back with one (shopify.md 1.7).
fn no_session(app: &App, request: &HttpRequest, query: &Fields, has_bearer: bool) -> Error {
    if request.method() == Method::GET && !has_bearer {
        return no_document(app, request, query);
    }
    let mut refused = NO_SESSION.error_response();
    refused.headers_mut().insert(RETRY_HEADER, HeaderValue::from_static("1"));
    InternalError::from_response(NO_SESSION.to_string(), refused).into()
}

fn no_document(app: &App, request: &HttpRequest, query: &Fields) -> Error {
    let shop = ShopDomain::parse(query.value("shop")).ok();
    let host = query.given("host");
    if is_crawler(request) {
        return AppError::Gone("There is nothing to be indexed here.").into();
    }
    if query.value("embedded") == "1" && shop.is_some() && host.is_some() {
        let kept = query.query_with("id_token", "");
        let back: String =
            form_urlencoded::byte_serialize(format!("{}?{kept}", request.path()).as_bytes())
                .collect();
        return redirect(&format!("{BOUNCE_PATH}?{kept}&shopify-reload={back}"));
    }
    if let Some(host) = host.and_then(|host| AdminHost::parse(host).ok()) {
        let page = format!("/apps/{}{}", app.settings.shopify_api_key, request.path());
        return redirect(&app.admin_api.endpoints().admin(host.shop().handle(), &page));
    }
    // Shopify opens a link that it has signed, without an admin around it: the older way to install.
    if let Some(shop) =
        shop.filter(|_| verify_query(request.query_string(), &app.app_secrets).is_ok())
    {
        return redirect(&format!("{BEGIN_PATH}?shop={shop}"));
    }
    AppError::Gone("Choose Tributary in the list of apps of your Shopify admin.").into()
}

/// Programs that look at pages on their own; the admin's apps on phones and tills are none.
fn is_crawler(request: &HttpRequest) -> bool {
    const NAMES: [&str; 6] =
        ["bot", "crawler", "spider", "facebookexternalhit", "slurp", "preview"];
    let agent = request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok());
    let agent = agent.unwrap_or_default();
    let is_shopifys = agent.contains("Shopify POS/") || agent.contains("Shopify Mobile/");
    let agent = agent.to_ascii_lowercase();
    !is_shopifys && NAMES.iter().any(|name| agent.contains(name))
}

const NO_SESSION: AppError =
    AppError::Unauthorized("Open the app from your Shopify admin; this session has ended.");

async fn portal_affiliate(request: &HttpRequest) -> Result<PortalAffiliate, Error> {
    let app = app_of(request)?;
    let shop = portal_shop(&app, request).await?;
    if let Some(token) = read_cookie(&app, request, CookieKind::Portal) {
        let known = affiliate_of(&app, shop.id, &token).await.map_err(AppError::from)?;
        if let Some(affiliate) = known {
            let settings = read_settings(&shop).map_err(AppError::from)?;
            let zone = Zone::named(&shop.timezone);
            return Ok(PortalAffiliate { app, shop, settings, zone, affiliate, token });
        }
    }
    if request.method() != Method::GET {
        return Err(AppError::Unauthorized("Log in again; nothing was changed.").into());
    }
    let next: String =
        form_urlencoded::byte_serialize(request.uri().to_string().as_bytes()).collect();
    Err(redirect(&format!("{}/login?next={next}", portal_base(&shop))))
}

fn redirect(location: &str) -> Error {
    let response = HttpResponse::Found()
        .insert_header((LOCATION, location))
        .insert_header((CACHE_CONTROL, "no-store"))
        .finish();
    InternalError::from_response("no session", response).into()
}

fn bearer_token(request: &HttpRequest) -> Option<String> {
    let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}

/// The process that the routes were configured with.
///
/// # Errors
/// [`AppError::Internal`] without one: a mistake in the wiring.
pub fn app_of(request: &HttpRequest) -> Result<Data<App>, AppError> {
    let found = request.app_data::<Data<App>>().cloned();
    found.ok_or_else(|| AppError::Internal(anyhow::anyhow!("no App in the routes")))
}
