//! What the affiliate was paid, and the statement of each payment.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, web::Path};
use domain::{
    ids::{AffiliateId, ConversionId, PayoutId, ShopId},
    ledger::EntryKind,
    money::{Currency, Money},
    payout::{PayoutState, export::write_row},
};
use storage::{
    DbConn, StorageError,
    conversions::conversion_by_id,
    ledger::{Balance, Entry, balances_of},
    orders::order_by_id,
    payouts::{Payout, entries_of_payout, payout_by_id, payouts_of_affiliate},
    profiles::profile_of,
};

use crate::{
    error::AppError,
    flows::pay_out::{ENTRIES_MAX, minimum_minor},
    web::{
        auth::PortalAffiliate,
        display::{Zone, money, payout_badge, payout_method_words, words},
        forms::Fields,
        pages::download,
        view::{
            parts::{NameValue, Pager},
            portal::{
                Section,
                payouts::{PayoutRow, PayoutsPage, StatementLine, StatementPage},
            },
        },
    },
};

const PER_PAGE: usize = 50;

/// A payment with what it pays and the names of the orders.
struct Statement {
    payout: Payout,
    entries: Vec<Entry>,
    orders: HashMap<ConversionId, String>,
}

/// `GET {base}/payouts`.
///
/// # Errors
/// [`AppError`].
pub async fn page(who: PortalAffiliate, request: HttpRequest) -> Result<HttpResponse, AppError> {
    let query = Fields::of_query(&request);
    let before = query.value("before").parse().ok().map(PayoutId);
    let (shop, id) = (who.shop.id, who.affiliate.id);
    let (books, program, now) =
        (who.app.books.clone(), who.affiliate.program_id, who.app.clock.now());
    let (mut rows, balances, profile, minimum) = who
        .app
        .storage
        .read(move |conn| {
            let book = books.of(conn, shop)?;
            let limit = i64::try_from(PER_PAGE).unwrap_or(i64::MAX).saturating_add(1);
            Ok::<_, StorageError>((
                payouts_of_affiliate(conn, shop, id, before, limit)?,
                balances_of(conn, shop, id)?,
                profile_of(conn, shop, id)?,
                Money::new(minimum_minor(&book, program, now), book.currency()),
            ))
        })
        .await?;
    // Drafts are the merchant's own business.
    rows.retain(|row| row.state != PayoutState::Draft);
    let has_more = rows.len() > PER_PAGE;
    rows.truncate(PER_PAGE);
    let older = rows.last().filter(|_| has_more).map(|row| {
        format!("{}/payouts?{}", who.base(), query.query_with("before", &row.id.to_string()))
    });
    let method = profile.and_then(|known| {
        let method = payout_method_words(known.payout_method.as_deref()?);
        Some(format!("{method}, {}", known.payout_address))
    });
    let page = PayoutsPage {
        frame: who.frame(Section::Payouts, None),
        balances: balance_facts(&balances, who.shop.currency.unwrap_or(Currency::USD)),
        minimum: (minimum.minor > 0).then(|| minimum.to_string()),
        method,
        rows: rows.iter().map(|row| payout_row(row, &who.zone)).collect(),
        pager: Pager {
            newer: query.given("before").map(|_| format!("{}/payouts", who.base())),
            older,
        },
    };
    who.show(page)
}

/// `GET {base}/payouts/{id}`.
///
/// # Errors
/// [`AppError`]; not found for somebody else's.
pub async fn statement(
    who: PortalAffiliate,
    path: Path<(String, i64)>,
) -> Result<HttpResponse, AppError> {
    let statement = load(&who, path.into_inner().1).await?;
    let (payout, zone) = (&statement.payout, &who.zone);
    let fact = |name: &str, value: String| NameValue { name: name.to_owned(), value };
    let mut facts = vec![
        fact("Paid by", who.shop.name.clone()),
        fact("Paid to", payout.recipient_name.clone()),
        fact(
            "By",
            format!(
                "{}, {}",
                payout_method_words(payout.method.as_str()),
                payout.recipient_address
            ),
        ),
        fact("Day", zone.day(payout.updated_at).text),
        fact("Number", payout.idempotency_key.clone()),
    ];
    facts.extend(payout.reference.clone().map(|text| fact("Payment service's number", text)));
    let line = |entry: &Entry| StatementLine {
        at: zone.day(entry.at),
        what: what_words(&entry.kind),
        order: statement.order_of(entry),
        amount: money(entry.payout_amount_minor, entry.payout_currency),
    };
    let page = StatementPage {
        frame: who.frame(Section::Payouts, None),
        id: payout.id.to_string(),
        facts,
        status: payout_badge(payout.state),
        lines: statement.entries.iter().map(line).collect(),
        total: money(payout.payout_amount_minor, payout.payout_currency),
    };
    who.show(page)
}

