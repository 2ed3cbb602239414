//! Where something new is begun that not every plan brings: a page that says what the plan brings and
//! where it is chosen, or, over a form that is filled in already, a sentence, so that nothing typed is
//! lost. Nothing that runs passes here. Not here: what a plan brings (`domain::plan`).

use actix_web::{HttpResponse, http::StatusCode};
use domain::plan::Feature;

use super::{
    admin::plan,
    auth::AdminShop,
    view::parts::{Notice, Tone},
};
use crate::{
    error::AppError,
    flows::plans::{Entitlement, entitlement},
};

impl AdminShop {
    /// What the shop's plan brings.
    ///
    /// # Errors
    /// [`AppError`].
    pub async fn entitlement(&self) -> Result<Entitlement, AppError> {
        let (id, sells_plans) = (self.shop.id, self.sells_plans());
        Ok(self.app.storage.read(move |conn| entitlement(conn, id, sells_plans)).await?)
    }

    /// Whether plans are sold to this shop; the demo is nobody's customer.
    #[must_use]
    pub fn sells_plans(&self) -> bool {
        !self.app.is_demo && self.app.settings.sells_plans()
    }

    /// The page in place of one that begins something which the plan does not bring.
    ///
    /// # Errors
    /// [`AppError`].
    pub async fn paywall(&self, feature: Feature) -> Result<Option<HttpResponse>, AppError> {
        let entitlement = self.entitlement().await?;
        if entitlement.brings(feature) {
            return Ok(None);
        }
        let page = plan::page_of(self, &entitlement, Some(feature), None);
        let mut answer = self.show(page)?;
        *answer.status_mut() = StatusCode::PAYMENT_REQUIRED;
        Ok(Some(answer))
    }

    /// The sentence over a form that begins something which the plan does not bring.
    ///
    /// # Errors
    /// [`AppError`].
    pub async fn paywall_notice(&self, feature: Feature) -> Result<Option<Notice>, AppError> {
        let is_open = self.entitlement().await?.brings(feature);
        Ok((!is_open).then(|| Notice {
            tone: Tone::Warning,
            text: format!(
                "{} come with the plan {}. Nothing was saved yet, and what you entered is still \
                 here: choose a plan under Settings, Plan, then save again.",
                plan::words(feature).0,
                feature.plan().name()
            ),
        }))
    }
}
