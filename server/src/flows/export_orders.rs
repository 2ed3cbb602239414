//! The list of orders as a file, a part at a time: a small one is answered at once, a large one is the
//! work of a job. Names of statuses, methods and reasons are the stable ones, as postbacks say them.

use std::collections::HashMap;

use domain::{
    ids::{AffiliateId, OrderId, ProgramId, ShopId},
    money::Money,
    payout::export::write_row,
    time::UtcTime,
};
use serde::{Deserialize, Serialize};
use storage::{
    DbConn, StorageError,
    affiliates::{Affiliate, affiliates_by_ids},
    conversions::{ConversionRow, conversions_of_orders},
    orders::{OrderFilter, OrderSummary, order_count_between, order_page},
};

/// Orders of one part.
const PART: i64 = 500;

/// What a list of orders is narrowed to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct OrderList {
    /// With a conversion of this status.
    pub status: Option<String>,
    /// That credited nobody.
    pub is_uncredited: bool,
    /// With this reason.
    pub reason: Option<String>,
    /// Credited by this method.
    pub method: Option<String>,
    /// By this program.
    pub program: Option<ProgramId>,
    /// To this affiliate.
    pub affiliate: Option<AffiliateId>,
    /// Placed from here on…
    pub from: Option<UtcTime>,
    /// …and before here.
    pub until: Option<UtcTime>,
}

impl OrderList {
    /// As far as the database narrows it.
    #[must_use]
    pub fn filter(&self) -> OrderFilter {
        OrderFilter {
            conversion_status: self.status.clone(),
            reason: self.reason.clone(),
            name: None,
            from: self.from,
            until: self.until,
        }
    }

    /// Whether an order with these conversions belongs to the list, as far as the database does not say.
    #[must_use]
    pub fn takes(&self, rows: &[ConversionRow]) -> bool {
        let has = |wanted: &dyn Fn(&ConversionRow) -> bool| rows.iter().any(wanted);
        (!self.is_uncredited || rows.is_empty())
            && self.method.as_ref().is_none_or(|method| has(&|row| row.method == *method))
            && self.program.is_none_or(|id| has(&|row| row.program_id == id))
            && self.affiliate.is_none_or(|id| has(&|row| row.affiliate_id == id))
    }
}

/// Where a part of the file begins: after this order.
pub type Place = (UtcTime, OrderId);

/// A part of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Lines of CSV; the first part begins with the names of the columns.
    pub content: String,
    /// Where the next part begins; none after the last one.
    pub next: Option<Place>,
    /// Orders looked at for it.
    pub looked_at: i64,
}

/// One part of the file.
///
/// # Errors
/// [`StorageError`].
pub fn export_part(
    conn: &mut DbConn,
    shop: ShopId,
    list: &OrderList,
    after: Option<Place>,
) -> Result<Part, StorageError> {
    let page = order_page(conn, shop, &list.filter(), after, PART)?;
    let ids: Vec<OrderId> = page.iter().map(|order| order.id).collect();
    let mut conversions: HashMap<OrderId, Vec<ConversionRow>> = HashMap::new();
    for row in conversions_of_orders(conn, shop, &ids)? {
        conversions.entry(row.order_id).or_default().push(row);
    }
    let mut people: Vec<AffiliateId> =
        conversions.values().flatten().map(|row| row.affiliate_id).collect();
    people.sort_unstable();
    people.dedup();
    let people = affiliates_by_ids(conn, shop, &people)?;
    let mut content = String::new();
    if after.is_none() {
        write_row(&mut content, &COLUMNS);
    }
    for order in &page {
        let rows = conversions.remove(&order.id).unwrap_or_default();
        if list.takes(&rows) {
            write_order(&mut content, order, &rows, &people);
        }
    }
    let looked_at = i64::try_from(page.len()).unwrap_or(i64::MAX);
    let last = page.last().filter(|_| looked_at == PART);
    Ok(Part { content, next: last.map(|order| (order.ordered_at, order.id)), looked_at })
}

/// Orders that the whole file has to look at, at most.
///
/// # Errors
/// [`StorageError`].
pub fn orders_to_look_at(
    conn: &mut DbConn,
    shop: ShopId,
    list: &OrderList,
) -> Result<i64, StorageError> {
    let from = list.from.unwrap_or_else(|| UtcTime::from_micros(i64::MIN));
    let until = list.until.unwrap_or_else(|| UtcTime::from_micros(i64::MAX));
    order_count_between(conn, shop, (from, until))
}

const COLUMNS: [&str; 11] = [
    "order",
    "placed_at",
    "affiliate",
    "affiliate_number",
    "level",
    "credited_through",
    "status",
    "reason",
    "sales",
    "commission",
    "currency",
];

fn write_order(
    content: &mut String,
    order: &OrderSummary,
    rows: &[ConversionRow],
    people: &HashMap<AffiliateId, Affiliate>,
) {
    let (placed, currency) = (order.ordered_at.to_string(), order.currency.to_string());
    if rows.is_empty() {
        let reason = order.reason.as_deref().unwrap_or_default();
        let cells =
            [&order.name, &placed, "", "", "", "", "not_credited", reason, "", "", &currency];
        write_row(content, &cells);
    }
    for row in rows {
        let person = people.get(&row.affiliate_id);
        let cells = [
            order.name.clone(),
            placed.clone(),
            person.map_or_else(String::new, |one| one.name.clone()),
            person.map_or_else(String::new, |one| one.number.to_string()),
            row.level.to_string(),
            row.method.clone(),
            row.status.clone(),
            row.reason.clone().unwrap_or_default(),
            Money::new(row.sales_minor, row.currency).decimal(),
            Money::new(row.commission_minor, row.currency).decimal(),
            row.currency.to_string(),
        ];
        write_row(content, &cells.each_ref().map(String::as_str));
    }
}
