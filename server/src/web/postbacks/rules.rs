//! The merchant's rules for affiliates' postbacks, and where it is told of their pauses.

use actix_web::{HttpRequest, HttpResponse, web::Bytes};
use domain::{affiliate::normalise_email, shop::PostbackRules};

use super::{desk::Desk, list};
use crate::{
    error::AppError,
    flows::change_settings::{change_postback_rules, choose_contact},
    web::{forms::Fields, pages::see_other, view::form::Field},
};

/// `POST {postbacks}/rules`.
///
/// # Errors
/// [`AppError`]; not found for an affiliate.
pub async fn save(desk: Desk, request: HttpRequest, body: Bytes) -> Result<HttpResponse, AppError> {
    desk.needs_merchant()?;
    let fields = desk.form(&request, &body)?;
    let email = fields.value("contact_email");
    if !email.is_empty() && normalise_email(email).is_none() {
        let error = Some("Enter an e-mail address, such as you@example.com.".to_owned());
        let refused = Field { value: email.to_owned(), error, ..Field::default() };
        return list::show(&desk, &Fields::default(), Some(refused)).await;
    }
    let email = fields.given("contact_email").map(str::to_owned);
    let rules = PostbackRules {
        approval_required: fields.is_on("approval_required"),
        customer_hash_allowed: fields.is_on("customer_hash_allowed"),
        goals_enabled: fields.is_on("goals_enabled"),
    };
    let act = desk.act();
    desk.app
        .storage
        .write(move |tx| {
            choose_contact(tx, act, email.as_deref())?;
            change_postback_rules(tx, act.shop, rules.clone())
        })
        .await?;
    Ok(see_other(&format!("{}?done=rules", desk.place().postbacks)))
}
