//! At whose desk a request arrives: whose postbacks it is about, who sits there, and in which chrome
//! the answer is shown. Read from the address and the caller's proof, never from the form.
//!
//! ```text
//! /portal/{shop}/postbacks           an affiliate at its own desk
//! /admin/postbacks                   the merchant, for its own system
//! /admin/affiliates/{affiliate}/postbacks   the merchant, for an affiliate
//! ```

use std::{future::Future, pin::Pin};

use actix_web::{
    Error, FromRequest, HttpRequest, HttpResponse,
    dev::Payload,
    http::StatusCode,
    web::{Bytes, Data},
};
use askama::Template;
use domain::{
    ids::{AffiliateId, FiringId, PostbackId},
    plan::Feature,
    shop::ShopSettings,
};
use storage::{
    affiliates::{Affiliate, affiliate_by_id},
    postbacks::Owner,
    shops::Shop,
};

use crate::{
    app::App,
    error::AppError,
    flows::record_activity::Act,
    web::{
        auth::{ADMIN_BASE, AdminShop, PortalAffiliate},
        display::Zone,
        forms::Fields,
        log_rows::Reader,
        view::{admin, parts::Notice, portal, postbacks::Place},
    },
};

/// Whose postbacks, and who asks.
pub struct Desk {
    /// The process.
    pub app: Data<App>,
    /// The shop.
    pub shop: Shop,
    /// Its settings.
    pub settings: ShopSettings,
    /// Its time zone.
    pub zone: Zone,
    /// Whose postbacks these pages are about.
    pub owner: Owner,
    /// The affiliate whose they are, where they are one's.
    pub affiliate: Option<Affiliate>,
    side: Side,
}

/// Who sits there.
enum Side {
    Affiliate(Box<PortalAffiliate>),
    Merchant(Box<AdminShop>),
}

/// An entry of the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// The postbacks.
    Postbacks,
    /// What they sent.
    Log,
    /// The merchant's programs.
    Programs,
}

/// What a page looks like around its piece.
pub struct Around {
    /// Title of the document.
    pub heading: String,
    /// Marked in the navigation.
    pub section: Section,
    /// Uses the whole width.
    pub is_wide: bool,
    /// What was just done.
    pub notice: Option<Notice>,
}

impl Around {
    /// A page of ordinary width without a notice.
    #[must_use]
    pub fn new(heading: impl Into<String>, section: Section) -> Self {
        Self { heading: heading.into(), section, is_wide: false, notice: None }
    }

    /// The same in the whole width.
    #[must_use]
    pub fn wide(self) -> Self {
        Self { is_wide: true, ..self }
    }

    /// The same with a notice.
    #[must_use]
    pub fn with(self, notice: Option<Notice>) -> Self {
        Self { notice, ..self }
    }
}

impl Desk {
    /// Whether the merchant sits here.
    #[must_use]
    pub const fn is_merchant(&self) -> bool {
        matches!(self.side, Side::Merchant(_))
    }

    /// The page in place of one that begins what the shop's plan does not bring: the merchant's own
    /// postbacks. Affiliates are never asked to pay.
    ///
    /// # Errors
    /// [`AppError`].
    pub async fn paywall(&self) -> Result<Option<HttpResponse>, AppError> {
        match (&self.side, self.owner) {
            (Side::Merchant(shop), Owner::Merchant) => shop.paywall(Feature::OwnPostbacks).await,
            _ => Ok(None),
        }
    }

    /// As [`Desk::paywall`], over a form that is filled in.
    ///
    /// # Errors
    /// [`AppError`].
    pub async fn paywall_notice(&self) -> Result<Option<Notice>, AppError> {
        match (&self.side, self.owner) {
            (Side::Merchant(shop), Owner::Merchant) => {
                shop.paywall_notice(Feature::OwnPostbacks).await
            }
            _ => Ok(None),
        }
    }

    /// Who acts now, for the record of what was done.
    #[must_use]
    pub fn act(&self) -> Act {
        match &self.side {
            Side::Affiliate(who) => who.act(),
            Side::Merchant(shop) => shop.act(),
        }
    }

    /// Addresses and the token that pieces need.
    #[must_use]
    pub fn place(&self) -> Place {
        let base = match &self.side {
            Side::Affiliate(who) => who.base(),
            Side::Merchant(_) => ADMIN_BASE.to_owned(),
        };
        let postbacks = match (&self.side, self.owner) {
            (Side::Merchant(_), Owner::Affiliate(id)) => {
                format!("{base}/affiliates/{id}/postbacks")
            }
            _ => format!("{base}/postbacks"),
        };
        Place {
            csrf: self.csrf(),
            base,
            postbacks,
            is_merchant: self.is_merchant(),
            affiliate: self.affiliate.as_ref().map(|one| one.name.clone()),
        }
    }

    /// The log as this side may see it: the merchant sees everything of the shop.
    #[must_use]
    pub fn reader(&self) -> Reader {
        let affiliate = match &self.side {
            Side::Affiliate(who) => Some(who.affiliate.id),
            Side::Merchant(_) => None,
        };
        Reader { shop: self.shop.id, affiliate, zone: self.zone.clone() }
    }

    /// Whose firings this side may send again; none: everybody's of the shop.
    #[must_use]
    pub fn replays(&self) -> Option<Owner> {
        match &self.side {
            Side::Affiliate(who) => Some(who.owner()),
            Side::Merchant(_) => None,
        }
    }

