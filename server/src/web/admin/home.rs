//! The merchant's first page: numbers here, what needs attention and the first steps below.

pub(super) mod attention;
pub mod setup;

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse};
use domain::{
    ids::{AffiliateId, ShopId},
    money::Currency,
};
use storage::{
    DbConn, StorageError,
    affiliates::{Affiliate, AffiliateFilter, affiliate_page, affiliates_by_ids},
    installations::{Installation, installation},
    orders::{OrderFilter, order_page},
    programs::program_list,
    stats::{DailyStat, ShopDay, stats_of_shop, stats_top_affiliates},
    visit_counts::{ShopVisits, visit_counts_of_shop},
};

use super::plan::usage_needs_attention;
use crate::{
    error::AppError,
    flows::{book_changes::day_number, plans::Entitlement},
    web::{
        auth::AdminShop,
        display::{count, money, stat_day},
        figures::{
            DayFigures, Measure, PERIOD_WORDS, ROWS_MAX, by_day, measures, period, rate, trend,
        },
        forms::Fields,
        view::{
            admin::{
                Section,
                home::{Attention, Day, HomePage, TopAffiliate},
            },
            parts::{Notice, Person, Tone},
        },
    },
};

const TOP_MAX: i64 = 5;

struct Known {
    now: Vec<ShopDay>,
    before: Vec<ShopDay>,
    top: Vec<DailyStat>,
    people: HashMap<AffiliateId, Affiliate>,
    waiting: Vec<Attention>,
    has_program: bool,
    has_affiliate: bool,
    has_order: bool,
    /// None in the demo, whose shop is not at Shopify.
    installation: Option<Installation>,
    /// Customers who wait for an answer about their data.
    asking: usize,
    /// Visits that were no clicks.
    visits: Vec<ShopVisits>,
}

impl Known {
    /// The latest day on which the storefront told of somebody, with or without consent.
    fn reported_day(&self) -> Option<i64> {
        let clicks = self.now.iter().filter(|day| day.clicks > 0).map(|day| day.day);
        let others = self.visits.iter().filter(|day| day.without_consent > 0).map(|day| day.day);
        clicks.chain(others).max()
    }
}

/// `GET {base}`.
///
/// # Errors
/// [`AppError`].
pub async fn page(shop: AdminShop, request: HttpRequest) -> Result<HttpResponse, AppError> {
    let now = shop.app.clock.now();
    let (this, last) = (period(now, 0), period(now, 1));
    let id = shop.shop.id;
    let known = shop.app.storage.read(move |conn| read(conn, id, this, last)).await?;
    let steps = setup::Known {
        has_program: known.has_program,
        has_affiliate: known.has_affiliate,
        has_order: known.has_order,
        installation: known.installation.as_ref(),
        reported_day: known.reported_day(),
        today: day_number(now),
    };
    let setup = (!shop.settings.is_setup_hidden).then(|| steps.setup(&shop));
    let currency = shop.shop.currency.unwrap_or(Currency::USD);
    let days = by_day(&known.now, this, currency);
    let before = by_day(&known.before, last, currency);
    let [sales, commissions, clicks, conversions] = measures(currency);
    let compared = |measure: &Measure| trend(measure.total(&days), measure.total(&before));
    let page = HomePage {
        frame: shop.frame(Section::Home, done_notice(&request)),
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
        attention: attention(&shop, &known, &steps, &shop.entitlement().await?),
        setup,
        embed: known.installation.as_ref().map(|it| it.embed_state.clone().unwrap_or_default()),
    };
    shop.show(page)
}

fn done_notice(request: &HttpRequest) -> Option<Notice> {
    (Fields::of_query(request).value("done") == "pixel").then(|| Notice {
        tone: Tone::Good,
        text: "The pixel is being connected. Look again in a minute.".to_owned(),
    })
}

/// What needs the merchant: the connection first, then what waits, then what the list of first steps
/// would say if it were still there.
fn attention(
    shop: &AdminShop,
    known: &Known,
    steps: &setup::Known<'_>,
    entitlement: &Entitlement,
) -> Vec<Attention> {
    let mut all = Vec::new();
    if let Some(installation) = &known.installation {
        all.extend(attention::connection(installation));
        if shop.settings.is_setup_hidden && !steps.has_embed() {
            all.push(Attention::EmbedOff(setup::embed_editor(shop)));
        }
        if let Some(problem) = &installation.pixel_problem {
            all.push(Attention::PixelProblem(problem.clone()));
        }
    }
    if known.asking > 0 {
        all.push(Attention::DataRequests(u64::try_from(known.asking).unwrap_or(u64::MAX)));
    }
    if usage_needs_attention(entitlement) {
        all.push(Attention::UsageLimit);
    }
    all.extend(known.waiting.iter().cloned());
    all
}

fn read(
    conn: &mut DbConn,
    shop: ShopId,
    this: (i64, i64),
    last: (i64, i64),
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
        waiting: attention::waiting(conn, shop)?,
        has_program: !program_list(conn, shop, 1)?.is_empty(),
        has_affiliate: !anybody.is_empty(),
        has_order: !order_page(conn, shop, &OrderFilter::default(), None, 1)?.is_empty(),
        installation: installation(conn, shop)?,
        asking: attention::asking(conn, shop)?,
        visits: visit_counts_of_shop(conn, shop, this, ROWS_MAX)?,
    })
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
