//! One round: check, lock, export, take in what became of the payments.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Bytes, Path},
};
use domain::{
    ids::PayoutId,
    money::{Currency, Money},
    payout::{BatchState, PayoutMethod, PayoutState, export::WiseTemplate},
};
use storage::{
    StorageError,
    activity::{Activity, Subject, activity_page},
    payouts::{Payout, PayoutTemplate, payout_batch_by_number, payout_template_save},
};

use super::{
    files::{Round, file_name},
    results,
};
use crate::{
    error::AppError,
    flows::pay_out::{PayoutResult, lock_payouts, mark_sent, report_payout, throw_away},
    web::{
        auth::{ADMIN_BASE, AdminShop},
        display::{Zone, batch_badge, money, payout_badge, payout_method_words},
        forms::Fields,
        pages::{download, see_other},
        view::{
            admin::{
                Section,
                affiliates::profile::ActivityLine,
                payouts::{FileRow, PaymentRow, PayoutPage},
            },
            form::{Choice, Field},
            parts::{NameValue, Notice, Person, Tone},
        },
    },
};

/// Payments frozen, or reported on, in one write.
const STEP: i64 = 100;
const ACTIVITY_MAX: i64 = 20;
/// Skipped lines of results that are told.
const SKIPPED_MAX: usize = 5;

/// `GET {base}/payouts/{number}`.
///
/// # Errors
/// [`AppError`]; not found without such a round.
pub async fn page(
    shop: AdminShop,
    path: Path<i64>,
    request: HttpRequest,
) -> Result<HttpResponse, AppError> {
    let text = match Fields::of_query(&request).value("done") {
        "drafted" => Some("Drawn up. Check the amounts, then lock them."),
        "locked" => Some("Locked. Download the files and hand them to the payment service."),
        "changed" => Some("Locked. Some amounts have changed since the draft: see the rows."),
        "sent" => Some("Marked as sent."),
        "credit" => Some("The store credit is being given. Look again in a minute."),
        "reported" => Some("The payments ticked are up to date."),
        "form" => Some("The form is kept. Its columns are filled by their names."),
        _ => None,
    };
    let notice = text.map(|text| Notice { tone: Tone::Good, text: text.to_owned() });
    let page = shown(&shop, path.into_inner(), notice).await?;
    shop.show(page)
}

/// `POST {base}/payouts/{number}`; `action` is `lock`, `throw_away`, `sent`, `paid` or `failed` (for
/// every ticked `payment`, or all of them when `all` is on).
///
/// # Errors
/// [`AppError`]; not found without such a round.
pub async fn act(
    shop: AdminShop,
    path: Path<i64>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    let sent = shop.form(&request, &body)?;
    let number = path.into_inner();
    let done = match sent.value("action") {
        "lock" => lock(&shop, number).await?,
        "throw_away" => {
            let act = shop.act();
            shop.app.storage.write(move |tx| throw_away(tx, act, number)).await?;
            return Ok(see_other(&format!("{ADMIN_BASE}/payouts?done=thrown_away")));
        }
        "sent" => {
            let act = shop.act();
            shop.app.storage.write(move |tx| mark_sent(tx, act, number)).await?;
            if read(&shop, number).await?.0.batch.method == PayoutMethod::StoreCredit {
                "credit"
            } else {
                "sent"
            }
        }
        "paid" => {
            let confirmed = PayoutResult::Confirmed { reference: None };
            report_all(&shop, ticked(&shop, number, &sent).await?, &confirmed).await?
        }
        "failed" => {
            let reason = sent.given("reason").unwrap_or("the payment did not arrive").to_owned();
            let failed = PayoutResult::Failed { reason };
            report_all(&shop, ticked(&shop, number, &sent).await?, &failed).await?
        }
        _ => return Err(AppError::BadRequest("There is no such step.".to_owned())),
    };
    Ok(see_other(&format!("{ADMIN_BASE}/payouts/{number}?done={done}")))
}

/// `POST {base}/payouts/{number}/form`: Wise's empty form for a currency.
///
/// # Errors
/// [`AppError`].
pub async fn save_form(
    shop: AdminShop,
    path: Path<i64>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    let sent = shop.form(&request, &body)?;
    let number = path.into_inner();
    let currency = Currency::parse(sent.value("currency"))
        .map_err(|_bad| AppError::BadRequest("There is no such currency.".to_owned()))?;
    let form = match WiseTemplate::parse(sent.exact("form")) {
        Ok(form) => form,
        Err(error) => {
            let mut page = shown(&shop, number, None).await?;
            page.form.value = sent.exact("form").to_owned();
            page.form.error = Some(crate::web::display::sentence(&error.to_string()));
            return shop.show_refused(page);
        }
    };
    let template = PayoutTemplate {
        shop_id: shop.shop.id,
        method: PayoutMethod::Wise,
        currency,
        header: form.header().to_owned(),
        uploaded_at: shop.app.clock.now(),
    };
    shop.app.storage.write(move |tx| payout_template_save(tx, &template)).await?;
    Ok(see_other(&format!("{ADMIN_BASE}/payouts/{number}?done=form")))
}

