//! One round: check, lock, export, take in what became of the payments.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Bytes, Path},
};
use domain::{
    ids::PayoutId,
    money::Currency,
    payout::{PayoutMethod, export::WiseTemplate},
};
use storage::payouts::{Payout, PayoutTemplate, payout_template_save};

use super::{files::file_name, results};
use crate::{
    error::AppError,
    flows::pay_out::{PayoutResult, lock_payouts, mark_sent, take_in, throw_away},
    web::{
        auth::{ADMIN_BASE, AdminShop},
        display::{plural, sentence},
        forms::Fields,
        pages::{download, see_other},
        view::{
            form::Field,
            parts::{Notice, Tone},
        },
    },
};
use shown::{read, shown};

mod shown;

/// Payments frozen, or reported on, in one write.
const STEP: i64 = 100;
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
            page.form.error = Some(sentence(&error.to_string()));
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
    let news = report(&shop, &read.found).await?;
    let up_to_date = plural(news, "payment is up to date", "payments are up to date");
    let mut words = vec![match read.found.len() - news {
        0 => format!("{up_to_date}."),
        old => format!("{up_to_date}; {old} were already, or came too late."),
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
    let reports: Vec<_> = payments.into_iter().map(|id| (id, result.clone())).collect();
    report(shop, &reports).await?;
    Ok("reported")
}

/// How many of the reports were news. Step by step, as for locking.
async fn report(shop: &AdminShop, reports: &[(PayoutId, PayoutResult)]) -> Result<usize, AppError> {
    let mut news = 0;
    for some in reports.chunks(usize::try_from(STEP).unwrap_or(1)) {
        let (act, app, some) = (shop.act(), shop.app.clone(), some.to_vec());
        news += shop
            .app
            .storage
            .write(move |tx| take_in(tx, &app.books, app.mail_room(), act, &some))
            .await?;
    }
    Ok(news)
}
