//! The coupon meter (N18): how affiliates' discount codes are used, what is out of the ordinary first.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, http::header};
use domain::{
    fraud::{CODE_ORDERS_MIN, CodeStanding, CodeVerdict, Norm, judge_codes},
    ids::{AffiliateId, ShopId},
    payout::export::write_row,
};
use storage::{
    DbConn, StorageError,
    affiliates::affiliates_by_ids,
    code_days::{CodeSum, code_sums_of_shop},
    coupons::coupons_named,
};

use crate::{
    error::AppError,
    flows::book_changes::day_number,
    web::{
        auth::{ADMIN_BASE, AdminShop},
        display::{badge, plural},
        forms::Fields,
        view::{
            admin::{
                Section,
                codes::{CodeRow, CodesPage, Count},
            },
            form::Choice,
            parts::{Badge, Person, Tone},
        },
    },
};

/// Periods to choose from, in days; the first one is meant when nothing is said.
const PERIODS: [(i64, &str); 3] =
    [(90, "Last 90 days"), (30, "Last 30 days"), (365, "Last 365 days")];
/// Codes that are looked at.
const CODES_MAX: i64 = 10_000;
/// Codes on the page; the file has all of them.
const SHOWN_MAX: usize = 100;

/// A judged code.
struct Judged {
    sum: CodeSum,
    verdict: CodeVerdict,
    /// As the merchant wrote it.
    code: String,
    affiliate: String,
}

/// What the page and the file show.
struct Known {
    norm: Norm,
    codes: Vec<Judged>,
    /// The one affiliate that was asked for.
    affiliate: Option<String>,
}

/// `GET {base}/codes`, with `days` and `affiliate`.
///
/// # Errors
/// [`AppError`].
pub async fn page(shop: AdminShop, request: HttpRequest) -> Result<HttpResponse, AppError> {
    let query = Fields::of_query(&request);
    let days = days_of(&query);
    let known = known(&shop, &query).await?;
    let minutes = shop.settings.fraud.late_code_seconds.div_euclid(60);
    let page = CodesPage {
        frame: shop.frame(Section::Settings, None),
        periods: PERIODS.iter().map(|(length, words)| period(*length, words, days)).collect(),
        affiliate: known.affiliate,
        affiliate_id: query.value("affiliate").to_owned(),
        file: format!("{ADMIN_BASE}/codes.csv?{}", query.query_with("days", &days.to_string())),
        ordinary: percent(known.norm.without_click_bps),
        moment: match minutes {
            0 => format!("{} seconds", shop.settings.fraud.late_code_seconds),
            1 => "a minute".to_owned(),
            more => format!("{more} minutes"),
        },
        orders_min: CODE_ORDERS_MIN.to_string(),
        is_cut: known.codes.len() > SHOWN_MAX,
        rows: known.codes.iter().take(SHOWN_MAX).map(|one| row(one, &known.norm)).collect(),
    };
    shop.show(page)
}

/// `GET {base}/codes.csv`, as the page and with every code.
///
/// # Errors
/// [`AppError`].
pub async fn file(shop: AdminShop, request: HttpRequest) -> Result<HttpResponse, AppError> {
    let known = known(&shop, &Fields::of_query(&request)).await?;
    let mut text = String::new();
    let columns = [
        "code",
        "affiliate",
        "verdict",
        "orders",
        "without_click",
        "without_click_percent",
        "from_coupon_sites",
        "last_moment",
    ];
    write_row(&mut text, &columns);
    for Judged { sum, verdict, code, affiliate } in &known.codes {
        let uses = &sum.uses;
        let cells = [
            code.as_str(),
            affiliate.as_str(),
            words_of(verdict.standing).0,
            &uses.orders.to_string(),
            &uses.without_click.to_string(),
            &percent(share_bps(uses.without_click, uses.orders)),
            &uses.from_coupon_sites.to_string(),
            &uses.last_moment.to_string(),
        ];
        write_row(&mut text, &cells);
    }
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, "attachment; filename=\"codes.csv\""))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(text))
}

async fn known(shop: &AdminShop, query: &Fields) -> Result<Known, AppError> {
    let (id, today) = (shop.shop.id, day_number(shop.app.clock.now()));
    let days = (today.saturating_sub(days_of(query).saturating_sub(1)), today);
    let only = query.value("affiliate").parse().ok().map(AffiliateId);
    Ok(shop.app.storage.read(move |conn| read(conn, id, days, only)).await?)
}