    /// A page around a piece.
    ///
    /// # Errors
    /// [`AppError::Internal`] when it cannot be rendered.
    pub fn show(&self, around: Around, piece: impl Template) -> Result<HttpResponse, AppError> {
        self.answer(StatusCode::OK, around, piece)
    }

    /// As [`Desk::show`], for a form that was refused.
    ///
    /// # Errors
    /// [`AppError::Internal`] when it cannot be rendered.
    pub fn show_refused(
        &self,
        around: Around,
        piece: impl Template,
    ) -> Result<HttpResponse, AppError> {
        self.answer(StatusCode::UNPROCESSABLE_ENTITY, around, piece)
    }

    /// As [`Desk::show`], with any status.
    ///
    /// # Errors
    /// [`AppError::Internal`] when it cannot be rendered.
    pub fn answer(
        &self,
        status: StatusCode,
        around: Around,
        piece: impl Template,
    ) -> Result<HttpResponse, AppError> {
        let piece = piece.render().map_err(|error| AppError::Internal(error.into()))?;
        let Around { heading, section, is_wide, notice } = around;
        let mut answer = match &self.side {
            Side::Affiliate(who) => {
                let section = match section {
                    Section::Postbacks => portal::Section::Postbacks,
                    Section::Log => portal::Section::Log,
                    // No page of an affiliate is there.
                    Section::Programs => portal::Section::Overview,
                };
                let frame = who.frame(section, notice);
                who.show(portal::PiecePage { frame, heading, is_wide, piece })
            }
            Side::Merchant(shop) => {
                let section = match (section, self.owner) {
                    (Section::Log, _) => admin::Section::Log,
                    (Section::Programs, _) => admin::Section::Programs,
                    (Section::Postbacks, Owner::Merchant) => admin::Section::Postbacks,
                    (Section::Postbacks, Owner::Affiliate(_)) => admin::Section::Affiliates,
                };
                let frame = shop.frame(section, notice);
                shop.show(admin::PiecePage { frame, heading, is_wide, piece })
            }
        }?;
        *answer.status_mut() = status;
        Ok(answer)
    }

    /// The fields of a form that one of our own pages made.
    ///
    /// # Errors
    /// [`AppError::StaleForm`].
    pub fn form(&self, request: &HttpRequest, body: &Bytes) -> Result<Fields, AppError> {
        match &self.side {
            Side::Affiliate(who) => who.form(request, body),
            Side::Merchant(shop) => shop.form(request, body),
        }
    }

    fn csrf(&self) -> String {
        match &self.side {
            Side::Affiliate(who) => who.frame(portal::Section::Postbacks, None).csrf,
            Side::Merchant(shop) => shop.frame(admin::Section::Postbacks, None).csrf,
        }
    }

    /// What the merchant alone may do.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for an affiliate.
    pub const fn needs_merchant(&self) -> Result<(), AppError> {
        if self.is_merchant() { Ok(()) } else { Err(AppError::NotFound) }
    }
}

impl FromRequest for Desk {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        if request.path().starts_with(ADMIN_BASE) {
            let shop = AdminShop::from_request(request, payload);
            let affiliate = request.match_info().get("affiliate").map(str::to_owned);
            Box::pin(async move { merchants_desk(shop.await?, affiliate).await })
        } else {
            let who = PortalAffiliate::from_request(request, payload);
            Box::pin(async move { affiliates_desk(who.await?) })
        }
    }
}

fn affiliates_desk(who: PortalAffiliate) -> Result<Desk, Error> {
    who.needs_postbacks()?;
    Ok(Desk {
        app: who.app.clone(),
        shop: who.shop.clone(),
        settings: who.settings.clone(),
        zone: who.zone.clone(),
        owner: who.owner(),
        affiliate: Some(who.affiliate.clone()),
        side: Side::Affiliate(Box::new(who)),
    })
}

async fn merchants_desk(shop: AdminShop, affiliate: Option<String>) -> Result<Desk, Error> {
    let affiliate = match affiliate {
        None => None,
        Some(text) => {
            let id = AffiliateId(text.parse().map_err(|_no_number| AppError::NotFound)?);
            let of = shop.shop.id;
            let found = shop.app.storage.read(move |conn| affiliate_by_id(conn, of, id)).await;
            Some(found.map_err(AppError::from)?.ok_or(AppError::NotFound)?)
        }
    };
    Ok(Desk {
        app: shop.app.clone(),
        shop: shop.shop.clone(),
        settings: shop.settings.clone(),
        zone: shop.zone.clone(),
        owner: affiliate.as_ref().map_or(Owner::Merchant, |one| Owner::Affiliate(one.id)),
        affiliate,
        side: Side::Merchant(Box::new(shop)),
    })
}

/// The postback that an address names.
///
/// # Errors
/// [`AppError::NotFound`] when it names none.
pub fn postback_in(request: &HttpRequest) -> Result<PostbackId, AppError> {
    id_in(request, "postback").map(PostbackId)
}

/// The firing that an address names.
///
/// # Errors
/// [`AppError::NotFound`] when it names none.
pub fn firing_in(request: &HttpRequest) -> Result<FiringId, AppError> {
    id_in(request, "firing").map(FiringId)
}

pub(super) fn id_in(request: &HttpRequest, name: &str) -> Result<i64, AppError> {
    let text = request.match_info().get(name).ok_or(AppError::NotFound)?;
    text.parse().map_err(|_no_number| AppError::NotFound)
}
