//! The merchant's banners: list with counts, add, remove.

use std::collections::{BTreeMap, HashMap};

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Bytes, Path},
};
use domain::ids::{CreativeId, ProgramId};
use storage::{
    StorageError,
    creatives::{Creative, creative_delete, creative_list, creative_sums},
    programs::program_list,
};

use crate::{
    error::AppError,
    flows::{
        book_changes::day_number,
        save_creative::{
            CREATIVES_MAX, CreativeDraft, CreativeError, PICTURE_BYTES_MAX, add_creative,
        },
    },
    web::{
        auth::{ADMIN_BASE, AdminShop},
        display::{count, sentence_start},
        forms::Fields,
        pages::see_other,
        view::{
            admin::{
                Section,
                creatives::{Banner, CreativeForm, CreativesPage},
            },
            form::{Choice, Field},
            parts::{Notice, Tone},
        },
    },
};

/// Largest form that is read: a picture and a few fields.
pub const FORM_BYTES_MAX: usize = PICTURE_BYTES_MAX + 64 * 1024;
const PROGRAMS_MAX: i64 = 200;
/// Days that are counted.
const DAYS: i64 = 30;

/// `GET {base}/creatives`.
///
/// # Errors
/// [`AppError`].
pub async fn page(shop: AdminShop, request: HttpRequest) -> Result<HttpResponse, AppError> {
    let text = match Fields::of_query(&request).value("done") {
        "added" => Some("Added. Your affiliates see it now."),
        "removed" => Some("Removed. Copies on affiliates' sites show nothing any more."),
        _ => None,
    };
    let notice = text.map(|text| Notice { tone: Tone::Good, text: text.to_owned() });
    let page = read(&shop, &CreativeDraft::default(), notice).await?;
    shop.show(page)
}

/// `POST {base}/creatives/new`.
///
/// # Errors
/// [`AppError`].
pub async fn create(
    shop: AdminShop,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    let upload = shop.upload(&request, &body)?;
    let value = |name: &str| upload.fields.value(name).to_owned();
    let draft = CreativeDraft {
        name: value("name"),
        target: value("target"),
        program: value("program"),
        image_url: value("image_url"),
        width: value("width"),
        height: value("height"),
        file: upload.file.clone(),
    };
    let (id, now, saving) = (shop.shop.id, shop.app.clock.now(), draft.clone());
    match shop.app.storage.write(move |tx| add_creative(tx, id, &saving, now)).await {
        Ok(_) => Ok(see_other(&format!("{ADMIN_BASE}/creatives?done=added"))),
        Err(CreativeError::Storage(error)) => Err(error.into()),
        Err(refused) => {
            let mut page = read(&shop, &draft, None).await?;
            let text = Some(sentence_start(&refused.to_string()));
            let form = &mut page.form;
            let field = match refused.field() {
                "target" => &mut form.target,
                "program" => &mut form.program,
                "picture" => &mut form.picture,
                "image_url" => &mut form.image_url,
                "width" => &mut form.width,
                _ => &mut form.name,
            };
            field.error = text;
            shop.show_refused(page)
        }
    }
}

/// `POST {base}/creatives/{id}/remove`.
///
/// # Errors
/// [`AppError`]; not found for another shop's.
pub async fn remove(
    shop: AdminShop,
    path: Path<i64>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    shop.form(&request, &body)?;
    let (id, now, creative) = (shop.shop.id, shop.app.clock.now(), CreativeId(path.into_inner()));
    shop.app.storage.write(move |tx| creative_delete(tx, id, creative, now)).await?;
    Ok(see_other(&format!("{ADMIN_BASE}/creatives?done=removed")))
}

/// Address of a banner's picture.
#[must_use]
pub fn picture_url(app_url: &str, creative: &Creative) -> String {
    let own = || format!("{app_url}/banners/{}", creative.id);
    creative.image_url.clone().unwrap_or_else(own)
}

async fn read(
    shop: &AdminShop,
    typed: &CreativeDraft,
    notice: Option<Notice>,
) -> Result<CreativesPage, AppError> {
    let id = shop.shop.id;
    let first_day = day_number(shop.app.clock.now()).saturating_sub(DAYS - 1);
    let limit = i64::try_from(CREATIVES_MAX).unwrap_or(i64::MAX);
    let (creatives, sums, programs) = shop
        .app
        .storage
        .read(move |conn| {
            let creatives = creative_list(conn, id, None, limit)?;
            let sums = creative_sums(conn, id, None, first_day, limit)?;
            Ok::<_, StorageError>((creatives, sums, program_list(conn, id, PROGRAMS_MAX)?))
        })
        .await?;
    let names: HashMap<ProgramId, &str> =
        programs.iter().map(|program| (program.id, program.name.as_str())).collect();
    let field = |value: &str| Field { value: value.to_owned(), ..Field::default() };
    Ok(CreativesPage {
        frame: shop.frame(Section::Creatives, notice),
        banners: creatives.iter().map(|one| banner(one, &sums, &names)).collect(),
        form: CreativeForm {
            name: field(&typed.name),
            target: field(&typed.target),
            programs: programs
                .iter()
                .map(|program| Choice {
                    value: program.id.to_string(),
                    label: program.name.clone(),
                    is_chosen: typed.program == program.id.to_string(),
                })
                .collect(),
            program: field(&typed.program),
            picture: Field::default(),
            image_url: field(&typed.image_url),
            width: field(&typed.width),
            height: field(&typed.height),
        },
    })
}

fn banner(
    creative: &Creative,
    sums: &BTreeMap<CreativeId, (i64, i64)>,
    programs: &HashMap<ProgramId, &str>,
) -> Banner {
    let (impressions, clicks) = sums.get(&creative.id).copied().unwrap_or_default();
    let program = creative.program_id.and_then(|id| programs.get(&id).copied());
    Banner {
        id: creative.id.to_string(),
        name: creative.name.clone(),
        size: format!("{} × {}", creative.width, creative.height),
        preview: creative.image_url.is_none().then(|| picture_url("", creative)),
        width: creative.width,
        height: creative.height,
        target: creative.target_path.clone(),
        program: program.unwrap_or("Every program").to_owned(),
        impressions: count(impressions),
        clicks: count(clicks),
    }
}
