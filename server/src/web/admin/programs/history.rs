//! A program's versions: what changed, and since when.

use actix_web::{HttpResponse, web::Path};
use domain::money::Currency;
use storage::{
    StorageError,
    programs::{ProgramVersion, program_by_number, program_versions_of},
};

use crate::{
    error::AppError,
    web::{
        auth::AdminShop,
        display::Zone,
        view::{
            admin::{
                Section,
                programs::{
                    changes,
                    editor::{ProgramHistoryPage, VersionRow},
                    summary,
                },
            },
            parts::NameValue,
        },
    },
};

/// Versions that are shown.
const VERSIONS_MAX: i64 = 200;

/// `GET {base}/programs/{number}/history`.
///
/// # Errors
/// [`AppError`]; not found without such a program.
pub async fn page(shop: AdminShop, path: Path<i64>) -> Result<HttpResponse, AppError> {
    let (id, number) = (shop.shop.id, path.into_inner());
    let (program, versions) = shop
        .app
        .storage
        .read(move |conn| {
            let program = program_by_number(conn, id, number)?.ok_or(StorageError::NotFound)?;
            let versions = program_versions_of(conn, id, program.id, VERSIONS_MAX)?;
            Ok::<_, StorageError>((program, versions))
        })
        .await?;
    let page = ProgramHistoryPage {
        frame: shop.frame(Section::Programs, None),
        number: program.number.to_string(),
        name: program.name,
        versions: version_rows(&versions, shop.currency(), &shop.zone),
    };
    shop.show(page)
}

/// The versions, newest first, each with what it changed.
fn version_rows(versions: &[ProgramVersion], currency: Currency, zone: &Zone) -> Vec<VersionRow> {
    let facts: Vec<Vec<NameValue>> =
        versions.iter().map(|one| summary(&one.rules.0, currency)).collect();
    let mut rows = Vec::with_capacity(versions.len());
    for (index, version) in versions.iter().enumerate() {
        let own = facts.get(index).map_or(&[][..], Vec::as_slice);
        let told = match facts.get(index + 1) {
            Some(before) => changes(before, own),
            None => own.iter().map(|fact| format!("{}: {}", fact.name, fact.value)).collect(),
        };
        let nothing = || vec!["Details that no order notices.".to_owned()];
        rows.push(VersionRow {
            version: version.version.to_string(),
            since: zone.moment(version.effective_from),
            is_current: index == 0,
            changes: if told.is_empty() { nothing() } else { told },
        });
    }
    rows
}
