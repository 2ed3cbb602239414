//! Lists of postbacks (P2): an owner's own, and on the merchant's page everybody's (I12). Not here:
//! those of one program (`of_program`), what buttons do to one (`moves`).

use actix_web::{HttpRequest, HttpResponse, http::StatusCode};
use domain::{
    ids::{AffiliateId, ProgramId, ShopId},
    time::UtcTime,
};
use storage::{
    DbConn, StorageError,
    affiliates::affiliates_by_ids,
    contacts::{Contact, contact_of},
    notices::{Notice as Told, notices_of},
    pixels::{Approval, Pixel, pixels_of_affiliate},
    postbacks::{Owner, Postback, postbacks_of_shop},
    programs::program_list,
};

use super::{
    desk::{Around, Desk, Section},
    moves::done_notice,
    rows::{Names, is_for, row},
};
use crate::{
    error::AppError,
    flows::save_postback::{POSTBACKS_MAX, postbacks_of},
    web::{
        display::badge,
        forms::Fields,
        view::{
            form::{Choice, Field},
            parts::Tone,
            postbacks::list::{ContactForm, News, Overview, PixelRow, PostbackRow, Postbacks},
        },
    },
};

/// Affiliates' postbacks that one page lists.
pub(super) const OTHERS_SHOWN_MAX: usize = 200;
/// Postbacks and programs read for it.
pub(super) const READ_MAX: i64 = 5_000;
/// Days for which notices are shown.
const NOTICES_SHOWN_DAYS: i64 = 30;
/// Notices shown.
const NOTICES_SHOWN_MAX: i64 = 5;

/// What a list refers to.
struct Known {
    own: Vec<Postback>,
    others: Vec<Postback>,
    names: Names,
    notices: Vec<Told>,
    pixels: Vec<Pixel>,
    contact: Option<Contact>,
}

/// `GET {postbacks}`.
///
/// # Errors
/// [`AppError`].
pub async fn page(desk: Desk, request: HttpRequest) -> Result<HttpResponse, AppError> {
    show(&desk, &Fields::of_query(&request), None).await
}

/// The page, with an address that was refused, where one was.
pub(super) async fn show(
    desk: &Desk,
    query: &Fields,
    refused: Option<Field>,
) -> Result<HttpResponse, AppError> {
    let (shop, owner, is_merchant) = (desk.shop.id, desk.owner, desk.is_merchant());
    let with_others = is_merchant && owner == Owner::Merchant;
    let now = desk.app.clock.now();
    let known =
        desk.app.storage.read(move |conn| read(conn, shop, owner, with_others, now)).await?;
    let status = match refused {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let rows: Result<Vec<PostbackRow>, StorageError> =
        known.own.iter().map(|one| row(one, desk, &known.names)).collect();
    let news = |one: &Told| News { at: desk.zone.moment(one.at), words: one.words.clone() };
    let list = Postbacks {
        place: desk.place(),
        rows: rows?,
        is_full: known.own.len() >= POSTBACKS_MAX,
        notices: known.notices.iter().map(news).collect(),
        pixels: pixel_rows(desk, &known),
        overview: match with_others {
            true => Some(overview(desk, &known, query, refused)?),
            false => None,
        },
    };
    let around = Around::new("Postbacks", Section::Postbacks).wide().with(done_notice(query));
    desk.answer(status, around, list)
}

fn read(
    conn: &mut DbConn,
    shop: ShopId,
    owner: Owner,
    with_others: bool,
    now: UtcTime,
) -> Result<Known, StorageError> {
    let own = postbacks_of(conn, shop, owner)?;
    let mut others = match with_others {
        true => postbacks_of_shop(conn, shop, None, READ_MAX)?,
        false => Vec::new(),
    };
    others.retain(|one| one.affiliate_id.is_some());
    let people: Vec<AffiliateId> =
        own.iter().chain(&others).filter_map(|one| one.affiliate_id).collect();
    let since = now.plus_days(-NOTICES_SHOWN_DAYS);
    Ok(Known {
        notices: notices_of(conn, shop, owner, since, NOTICES_SHOWN_MAX)?,
        pixels: match owner {
            Owner::Affiliate(id) => pixels_of_affiliate(conn, shop, id, READ_MAX)?,
            Owner::Merchant => Vec::new(),
        },
        names: Names {
            people: affiliates_by_ids(conn, shop, &people)?,
            programs: program_list(conn, shop, READ_MAX)?,
        },
        contact: contact_of(conn, shop)?,
        own,
        others,
    })
}

/// Shown while the shop has pixels switched on, as their own page is.
fn pixel_rows(desk: &Desk, known: &Known) -> Vec<PixelRow> {
    if !desk.settings.facebook_pixel_enabled {
        return Vec::new();
    }
    let base = desk.place().base;
    let row = |pixel: &Pixel| PixelRow {
        number: pixel.number.clone(),
        href: match desk.is_merchant() {
            true => format!("{base}/pixels"),
            false => format!("{base}/pixels/{}", pixel.id),
        },
        health: match (pixel.is_enabled, pixel.approval) {
            (_, Approval::Pending) => badge("Waits for approval", Tone::Warning),
            (_, Approval::Rejected) => badge("Declined", Tone::Bad),
            (false, Approval::Approved) => badge("Off", Tone::Neutral),
            (true, Approval::Approved) => badge("Active", Tone::Good),
        },
        created: desk.zone.moment(pixel.created_at),
        updated: desk.zone.moment(pixel.updated_at),
    };
    known.pixels.iter().map(row).collect()
}

fn overview(
    desk: &Desk,
    known: &Known,
    query: &Fields,
    refused: Option<Field>,
) -> Result<Overview, StorageError> {
    let program = query.value("program").parse().ok().map(ProgramId);
    let mut others = Vec::new();
    let mut attention = Vec::new();
    for postback in &known.others {
        let is_unwell = postback.paused_at.is_some() || postback.failures_in_row > 0;
        if is_unwell && attention.len() < OTHERS_SHOWN_MAX {
            attention.push(row(postback, desk, &known.names)?);
        }
        if is_for(postback, program, &known.names)? {
            others.push(postback);
        }
    }
    let is_cut = others.len() > OTHERS_SHOWN_MAX;
    others.truncate(OTHERS_SHOWN_MAX);
    let rules = &desk.settings.postbacks;
    let every = Choice {
        value: String::new(),
        label: "Every program".to_owned(),
        is_chosen: program.is_none(),
    };
    let tabs = known.names.programs.iter().map(|one| Choice {
        value: one.id.to_string(),
        label: one.name.clone(),
        is_chosen: program == Some(one.id),
    });
    Ok(Overview {
        is_off: !desk.settings.postbacks_enabled,
        attention,
        others: others
            .into_iter()
            .map(|one| row(one, desk, &known.names))
            .collect::<Result<_, _>>()?,
        is_cut,
        programs: [every].into_iter().chain(tabs).collect(),
        approval_required: rules.approval_required,
        customer_hash_allowed: rules.customer_hash_allowed,
        goals_enabled: rules.goals_enabled,
        contact: contact_form(known.contact.as_ref(), refused),
    })
}

fn contact_form(contact: Option<&Contact>, refused: Option<Field>) -> ContactForm {
    let chosen = contact.and_then(|one| one.chosen.clone()).unwrap_or_default();
    ContactForm {
        email: refused.unwrap_or(Field { value: chosen, ..Field::default() }),
        known_to_shopify: contact.and_then(|one| one.known_to_shopify.clone()),
    }
}
