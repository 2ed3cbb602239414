//! The affiliate's orders: its own conversions, with the class of reason only (N5).

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse};
use domain::{
    ids::{AffiliateId, ConversionId, OrderId, ShopId},
    time::UtcTime,
};
use storage::{
    DbConn, StorageError,
    conversions::{ConversionFilter, ConversionRow, conversion_page},
    goals::goal_list,
    orders::{Order, order_by_id},
};

use crate::{
    error::AppError,
    flows::explanation::read_decision,
    web::{
        auth::PortalAffiliate,
        display::{Zone, conversion_badge, method_words, money, reason_class},
        forms::Fields,
        log_rows::{cursor_text, read_cursor},
        view::{
            form::Field,
            parts::Pager,
            portal::{
                Section,
                orders::{OrderRow, OrdersPage},
            },
        },
    },
};

const PER_PAGE: usize = 50;

/// `GET {base}/orders`.
///
/// # Errors
/// [`AppError`].
pub async fn page(who: PortalAffiliate, request: HttpRequest) -> Result<HttpResponse, AppError> {
    let query = Fields::of_query(&request);
    let filter = ConversionFilter {
        affiliate_id: Some(who.affiliate.id),
        status: query.given("status").map(str::to_owned),
        from: who.zone.start_of(query.value("from")),
        until: who.zone.end_of(query.value("to")),
        ..ConversionFilter::default()
    };
    let before = read_cursor(query.value("before")).map(|(at, id)| (at, ConversionId(id)));
    let (shop, zone) = (who.shop.id, who.zone.clone());
    let ((rows, next), has_goals) = who
        .app
        .storage
        .read(move |conn| {
            let has_goals = !goal_list(conn, shop, 1)?.is_empty();
            let rows = order_rows(conn, shop, &zone, &filter, before, PER_PAGE)?;
            Ok::<_, StorageError>((rows, has_goals))
        })
        .await?;
    let address =
        |before: &str| format!("{}/orders?{}", who.base(), query.query_with("before", before));
    let field = |name: &str| Field { value: query.value(name).to_owned(), ..Field::default() };
    let page = OrdersPage {
        frame: who.frame(Section::Orders, None),
        status: field("status"),
        from: field("from"),
        to: field("to"),
        is_filtered: ["status", "from", "to"].iter().any(|name| query.given(name).is_some()),
        has_goals,
        rows,
        pager: Pager {
            newer: query.given("before").map(|_| address("")),
            older: next.map(|next| address(&next)),
        },
    };
    who.show(page)
}

/// A page of an affiliate's conversions as rows, and where the next one begins.
///
/// # Errors
/// [`StorageError`].
pub fn order_rows(
    conn: &mut DbConn,
    shop: ShopId,
    zone: &Zone,
    filter: &ConversionFilter,
    before: Option<(UtcTime, ConversionId)>,
    most: usize,
) -> Result<(Vec<OrderRow>, Option<String>), StorageError> {
    let limit = i64::try_from(most).unwrap_or(i64::MAX).saturating_add(1);
    let mut found = conversion_page(conn, shop, filter, before, limit)?;
    let has_more = found.len() > most;
    found.truncate(most);
    let next = found.last().filter(|_| has_more).map(|row| cursor_text(row.ordered_at, row.id.0));
    let mut orders: HashMap<OrderId, Order> = HashMap::new();
    for row in &found {
        if !orders.contains_key(&row.order_id)
            && let Some(order) = order_by_id(conn, shop, row.order_id)?
        {
            orders.insert(order.id, order);
        }
    }
    let rows = found.iter().map(|row| order_row(row, orders.get(&row.order_id), zone)).collect();
    Ok((rows, next))
}

fn order_row(row: &ConversionRow, order: Option<&Order>, zone: &Zone) -> OrderRow {
    OrderRow {
        name: order.map_or_else(String::new, |order| order.name.clone()),
        at: zone.moment(row.ordered_at),
        method: method_words(&row.method, coupon_of(order, row.affiliate_id).as_deref()),
        status: conversion_badge(&row.status),
        reason: row.reason.as_deref().map(|reason| reason_class(reason).to_owned()),
        amount: money(row.sales_minor, row.currency),
        commission: money(row.commission_minor, row.currency),
    }
}

/// The affiliate's own code on the order.
fn coupon_of(order: Option<&Order>, affiliate: AffiliateId) -> Option<String> {
    let decision = read_decision(order?).ok()??;
    decision.credits.into_iter().find(|credit| credit.affiliate == affiliate)?.coupon
}
