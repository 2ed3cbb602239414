//! The dry run of a draft in the editor over past orders (N10): old and new, per affiliate and per
//! order, with the steps. At most 20,000 orders are looked at, which takes seconds, so it runs within
//! the request: nothing has to be kept, and a reload asks again.

use std::collections::HashMap;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Bytes, Path},
};
use domain::{
    commission::{Commission, FieldError},
    ids::AffiliateId,
    money::{Currency, Money},
    payout::export::write_row,
    program::ProgramRules,
    time::UtcTime,
};
use storage::affiliates::{Affiliate, affiliates_by_ids};

use super::{Loaded, form, load};
use crate::{
    error::AppError,
    flows::dry_run::{Draft, DryOrder, DryPart, DryRun, DryRunError, dry_run},
    web::{
        auth::AdminShop,
        display::{count, sentence, sentence_start},
        forms::Fields,
        pages::download,
        view::admin::{
            Section,
            programs::dry_run::{DryAffiliateRow, DryOrderRow, DryRunPage},
        },
    },
};

/// Days looked back when nothing is said.
const DAYS: i64 = 90;
/// Most days looked back.
const DAYS_MAX: i64 = 3_652;
/// Orders with a difference that the page shows; the file holds all.
const SHOWN_MAX: usize = 100;

/// A dry run with the names that it mentions.
struct Tried {
    run: DryRun,
    people: HashMap<AffiliateId, Affiliate>,
}

/// `POST {base}/programs/{number}/dry-run`: the editor's form, with `days` to look back and `as` `csv`
/// for a file.
///
/// # Errors
/// [`AppError`]; not found without such a program.
pub async fn page(
    shop: AdminShop,
    path: Path<i64>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    let sent = shop.form(&request, &body)?;
    let loaded = load(&shop, path.into_inner()).await?;
    let (rules, mistakes) = form::rules_of(&sent, Some(&loaded.version.rules.0));
    let days = sent.value("days").parse().unwrap_or(DAYS).clamp(1, DAYS_MAX);
    let tried = match mistakes.is_empty() {
        true => attempt(&shop, &loaded, rules, days).await?,
        false => Err(mistakes),
    };
    match tried {
        Ok(tried) if sent.value("as") == "csv" => {
            Ok(download(&format!("dry-run-{}.csv", loaded.program.number), table(&tried)))
        }
        Ok(tried) => shop.show(shown(&shop, &loaded, &sent, days, &tried)),
        Err(errors) => {
            let blank = blank(&shop, &loaded, &sent, days);
            let errors = errors.iter().map(|error| sentence(&error.message)).collect();
            shop.show_refused(DryRunPage { errors, ..blank })
        }
    }
}

async fn attempt(
    shop: &AdminShop,
    loaded: &Loaded,
    rules: ProgramRules,
    days: i64,
) -> Result<Result<Tried, Vec<FieldError>>, AppError> {
    let (id, books, now) = (shop.shop.id, shop.app.books.clone(), shop.app.clock.now());
    let program = loaded.program.id;
    let tried = shop
        .app
        .storage
        .read(move |conn| {
            let book = books.of(conn, id)?;
            let (from, until) = (now.plus_days(-days), later(now));
            let run = dry_run(conn, &book, &Draft { program, rules: &rules, from, until })?;
            let ids: Vec<AffiliateId> = run.affiliates.iter().map(|one| one.id).collect();
            let people = affiliates_by_ids(conn, id, &ids)?;
            Ok::<_, DryRunError>(Tried { run, people })
        })
        .await;
    match tried {
        Ok(tried) => Ok(Ok(tried)),
        Err(DryRunError::Rules(errors)) => Ok(Err(errors)),
        Err(DryRunError::Storage(error)) => Err(error.into()),
    }
}

/// The end is left out, and an order of this moment counts.
fn later(now: UtcTime) -> UtcTime {
    now.plus_seconds(1)
}

