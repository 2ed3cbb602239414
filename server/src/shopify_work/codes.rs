//! Brings the codes of a program's discount at Shopify to where they should be. Every step looks first
//! what is there, so a lost answer is found again and nothing is made twice.

use std::collections::HashMap;

use domain::{
    affiliate::fold_code,
    ids::{ProgramId, ShopId},
    money::{BasisPoints, Money},
};
use shopify::admin::discounts::{
    AddCodes, CODES_MAX, CreateDiscount, DeactivateDiscount, DeleteCodes, FindCode, ListCodes,
    Saving,
};
use storage::{
    StorageError,
    shop_codes::{
        CodeState, DiscountState, ProgramDiscount, ShopCode, program_discount,
        program_discount_end, program_discount_told, shop_code_delete, shop_code_told,
        shop_codes_in_state,
    },
    shops::shop_by_id,
};

use crate::{
    admin_api::{AdminError, ShopAddress},
    app::App,
};

/// Codes that one task brings forward; the rest follow with its next run.
const BATCH: i64 = 250;
/// Pages of codes that are looked through for those to take away.
const PAGES_MAX: usize = 200;

/// Makes what is wanted, takes away what is not.
///
/// # Errors
/// [`AdminError`]; what Shopify refuses for good is written beside the code.
pub(super) async fn sync_codes(
    app: &App,
    shop: &ShopAddress,
    program: &str,
) -> Result<(), AdminError> {
    let program = program.parse().map(ProgramId);
    let program = program.map_err(|_no_number| AdminError::Broken("no program's id".to_owned()))?;
    let id = shop.id;
    let known = app.storage.read(move |conn| program_discount(conn, id, program)).await?;
    let Some(discount) = known else { return Ok(()) };
    match discount.state {
        DiscountState::Active => {
            take_away(app, shop, &discount).await?;
            make(app, shop, discount).await
        }
        DiscountState::Ending => end(app, shop, discount).await,
        DiscountState::Ended => Ok(()),
    }
}

async fn make(
    app: &App,
    shop: &ShopAddress,
    mut discount: ProgramDiscount,
) -> Result<(), AdminError> {
    loop {
        let wanted = codes(app, shop.id, discount.program_id, CodeState::Wanted).await?;
        let Some(first) = wanted.first() else { return Ok(()) };
        let gid = match discount.discount_gid.clone() {
            Some(gid) => gid,
            None => {
                let made = match create(app, shop, &discount, first).await {
                    Ok(made) => made,
                    Err(error) => return not_made(app, discount, error).await,
                };
                let Some(gid) = made else {
                    refuse(app, shop.id, first, TAKEN).await?;
                    continue;
                };
                discount.discount_gid = Some(gid.clone());
                told(app, &discount, Ok(gid.clone())).await?;
                gid
            }
        };
        if !add(app, shop, &gid, &wanted).await? {
            return Err(AdminError::NotNow("Shopify is still making the codes".to_owned()));
        }
    }
}

const TAKEN: &str = "This discount code exists already in your shop. Choose another one.";

/// Makes the discount with its first code. None when the code belongs to another discount.
async fn create(
    app: &App,
    shop: &ShopAddress,
    discount: &ProgramDiscount,
    first: &ShopCode,
) -> Result<Option<String>, AdminError> {
    let id = shop.id;
    let row = app.storage.read(move |conn| shop_by_id(conn, id)).await?;
    let currency = row.and_then(|row| row.currency);
    let saving = match (discount.percent_bps, discount.amount_minor, currency) {
        (Some(points), _, _) => Saving::Percent(BasisPoints(points)),
        (None, Some(minor), Some(currency)) => Saving::Amount(Money::new(minor, currency)),
        _ => return Err(AdminError::NotNow("the shop's currency is not known yet".to_owned())),
    };
    let ask = CreateDiscount {
        title: discount.title.clone(),
        code: first.code.clone(),
        saving,
        starts_at: app.clock.now(),
        once_per_customer: discount.once_per_customer,
    };
    match app.admin_api.call(shop, &ask).await {
        Ok(gid) => Ok(Some(gid)),
        // Somebody else's, or ours of which the answer was lost.
        Err(AdminError::Refused(errors)) if errors.has("TAKEN") => {
            let found = app.admin_api.call(shop, &FindCode { code: first.code.clone() }).await?;
            Ok(found.filter(|found| found.title == discount.title).map(|found| found.id))
        }
        Err(error) => Err(error),
    }
}

/// What stands in the way of the discount itself is said where it is set up.
async fn not_made(
    app: &App,
    discount: ProgramDiscount,
    error: AdminError,
) -> Result<(), AdminError> {
    told(app, &discount, Err(error.advice())).await?;
    Err(error)
}

async fn told(
    app: &App,
    discount: &ProgramDiscount,
    told: Result<String, String>,
) -> Result<(), StorageError> {
    let (shop, program) = (discount.shop_id, discount.program_id);
    app.storage
        .write(move |tx| {
            let told = told.as_ref().map(String::as_str).map_err(String::as_str);
            program_discount_told(tx, shop, program, told)
        })
        .await
}

