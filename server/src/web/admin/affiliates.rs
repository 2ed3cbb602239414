//! The merchant's list of affiliates, and deciding about one.

use std::collections::HashMap;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Bytes, Path},
};
use domain::{
    affiliate::AffiliateStatus,
    ids::{AffiliateId, ProgramId, ShopId},
    time::UtcTime,
};
use storage::{
    DbConn, StorageError,
    affiliates::{Affiliate, AffiliateFilter, affiliate_page},
    coupons::coupons_of,
    ledger::{Balance, balances_of_affiliates},
    programs::program_list,
    stats::stats_of_affiliate,
};

use crate::{
    error::AppError,
    flows::{book_changes::day_number, review_affiliate::review_affiliate},
    web::{
        auth::{ADMIN_BASE, AdminShop},
        display::{affiliate_badge, count, money},
        forms::Fields,
        pages::see_other,
        view::{
            admin::{
                Section,
                affiliates::{AffiliateRow, AffiliatesPage},
            },
            form::Field,
            parts::{Notice, Pager, Tone},
        },
    },
};

const PER_PAGE: usize = 50;
const COUPONS_MAX: i64 = 20;
const PROGRAMS_MAX: i64 = 1_000;
/// Days of an affiliate's sums that are read: eleven years of them.
const DAYS_MAX: i64 = 4_000;

/// `GET {base}/affiliates`.
///
/// # Errors
/// [`AppError`].
pub async fn page(shop: AdminShop, request: HttpRequest) -> Result<HttpResponse, AppError> {
    let query = Fields::of_query(&request);
    let filter = AffiliateFilter {
        status: query.given("status").map(str::to_owned),
        program_id: None,
        search: query.given("q").map(str::to_owned),
    };
    let before = query.value("before").parse().ok();
    let (id, now) = (shop.shop.id, shop.app.clock.now());
    let (rows, next) =
        shop.app.storage.read(move |conn| read(conn, id, &filter, before, now)).await?;
    let address =
        |before: &str| format!("{ADMIN_BASE}/affiliates?{}", query.query_with("before", before));
    let field = |name: &str| Field { value: query.value(name).to_owned(), ..Field::default() };
    let notice = (query.value("done") == "reviewed").then(|| Notice {
        tone: Tone::Good,
        text: "The affiliate's status is changed.".to_owned(),
    });
    let page = AffiliatesPage {
        frame: shop.frame(Section::Affiliates, notice),
        query: field("q"),
        status: field("status"),
        is_filtered: query.given("q").is_some() || query.given("status").is_some(),
        signup_url: None,
        rows,
        pager: Pager {
            newer: query.given("before").map(|_| address("")),
            older: next.map(|next| address(&next.to_string())),
        },
    };
    shop.show(page)
}

/// `POST {base}/affiliates/{id}/status` with `status`.
///
/// # Errors
/// [`AppError`]; not found for another shop's affiliate.
pub async fn set_status(
    shop: AdminShop,
    path: Path<i64>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    let fields = shop.form(&request, &body)?;
    let status = AffiliateStatus::parse(fields.value("status"))
        .ok_or_else(|| AppError::BadRequest("There is no such status.".to_owned()))?;
    let (id, affiliate) = (shop.shop.id, AffiliateId(path.into_inner()));
    shop.app.storage.write(move |tx| review_affiliate(tx, id, affiliate, status)).await?;
    Ok(see_other(&format!("{ADMIN_BASE}/affiliates?done=reviewed")))
}

fn read(
    conn: &mut DbConn,
    shop: ShopId,
    filter: &AffiliateFilter,
    before: Option<i64>,
    now: UtcTime,
) -> Result<(Vec<AffiliateRow>, Option<i64>), StorageError> {
    let limit = i64::try_from(PER_PAGE).unwrap_or(i64::MAX).saturating_add(1);
    let mut found = affiliate_page(conn, shop, filter, before, limit)?;
    let has_more = found.len() > PER_PAGE;
    found.truncate(PER_PAGE);
    let next = found.last().filter(|_| has_more).map(|last| last.number);
    let programs: HashMap<ProgramId, String> = program_list(conn, shop, PROGRAMS_MAX)?
        .into_iter()
        .map(|program| (program.id, program.name))
        .collect();
    let ids: Vec<AffiliateId> = found.iter().map(|one| one.id).collect();
    let balances = balances_of_affiliates(conn, shop, &ids)?;
    let mut rows = Vec::with_capacity(found.len());
    for affiliate in found {
        rows.push(row(conn, affiliate, &programs, &balances, now)?);
    }
    Ok((rows, next))
}

fn row(
    conn: &mut DbConn,
    affiliate: Affiliate,
    programs: &HashMap<ProgramId, String>,
    balances: &[Balance],
    now: UtcTime,
) -> Result<AffiliateRow, StorageError> {
    let (shop, id) = (affiliate.shop_id, affiliate.id);
    let last = day_number(now);
    let days = stats_of_affiliate(conn, shop, id, (last - DAYS_MAX, last), DAYS_MAX)?;
    let orders = days.iter().fold(0_i64, |sum, day| sum.saturating_add(day.conversions));
    let earned: Vec<String> = balances
        .iter()
        .filter(|balance| balance.affiliate_id == id)
        .map(|balance| {
            let sum = balance.pending_minor.saturating_add(balance.payable_minor);
            money(sum.saturating_add(balance.paid_minor), balance.currency)
        })
        .collect();
    Ok(AffiliateRow {
        id: id.to_string(),
        number: affiliate.number.to_string(),
        name: affiliate.name,
        email: affiliate.email,
        code: affiliate.code,
        coupons: coupons_of(conn, shop, id, COUPONS_MAX)?.into_iter().map(|one| one.code).collect(),
        program: programs.get(&affiliate.program_id).cloned().unwrap_or_default(),
        status: affiliate_badge(&affiliate.status),
        is_pending: AffiliateStatus::parse(&affiliate.status) == Some(AffiliateStatus::Pending),
        orders: count(orders),
        earned: if earned.is_empty() { "none".to_owned() } else { earned.join(" + ") },
    })
}