fn blank(shop: &AdminShop, loaded: &Loaded, sent: &Fields, days: i64) -> DryRunPage {
    DryRunPage {
        frame: shop.frame(Section::Programs, None),
        number: loaded.program.number.to_string(),
        name: loaded.program.name.clone(),
        days: days.to_string(),
        fields: sent.others(&["csrf", "days", "as", "action"]),
        errors: Vec::new(),
        orders_count: "0".to_owned(),
        old: String::new(),
        new: String::new(),
        difference: String::new(),
        is_cut: false,
        affiliates: Vec::new(),
        orders: Vec::new(),
        has_more_orders: false,
    }
}

fn shown(shop: &AdminShop, loaded: &Loaded, sent: &Fields, days: i64, tried: &Tried) -> DryRunPage {
    let run = &tried.run;
    let (old, new) = (run.old_minor(), run.new_minor());
    let changed: Vec<(&DryOrder, &DryPart)> = run
        .orders
        .iter()
        .rev()
        .flat_map(|order| order.parts.iter().map(move |part| (order, part)))
        .filter(|(_, part)| part.old_minor != part.new_minor)
        .collect();
    let row = |(order, part): &(&DryOrder, &DryPart)| DryOrderRow {
        id: order.id.to_string(),
        name: order.name.clone(),
        at: shop.zone.day(order.ordered_at),
        affiliate: tried.name(part.affiliate),
        old: text(part.old_minor, run.currency),
        new: text(part.new_minor, run.currency),
        difference: signed(part.new_minor - part.old_minor, run.currency),
        old_steps: steps(part.old_steps.as_ref()),
        new_steps: steps(part.new_steps.as_ref()),
    };
    let affiliate = |one: &crate::flows::dry_run::DryAffiliate| {
        let (old, new) = (one.old_minor + one.old_bonus_minor, one.new_minor + one.new_bonus_minor);
        DryAffiliateRow {
            id: one.id.to_string(),
            name: one.name.clone(),
            orders: count(one.orders),
            old: text(old, run.currency),
            new: text(new, run.currency),
            difference: signed(new - old, run.currency),
        }
    };
    DryRunPage {
        orders_count: count(i64::try_from(run.orders.len()).unwrap_or(i64::MAX)),
        old: text(old, run.currency),
        new: text(new, run.currency),
        difference: signed(new - old, run.currency),
        is_cut: run.is_cut,
        affiliates: run.affiliates.iter().take(SHOWN_MAX).map(affiliate).collect(),
        orders: changed.iter().take(SHOWN_MAX).map(row).collect(),
        has_more_orders: changed.len() > SHOWN_MAX,
        ..blank(shop, loaded, sent, days)
    }
}

impl Tried {
    fn name(&self, id: AffiliateId) -> String {
        self.people.get(&id).map_or_else(|| id.to_string(), |one| one.name.clone())
    }
}

fn text(minor: i64, currency: Currency) -> String {
    Money::new(minor, currency).to_string()
}

fn signed(minor: i64, currency: Currency) -> String {
    let sign = if minor > 0 { "+" } else { "" };
    format!("{sign}{}", Money::new(minor, currency))
}

/// How an amount comes about, line by line.
fn steps(commission: Option<&Commission>) -> Vec<String> {
    let Some(commission) = commission else { return Vec::new() };
    let line = |line: &domain::commission::LineCommission| {
        format!(
            "{} × {} = {}: {}",
            line.base,
            line.rate,
            line.commission,
            sentence_start(&line.why)
        )
    };
    commission.lines.iter().map(line).collect()
}

fn table(tried: &Tried) -> String {
    let mut file = String::new();
    let header = [
        "order",
        "placed_at",
        "affiliate",
        "level",
        "old",
        "new",
        "difference",
        "currency",
        "old_steps",
        "new_steps",
    ];
    write_row(&mut file, &header);
    let currency = tried.run.currency;
    let amount = |minor: i64| Money::new(minor, currency).decimal();
    for order in &tried.run.orders {
        for part in &order.parts {
            let cells = [
                order.name.clone(),
                order.ordered_at.to_string(),
                tried.name(part.affiliate),
                part.level.to_string(),
                amount(part.old_minor),
                amount(part.new_minor),
                amount(part.new_minor - part.old_minor),
                currency.to_string(),
                steps(part.old_steps.as_ref()).join(" | "),
                steps(part.new_steps.as_ref()).join(" | "),
            ];
            write_row(&mut file, &cells.each_ref().map(String::as_str));
        }
    }
    file
}
