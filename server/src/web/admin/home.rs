//! The merchant's first page.

use std::collections::HashMap;

use actix_web::HttpResponse;
use domain::{
    ids::{AffiliateId, ShopId},
    money::Currency,
};
use storage::{
    DbConn, StorageError,
    affiliates::{Affiliate, AffiliateFilter, affiliate_page, affiliates_by_ids},
    conversions::{ConversionFilter, conversion_page},
    orders::{OrderFilter, order_page},
    postbacks::postbacks_of_shop,
    programs::program_list,
    stats::{DailyStat, ShopDay, stats_of_shop, stats_top_affiliates},
};

use crate::{
    error::AppError,
    web::{
        auth::AdminShop,
        display::{count, money, stat_day},
        figures::{
            DayFigures, Measure, PERIOD_WORDS, ROWS_MAX, by_day, measures, period, rate, trend,
        },
        view::{
            admin::{
                Section,
                home::{Attention, Day, HomePage, Setup, TopAffiliate},
            },
            parts::Person,
        },
    },
};

const TOP_MAX: i64 = 5;
/// What needs attention is counted up to this.
const COUNTED_MAX: i64 = 100;
/// Postbacks that are looked at for failures.
const POSTBACKS_MAX: i64 = 2_000;

struct Known {
    now: Vec<ShopDay>,
    before: Vec<ShopDay>,
    top: Vec<DailyStat>,
    people: HashMap<AffiliateId, Affiliate>,
    attention: Vec<Attention>,
    setup: Setup,
}

/// `GET {base}`.
///
/// # Errors
/// [`AppError`].
pub async fn page(shop: AdminShop) -> Result<HttpResponse, AppError> {
    let now = shop.app.clock.now();
    let (this, last) = (period(now, 0), period(now, 1));
    let (id, has_postbacks) = (shop.shop.id, shop.settings.postbacks_enabled);
    let known =
        shop.app.storage.read(move |conn| read(conn, id, this, last, has_postbacks)).await?;
    let currency = shop.shop.currency.unwrap_or(Currency::USD);
    let days = by_day(&known.now, this, currency);
    let before = by_day(&known.before, last, currency);
    let [sales, commissions, clicks, conversions] = measures(currency);
    let compared = |measure: &Measure| trend(measure.total(&days), measure.total(&before));
    let page = HomePage {
        frame: shop.frame(Section::Home, None),
        period: PERIOD_WORDS.to_owned(),
        sales: sales.stat(&days, compared(&sales)),
        commissions: commissions.stat(&days, compared(&commissions)),
        clicks: clicks.stat(&days, compared(&clicks)),
        conversions: conversions.stat(&days, rate(conversions.total(&days), clicks.total(&days))),
        days: days
            .iter()
            .rev()
            .filter(|day| is_something(day))
            .map(|day| table_row(day, currency))
            .collect(),
        top: known.top.iter().map(|stat| top_row(stat, &known.people)).collect(),
        attention: known.attention,
        setup: Some(known.setup).filter(|setup| !is_done(*setup)),
    };
    shop.show(page)
}

fn read(
    conn: &mut DbConn,
    shop: ShopId,
    this: (i64, i64),
    last: (i64, i64),
    has_postbacks: bool,
) -> Result<Known, StorageError> {
    let mut top = stats_top_affiliates(conn, shop, this, TOP_MAX)?;
    top.retain(|stat| stat.conversions > 0);
    let ids: Vec<AffiliateId> = top.iter().map(|stat| stat.affiliate_id).collect();
    let anybody = affiliate_page(conn, shop, &AffiliateFilter::default(), None, 1)?;
    Ok(Known {
        now: stats_of_shop(conn, shop, this, ROWS_MAX)?,
        before: stats_of_shop(conn, shop, last, ROWS_MAX)?,
        people: affiliates_by_ids(conn, shop, &ids)?,
        top,
        attention: attention(conn, shop)?,
        setup: Setup {
            has_program: !program_list(conn, shop, 1)?.is_empty(),
            has_affiliate: !anybody.is_empty(),
            has_order: !order_page(conn, shop, &OrderFilter::default(), None, 1)?.is_empty(),
            has_postbacks,
        },
    })
}

fn attention(conn: &mut DbConn, shop: ShopId) -> Result<Vec<Attention>, StorageError> {
    let pending =
        AffiliateFilter { status: Some("pending".to_owned()), ..AffiliateFilter::default() };
    let pending = affiliate_page(conn, shop, &pending, None, COUNTED_MAX)?.len();
    let held =
        ConversionFilter { status: Some("on_hold".to_owned()), ..ConversionFilter::default() };
    let held = conversion_page(conn, shop, &held, None, COUNTED_MAX)?.len();
    let failing = postbacks_of_shop(conn, shop, None, POSTBACKS_MAX)?
        .iter()
        .filter(|postback| postback.failures_in_row > 0)
        .count();
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let all = [
        (pending, Attention::PendingAffiliates(count(pending))),
        (held, Attention::OrdersOnHold(count(held))),
        (failing, Attention::FailingPostbacks(count(failing))),
    ];
    Ok(all.into_iter().filter(|(number, _)| *number > 0).map(|(_, one)| one).collect())
}

const fn is_done(setup: Setup) -> bool {
    setup.has_program && setup.has_affiliate && setup.has_order && setup.has_postbacks
}

const fn is_something(day: &DayFigures) -> bool {
    day.clicks != 0 || day.conversions != 0 || day.sales_minor != 0 || day.commission_minor != 0
}

fn table_row(day: &DayFigures, currency: Currency) -> Day {
    Day {
        date: stat_day(day.day, true),
        sales: money(day.sales_minor, currency),
        commissions: money(day.commission_minor, currency),
        clicks: count(day.clicks),
        conversions: count(day.conversions),
    }
}

fn top_row(stat: &DailyStat, people: &HashMap<AffiliateId, Affiliate>) -> TopAffiliate {
    TopAffiliate {
        affiliate: Person {
            id: stat.affiliate_id.to_string(),
            name: people
                .get(&stat.affiliate_id)
                .map_or_else(String::new, |affiliate| affiliate.name.clone()),
        },
        orders: count(stat.conversions),
        sales: money(stat.sales_minor, stat.currency),
        earned: money(stat.commission_minor, stat.currency),
    }
}
