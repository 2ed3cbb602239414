//! The merchant's list of orders, credited or not.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse};
use domain::{
    ids::{AffiliateId, OrderId, ProgramId, ShopId},
    reason::Reason,
    time::UtcTime,
};
use storage::{
    DbConn, StorageError,
    affiliates::{Affiliate, AffiliateFilter, affiliate_page, affiliates_by_ids},
    conversions::{ConversionRow, conversions_of_orders},
    orders::{OrderSummary, order_page},
    programs::{Program, program_list},
};

use crate::{
    error::AppError,
    flows::export_orders::OrderList,
    web::{
        auth::{ADMIN_BASE, AdminShop},
        display::{Zone, badge, conversion_badge, method_words, money, reason_words},
        forms::Fields,
        log_rows::{cursor_text, read_cursor},
        view::{
            admin::{
                Section,
                orders::{Filters, OrderRow, OrdersPage},
            },
            form::{Choice, Field},
            parts::{Notice, Pager, Person, Tone},
        },
    },
};

pub mod actions;
pub mod sale;

const PER_PAGE: usize = 50;
/// Orders read at a time while looking for those that match.
const BATCH: i64 = 200;
/// Batches looked through for one page; the next page goes on from there.
const BATCHES_MAX: usize = 20;
/// Affiliates to choose from.
const CHOICES_MAX: i64 = 500;

/// Reasons to choose from.
const REASONS: [Reason; 8] = [
    Reason::NoAffiliate,
    Reason::OutsideWindow,
    Reason::SelfReferral,
    Reason::AffiliateInactive,
    Reason::NotNewCustomer,
    Reason::MinimumOrder,
    Reason::ExcludedOnly,
    Reason::TestOrder,
];

/// A page of orders with everything that their rows name.
struct Found {
    orders: Vec<OrderSummary>,
    conversions: HashMap<OrderId, Vec<ConversionRow>>,
    people: HashMap<AffiliateId, Affiliate>,
    choices: Vec<Affiliate>,
    programs: Vec<Program>,
    next: Option<String>,
}

/// `GET {base}/orders`.
///
/// # Errors
/// [`AppError`].
pub async fn page(shop: AdminShop, request: HttpRequest) -> Result<HttpResponse, AppError> {
    let query = Fields::of_query(&request);
    let wanted = wanted(&query, &shop.zone);
    let before = read_cursor(query.value("before")).map(|(at, id)| (at, OrderId(id)));
    let id = shop.shop.id;
    let found = shop.app.storage.read(move |conn| read(conn, id, &wanted, before)).await?;
    let address =
        |before: &str| format!("{ADMIN_BASE}/orders?{}", query.query_with("before", before));
    let page = OrdersPage {
        frame: shop.frame(Section::Orders, notice(&query)),
        filters: filters(&query, &found),
        refusals: actions::refusals(),
        export: format!("{ADMIN_BASE}/orders/export?{}", query.query_with("before", "")),
        rows: found.orders.iter().map(|order| row(order, &found, &shop.zone)).collect(),
        pager: Pager {
            newer: query.given("before").map(|_| address("")),
            older: found.next.as_deref().map(address),
        },
    };
    shop.show(page)
}

fn wanted(query: &Fields, zone: &Zone) -> OrderList {
    let is_uncredited = query.value("status") == "none";
    OrderList {
        status: query.given("status").filter(|_| !is_uncredited).map(str::to_owned),
        is_uncredited,
        reason: query.given("reason").map(str::to_owned),
        method: query.given("method").map(str::to_owned),
        program: query.value("program").parse().ok().map(ProgramId),
        affiliate: query.value("affiliate").parse().ok().map(AffiliateId),
        from: zone.start_of(query.value("from")),
        until: zone.end_of(query.value("to")),
    }
}

/// What came of a decision about several orders.
fn notice(query: &Fields) -> Option<Notice> {
    let done: u64 = query.value("reviewed").parse().ok()?;
    let left: u64 = query.value("left").parse().unwrap_or_default();
    let text = match (done, left) {
        (0, 0) => "Tick the orders first.".to_owned(),
        (done, 0) => format!("Decided about {done} orders."),
        (done, left) => format!(
            "Decided about {done} orders. {left} were left as they are: their status does not \
             allow it."
        ),
    };
    let tone = if left == 0 && done > 0 { Tone::Good } else { Tone::Warning };
    Some(Notice { tone, text })
}

