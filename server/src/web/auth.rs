//! Who is calling: the merchant's admin (a session token of Shopify, or the demo's cookie) and the
//! affiliate's portal (its own cookie). Whatever is missing or wrong ends here.

use std::{future::Future, pin::Pin};

use actix_web::{
    Error, FromRequest, HttpMessage, HttpRequest, HttpResponse,
    dev::Payload,
    error::InternalError,
    http::{
        Method, StatusCode,
        header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, LOCATION},
    },
    web::{Bytes, Data},
};
use domain::{money::Currency, shop::ShopSettings};
use shopify::shop_domain::ShopDomain;
use storage::{
    affiliates::Affiliate,
    postbacks::Owner,
    shops::{self, Shop},
};
use url::form_urlencoded;

use super::{
    display::Zone,
    embedded::{self, connect::connect, leave::leave},
    forms::{Fields, check_form, check_origin, form_token},
    multipart::Upload,
    pages::{self, Framing},
    session::{CookieKind, demo_admin_shop, read_cookie},
    view::{Page, admin, parts::Notice, portal},
};
use crate::{
    app::App,
    error::AppError,
    flows::{
        change_settings::read_settings,
        log_in::affiliate_of,
        record_activity::{Act, Actor},
        welcome_shop::welcome_shop,
    },
};

/// Path before every address of the admin.
pub const ADMIN_BASE: &str = "/admin";
/// The page that lets App Bridge fetch a new session token.
pub const BOUNCE_PATH: &str = "/auth/session-token";

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

    /// Out of Shopify's frame, to an address of Shopify.
    ///
    /// # Errors
    /// [`AppError::Internal`].
    pub fn leave(&self, request: &HttpRequest, address: &str) -> Result<HttpResponse, AppError> {
        leave(request, &self.framing, address)
    }

    /// As [`AdminShop::show`], for a form that was refused.
    ///
    /// # Errors
    /// [`AppError::Internal`] when it cannot be rendered.
    pub fn show_refused(&self, page: impl Page) -> Result<HttpResponse, AppError> {
        pages::html(StatusCode::UNPROCESSABLE_ENTITY, page, &self.framing)
    }

    /// The merchant acting now, for the record of what was done.
    #[must_use]
    pub fn act(&self) -> Act {
        Act { shop: self.shop.id, actor: self.actor(), now: self.app.clock.now() }
    }

    /// Who is to be named in the record.
    #[must_use]
    pub fn actor(&self) -> Actor {
        let staff = self.staff.as_deref().and_then(|id| id.parse().ok());
        staff.map_or(Actor::Merchant, Actor::Staff)
    }

    /// The shop's currency; US dollars until Shopify or the first order tells.
    #[must_use]
    pub fn currency(&self) -> Currency {
        self.shop.currency.unwrap_or(Currency::USD)
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

    /// The shop's currency; US dollars until Shopify or the first order tells.
    #[must_use]
    pub fn currency(&self) -> Currency {
        self.shop.currency.unwrap_or(Currency::USD)
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

    /// The affiliate acting now, for the record of what was done.
    #[must_use]
    pub fn act(&self) -> Act {
        let actor = Actor::Affiliate(self.affiliate.number);
        Act { shop: self.shop.id, actor, now: self.app.clock.now() }
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
    let query = Fields::of_whole_query(request);
    let (token, proof) = match &bearer {
        Some(token) => (Some(token.as_str()), AdminProof::Bearer),
        None => (query.given("id_token"), AdminProof::Address),
    };
    let now = app.clock.now();
    let refusal = || embedded::refusal(&app, request, bearer.is_some());
    let token = token.ok_or_else(refusal)?;
    let session = app.session_tokens.verify(token, now).map_err(|_refused| refusal())?;
    let shop = admitted(&app, session.shop.as_str()).await?;
    connect(&app, &shop, token).await.map_err(|_refused| refusal())?;
    let framing =
        Framing::Admin { shop: shop.domain.clone(), api_key: app.settings.shopify_api_key.clone() };
    request.extensions_mut().insert(framing.clone());
    Ok(known_shop(app, shop, Some(session.user_id), framing, proof)?)
}

/// The shop of a verified token; a new one, or one that comes back, is stored.
async fn admitted(app: &App, domain: &str) -> Result<Shop, AppError> {
    let asked = domain.to_owned();
    let found = app.storage.read(move |conn| shops::shop_by_domain(conn, &asked)).await?;
    if let Some(shop) = found.filter(|shop| shop.uninstalled_at.is_none()) {
        return Ok(shop);
    }
    let (asked, now) = (domain.to_owned(), app.clock.now());
    Ok(app.storage.write(move |tx| welcome_shop(tx, &asked, now)).await?)
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

/// To another address, instead of what was asked for.
pub(super) fn redirect(location: &str) -> Error {
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
