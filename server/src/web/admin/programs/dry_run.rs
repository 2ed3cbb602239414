//! The dry run of a draft in the editor over past orders (N10): old and new, per affiliate and per
//! order, with the steps. The workers do it (`flows/run_job`); here it is asked for, and its result is
//! shown for as long as it is kept.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Bytes, Path},
};
use domain::{
    ids::JobId,
    money::{Currency, Money},
    time::{DAY_S, UtcTime},
};
use storage::jobs::JobState;

use super::{Loaded, form, load};
use crate::{
    error::AppError,
    flows::{
        dry_run::{ChangedPart, DryAffiliate, Report},
        run_job::{DryRunTask, Task, read_task},
    },
    web::{
        admin::jobs,
        auth::{ADMIN_BASE, AdminShop},
        display::{count, sentence},
        pages::see_other,
        view::{
            admin::{
                Section,
                programs::dry_run::{DryAffiliateRow, DryOrderRow, DryRunPage},
            },
            parts::NameValue,
        },
    },
};

/// Days looked back when nothing is said.
const DAYS: i64 = 90;
/// Most days looked back.
const DAYS_MAX: i64 = 3_652;

/// `POST {base}/programs/{number}/dry-run`: the editor's form, with `days` to look back.
///
/// # Errors
/// [`AppError`]; not found without such a program.
pub async fn start(
    shop: AdminShop,
    path: Path<i64>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    let sent = shop.form(&request, &body)?;
    let loaded = load(&shop, path.into_inner()).await?;
    let (rules, mistakes) = form::rules_of(&sent, Some(&loaded.version.rules.0));
    let typed = sent.given("days").map_or_else(|| DAYS.to_string(), str::to_owned);
    let days = typed.parse().ok().filter(|days| (1..=DAYS_MAX).contains(days));
    let fields = sent.others(&["csrf", "days", "action"]);
    let checked = domain::commission::check_rules(&rules, shop.currency());
    let mistakes = mistakes.into_iter().chain(checked.err().into_iter().flatten());
    let mut errors: Vec<String> = mistakes.map(|error| sentence(&error.message)).collect();
    let (Some(days), true) = (days, errors.is_empty()) else {
        if days.is_none() {
            errors.push(format!("The days are a whole number from 1 to {DAYS_MAX}."));
        }
        let blank = blank(&shop, &loaded, fields, typed);
        return shop.show_refused(DryRunPage { errors, ..blank });
    };
    let now = shop.app.clock.now();
    let task = DryRunTask {
        program: loaded.program.id,
        number: loaded.program.number,
        rules,
        from: now.plus_days(-days),
        // The end is left out, and an order of this moment counts.
        until: now.plus_seconds(1),
        fields: fields.into_iter().map(|field| (field.name, field.value)).collect(),
    };
    jobs::ask_for(&shop, Task::DryRun(Box::new(task))).await
}

/// `GET {base}/programs/{number}/dry-run/{job}`.
///
/// # Errors
/// [`AppError`]; not found without such a dry run of the program.
pub async fn page(shop: AdminShop, path: Path<(i64, i64)>) -> Result<HttpResponse, AppError> {
    let (number, id) = path.into_inner();
    let job = jobs::find(&shop, JobId(id)).await?;
    let Task::DryRun(task) = read_task(&job)? else { return Err(AppError::NotFound) };
    if task.number != number {
        return Err(AppError::NotFound);
    }
    let (JobState::Done, Some(text)) = (job.state, &job.result) else {
        return Ok(see_other(&format!("{ADMIN_BASE}/jobs/{id}")));
    };
    let report: Report = serde_json::from_str(text)
        .map_err(|error| AppError::Internal(anyhow::Error::new(error).context("a report")))?;
    let loaded = load(&shop, number).await?;
    let days = days_between(task.from, task.until);
    let named = task.fields.into_iter().map(|(name, value)| NameValue { name, value });
    let blank = blank(&shop, &loaded, named.collect(), days.to_string());
    let file = Some(format!("{ADMIN_BASE}/jobs/{id}/file"));
    shop.show(DryRunPage { file, ..shown(&shop, &report, blank) })
}

const fn days_between(from: UtcTime, until: UtcTime) -> i64 {
    (until.micros() - from.micros()) / (DAY_S * 1_000_000)
}

fn blank(shop: &AdminShop, loaded: &Loaded, fields: Vec<NameValue>, days: String) -> DryRunPage {
    DryRunPage {
        frame: shop.frame(Section::Programs, None),
        number: loaded.program.number.to_string(),
        name: loaded.program.name.clone(),
        days,
        fields,
        file: None,
        errors: Vec::new(),
        orders_count: "0".to_owned(),
        old: String::new(),
        new: String::new(),
        difference: String::new(),
        is_cut: false,
        problem: None,
        affiliates: Vec::new(),
        orders: Vec::new(),
        has_more_orders: false,
    }
}

fn shown(shop: &AdminShop, report: &Report, blank: DryRunPage) -> DryRunPage {
    let currency = report.currency;
    let row = |part: &ChangedPart| DryOrderRow {
        id: part.order.to_string(),
        name: part.name.clone(),
        at: shop.zone.day(part.ordered_at),
        affiliate: part.affiliate.clone(),
        old: text(part.old_minor, currency),
        new: text(part.new_minor, currency),
        difference: signed(part.new_minor - part.old_minor, currency),
        old_steps: part.old_steps.clone(),
        new_steps: part.new_steps.clone(),
    };
    let affiliate = |one: &DryAffiliate| {
        let (old, new) = (one.old_minor + one.old_bonus_minor, one.new_minor + one.new_bonus_minor);
        DryAffiliateRow {
            id: one.id.to_string(),
            name: one.name.clone(),
            orders: count(one.orders),
            old: text(old, currency),
            new: text(new, currency),
            difference: signed(new - old, currency),
        }
    };
    DryRunPage {
        orders_count: count(report.orders_count),
        old: text(report.old_minor, currency),
        new: text(report.new_minor, currency),
        difference: signed(report.new_minor - report.old_minor, currency),
        is_cut: report.is_cut,
        problem: report.problem.clone(),
        affiliates: report.affiliates.iter().map(affiliate).collect(),
        orders: report.changes.iter().map(row).collect(),
        has_more_orders: report.has_more,
        ..blank
    }
}

fn text(minor: i64, currency: Currency) -> String {
    Money::new(minor, currency).to_string()
}

fn signed(minor: i64, currency: Currency) -> String {
    let sign = if minor > 0 { "+" } else { "" };
    format!("{sign}{}", Money::new(minor, currency))
}
