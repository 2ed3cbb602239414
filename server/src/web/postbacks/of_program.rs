//! The postbacks that can fire for one program: the tab beside its rules (P1). A new one is made here
//! for any of its affiliates, and for this program only.

use actix_web::{HttpRequest, HttpResponse};
use domain::ids::{AffiliateId, ShopId};
use storage::{
    DbConn, StorageError,
    affiliates::{
        Affiliate, AffiliateFilter, affiliate_by_number, affiliate_page, affiliates_by_ids,
    },
    postbacks::{Postback, postbacks_of_shop},
    programs::{Program, program_by_number, program_list},
};

use super::{
    desk::{Around, Desk, Section, id_in},
    list::{OTHERS_SHOWN_MAX, READ_MAX},
    rows::{Names, is_for, row},
};
use crate::{
    error::AppError,
    web::{
        auth::ADMIN_BASE,
        forms::Fields,
        pages::see_other,
        view::{form::Choice, postbacks::list::ProgramPostbacks},
    },
};

/// Affiliates to choose from.
const MEMBERS_MAX: i64 = 1_000;

struct Known {
    program: Program,
    postbacks: Vec<Postback>,
    members: Vec<Affiliate>,
    names: Names,
}

/// `GET {base}/programs/{number}/postbacks`.
///
/// # Errors
/// [`AppError`]; not found without such a program.
pub async fn page(desk: Desk, request: HttpRequest) -> Result<HttpResponse, AppError> {
    let (shop, number) = (desk.shop.id, id_in(&request, "number")?);
    let known = desk.app.storage.read(move |conn| read(conn, shop, number)).await?;
    let is_cut = known.postbacks.len() > OTHERS_SHOWN_MAX;
    let rows: Result<Vec<_>, StorageError> = known
        .postbacks
        .iter()
        .take(OTHERS_SHOWN_MAX)
        .map(|one| row(one, &desk, &known.names))
        .collect();
    let members = known.members.iter().map(|one| Choice {
        value: one.number.to_string(),
        label: format!("{} ({})", one.name, one.number),
        is_chosen: false,
    });
    let piece = ProgramPostbacks {
        place: desk.place(),
        number: known.program.number.to_string(),
        name: known.program.name.clone(),
        is_off: !desk.settings.postbacks_enabled,
        rows: rows?,
        is_cut,
        members: members.collect(),
    };
    let heading = format!("Postbacks of {}", known.program.name);
    desk.show(Around::new(heading, Section::Programs).wide(), piece)
}

/// `GET {base}/programs/{number}/postbacks/new?affiliate=…`: to the editor of whoever was chosen.
///
/// # Errors
/// [`AppError`]; not found without such a program or affiliate.
pub async fn new(desk: Desk, request: HttpRequest) -> Result<HttpResponse, AppError> {
    let (shop, number) = (desk.shop.id, id_in(&request, "number")?);
    let query = Fields::of_query(&request);
    let chosen = query.given("affiliate").map(str::parse::<i64>).transpose();
    let chosen = chosen.map_err(|_no_number| AppError::NotFound)?;
    let (program, affiliate) = desk
        .app
        .storage
        .read(move |conn| {
            let program = program_by_number(conn, shop, number)?.ok_or(StorageError::NotFound)?;
            let affiliate = match chosen {
                Some(number) => {
                    Some(affiliate_by_number(conn, shop, number)?.ok_or(StorageError::NotFound)?)
                }
                None => None,
            };
            Ok::<_, StorageError>((program, affiliate))
        })
        .await?;
    let list = match affiliate {
        Some(one) => format!("{ADMIN_BASE}/affiliates/{}/postbacks", one.id),
        None => format!("{ADMIN_BASE}/postbacks"),
    };
    Ok(see_other(&format!("{list}/new?program={}", program.id)))
}

fn read(conn: &mut DbConn, shop: ShopId, number: i64) -> Result<Known, StorageError> {
    let program = program_by_number(conn, shop, number)?.ok_or(StorageError::NotFound)?;
    let postbacks = postbacks_of_shop(conn, shop, None, READ_MAX)?;
    let people: Vec<AffiliateId> = postbacks.iter().filter_map(|one| one.affiliate_id).collect();
    let names = Names {
        people: affiliates_by_ids(conn, shop, &people)?,
        programs: program_list(conn, shop, READ_MAX)?,
    };
    let mut found = Vec::new();
    for postback in postbacks {
        if is_for(&postback, Some(program.id), &names)? {
            found.push(postback);
        }
    }
    let of_program = AffiliateFilter { program_id: Some(program.id), ..AffiliateFilter::default() };
    Ok(Known {
        members: affiliate_page(conn, shop, &of_program, None, MEMBERS_MAX)?,
        postbacks: found,
        program,
        names,
    })
}
