//! The discount codes of a program: what they save, who gets one by itself, and their end.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Bytes, Path},
};
use domain::{
    money::{BasisPoints, Money},
    plan::Feature,
};
use storage::{
    StorageError,
    programs::{Program, program_by_number},
    shop_codes::{DiscountState, ProgramDiscount, program_discount},
};

use crate::{
    error::AppError,
    flows::codes::{CodeError, DiscountDraft, save_discount, stop_discount},
    web::{
        auth::{ADMIN_BASE, AdminShop},
        display::sentence,
        forms::Fields,
        pages::see_other,
        view::{
            admin::{
                Section,
                program_codes::{DiscountForm, ProgramCodesPage, Running},
            },
            form::Field,
            parts::{Notice, Tone},
        },
    },
};

/// `GET {base}/programs/{number}/codes`.
///
/// # Errors
/// [`AppError`]; not found without such a program.
pub async fn page(
    shop: AdminShop,
    path: Path<i64>,
    request: HttpRequest,
) -> Result<HttpResponse, AppError> {
    let text = match Fields::of_query(&request).value("done") {
        "saved" => Some("Saved. Give affiliates their codes on their own pages."),
        "stopping" => Some("The codes are being stopped at Shopify. They go on crediting orders."),
        _ => None,
    };
    let notice = text.map(|text| Notice { tone: Tone::Good, text: text.to_owned() });
    let (program, discount) = read(&shop, path.into_inner()).await?;
    shop.show(page_of(&shop, &program, discount.as_ref(), notice))
}

/// `POST {base}/programs/{number}/codes`.
///
/// # Errors
/// [`AppError`]; not found without such a program.
pub async fn save(
    shop: AdminShop,
    path: Path<i64>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    let sent = shop.form(&request, &body)?;
    let (program, discount) = read(&shop, path.into_inner()).await?;
    let draft = DiscountDraft {
        kind: sent.value("kind").to_owned(),
        value: sent.value("value").to_owned(),
        once_per_customer: sent.is_on("once"),
        is_automatic: sent.is_on("automatic"),
    };
    let form = |error: Option<String>| DiscountForm {
        is_amount: draft.kind == "amount",
        value: Field { value: draft.value.clone(), error, warning: None },
        once_per_customer: draft.once_per_customer,
        is_automatic: draft.is_automatic,
    };
    if let Some(notice) = shop.paywall_notice(Feature::ShopCodes).await? {
        let page = page_of(&shop, &program, discount.as_ref(), Some(notice));
        return shop.show_refused(ProgramCodesPage { form: form(None), ..page });
    }
    let (act, currency, id, wanted) = (shop.act(), shop.currency(), program.id, draft.clone());
    let saved =
        shop.app.storage.write(move |tx| save_discount(tx, act, id, currency, &wanted)).await;
    match saved {
        Ok(()) => {
            Ok(see_other(&format!("{ADMIN_BASE}/programs/{}/codes?done=saved", program.number)))
        }
        Err(CodeError::Refused(error)) => {
            let page = page_of(&shop, &program, discount.as_ref(), None);
            let form = form(Some(sentence(&error.message)));
            shop.show_refused(ProgramCodesPage { form, ..page })
        }
        Err(CodeError::NoDiscount) => Err(AppError::NotFound),
        Err(CodeError::Storage(error)) => Err(error.into()),
    }
}

/// `POST {base}/programs/{number}/codes/stop`.
///
/// # Errors
/// [`AppError`]; not found without such a program, or without codes.
pub async fn stop(
    shop: AdminShop,
    path: Path<i64>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    shop.form(&request, &body)?;
    let (program, _) = read(&shop, path.into_inner()).await?;
    let (act, id) = (shop.act(), program.id);
    match shop.app.storage.write(move |tx| stop_discount(tx, act, id)).await {
        Ok(()) => {
            Ok(see_other(&format!("{ADMIN_BASE}/programs/{}/codes?done=stopping", program.number)))
        }
        Err(CodeError::Storage(error)) => Err(error.into()),
        Err(CodeError::NoDiscount | CodeError::Refused(_)) => Err(AppError::NotFound),
    }
}

async fn read(
    shop: &AdminShop,
    number: i64,
) -> Result<(Program, Option<ProgramDiscount>), AppError> {
    let id = shop.shop.id;
    let found = shop.app.storage.read(move |conn| {
        let program = program_by_number(conn, id, number)?.ok_or(StorageError::NotFound)?;
        let discount = program_discount(conn, id, program.id)?;
        Ok::<_, StorageError>((program, discount))
    });
    Ok(found.await?)
}

fn page_of(
    shop: &AdminShop,
    program: &Program,
    discount: Option<&ProgramDiscount>,
    notice: Option<Notice>,
) -> ProgramCodesPage {
    let running = discount.filter(|known| known.state != DiscountState::Ended);
    let amount = |minor: i64| Money::new(minor, shop.currency()).to_string();
    let percent = |points: i64| BasisPoints(points).to_string();
    ProgramCodesPage {
        frame: shop.frame(Section::Programs, notice),
        number: program.number.to_string(),
        name: program.name.clone(),
        currency: shop.currency().to_string(),
        running: running.map(|known| Running {
            saving: known.percent_bps.map(percent).or(known.amount_minor.map(amount)),
            title: known.title.clone(),
            once_per_customer: known.once_per_customer,
            is_ending: known.state == DiscountState::Ending,
            is_made: known.discount_gid.is_some(),
            problem: known.error.clone(),
        }),
        form: DiscountForm {
            is_automatic: discount.is_none_or(|known| known.is_automatic),
            ..DiscountForm::default()
        },
    }
}