/// Reads batches until the page is full. What the database cannot narrow down is narrowed here.
fn read(
    conn: &mut DbConn,
    shop: ShopId,
    wanted: &OrderList,
    mut before: Option<(UtcTime, OrderId)>,
) -> Result<Found, StorageError> {
    let mut orders = Vec::new();
    let mut conversions: HashMap<OrderId, Vec<ConversionRow>> = HashMap::new();
    let mut has_more = false;
    let filter = wanted.filter();
    for _ in 0..BATCHES_MAX {
        let batch = order_page(conn, shop, &filter, before, BATCH)?;
        let is_last = i64::try_from(batch.len()).is_ok_and(|count| count < BATCH);
        let ids: Vec<OrderId> = batch.iter().map(|order| order.id).collect();
        for row in conversions_of_orders(conn, shop, &ids)? {
            conversions.entry(row.order_id).or_default().push(row);
        }
        for order in batch {
            has_more = orders.len() == PER_PAGE;
            if has_more {
                break;
            }
            before = Some((order.ordered_at, order.id));
            if wanted.takes(conversions.get(&order.id).map_or(&[], Vec::as_slice)) {
                orders.push(order);
            }
        }
        has_more |= !is_last;
        if is_last || orders.len() == PER_PAGE {
            break;
        }
    }
    let mut ids: Vec<AffiliateId> =
        conversions.values().flatten().map(|row| row.affiliate_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let next = before.filter(|_| has_more).map(|(at, id)| cursor_text(at, id.0));
    Ok(Found {
        people: affiliates_by_ids(conn, shop, &ids)?,
        choices: affiliate_page(conn, shop, &AffiliateFilter::default(), None, CHOICES_MAX)?,
        programs: program_list(conn, shop, CHOICES_MAX)?,
        orders,
        conversions,
        next,
    })
}

fn row(order: &OrderSummary, found: &Found, zone: &Zone) -> OrderRow {
    let none = Vec::new();
    let rows = found.conversions.get(&order.id).unwrap_or(&none);
    let sum = |of: fn(&ConversionRow) -> i64| {
        money(rows.iter().fold(0, |sum: i64, row| sum.saturating_add(of(row))), order.currency)
    };
    let first = rows.first();
    let reason = first.and_then(|row| row.reason.as_deref()).or(order.reason.as_deref());
    OrderRow {
        id: order.id.to_string(),
        name: order.name.clone(),
        at: zone.moment(order.ordered_at),
        affiliates: rows.iter().map(|row| person(row.affiliate_id, &found.people)).collect(),
        method: first.map_or_else(String::new, |row| method_words(&row.method, None)),
        status: first.map_or_else(
            || badge("Not credited", Tone::Neutral),
            |row| conversion_badge(&row.status),
        ),
        reason: reason.map(reason_words),
        sales: sum(|row| row.sales_minor),
        commission: sum(|row| row.commission_minor),
    }
}

/// An affiliate as the merchant's pages name it.
#[must_use]
pub fn person(id: AffiliateId, people: &HashMap<AffiliateId, Affiliate>) -> Person {
    let name = people.get(&id).map_or_else(|| id.to_string(), |known| known.name.clone());
    Person { id: id.to_string(), name }
}

fn filters(query: &Fields, found: &Found) -> Filters {
    let field = |name: &str| Field { value: query.value(name).to_owned(), ..Field::default() };
    let choice = |name: &str, value: String, label: String| Choice {
        is_chosen: query.value(name) == value,
        value,
        label,
    };
    let names = ["status", "method", "program", "affiliate", "reason", "from", "to"];
    Filters {
        status: field("status"),
        method: field("method"),
        programs: found
            .programs
            .iter()
            .map(|one| choice("program", one.id.to_string(), one.name.clone()))
            .collect(),
        affiliates: found
            .choices
            .iter()
            .map(|one| choice("affiliate", one.id.to_string(), one.name.clone()))
            .collect(),
        reasons: REASONS
            .iter()
            .map(|one| choice("reason", one.to_string(), reason_words(&one.to_string())))
            .collect(),
        from: field("from"),
        to: field("to"),
        is_set: names.iter().any(|name| query.given(name).is_some()),
    }
}
