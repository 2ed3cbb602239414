//! The merchant's rules for affiliates' postbacks.

use actix_web::{HttpRequest, HttpResponse, web::Bytes};
use domain::shop::PostbackRules;

use super::desk::Desk;
use crate::{
    error::AppError, flows::change_settings::change_postback_rules, web::pages::see_other,
};

/// `POST {postbacks}/rules`.
///
/// # Errors
/// [`AppError`]; not found for an affiliate.
pub async fn save(desk: Desk, request: HttpRequest, body: Bytes) -> Result<HttpResponse, AppError> {
    desk.needs_merchant()?;
    let fields = desk.form(&request, &body)?;
    let rules = PostbackRules {
        approval_required: fields.is_on("approval_required"),
        customer_hash_allowed: fields.is_on("customer_hash_allowed"),
        goals_enabled: fields.is_on("goals_enabled"),
    };
    let shop = desk.shop.id;
    desk.app.storage.write(move |tx| change_postback_rules(tx, shop, rules.clone())).await?;
    Ok(see_other(&format!("{}?done=rules", desk.place().postbacks)))
}
