//! The affiliate's first page.

use actix_web::HttpResponse;
use domain::{ids::PostbackId, money::Currency};
use storage::{
    DbConn, StorageError,
    conversions::ConversionFilter,
    ledger::{Balance, balances_of},
    postbacks::Postback,
    stats::{DailyStat, stats_of_affiliate},
};

use super::orders::order_rows;
use crate::{
    error::AppError,
    flows::save_postback::postbacks_of,
    web::{
        auth::PortalAffiliate,
        display::{count, money, stat_day},
        figures::{DayFigures, PERIOD_WORDS, ROWS_MAX, by_day, measures, period, rate, trend},
        view::portal::{
            Section,
            orders::OrderRow,
            overview::{Day, NextStep, OverviewPage},
        },
    },
};

const LATEST: usize = 5;

struct Known {
    now: Vec<DailyStat>,
    before: Vec<DailyStat>,
    balances: Vec<Balance>,
    postbacks: Vec<Postback>,
    orders: Vec<OrderRow>,
}

/// `GET {base}`.
///
/// # Errors
/// [`AppError`].
pub async fn page(who: PortalAffiliate) -> Result<HttpResponse, AppError> {
    let now = who.app.clock.now();
    let (this, last) = (period(now, 0), period(now, 1));
    let known = read(&who, this, last).await?;
    let currency = who.shop.currency.unwrap_or(Currency::USD);
    let days = by_day(&known.now, this, currency);
    let before = by_day(&known.before, last, currency);
    let [_, earned, clicks, conversions] = measures(currency);
    let compared = |measure: &crate::web::figures::Measure| {
        trend(measure.total(&days), measure.total(&before))
    };
    let (payable, pending) = balance_words(&known.balances, currency);
    let page = OverviewPage {
        frame: who.frame(Section::Overview, None),
        period: PERIOD_WORDS.to_owned(),
        clicks: clicks.stat(&days, compared(&clicks)),
        conversions: conversions.stat(&days, rate(conversions.total(&days), clicks.total(&days))),
        earned: earned.stat(&days, compared(&earned)),
        payable,
        pending,
        next_step: next_step(&who, &days, &known),
        days: days
            .iter()
            .rev()
            .filter(|day| is_something(day))
            .map(|day| table_row(day, currency))
            .collect(),
        orders: known.orders,
    };
    who.show(page)
}

async fn read(
    who: &PortalAffiliate,
    this: (i64, i64),
    last: (i64, i64),
) -> Result<Known, StorageError> {
    let (shop, affiliate, owner, zone) =
        (who.shop.id, who.affiliate.id, who.owner(), who.zone.clone());
    let has_postbacks = who.settings.postbacks_enabled;
    who.app
        .storage
        .read(move |conn: &mut DbConn| {
            let filter =
                ConversionFilter { affiliate_id: Some(affiliate), ..ConversionFilter::default() };
            Ok(Known {
                now: stats_of_affiliate(conn, shop, affiliate, this, ROWS_MAX)?,
                before: stats_of_affiliate(conn, shop, affiliate, last, ROWS_MAX)?,
                balances: balances_of(conn, shop, affiliate)?,
                postbacks: match has_postbacks {
                    true => postbacks_of(conn, shop, owner)?,
                    false => Vec::new(),
                },
                orders: order_rows(conn, shop, &zone, &filter, None, LATEST)?.0,
            })
        })
        .await
}

fn balance_words(balances: &[Balance], currency: Currency) -> (String, String) {
    let joined = |of: fn(&Balance) -> i64| {
        let parts: Vec<String> = balances.iter().map(|one| money(of(one), one.currency)).collect();
        if parts.is_empty() { money(0, currency) } else { parts.join(" + ") }
    };
    (joined(|one| one.payable_minor), joined(|one| one.pending_minor))
}

fn next_step(who: &PortalAffiliate, days: &[DayFigures], known: &Known) -> Option<NextStep> {
    let failing: Option<PostbackId> =
        known.postbacks.iter().find(|one| one.failures_in_row > 0).map(|one| one.id);
    if failing.is_some() {
        return Some(NextStep::CheckPostbacks);
    }
    let has_visits = days.iter().any(|day| day.clicks > 0);
    if !has_visits && known.orders.is_empty() {
        return Some(NextStep::ShareLink);
    }
    (who.settings.postbacks_enabled && known.postbacks.is_empty()).then_some(NextStep::AddPostback)
}

const fn is_something(day: &DayFigures) -> bool {
    day.clicks != 0 || day.conversions != 0 || day.commission_minor != 0
}

fn table_row(day: &DayFigures, currency: Currency) -> Day {
    Day {
        date: stat_day(day.day, true),
        clicks: count(day.clicks),
        conversions: count(day.conversions),
        earned: money(day.commission_minor, currency),
    }
}
