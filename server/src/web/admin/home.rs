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
    installations::{Installation, installation},
    orders::{OrderFilter, order_page},
    postbacks::postbacks_of_shop,
    privacy::data_requests_of,
    programs::program_list,
    stats::{DailyStat, ShopDay, stats_of_shop, stats_top_affiliates},
};

use crate::{
    error::AppError,
    web::{
        admin::connection::{is_connected, missing_scopes},
        auth::AdminShop,
        display::{count, money, stat_day},
        figures::{
            DayFigures, Measure, PERIOD_WORDS, ROWS_MAX, by_day, measures, period, rate, trend,
        },
        view::{
            admin::{
                Section,
                home::{Attention, Day, HomePage, Setup, Step, TopAffiliate, Way},
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
    installation: Option<Installation>,
    has_program: bool,
    has_affiliate: bool,
    has_order: bool,
}

/// `GET {base}`.
///
/// # Errors
/// [`AppError`].
pub async fn page(shop: AdminShop) -> Result<HttpResponse, AppError> {
    let now = shop.app.clock.now();
    let (this, last) = (period(now, 0), period(now, 1));
    let id = shop.shop.id;
    let known = shop.app.storage.read(move |conn| read(conn, id, this, last)).await?;
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
        embed_state: embed_state(&shop, known.installation.as_ref()),
        setup: Some(setup(&shop, &known, clicks.total(&days) > 0))
            .filter(|setup| !setup.is_complete()),
        attention: known.attention,
    };
    shop.show(page)
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
        attention: attention(conn, shop)?,
        installation: installation(conn, shop)?,
        has_program: !program_list(conn, shop, 1)?.is_empty(),
        has_affiliate: !anybody.is_empty(),
        has_order: !order_page(conn, shop, &OrderFilter::default(), None, 1)?.is_empty(),
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
    let mut attention = connection(conn, shop)?;
    attention.extend(all.into_iter().filter(|(number, _)| *number > 0).map(|(_, one)| one));
    Ok(attention)
}

/// What is wrong between us and Shopify.
fn connection(conn: &mut DbConn, shop: ShopId) -> Result<Vec<Attention>, StorageError> {
    // Without an installation there is no Shopify: the demo.
    let Some(row) = installation(conn, shop)? else { return Ok(Vec::new()) };
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let open = data_requests_of(conn, shop, COUNTED_MAX)?;
    let open = open.iter().filter(|request| request.downloaded_at.is_none()).count();
    let missing = missing_scopes(Some(&row)).len();
    let mut attention = Vec::new();
    if !is_connected(Some(&row)) {
        attention.push(Attention::Disconnected);
    }
    if missing > 0 {
        attention.push(Attention::MissingScopes(count(missing)));
    }
    if open > 0 {
        attention.push(Attention::DataRequests(count(open)));
    }
    if row.embed_state.as_deref() == Some("unavailable") {
        attention.push(Attention::EmbedOff);
    }
    Ok(attention)
}

/// What the script compares with what the admin says; only inside the admin there is one to ask.
fn embed_state(shop: &AdminShop, row: Option<&Installation>) -> Option<String> {
    let row = row.filter(|_| !shop.app.is_demo)?;
    Some(row.embed_state.clone().unwrap_or_default())
}

/// The steps of the set-up. Those inside Shopify are left out where there is no Shopify.
fn setup(shop: &AdminShop, known: &Known, has_clicks: bool) -> Setup {
    let page =
        |label: &str, path: &str| Way::Page { label: label.to_owned(), path: path.to_owned() };
    let step = |is_done, what: &str, way| Step { is_done, what: what.to_owned(), note: None, way };
    let mut steps = vec![
        step(
            known.has_program,
            "A program with your commission rules",
            page("Make a program", "/programs"),
        ),
        step(known.has_affiliate, "A first affiliate", page("Open affiliates", "/affiliates")),
    ];
    if let Some(row) = known.installation.as_ref().filter(|_| !shop.app.is_demo) {
        steps.push(embed_step(shop, row, has_clicks));
        steps.push(pixel_step(row));
    }
    let has_order = Step {
        note: Some("Place a test order with an affiliate’s code to see it arrive.".to_owned()),
        ..step(known.has_order, "An order received from your shop", Way::Wait)
    };
    steps.push(Step { note: has_order.note.filter(|_| !known.has_order), ..has_order });
    let has_postbacks = shop.settings.postbacks_enabled;
    let what = "Postbacks switched on, if your affiliates use a tracker";
    steps.push(step(has_postbacks, what, page("Open settings", "/settings")));
    Setup { steps }
}

/// Done when the admin says so, or when visits arrive: they come from nowhere else.
fn embed_step(shop: &AdminShop, row: &Installation, has_clicks: bool) -> Step {
    let is_done = has_clicks || row.embed_state.as_deref() == Some("active");
    let (domain, key) = (&shop.shop.domain, &shop.app.settings.shopify_api_key);
    let url = format!(
        "https://{domain}/admin/themes/current/editor?context=apps&template=index\
         &activateAppId={key}/{EMBED_BLOCK}"
    );
    Step {
        is_done,
        what: "The theme embed switched on".to_owned(),
        note: (!is_done).then(|| "In the theme editor, press Save.".to_owned()),
        way: Way::Shopify { label: "Open the theme editor".to_owned(), url },
    }
}

fn pixel_step(row: &Installation) -> Step {
    Step {
        is_done: row.pixel_id.is_some(),
        what: "The web pixel connected".to_owned(),
        note: row.pixel_problem.clone(),
        way: Way::Ask { label: "Connect".to_owned(), path: "/pixel".to_owned() },
    }
}

/// File name of the block in `extensions/affiliate-embed/blocks`, without its ending.
const EMBED_BLOCK: &str = "tracking";

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
