//! Adding and changing an affiliate.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Bytes, Path},
};
use domain::ids::{AffiliateId, ProgramId};
use storage::{
    DbConn, StorageError,
    affiliates::{Affiliate, affiliate_by_id},
    coupons::coupons_of,
    profiles::{Profile, profile_of},
    programs::{Program, program_list},
};

use crate::{
    error::AppError,
    flows::save_affiliate::{
        AffiliateDraft, COUPONS_MAX, SaveAffiliateError, Seen, save_affiliate,
    },
    web::{
        auth::{ADMIN_BASE, AdminShop},
        display::sentence,
        forms::Fields,
        pages::see_other,
        view::{
            admin::{
                Section,
                affiliates::editor::{AffiliateEditorPage, AffiliateForm},
            },
            form::{Choice, Field},
        },
    },
};

const PROGRAMS_MAX: i64 = 200;

/// What the editor knows of an affiliate.
struct Loaded {
    affiliate: Affiliate,
    profile: Option<Profile>,
    coupons: Vec<String>,
    upline: Option<String>,
}

/// `GET {base}/affiliates/new`; `program` chooses one by its number.
///
/// # Errors
/// [`AppError`].
pub async fn new(shop: AdminShop, request: HttpRequest) -> Result<HttpResponse, AppError> {
    let programs = programs(&shop).await?;
    let wanted = Fields::of_query(&request).value("program").to_owned();
    let chosen = programs
        .iter()
        .find(|one| one.number.to_string() == wanted)
        .or(programs.first())
        .map(|one| one.id.to_string())
        .unwrap_or_default();
    let form = AffiliateForm { program: field(&chosen), ..AffiliateForm::default() };
    shop.show(editor(&shop, None, with_programs(form, &programs)))
}

/// `GET {base}/affiliates/{id}/edit`.
///
/// # Errors
/// [`AppError`]; not found for another shop's affiliate.
pub async fn edit(shop: AdminShop, path: Path<i64>) -> Result<HttpResponse, AppError> {
    let (id, affiliate) = (shop.shop.id, AffiliateId(path.into_inner()));
    let loaded = shop.app.storage.read(move |conn| load(conn, id, affiliate)).await?;
    let form = with_programs(form_of(&loaded), &programs(&shop).await?);
    shop.show(editor(&shop, Some(affiliate), form))
}

/// `POST {base}/affiliates/new`.
///
/// # Errors
/// [`AppError`].
pub async fn create(
    shop: AdminShop,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    submitted(&shop, None, &request, &body).await
}

/// `POST {base}/affiliates/{id}/edit`.
///
/// # Errors
/// [`AppError`]; not found for another shop's affiliate.
pub async fn update(
    shop: AdminShop,
    path: Path<i64>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    submitted(&shop, Some(AffiliateId(path.into_inner())), &request, &body).await
}

async fn submitted(
    shop: &AdminShop,
    id: Option<AffiliateId>,
    request: &HttpRequest,
    body: &Bytes,
) -> Result<HttpResponse, AppError> {
    let sent = shop.form(request, body)?;
    let draft = draft_of(&sent);
    let (act, prints) = (shop.act(), shop.app.fingerprints.clone());
    let saved =
        shop.app.storage.write(move |tx| save_affiliate(tx, &prints, act, id, &draft)).await;
    match saved {
        Ok(saved) => {
            let done = if id.is_some() { "saved" } else { "made" };
            Ok(see_other(&format!("{ADMIN_BASE}/affiliates/{}?done={done}", saved.id)))
        }
        Err(SaveAffiliateError::Refused(errors)) => {
            let mut form = with_programs(form_of_sent(&sent), &programs(shop).await?);
            if let Some(id) = id {
                let own = shop.shop.id;
                let now = shop.app.storage.read(move |conn| seen_of(conn, own, id)).await?;
                form.show_what_is_newer(&now);
            }
            for error in errors {
                let text = sentence(&error.message);
                form.field_mut(&error.field).error.get_or_insert(text);
            }
            shop.show_refused(editor(shop, id, form))
        }
        Err(SaveAffiliateError::Storage(error)) => Err(error.into()),
    }
}

fn load(
    conn: &mut DbConn,
    shop: domain::ids::ShopId,
    id: AffiliateId,
) -> Result<Loaded, StorageError> {
    let affiliate = affiliate_by_id(conn, shop, id)?.ok_or(StorageError::NotFound)?;
    let limit = i64::try_from(COUPONS_MAX).unwrap_or(i64::MAX);
    let upline = match affiliate.upline_id {
        Some(id) => affiliate_by_id(conn, shop, id)?.map(|upline| upline.code),
        None => None,
    };
    Ok(Loaded {
        profile: profile_of(conn, shop, id)?,
        coupons: coupons_of(conn, shop, id, limit)?.into_iter().map(|one| one.code).collect(),
        upline,
        affiliate,
    })
}