/// `GET {base}/payouts/{id}/csv`.
///
/// # Errors
/// [`AppError`]; not found for somebody else's.
pub async fn statement_csv(
    who: PortalAffiliate,
    path: Path<(String, i64)>,
) -> Result<HttpResponse, AppError> {
    let statement = load(&who, path.into_inner().1).await?;
    let mut file = String::new();
    write_row(&mut file, &["booked_at", "what", "order", "amount", "currency"]);
    for entry in &statement.entries {
        let amount = Money::new(entry.payout_amount_minor, entry.payout_currency).decimal();
        let cells = [
            entry.at.to_string(),
            what_words(&entry.kind),
            statement.order_of(entry),
            amount,
            entry.payout_currency.to_string(),
        ];
        write_row(&mut file, &cells.each_ref().map(String::as_str));
    }
    Ok(download(&format!("{}.csv", statement.payout.idempotency_key), file))
}

impl Statement {
    fn order_of(&self, entry: &Entry) -> String {
        let name = entry.conversion_id.and_then(|id| self.orders.get(&id));
        name.cloned().unwrap_or_default()
    }
}

async fn load(who: &PortalAffiliate, id: i64) -> Result<Statement, AppError> {
    let (shop, own, id) = (who.shop.id, who.affiliate.id, PayoutId(id));
    Ok(who.app.storage.read(move |conn| read(conn, shop, own, id)).await?)
}

fn read(
    conn: &mut DbConn,
    shop: ShopId,
    affiliate: AffiliateId,
    id: PayoutId,
) -> Result<Statement, StorageError> {
    let payout = payout_by_id(conn, shop, id)?
        .filter(|row| row.affiliate_id == affiliate && row.state != PayoutState::Draft)
        .ok_or(StorageError::NotFound)?;
    let entries = entries_of_payout(conn, shop, id, ENTRIES_MAX)?;
    let mut orders = HashMap::new();
    for entry in &entries {
        let Some(conversion) = entry.conversion_id else { continue };
        if !orders.contains_key(&conversion)
            && let Some(row) = conversion_by_id(conn, shop, conversion)?
            && let Some(order) = order_by_id(conn, shop, row.order_id)?
        {
            orders.insert(conversion, order.name);
        }
    }
    Ok(Statement { payout, entries, orders })
}

fn balance_facts(balances: &[Balance], currency: Currency) -> Vec<NameValue> {
    let joined = |of: fn(&Balance) -> i64| {
        let parts: Vec<String> = balances.iter().map(|one| money(of(one), one.currency)).collect();
        if parts.is_empty() { money(0, currency) } else { parts.join(" + ") }
    };
    let fact = |name: &str, value: String| NameValue { name: name.to_owned(), value };
    vec![
        fact("Payable", joined(|one| one.payable_minor)),
        fact("Pending", joined(|one| one.pending_minor)),
        fact("Paid, or on its way", joined(|one| one.paid_minor)),
    ]
}

fn payout_row(row: &Payout, zone: &Zone) -> PayoutRow {
    let method = payout_method_words(row.method.as_str());
    PayoutRow {
        id: row.id.to_string(),
        at: zone.day(row.updated_at),
        status: payout_badge(row.state),
        to: format!("{method} {}", row.recipient_address),
        amount: money(row.payout_amount_minor, row.payout_currency),
        reason: row.reason.clone(),
    }
}

fn what_words(kind: &str) -> String {
    match EntryKind::parse(kind) {
        Some(EntryKind::Accrual) => "Commission".to_owned(),
        _ => words(kind),
    }
}