/// `GET {base}/payouts/{number}/files/{currency}/{part}`.
///
/// # Errors
/// [`AppError`]; not found before the round is locked.
pub async fn file(
    shop: AdminShop,
    path: Path<(i64, String, usize)>,
) -> Result<HttpResponse, AppError> {
    let (number, currency, part) = path.into_inner();
    let round = read(&shop, number).await?.0;
    let file = round
        .files()
        .into_iter()
        .find(|file| file.currency.as_str() == currency && file.part == part)
        .ok_or(AppError::NotFound)?;
    Ok(download(&file_name(number, &file), file.content))
}

/// `POST {base}/payouts/{number}/results`: a table of what became of the payments.
///
/// # Errors
/// [`AppError`]; not found without such a round.
pub async fn import_results(
    shop: AdminShop,
    path: Path<i64>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    let sent = shop.form(&request, &body)?;
    let number = path.into_inner();
    let text = sent.exact("results");
    let (round, _) = read(&shop, number).await?;
    let read = match results::read(text, &round) {
        Ok(read) => read,
        Err(error) => {
            let mut page = shown(&shop, number, None).await?;
            page.results = Field { value: text.to_owned(), error: Some(error), warning: None };
            return shop.show_refused(page);
        }
    };
    let mut news = 0_usize;
    for (payment, result) in &read.found {
        news += report(&shop, &[*payment], result).await?;
    }
    let mut words = vec![match (news, read.found.len() - news) {
        (1, 0) => "1 payment is up to date.".to_owned(),
        (count, 0) => format!("{count} payments are up to date."),
        (count, old) => {
            format!("{count} payments are up to date; {old} were already, or came too late.")
        }
    }];
    words.extend(read.skipped.iter().take(SKIPPED_MAX).cloned());
    if read.skipped.len() > SKIPPED_MAX {
        words.push(format!("{} more lines were left out.", read.skipped.len() - SKIPPED_MAX));
    }
    let tone = if read.skipped.is_empty() { Tone::Good } else { Tone::Warning };
    let notice = Notice { tone, text: words.join(" ") };
    let page = shown(&shop, number, Some(notice)).await?;
    shop.show(page)
}

/// Locks step by step, so that a round of thousands does not hold the database.
async fn lock(shop: &AdminShop, number: i64) -> Result<&'static str, AppError> {
    let mut is_changed = false;
    loop {
        let (act, books) = (shop.act(), shop.app.books.clone());
        let step =
            shop.app.storage.write(move |tx| lock_payouts(tx, &books, act, number, STEP)).await?;
        is_changed |= step.changed + step.dropped > 0;
        if step.left == 0 {
            return Ok(if is_changed { "changed" } else { "locked" });
        }
    }
}

/// The payments that the form means, only those of the round.
async fn ticked(shop: &AdminShop, number: i64, sent: &Fields) -> Result<Vec<PayoutId>, AppError> {
    let (round, _) = read(shop, number).await?;
    let ids: Vec<PayoutId> =
        sent.all("payment").filter_map(|id| id.parse().ok()).map(PayoutId).collect();
    let is_meant = |row: &&Payout| sent.is_on("all") || ids.contains(&row.id);
    Ok(round.rows.iter().filter(is_meant).map(|row| row.id).collect())
}

async fn report_all(
    shop: &AdminShop,
    payments: Vec<PayoutId>,
    result: &PayoutResult,
) -> Result<&'static str, AppError> {
    let step = usize::try_from(STEP).unwrap_or(1);
    for some in payments.chunks(step) {
        report(shop, some, result).await?;
    }
    Ok("reported")
}

/// How many of the reports were news.
async fn report(
    shop: &AdminShop,
    payments: &[PayoutId],
    result: &PayoutResult,
) -> Result<usize, AppError> {
    let (act, books) = (shop.act(), shop.app.books.clone());
    let (payments, result) = (payments.to_vec(), result.clone());
    let news = shop
        .app
        .storage
        .write::<_, StorageError, _>(move |tx| {
            let mut news = 0;
            for payment in &payments {
                let reported = report_payout(tx, &books, act, *payment, &result)?;
                news += usize::from(reported.is_news);
            }
            Ok(news)
        })
        .await?;
    Ok(news)
}