/// What the affiliate may have changed itself, as it is now.
fn seen_of(
    conn: &mut DbConn,
    shop: domain::ids::ShopId,
    id: AffiliateId,
) -> Result<Seen, StorageError> {
    let affiliate = affiliate_by_id(conn, shop, id)?.ok_or(StorageError::NotFound)?;
    Ok(Seen::of(&affiliate, profile_of(conn, shop, id)?.as_ref()))
}

async fn programs(shop: &AdminShop) -> Result<Vec<Program>, AppError> {
    let id = shop.shop.id;
    Ok(shop.app.storage.read(move |conn| program_list(conn, id, PROGRAMS_MAX)).await?)
}

fn draft_of(sent: &Fields) -> AffiliateDraft {
    let text = |name: &str| sent.value(name).to_owned();
    AffiliateDraft {
        name: text("name"),
        email: text("email"),
        code: text("code"),
        program: sent.value("program").parse().ok().map(ProgramId),
        coupons: codes(sent.value("coupons")),
        upline: text("upline"),
        shopify_customer_id: text("shopify_customer_id"),
        payout_method: text("payout_method"),
        payout_address: text("payout_address"),
        payout_currency: text("payout_currency"),
        payout_rate: text("payout_rate"),
        notes: text("notes"),
        tags: text("tags"),
        seen: sent.given("seen_name").map(|name| Seen {
            name: name.to_owned(),
            payout_method: text("seen_payout_method"),
            payout_address: text("seen_payout_address"),
        }),
    }
}

/// Codes between commas and line breaks, each once.
fn codes(text: &str) -> Vec<String> {
    let mut codes: Vec<String> = Vec::new();
    for code in text.split([',', ';', '\n', '\r']).map(str::trim).filter(|code| !code.is_empty()) {
        if !codes.iter().any(|known| known.eq_ignore_ascii_case(code)) {
            codes.push(code.to_owned());
        }
    }
    codes
}

fn form_of(loaded: &Loaded) -> AffiliateForm {
    let affiliate = &loaded.affiliate;
    let profile = |of: fn(&Profile) -> &str| field(loaded.profile.as_ref().map_or("", of));
    let optional = |text: Option<String>| field(&text.unwrap_or_default());
    AffiliateForm {
        name: field(&affiliate.name),
        email: field(&affiliate.email),
        code: field(&affiliate.code),
        program: field(&affiliate.program_id.to_string()),
        programs: Vec::new(),
        coupons: field(&loaded.coupons.join(", ")),
        upline: optional(loaded.upline.clone()),
        shopify_customer_id: optional(affiliate.shopify_customer_id.map(|id| id.to_string())),
        payout_method: profile(|known| known.payout_method.as_deref().unwrap_or_default()),
        payout_address: profile(|known| &known.payout_address),
        payout_currency: optional(affiliate.payout_currency.map(|known| known.to_string())),
        payout_rate: optional(affiliate.payout_rate.clone()),
        notes: profile(|known| &known.notes),
        tags: profile(|known| &known.tags),
        seen: Seen::of(affiliate, loaded.profile.as_ref()),
    }
}

fn form_of_sent(sent: &Fields) -> AffiliateForm {
    let same = |name: &str| field(sent.value(name));
    AffiliateForm {
        name: same("name"),
        email: same("email"),
        code: same("code"),
        program: same("program"),
        programs: Vec::new(),
        coupons: same("coupons"),
        upline: same("upline"),
        shopify_customer_id: same("shopify_customer_id"),
        payout_method: same("payout_method"),
        payout_address: same("payout_address"),
        payout_currency: same("payout_currency"),
        payout_rate: same("payout_rate"),
        notes: same("notes"),
        tags: same("tags"),
        seen: draft_of(sent).seen.unwrap_or_default(),
    }
}

fn with_programs(form: AffiliateForm, programs: &[Program]) -> AffiliateForm {
    let choice = |program: &Program| Choice {
        is_chosen: form.program.is(&program.id.to_string()),
        value: program.id.to_string(),
        label: program.name.clone(),
    };
    AffiliateForm { programs: programs.iter().map(choice).collect(), ..form }
}

fn editor(shop: &AdminShop, id: Option<AffiliateId>, form: AffiliateForm) -> AffiliateEditorPage {
    AffiliateEditorPage {
        frame: shop.frame(Section::Affiliates, None),
        id: id.map(|id| id.to_string()),
        currency: shop.currency().to_string(),
        form,
    }
}

fn field(value: &str) -> Field {
    Field { value: value.to_owned(), ..Field::default() }
}
