//! The shop's programs in their present versions.

use actix_web::HttpResponse;
use domain::{money::Currency, time::UtcTime};
use storage::{
    DbConn, StorageError,
    affiliates::{AffiliateFilter, affiliate_page},
    programs::{program_list, program_version_at},
};

use crate::{
    error::AppError,
    web::{
        auth::AdminShop,
        display::Zone,
        view::admin::{
            Section,
            programs::{Program, ProgramsPage, summary},
        },
    },
};

const PROGRAMS_MAX: i64 = 200;
/// Affiliates that are counted; beyond it "more than".
const COUNTED_MAX: i64 = 1_000;

/// `GET {base}/programs`.
///
/// # Errors
/// [`AppError`].
pub async fn page(shop: AdminShop) -> Result<HttpResponse, AppError> {
    let (id, now, zone) = (shop.shop.id, shop.app.clock.now(), shop.zone.clone());
    let currency = shop.shop.currency.unwrap_or(Currency::USD);
    let programs = shop.app.storage.read(move |conn| read(conn, id, now, currency, &zone)).await?;
    shop.show(ProgramsPage { frame: shop.frame(Section::Programs, None), programs })
}

fn read(
    conn: &mut DbConn,
    shop: domain::ids::ShopId,
    now: UtcTime,
    currency: Currency,
    zone: &Zone,
) -> Result<Vec<Program>, StorageError> {
    let mut programs = Vec::new();
    for program in program_list(conn, shop, PROGRAMS_MAX)? {
        let Some(version) = program_version_at(conn, shop, program.id, now)? else { continue };
        let filter = AffiliateFilter { program_id: Some(program.id), ..AffiliateFilter::default() };
        let members = affiliate_page(conn, shop, &filter, None, COUNTED_MAX)?.len();
        programs.push(Program {
            number: program.number.to_string(),
            name: program.name,
            version: version.version.to_string(),
            since: zone.day(version.effective_from),
            affiliates: match members {
                1 => "1 affiliate".to_owned(),
                count if i64::try_from(count) == Ok(COUNTED_MAX) => {
                    format!("at least {count} affiliates")
                }
                count => format!("{count} affiliates"),
            },
            rules: summary(&version.rules.0, currency),
        });
    }
    Ok(programs)
}
