//! Asks the Partner API which plan a shop pays for, where the operator has given us a key to it.

use secrecy::ExposeSecret as _;
use shopify::{
    graphql::{Operation as _, read_answer},
    partner::{PaidPlan, ReadPlan},
};
use storage::shops::shop_by_id;

use super::{AdminApi, AdminError, ShopAddress};

/// Largest answer that is read.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

impl AdminApi {
    /// The plan of the listing that a shop pays for; none without one, or without a key.
    ///
    /// # Errors
    /// [`AdminError`].
    pub async fn paid_plan(&self, shop: &ShopAddress) -> Result<Option<PaidPlan>, AdminError> {
        let Some(partner) = &self.0.partner else { return Ok(None) };
        let id = shop.id;
        let row = self.0.storage.read(move |conn| shop_by_id(conn, id)).await?;
        let Some(shop) = row.and_then(|row| row.shopify_shop_id) else { return Ok(None) };
        let ask = ReadPlan { app: partner.app_id, shop };
        let request = self
            .0
            .http
            .post(self.0.endpoints.partner(&partner.organisation))
            .header("x-shopify-access-token", partner.token.expose_secret())
            .json(&ask.body());
        let not_now = |error: reqwest::Error| AdminError::NotNow(error.without_url().to_string());
        let answer = request.send().await.map_err(not_now)?;
        let status = answer.status();
        if status.is_server_error() || status.as_u16() == 429 {
            return Err(AdminError::NotNow(format!("the Partner API answered {status}")));
        }
        if !status.is_success() {
            return Err(AdminError::Broken(format!("the Partner API answered {status}")));
        }
        let body = answer.bytes().await.map_err(not_now)?;
        if body.len() > ANSWER_BYTES_MAX {
            return Err(AdminError::Broken("a long answer of the Partner API".to_owned()));
        }
        let data = read_answer::<ReadPlan>(&body).0;
        let data = data.map_err(|error| AdminError::Broken(format!("Partner API: {error}")))?;
        ask.read(data).map_err(AdminError::Refused)
    }
}
