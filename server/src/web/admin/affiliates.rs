//! The merchant's list of affiliates, and deciding about several at once.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, web::Bytes};
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
    flows::book_changes::day_number,
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
            form::{Choice, Field},
            parts::{Notice, Pager, Tone},
        },
    },
};

pub mod adjust;
pub mod codes;
pub mod editor;
pub mod import;
pub mod profile;

const PER_PAGE: usize = 50;
const COUPONS_MAX: i64 = 20;
const PROGRAMS_MAX: i64 = 1_000;
/// Days of an affiliate's sums that are read: eleven years of them.
const DAYS_MAX: i64 = 4_000;

/// A page of affiliates, where the next one begins, and the shop's programs by name.
struct Found {
    rows: Vec<AffiliateRow>,
    next: Option<i64>,
    programs: Vec<(ProgramId, String)>,
}

/// `GET {base}/affiliates`.
///
/// # Errors
/// [`AppError`].
pub async fn page(shop: AdminShop, request: HttpRequest) -> Result<HttpResponse, AppError> {
    let query = Fields::of_query(&request);
    let filter = AffiliateFilter {
        status: query.given("status").map(str::to_owned),
        program_id: query.value("program").parse().ok().map(ProgramId),
        search: query.given("q").map(str::to_owned),
    };
    let before = query.value("before").parse().ok();
    let (id, now) = (shop.shop.id, shop.app.clock.now());
    let found = shop.app.storage.read(move |conn| read(conn, id, &filter, before, now)).await?;
    let address =
        |before: &str| format!("{ADMIN_BASE}/affiliates?{}", query.query_with("before", before));
    let field = |name: &str| Field { value: query.value(name).to_owned(), ..Field::default() };
    let notice = match query.value("done") {
        "reviewed" => Some((Tone::Good, "The status is changed.")),
        "nobody" => Some((Tone::Warning, "Tick the affiliates first.")),
        _ => None,
    };
    let notice = notice.map(|(tone, text)| Notice { tone, text: text.to_owned() });
    let is_set = |name: &&str| query.given(name).is_some();
    let page = AffiliatesPage {
        frame: shop.frame(Section::Affiliates, notice),
        query: field("q"),
        status: field("status"),
        programs: found
            .programs
            .into_iter()
            .map(|(id, label)| Choice {
                is_chosen: query.value("program") == id.to_string(),
                value: id.to_string(),
                label,
            })
            .collect(),
        is_filtered: ["q", "status", "program"].iter().any(is_set),
        rows: found.rows,
        pager: Pager {
            newer: query.given("before").map(|_| address("")),
            older: found.next.map(|next| address(&next.to_string())),
        },
    };
    shop.show(page)
}

/// `POST {base}/affiliates/status`: `one` as `id:status`, or `status` for every ticked `id`.
///
/// # Errors
/// [`AppError`]; not found when one is another shop's.
pub async fn set_statuses(
    shop: AdminShop,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    let fields = shop.form(&request, &body)?;
    let (ids, status) = match fields.value("one").split_once(':') {
        Some((id, status)) => (vec![id], status),
        None => (fields.all("id").take(PER_PAGE).collect(), fields.value("status")),
    };
    let ids: Vec<AffiliateId> =
        ids.iter().filter_map(|id| id.parse().ok()).map(AffiliateId).collect();
    profile::decide(&shop, &ids, status).await?;
    let done = if ids.is_empty() { "nobody" } else { "reviewed" };
    Ok(see_other(&format!("{ADMIN_BASE}/affiliates?done={done}")))
}

fn read(
    conn: &mut DbConn,
    shop: ShopId,
    filter: &AffiliateFilter,
    before: Option<i64>,
    now: UtcTime,
) -> Result<Found, StorageError> {
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
    let mut listed: Vec<(ProgramId, String)> = programs.into_iter().collect();
    listed.sort_by(|(_, a), (_, b)| a.cmp(b));
    Ok(Found { rows, next, programs: listed })
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
