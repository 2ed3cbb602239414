//! One round as its page shows it.

use std::collections::BTreeMap;

use domain::{
    money::{Currency, Money},
    payout::{BatchState, PayoutMethod, PayoutState},
};
use storage::{
    StorageError,
    activity::{Activity, Subject, activity_page},
    payouts::{Payout, payout_batch_by_number},
};

use super::super::files::{Round, file_name};
use crate::{
    error::AppError,
    web::{
        admin::activity::lines_about,
        auth::{ADMIN_BASE, AdminShop},
        display::{Zone, batch_badge, money, payout_badge, payout_method_words, plural},
        view::{
            admin::{
                Section,
                payouts::{FileRow, PaymentRow, PayoutPage},
            },
            form::{Choice, Field},
            parts::{NameValue, Notice, Person},
        },
    },
};

const ACTIVITY_MAX: i64 = 20;

/// A round with what was done about it.
pub(super) async fn read(
    shop: &AdminShop,
    number: i64,
) -> Result<(Round, Vec<Activity>), AppError> {
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

/// Its page.
pub(super) async fn shown(
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
        activity: lines_about(&activity, zone),
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
    let mut sums: BTreeMap<Currency, i64> = BTreeMap::new();
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
        content: format!(
            "{}, {}",
            plural(file.rows, "payment", "payments"),
            money(file.total_minor, file.currency)
        ),
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