/// Adds what is missing and looks what became of each. False while Shopify is not done.
async fn add(
    app: &App,
    shop: &ShopAddress,
    gid: &str,
    wanted: &[ShopCode],
) -> Result<bool, AdminError> {
    let mut missing = Vec::new();
    for code in wanted {
        match app.admin_api.call(shop, &FindCode { code: code.code.clone() }).await? {
            Some(found) if found.id == gid => live(app, shop.id, code).await?,
            Some(_) => refuse(app, shop.id, code, TAKEN).await?,
            None => missing.push(code.clone()),
        }
    }
    for some in missing.chunks(CODES_MAX) {
        let codes = some.iter().map(|code| code.code.clone()).collect();
        let ask = AddCodes { discount: gid.to_owned(), codes };
        match app.admin_api.call(shop, &ask).await {
            Ok(_job) => {}
            Err(error @ (AdminError::Refused(_) | AdminError::Denied(_))) => {
                for code in some {
                    refuse(app, shop.id, code, &error.advice()).await?;
                }
            }
            Err(error) => return Err(error),
        }
    }
    let mut is_done = true;
    for code in missing {
        match app.admin_api.call(shop, &FindCode { code: code.code.clone() }).await? {
            Some(found) if found.id == gid => live(app, shop.id, &code).await?,
            Some(_) => refuse(app, shop.id, &code, TAKEN).await?,
            None => {
                let state = app.storage.read({
                    let (id, program) = (shop.id, code.program_id);
                    move |conn| shop_codes_in_state(conn, id, program, CodeState::Wanted, BATCH)
                });
                let is_open = |one: &ShopCode| one.code_folded == code.code_folded;
                is_done &= !state.await?.iter().any(is_open);
            }
        }
    }
    Ok(is_done)
}

/// Takes away the codes that nobody should have any more.
async fn take_away(
    app: &App,
    shop: &ShopAddress,
    discount: &ProgramDiscount,
) -> Result<(), AdminError> {
    let unwanted = codes(app, shop.id, discount.program_id, CodeState::Unwanted).await?;
    if unwanted.is_empty() {
        return Ok(());
    }
    if let Some(gid) = &discount.discount_gid {
        let known = ids_of(app, shop, gid, &unwanted).await?;
        if !known.is_empty() {
            let ask = DeleteCodes { discount: gid.clone(), codes: known };
            app.admin_api.call(shop, &ask).await?;
        }
    }
    let (id, gone) = (shop.id, unwanted);
    app.storage
        .write(move |tx| {
            gone.iter().try_for_each(|code| shop_code_delete(tx, id, &code.code_folded))
        })
        .await?;
    Ok(())
}

/// Shopify's ids of some codes of a discount.
async fn ids_of(
    app: &App,
    shop: &ShopAddress,
    gid: &str,
    wanted: &[ShopCode],
) -> Result<Vec<String>, AdminError> {
    let folded: HashMap<&str, ()> =
        wanted.iter().map(|code| (code.code_folded.as_str(), ())).collect();
    let mut found = Vec::new();
    let mut after = None;
    for _ in 0..PAGES_MAX {
        let ask = ListCodes { discount: gid.to_owned(), after };
        let page = app.admin_api.call(shop, &ask).await?;
        let ours = page.codes.into_iter();
        found.extend(
            ours.filter(|code| folded.contains_key(fold_code(&code.code).as_str()))
                .map(|code| code.id),
        );
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    Ok(found)
}

async fn end(app: &App, shop: &ShopAddress, discount: ProgramDiscount) -> Result<(), AdminError> {
    if let Some(gid) = &discount.discount_gid {
        let ask = DeactivateDiscount { discount: gid.clone() };
        match app.admin_api.call(shop, &ask).await {
            // The merchant has deleted it at Shopify.
            Ok(()) | Err(AdminError::Refused(_)) => {}
            Err(error) => return Err(error),
        }
    }
    let now = app.clock.now();
    let (id, program) = (discount.shop_id, discount.program_id);
    Ok(app.storage.write(move |tx| program_discount_end(tx, id, program, now)).await?)
}

async fn codes(
    app: &App,
    shop: ShopId,
    program: ProgramId,
    state: CodeState,
) -> Result<Vec<ShopCode>, StorageError> {
    app.storage.read(move |conn| shop_codes_in_state(conn, shop, program, state, BATCH)).await
}

async fn live(app: &App, shop: ShopId, code: &ShopCode) -> Result<(), StorageError> {
    let folded = code.code_folded.clone();
    app.storage.write(move |tx| shop_code_told(tx, shop, &folded, None)).await
}

async fn refuse(app: &App, shop: ShopId, code: &ShopCode, why: &str) -> Result<(), StorageError> {
    let (folded, why) = (code.code_folded.clone(), why.to_owned());
    app.storage.write(move |tx| shop_code_told(tx, shop, &folded, Some(&why))).await
}