async fn read(shop: &AdminShop, number: i64) -> Result<(Round, Vec<Activity>), AppError> {
    let id = shop.shop.id;
    let found = shop
        .app
        .storage
        .read(move |conn| {
            let batch = payout_batch_by_number(conn, id, number)?.ok_or(StorageError::NotFound)?;
            let about = Some((Subject::Payout, number));
            let activity = activity_page(conn, id, about, None, ACTIVITY_MAX)?;
            Ok::<_, StorageError>((Round::read(conn, batch)?, activity))
        })
        .await?;
    Ok(found)
}

async fn shown(
    shop: &AdminShop,
    number: i64,
    notice: Option<Notice>,
) -> Result<PayoutPage, AppError> {
    let (round, activity) = read(shop, number).await?;
    let (batch, zone) = (&round.batch, &shop.zone);
    let choice = |currency: Currency| Choice {
        value: currency.to_string(),
        label: currency.to_string(),
        is_chosen: false,
    };
    Ok(PayoutPage {
        frame: shop.frame(Section::Payouts, notice),
        number: number.to_string(),
        method: payout_method_words(batch.method.as_str()),
        status: batch_badge(batch.state),
        is_draft: batch.state == BatchState::Draft,
        is_locked: batch.state == BatchState::Locked,
        is_store_credit: batch.method == PayoutMethod::StoreCredit,
        is_open: matches!(batch.state, BatchState::Locked | BatchState::Sent | BatchState::Done),
        facts: facts(&round, zone),
        files: file_rows(&round),
        forms: round.missing_forms().into_iter().map(choice).collect(),
        form: Field::default(),
        results: Field::default(),
        rows: round.rows.iter().map(|row| payment_row(row, &round)).collect(),
        activity: activity
            .iter()
            .map(|line| ActivityLine {
                at: zone.moment(line.at),
                actor: line.actor.clone(),
                words: line.words.clone(),
            })
            .collect(),
    })
}

fn facts(round: &Round, zone: &Zone) -> Vec<NameValue> {
    let fact = |name: &str, value: String| NameValue { name: name.to_owned(), value };
    let batch = &round.batch;
    let mut facts = vec![
        fact("Payments", round.rows.len().to_string()),
        fact("Sum", totals(&round.rows)),
        fact("Drawn up", zone.moment(batch.created_at).text),
    ];
    facts.extend(batch.locked_at.map(|at| fact("Locked", zone.moment(at).text)));
    facts.extend(batch.sent_at.map(|at| fact("Sent", zone.moment(at).text)));
    if !batch.note.is_empty() {
        facts.push(fact("Note", batch.note.clone()));
    }
    facts
}

/// The sums by currency of payment; what failed is not in them.
fn totals(rows: &[Payout]) -> String {
    let mut sums: std::collections::BTreeMap<Currency, i64> = std::collections::BTreeMap::new();
    for row in rows.iter().filter(|row| row.state != PayoutState::Failed) {
        let sum = sums.entry(row.payout_currency).or_default();
        *sum = sum.saturating_add(row.payout_amount_minor);
    }
    let shown: Vec<String> =
        sums.into_iter().map(|(currency, minor)| Money::new(minor, currency).to_string()).collect();
    if shown.is_empty() { "nothing".to_owned() } else { shown.join(" + ") }
}

fn file_rows(round: &Round) -> Vec<FileRow> {
    let number = round.batch.number;
    let row = |file: &domain::payout::export::ExportFile| FileRow {
        href: format!("{ADMIN_BASE}/payouts/{number}/files/{}/{}", file.currency, file.part),
        name: file_name(number, file),
        content: format!("{} payments, {}", file.rows, money(file.total_minor, file.currency)),
    };
    round.files().iter().map(row).collect()
}

fn payment_row(row: &Payout, round: &Round) -> PaymentRow {
    let name = round.people.get(&row.affiliate_id).map(|one| one.name.clone());
    PaymentRow {
        id: row.id.to_string(),
        affiliate: Person {
            id: row.affiliate_id.to_string(),
            name: name.unwrap_or_else(|| row.recipient_name.clone()),
        },
        to: row.recipient_address.clone(),
        amount: money(row.payout_amount_minor, row.payout_currency),
        of: (row.payout_currency != row.currency).then(|| money(row.amount_minor, row.currency)),
        status: payout_badge(row.state),
        remark: row.reason.clone().or_else(|| row.reference.clone()),
        is_open: row.state.is_booked(),
    }
}