/// All codes are judged, against each other, though only one affiliate's are shown.
fn read(
    conn: &mut DbConn,
    shop: ShopId,
    days: (i64, i64),
    only: Option<AffiliateId>,
) -> Result<Known, StorageError> {
    let sums = code_sums_of_shop(conn, shop, days, CODES_MAX)?;
    let uses: Vec<_> = sums.iter().map(|sum| sum.uses).collect();
    let (norm, verdicts) = judge_codes(&uses);
    let mut judged: Vec<(CodeSum, CodeVerdict)> = sums.into_iter().zip(verdicts).collect();
    judged.retain(|(sum, _)| only.is_none_or(|only| only == sum.affiliate_id));
    // Stable: what is equally suspicious stays in the order of its use.
    judged.sort_by_key(|(_, verdict)| std::cmp::Reverse(verdict.suspicion_bps));
    let mut people: Vec<AffiliateId> = judged.iter().map(|(sum, _)| sum.affiliate_id).collect();
    people.extend(only);
    people.sort_unstable();
    people.dedup();
    let people = affiliates_by_ids(conn, shop, &people)?;
    let folded: Vec<String> = judged.iter().map(|(sum, _)| sum.code_folded.clone()).collect();
    let written: HashMap<String, String> = coupons_named(conn, shop, &folded)?
        .into_iter()
        .map(|coupon| (coupon.code_folded, coupon.code))
        .collect();
    let codes = judged.into_iter().map(|(sum, verdict)| Judged {
        code: written.get(&sum.code_folded).unwrap_or(&sum.code_folded).clone(),
        affiliate: people.get(&sum.affiliate_id).map(|one| one.name.clone()).unwrap_or_default(),
        sum,
        verdict,
    });
    let affiliate = only.and_then(|only| people.get(&only)).map(|one| one.name.clone());
    Ok(Known { norm, codes: codes.collect(), affiliate })
}

fn days_of(query: &Fields) -> i64 {
    let given = query.value("days").parse().ok();
    let known = PERIODS.iter().map(|(days, _)| *days).find(|days| Some(*days) == given);
    known.or_else(|| PERIODS.first().map(|(days, _)| *days)).unwrap_or_default()
}

fn period(length: i64, words: &str, chosen: i64) -> Choice {
    Choice { value: length.to_string(), label: words.to_owned(), is_chosen: length == chosen }
}

fn row(one: &Judged, norm: &Norm) -> CodeRow {
    let uses = &one.sum.uses;
    let count = |number: i64| Count {
        number: number.to_string(),
        share: percent(share_bps(number, uses.orders)),
        is_any: number > 0,
    };
    CodeRow {
        code: one.code.clone(),
        affiliate: Person { id: one.sum.affiliate_id.to_string(), name: one.affiliate.clone() },
        standing: standing(one.verdict.standing),
        why: why(one, norm),
        orders: uses.orders.to_string(),
        without_click: count(uses.without_click),
        from_coupon_sites: count(uses.from_coupon_sites),
        last_moment: count(uses.last_moment),
    }
}

fn standing(standing: CodeStanding) -> Badge {
    let (words, tone) = words_of(standing);
    badge(words, tone)
}

const fn words_of(standing: CodeStanding) -> (&'static str, Tone) {
    match standing {
        CodeStanding::Suspicious => ("Looks leaked", Tone::Bad),
        CodeStanding::Unusual => ("Unusual", Tone::Warning),
        CodeStanding::Ordinary => ("Ordinary", Tone::Neutral),
        CodeStanding::TooFew => ("Too few orders", Tone::Neutral),
    }
}

/// Why a code stands where it stands, for those that deserve a look.
fn why(one: &Judged, norm: &Norm) -> String {
    let uses = &one.sum.uses;
    let mut sentences = vec![format!(
        "{} of {} had never clicked the affiliate's link; usual here: {}.",
        uses.without_click,
        plural(usize::try_from(uses.orders).unwrap_or(usize::MAX), "buyer", "buyers"),
        percent(norm.without_click_bps),
    )];
    if uses.from_coupon_sites > 0 {
        sentences.push(format!("{} came from a coupon site.", uses.from_coupon_sites));
    }
    if uses.last_moment > 0 {
        let count = uses.last_moment;
        sentences.push(format!("{count} had just come through somebody else's link."));
    }
    match one.verdict.standing {
        CodeStanding::TooFew | CodeStanding::Ordinary => return String::new(),
        CodeStanding::Suspicious => {}
        CodeStanding::Unusual => {
            sentences.push("A code that is read out looks like this as well.".to_owned());
        }
    }
    sentences.join(" ")
}

fn share_bps(count: i64, of: i64) -> i64 {
    count.saturating_mul(10_000).checked_div(of).unwrap_or(0)
}

/// `12.3%`; whole percents without a fraction.
fn percent(bps: i64) -> String {
    match (bps.div_euclid(100), bps.rem_euclid(100).div_euclid(10)) {
        (whole, 0) => format!("{whole}%"),
        (whole, tenths) => format!("{whole}.{tenths}%"),
    }
}
