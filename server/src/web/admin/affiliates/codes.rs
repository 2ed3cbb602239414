//! An affiliate's discount codes that are made in Shopify: given and taken away.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Bytes, Path},
};
use domain::{ids::AffiliateId, plan::Feature};
use storage::{
    DbConn, StorageError,
    affiliates::Affiliate,
    installations::installation,
    programs::program_by_id,
    shop_codes::{CodeState, DiscountState, ShopCode, program_discount, shop_codes_of},
};

use super::profile::page_of;
use crate::{
    error::AppError,
    flows::codes::{CodeError, give_code, take_code},
    web::{
        auth::{ADMIN_BASE, AdminShop},
        display::sentence,
        pages::see_other,
        view::{
            admin::affiliates::profile::{CodeRow, CodesCard},
            form::Field,
            parts::{Badge, Tone},
        },
    },
};

/// Codes that are shown.
const CODES_MAX: i64 = 50;

/// `POST {base}/affiliates/{id}/codes` with `code`.
///
/// # Errors
/// [`AppError`]; not found for another shop's affiliate.
pub async fn give(
    shop: AdminShop,
    path: Path<i64>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    let sent = shop.form(&request, &body)?;
    if let Some(paywall) = shop.paywall(Feature::ShopCodes).await? {
        return Ok(paywall);
    }
    let id = AffiliateId(path.into_inner());
    let (act, code) = (shop.act(), sent.value("code").to_owned());
    match shop.app.storage.write(move |tx| give_code(tx, act, id, &code)).await {
        Ok(()) => Ok(see_other(&format!("{ADMIN_BASE}/affiliates/{id}?done=code"))),
        Err(CodeError::Refused(error)) => {
            let mut page = page_of(&shop, id, None, None).await?;
            page.codes.field = Field {
                value: sent.value("code").to_owned(),
                error: Some(sentence(&error.message)),
                warning: None,
            };
            shop.show_refused(page)
        }
        Err(CodeError::NoDiscount) => {
            Err(AppError::BadRequest("The program's codes are not set up.".to_owned()))
        }
        Err(CodeError::Storage(error)) => Err(error.into()),
    }
}

/// `POST {base}/affiliates/{id}/codes/remove` with `code`.
///
/// # Errors
/// [`AppError`]; not found for a code that the affiliate does not have.
pub async fn take(
    shop: AdminShop,
    path: Path<i64>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    let sent = shop.form(&request, &body)?;
    let id = AffiliateId(path.into_inner());
    let (act, code) = (shop.act(), sent.value("code").to_owned());
    shop.app.storage.write(move |tx| take_code(tx, act, id, &code)).await?;
    Ok(see_other(&format!("{ADMIN_BASE}/affiliates/{id}?done=code-taken")))
}

/// What is known of an affiliate's codes, for its page.
pub(super) fn card(
    conn: &mut DbConn,
    affiliate: &Affiliate,
    coupons: &[String],
) -> Result<CodesCard, StorageError> {
    let shop = affiliate.shop_id;
    let program = program_by_id(conn, shop, affiliate.program_id)?;
    let discount = program_discount(conn, shop, affiliate.program_id)?;
    let discount = discount.filter(|known| known.state == DiscountState::Active);
    let codes = shop_codes_of(conn, shop, affiliate.id, CODES_MAX)?;
    let connection = installation(conn, shop)?;
    let is_connected = connection.is_some_and(|it| it.is_connected && it.token.is_some());
    let is_ours = |coupon: &str| codes.iter().any(|one| one.code.eq_ignore_ascii_case(coupon));
    Ok(CodesCard {
        program: program.map(|program| program.number.to_string()).unwrap_or_default(),
        is_set_up: discount.is_some(),
        problem: discount.and_then(|discount| discount.error),
        others: coupons.iter().filter(|coupon| !is_ours(coupon)).cloned().collect(),
        codes: codes.iter().map(|code| row(code, is_connected)).collect(),
        field: Field::default(),
    })
}

fn row(code: &ShopCode, is_connected: bool) -> CodeRow {
    let (text, tone) = match code.state {
        CodeState::Wanted if is_connected => ("Being made", Tone::Info),
        CodeState::Wanted => ("Waits for the connection to Shopify", Tone::Warning),
        CodeState::Live => ("In your shop", Tone::Good),
        CodeState::Refused => ("Refused", Tone::Bad),
        CodeState::Unwanted => ("Being taken away", Tone::Neutral),
    };
    CodeRow {
        code: code.code.clone(),
        status: Badge { text: text.to_owned(), tone },
        error: code.error.clone(),
        can_take: code.state != CodeState::Unwanted,
    }
}
